"""How long an event takes to 500 open pages: one uvicorn process, listeners over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import cycle, islice
from time import perf_counter

from django.db import connection, transaction

from accounts.models import User
from benchmarks.measure import Figure, middle_and_tail
from benchmarks.seed import Desk
from tests.live import LiveApp
from tickets.actions.events import happened, locked
from tickets.models import TicketEvent, Verb

PAGES = 500
AT_ONCE = 25
"""Pages that connect at the same time."""
EVENTS = 20
PAUSE = 0.5
"""Seconds between two events."""
PATIENCE = 15.0
"""Seconds after which a page counts as not reached."""

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def measure_live(desk: Desk) -> Figure:
    app = LiveApp(str(connection.settings_dict["NAME"]))
    try:
        app.start()
        cookies = [_cookie(app, user) for user in desk.team]
        return asyncio.run(_fan_out(desk, app.port, list(islice(cycle(cookies), PAGES))))
    finally:
        app.close()


def _cookie(app: LiveApp, user: User) -> str:
    (cookie,) = app.cookies_of(user)
    return f"{cookie['name']}={cookie['value']}"


async def _fan_out(desk: Desk, port: int, cookies: Sequence[str]) -> Figure:
    started = perf_counter()
    streams: list[Stream] = []
    for at in range(0, len(cookies), AT_ONCE):
        streams += await asyncio.gather(
            *(_listen(port, each) for each in cookies[at : at + AT_ONCE])
        )
    connected_in = perf_counter() - started
    await asyncio.sleep(PAUSE)
    delays = [delay for _ in range(EVENTS) for delay in await _tell(desk, streams)]
    for _reader, writer in streams:
        writer.close()
    more = {"reached": len(delays), "of": EVENTS * len(streams), "connected_s": connected_in}
    return Figure(f"live: an event to {PAGES} pages", *middle_and_tail(delays), more=more)


async def _listen(port: int, cookie: str) -> Stream:
    """An open stream, read up to its first word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    writer.write(request.encode())
    await asyncio.wait_for(reader.readuntil(b": hello\n\n"), 60)
    return reader, writer


async def _tell(desk: Desk, streams: Sequence[Stream]) -> list[float]:
    """Write one event; the milliseconds from just before its commit until each page has it."""
    started = perf_counter()
    pk = await asyncio.to_thread(_happen, desk)
    delays = await asyncio.gather(*(_heard(reader, pk, started) for reader, _writer in streams))
    await asyncio.sleep(PAUSE)
    return [delay for delay in delays if delay is not None]


def _happen(desk: Desk) -> int:
    try:
        with transaction.atomic():
            ticket = locked(desk.short.pk)
            event: TicketEvent = happened(ticket, Verb.NOTED, actor=desk.agent)
            ticket.save(update_fields=["version"])
        return event.pk
    finally:
        connection.close()


async def _heard(reader: asyncio.StreamReader, pk: int, started: float) -> float | None:
    mark = f"id: {pk}\n".encode()
    try:
        await asyncio.wait_for(reader.readuntil(mark), PATIENCE)
    except (TimeoutError, asyncio.IncompleteReadError):
        return None
    return (perf_counter() - started) * 1000
