"""The live stream tells nobody more than their pages show, and costs no connection while it is silent."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Membership, User
from helpdesk import live as waking
from helpdesk.live import QUEUE_SIZE, Tail
from tests.cast import DANA, EMRE, Desk, Outside, opened, people, telegram_channel
from tests.live import LiveApp
from tickets.actions.reply import note
from tickets.actions.status import assign, change_status
from tickets.models import Ticket, TicketEvent
from tickets.views import live

STREAMS = 50


@pytest.fixture
def busy(desk: Desk, outside: Outside) -> tuple[Ticket, Ticket]:
    """A ticket of each team, with every kind of event that an agent makes."""
    ours = opened(outside.says(DANA, "my withdrawal has not arrived"))
    others = Outside(telegram_channel(desk.other_team, name="Finance bot"))
    theirs = opened(others.says(EMRE, "para çekme işlemim bekliyor"))
    for actor, ticket in ((desk.bob, ours), (desk.carol, theirs)):
        note(actor=actor, ticket=ticket, text="a secret of this team")
        assign(actor=actor, ticket=ticket, assignee=actor)
        change_status(actor=actor, ticket=ticket, status="pending")
    return ours, theirs


async def _heard(key: str, after: int) -> list[str]:
    """What a stream says before it would wait."""
    lines = []
    try:
        async with asyncio.timeout(2):
            async for line in live._stream(key, after, live.OVERLAP):
                lines.append(line)
                if "ping" in line:
                    break
    except TimeoutError:
        pass
    return lines


def heard(user: User | None, after: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(live, "PING", 0.05)
    monkeypatch.setattr(live, "tail", Tail(live.apart(live._News().read)))
    client = Client()
    if user is not None:
        client.force_login(user)
    return asyncio.run(_heard(client.session.session_key or "", after))


def numbers(lines: list[str]) -> set[int]:
    return {
        int(number) for line in lines for number in re.findall(r"^data: (\d+)$", line, re.MULTILINE)
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["alice", "bob", "carol", "admin", "gone", None])
def test_each_hears_of_what_they_see(
    desk: Desk, busy: tuple[Ticket, Ticket], monkeypatch: pytest.MonkeyPatch, who: str | None
) -> None:
    user = getattr(desk, who) if who else None
    seen = set(Ticket.objects.visible_to(user).values_list("pk", flat=True)) if user else set()
    first = TicketEvent.objects.earliest("pk").pk
    for after in (0, 1, first, 10**18):
        lines = heard(user, after, monkeypatch)
        assert numbers(lines) == seen, after
        if not seen:
            assert lines == ["event: bye\ndata: signed out\n\n"]
        for line in lines:
            assert re.fullmatch(
                r"(id: \d+\nevent: changed\ndata: (\d+|everything)|: \w+)\n\n|event: bye\n.*\n\n",
                line,
            )


@pytest.mark.django_db(transaction=True)
def test_whoever_loses_a_ticket_hears_that_and_nothing_after(
    desk: Desk, busy: tuple[Ticket, Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of theirs that still shows it must learn of its going; what happens to it then is not theirs."""
    _ours, theirs = busy
    Membership.objects.filter(user=desk.carol).delete()
    assert numbers(heard(desk.carol, 1, monkeypatch)) == {theirs.pk}, "assigned to her still"
    assign(actor=desk.admin, ticket=theirs, assignee=None)
    gone = TicketEvent.objects.latest("pk")
    note(actor=desk.admin, ticket=theirs, text="no longer hers")
    told = [line for line in heard(desk.carol, 1, monkeypatch) if "data: " in line]
    assert told == [f"id: {gone.pk}\nevent: changed\ndata: {theirs.pk}\n\n"]


def test_whoever_cannot_follow_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> list[int]:
        return []

    async def scene() -> None:
        tail: Tail[int] = Tail(never)
        monkeypatch.setattr(tail, "_tasks", [asyncio.get_running_loop().create_future()])
        slow, quick = tail.listen(), tail.listen()
        for number in range(10 * QUEUE_SIZE):
            tail._offer(number)
            if not quick.empty():
                assert quick.get_nowait() == number
        assert tail.listeners == 1
        assert slow.qsize() <= QUEUE_SIZE
        told = [slow.get_nowait() for _each in range(slow.qsize())]
        assert told[-1] is None
        assert None not in told[:-1]

    asyncio.run(scene())


@pytest.mark.django_db(transaction=True)
def test_a_dropped_listener_is_sent_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It then comes again, and reads from the table what it missed."""
    monkeypatch.setattr(waking, "QUEUE_SIZE", 3)
    monkeypatch.setattr(live, "tail", Tail(live.apart(live._News().read)))
    client = Client()
    client.force_login(desk.alice)
    change = live.Change(1, 1, desk.team.pk, frozenset())

    async def scene() -> list[str]:
        lines = []
        async with asyncio.timeout(5):
            async for line in live._stream(str(client.session.session_key), 0, live.LATE):
                lines.append(line)
                for _each in range(10):
                    live.tail._offer(change)
        return lines

    assert len(asyncio.run(scene())) <= 5
    assert live.tail.listeners == 0


def connected(database: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [database],
        )
        return int(cursor.fetchone()[0])


def opened_stream(app: LiveApp, cookies: list[dict[str, Any]], stack: ExitStack) -> socket.socket:
    """One that has said hello, and that nobody reads from then on."""
    stream = stack.enter_context(socket.create_connection(("127.0.0.1", app.port), timeout=20))
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in cookies)
    head = f"GET /live/?after=0 HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nCookie: {cookie}\r\n\r\n"
    stream.sendall(head.encode())
    answer = b""
    while b": hello" not in answer:
        answer += stream.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200")
    return stream


def test_silent_streams_hold_no_connection(live_app: LiveApp) -> None:
    people()
    database = str(connection.settings_dict["NAME"])
    cookies = live_app.cookies_of(User.objects.get(email="alice@desk.example"))
    with ExitStack() as stack:
        for _stream in range(STREAMS):
            opened_stream(live_app, cookies, stack)
        deadline = time.monotonic() + 10
        while (count := connected(database)) > 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert count <= 2, "the tail's own at most, and one of a request just answered"
