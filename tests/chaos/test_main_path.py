"""Everything that may die dies while people write: nothing is lost, nothing is said twice, every gap is shown.

The sandbox plays the outside world and keeps its own journal: the witness that the database is compared with.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from connectors.sandbox import world
from connectors.sandbox.ledger import Ledger
from tests.sandbox_process import SandboxProcess
from tests.services import OwnServices

MESSAGES, PEOPLE = 500, 20
REPLAYED, EDITED = 0.05, 0.02
PAUSE = 0.03
"""Seconds between two messages: as fast as one core writes them would be over before the first fault."""
SETTLED_WITHIN = 60.0
"""Seconds after the last fault."""
CELERY = (sys.executable, "-m", "celery", "-A", "helpdesk")
ANSWERS = """
from accounts.models import Membership, Team, User
from tickets.actions.reply import reply, routes
from tickets.models import Ticket
agent, _ = User.objects.get_or_create(
    email="agent@desk.example", defaults={{"display_name": "Agent", "undo_seconds": 0}}
)
Membership.objects.get_or_create(user=agent, team=Team.objects.get())
for ticket in Ticket.objects.order_by("number"):
    reply(
        actor=agent, ticket=ticket, conversation=routes(ticket)[0],
        text=f"answer {number} to {{ticket.number}}",
    )
"""
LOST = """
from datetime import timedelta
from tickets.actions.delivery import find_lost
find_lost(patience=timedelta(0))
"""


class Desk:
    """Worker, puller and beat on services of their own, with one channel that is the sandbox's bot."""

    def __init__(self, services: OwnServices, sandbox: SandboxProcess) -> None:
        self.services, self.sandbox = services, sandbox
        services.manage("migrate", "--no-input", "--verbosity", "0")
        services.manage(
            "channel", "add", "telegram", "--name", "Kavira",
            "--token", sandbox.token, "--api-base", sandbox.url,
        )  # fmt: skip
        env = {"ROLE": "worker", "PULL_TIMEOUT": "1"}
        worker = (*CELERY, "worker", "-Q", "celery", "-c", "2", "-n", "worker@%h")
        puller = (*CELERY, "worker", "-Q", "pull", "-P", "threads", "-c", "2", "-n", "puller@%h")
        beat = (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "")
        self.worker = services.spawn("worker", *worker, env=env)
        self.puller = services.spawn("puller", *puller, env=env)
        self.beat = services.spawn("beat", *beat, env={**env, "ROLE": "beat"})

    def restart(self, name: str) -> None:
        """kill -9, and up again."""
        child = getattr(self, name)
        child.kill()
        child.start()

    def restart_valkey(self) -> None:
        self.services.kill_valkey()
        self.services.start_valkey()

    def flush_valkey(self) -> None:
        import redis

        with redis.Redis.from_url(self.services.pair.valkey.url()) as client:
            client.flushall()

    def answer(self, number: int) -> None:
        """An agent answers every ticket."""
        wait_until(lambda: self.count("tickets_ticket") == PEOPLE, 60)
        self.services.manage("shell", "-c", ANSWERS.format(number=number))

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.services.pair.postgres.url("helpdesk")) as connection:
            return connection.cursor(row_factory=dict_row).execute(query).fetchall()

    def find_lost(self) -> None:
        """What a dead worker has left behind is found after minutes; here the worker is known to be dead."""
        self.worker.kill()
        self.services.manage("shell", "-c", LOST)
        self.worker.start()

    def count(self, table: str, where: str = "true") -> int:
        (row,) = self.rows(f"select count(*) from {table} where {where}")
        return int(row["count"])

    def stop(self) -> None:
        for child in (self.beat, self.puller, self.worker):
            child.kill()

    def is_settled(self) -> bool:
        """Nothing waits anywhere."""
        waits = self.count("connectors_inboundupdate", "state = 'open'")
        waits += self.count("tickets_delivery", "state in ('queued', 'sending')")
        return not waits and not self.sandbox.ledger().unconfirmed()


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it does not come"
        time.sleep(0.2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with SandboxProcess(tmp_path) as sandbox, OwnServices() as services:
        sandbox.limits(False)
        yield Desk(services, sandbox)


def faults(desk: Desk) -> dict[int, Callable[[], None]]:
    """What happens after so many messages."""
    sandbox = desk.sandbox
    return {
        60: lambda: desk.restart("worker"),
        110: desk.restart_valkey,
        160: lambda: sandbox.fault("lost", method="sendMessage", times=2),
        200: lambda: desk.restart("beat"),
        240: lambda: desk.answer(1),
        245: desk.flush_valkey,
        250: lambda: desk.restart("worker"),
        300: lambda: desk.restart("puller"),
        340: lambda: sandbox.fault("stall", method="sendMessage", seconds=40),
        350: lambda: desk.answer(2),
        380: lambda: desk.restart("worker"),
        420: desk.restart_valkey,
        450: desk.flush_valkey,
        480: lambda: desk.restart("beat"),
    }


def play(desk: Desk) -> None:
    """500 messages, some of them handed out twice or edited, with trouble in between."""
    chance, people = random.Random(11), world.crowd()[:PEOPLE]
    trouble = faults(desk)
    wait_until(
        lambda: desk.rows("select 1 from tickets_channel where lease_owner is not null") != [], 60
    )
    for number in range(MESSAGES):
        person = people[number % PEOPLE].key
        said = desk.sandbox.say(person, "private", f"message {number}: where is my deposit?")
        if chance.random() < REPLAYED:
            desk.sandbox.duplicate(renumber=chance.random() < 0.4)
        if chance.random() < EDITED:
            desk.sandbox.edit(person, "private", said, f"message {number}: where is my withdrawal?")
        trouble.get(number, lambda: time.sleep(PAUSE))()


def settle(desk: Desk) -> None:
    wait_until(
        lambda: desk.count("connectors_inboundupdate", "state = 'open'") == 0, SETTLED_WITHIN
    )
    desk.find_lost()
    wait_until(desk.is_settled, SETTLED_WITHIN)
    desk.stop()


@pytest.mark.timeout(240)
def test_nothing_is_lost_and_nothing_is_said_twice(desk: Desk) -> None:
    play(desk)
    settle(desk)
    ledger = desk.sandbox.ledger()
    assert len(ledger.by_people) == MESSAGES
    every_update_is_stored_once(desk, ledger)
    every_message_is_stored_once_in_order(desk, ledger)
    every_edit_is_kept(desk, ledger)
    nothing_is_said_twice_and_every_gap_is_shown(desk, ledger)


def every_update_is_stored_once(desk: Desk, ledger: Ledger) -> None:
    rows = desk.rows("select external_id, state from connectors_inboundupdate")
    assert Counter(row["state"] for row in rows) == {"done": len(rows)}
    told = [str(each.update_id) for each in ledger.updates]
    assert any(each.handed > 1 for each in ledger.updates), "nothing was replayed"
    assert sorted(row["external_id"] for row in rows) == sorted(told)


def every_message_is_stored_once_in_order(desk: Desk, ledger: Ledger) -> None:
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in sorted(ledger.by_people, key=lambda each: each.message_id):
        said[str(each.by)].append((str(each.message_id), each.text))
    stored: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in desk.rows(
        "select c.external_id as person, m.external_id as id, m.text from tickets_message m"
        " join tickets_conversation c on c.id = m.conversation_id"
        " where m.kind = 'incoming' order by m.id"
    ):
        stored[row["person"]].append((row["id"], row["text"]))
    assert stored == said
    assert desk.count("tickets_ticket") == PEOPLE


def every_edit_is_kept(desk: Desk, ledger: Ledger) -> None:
    edits = sum(each.edits for each in ledger.by_people)
    assert desk.count("tickets_messageversion") == edits > 0


def nothing_is_said_twice_and_every_gap_is_shown(desk: Desk, ledger: Ledger) -> None:
    assert ledger.sent_twice() == []
    rows = desk.rows("select state, external_id, payload->>'text' as text from tickets_delivery")
    states = Counter(row["state"] for row in rows)
    assert set(states) == {"sent", "unknown"}, states
    assert states["unknown"] >= 3, "the faults have hit nothing"
    assert len(rows) == 3 * PEOPLE
    arrived = {(str(each.message_id), each.text) for each in ledger.by_bots}
    sent = {(row["external_id"], row["text"]) for row in rows if row["state"] == "sent"}
    assert sent <= arrived
    perhaps = {row["text"] for row in rows if row["state"] == "unknown"}
    assert {text for _id, text in arrived - sent} <= perhaps
