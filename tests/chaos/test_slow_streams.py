"""R8. Pages that do not read cost the others nothing, and are sent away."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from django.db import connections

from accounts.models import User
from helpdesk import asgi, live
from tests.cast import DANA, Outside, opened, people, telegram_channel
from tests.chaos.figures import tell
from tests.chaos.size import FULL, sized
from tests.chaos.streams import Page
from tests.live import LiveApp, free_port
from tickets.models import Ticket, TicketEvent, Verb

STREAMS = sized(small=60, full=1000)
BURSTS = sized(small=8, full=40)
IN_A_BURST = sized(small=60, full=4)
WAVE = 25


class Scene:
    """A ticket of which everybody hears, and the pages that are open."""

    def __init__(self, app: LiveApp) -> None:
        outside = Outside(telegram_channel(people().team))
        self.ticket = opened(outside.says(DANA, "my deposit is missing"))
        (cookie,) = app.cookies_of(User.objects.get(email="alice@desk.example"))
        self.cookie = f"{cookie['name']}={cookie['value']}"
        self.app, self.made = app, dict[int, float]()

    def page(self, *, slow: bool = False) -> Page:
        return Page(self.app.port, self.cookie, slow)

    def burst(self) -> None:
        """Many things happen at once."""
        events = [
            TicketEvent(ticket=self.ticket, verb=Verb.RECEIVED) for _each in range(IN_A_BURST)
        ]
        for event in TicketEvent.objects.bulk_create(events):
            self.made[event.pk] = time.time()
        live.wake()
        connections.close_all()

    def memory(self) -> float:
        """MB that the web process holds."""
        status = Path(f"/proc/{self.app.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def opened_pages(scene: Scene, count: int, *, slow: bool) -> list[Page]:
    """In waves: people do not come all in one instant."""
    pages = [scene.page(slow=slow) for _each in range(count)]
    for start in range(0, count, WAVE):
        wave = pages[start : start + WAVE]
        _running.extend(
            asyncio.create_task(page.listen() if slow else page.keep_listening()) for page in wave
        )
        await asyncio.wait_for(asyncio.gather(*(page.greeted.wait() for page in wave)), 60)
    return pages


_running: list[asyncio.Task[None]] = []


async def until(is_so: Any, seconds: float = sized(small=60.0, full=240.0)) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.1)


def knows_all(page: Page, scene: Scene) -> bool:
    return page.asks_anew or set(page.heard) >= set(scene.made)


async def play(scene: Scene) -> tuple[list[Page], list[Page], float]:
    """Half of the pages hardly read. Then much happens, and one page is closed and comes again."""
    quick = await opened_pages(scene, STREAMS // 2, slow=False)
    slow = await opened_pages(scene, STREAMS // 2, slow=True)
    before = scene.memory()
    for number in range(BURSTS):
        await sync_to_async(scene.burst)()
        await asyncio.sleep(sized(small=0.1, full=0.5))
        if number == BURSTS // 2:
            quick[0].hang_up()
    await until(lambda: all(knows_all(page, scene) for page in quick))
    grown = scene.memory() - before
    for task in _running:
        task.cancel()
    await asyncio.gather(*_running, return_exceptions=True)
    _running.clear()
    return quick, slow, grown


@pytest.mark.timeout(sized(small=180, full=600))
def test_slow_readers_cost_the_others_nothing_and_nobody_misses_anything(live_app: LiveApp) -> None:
    scene = Scene(live_app)
    quick, slow, grown = asyncio.run(play(scene))
    for page in quick:
        assert knows_all(page, scene), "a gap"
    late = sorted(
        page.heard[pk] - made
        for page in quick[1:]
        for pk, made in scene.made.items()
        if pk in page.heard
    )
    p99 = quantiles(late, n=100)[98] * 1000
    tell("R8", "streams, half of them slow", STREAMS)
    tell("R8", "p99 from commit to an open page, ms", p99, "< 500")
    tell("R8", "growth of the web process, MB", grown, "< 50")
    tell("R8", "times that a quick page was sent away", sum(p.times_sent_away for p in quick[1:]))
    tell("R8", "slow pages sent away", len([page for page in slow if page.ended]))
    if FULL:
        assert p99 < 500
        assert grown < 50
    assert Ticket.objects.count() == 1


# --- One line, without the desk


@pytest.fixture
def flood(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that talks without end to whoever listens; gives its port."""
    monkeypatch.setattr(asgi, "STALLED", 0.5)
    port = free_port()
    app = asgi.BodyLimit(_talks_for_ever)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield port
    server.should_exit = server.force_exit = True
    thread.join(10)


_talking: list[object] = []


async def _talks_for_ever(scope: Any, receive: Any, send: Any) -> None:
    kind = scope["path"].removeprefix("/").encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", kind)]})
    _talking.append(send)
    try:
        async for line in _lines():
            await send({"type": "http.response.body", "body": line, "more_body": True})
    finally:
        _talking.remove(send)


async def _lines() -> AsyncIterator[bytes]:
    while True:
        yield b"data: x\n\n" * 1000
        await asyncio.sleep(0)


def test_a_stream_that_nobody_reads_is_cut(flood: int) -> None:
    with _asking(flood, "text/event-stream") as line:
        deadline = time.monotonic() + 20
        while not _talking and time.monotonic() < deadline:
            time.sleep(0.02)
        assert _talking, "it has begun"
        while _talking and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _talking, "and it has ended"
        assert _ends(line)


def _ends(line: socket.socket) -> bool:
    try:
        while line.recv(65536):  # what the kernel had taken already
            pass
    except (TimeoutError, ConnectionResetError) as error:
        return isinstance(error, ConnectionResetError)
    return True


def test_a_file_that_nobody_reads_may_take_its_time(flood: int) -> None:
    with _asking(flood, "application/pdf"):
        time.sleep(1.5)
        assert _talking


def _asking(port: int, kind: str) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    line.sendall(f"GET /{kind} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return line
