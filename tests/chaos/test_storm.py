"""Everything that may die dies while people write: nothing is lost, nothing is said twice, every gap is shown."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.checker import Stored, check
from tests.chaos.crowd import Crowd
from tests.chaos.desk import Desk, wait_until
from tests.chaos.figures import tell
from tests.chaos.size import FULL, MESSAGES, sized
from tests.chaos.visitors import Visitors
from tests.sandbox_process import SandboxProcess
from tests.services import OwnServices

BOTS = 2
BATCH = sized(small=10, full=250)
PAUSE = sized(small=0.2, full=0.0)
"""Seconds between two batches: as fast as one core writes them a small storm would be over before the first fault."""
BACKLOG = max(MESSAGES // 20, BATCH)
"""Messages that may wait before people pause: a fault shall always hit a desk at work."""
KILLS = sized(small=1, full=10)
REQUESTS = sized(small=36, full=MESSAGES // 50)
"""By the web form."""
TOGETHER = 12
"""People at the form at one time. Each takes some seconds, so there are never more than a few requests a second."""
ANSWERED = sized(small=40, full=300)
SETTLED_WITHIN = sized(small=180.0, full=60.0)
"""Seconds after the last fault."""
SEED = 11
ANSWERS = """
from accounts.models import User
from tickets.actions.reply import reply, routes
from tickets.models import Ticket
agent = User.objects.get(email="agent@desk.example")
for ticket in Ticket.objects.order_by("number")[:{most}]:
    reply(
        actor=agent, ticket=ticket, conversation=routes(ticket)[0],
        text=f"answer {number} to {{ticket.number}}",
    )
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with SandboxProcess(tmp_path) as sandbox, OwnServices() as services:
        sandbox.limits(False)
        running = Desk(services, sandbox, bots=BOTS)
        services.manage("form", "open")
        yield running


def faults(desk: Desk) -> list[Callable[[], object]]:
    """All of them, in an order that is the same every time."""
    sandbox = desk.sandbox
    kills: list[Callable[[], object]] = [
        *(lambda name=name: desk.restart(name) for name in ("worker", "puller", "beat", "web")),
        desk.restart_valkey,
        desk.restart_postgres,
        desk.crash_postgres,
        desk.flush_valkey,
    ]
    trouble: list[Callable[[], object]] = [
        lambda: sandbox.fault("lost", method="sendMessage", times=2),
        lambda: sandbox.fault("500", method="sendMessage", times=2),
        lambda: sandbox.fault("429", method="sendMessage", retry_after=2),
        lambda: sandbox.fault("stall", method="sendMessage", seconds=40),
        lambda: desk.restart("worker"),
        lambda: sandbox.fault("close", method="getUpdates", times=2),
    ]
    answers = [lambda number=number: answer(desk, number) for number in range(1, KILLS + 1)]
    every = [*kills * KILLS, *trouble]
    random.Random(SEED).shuffle(every)
    for place, each in enumerate(
        answers
    ):  # spread over the time in which there is somebody to answer
        every.insert((place + 1) * len(every) // (len(answers) + 1), each)
    return every


def answer(desk: Desk, number: int) -> None:
    """An agent answers the oldest tickets."""
    wait_until(lambda: desk.count("tickets_ticket") >= min(ANSWERED, 5), 60, "nobody asks")
    desk.shell(ANSWERS.format(number=number, most=ANSWERED))


def play(desk: Desk, crowd: Crowd) -> None:
    """Batch after batch, with a fault between some of them."""
    wait_until(
        lambda: desk.count("tickets_channel", "lease_owner is not null") == BOTS, 60, "nobody pulls"
    )
    trouble = faults(desk)
    gap = MESSAGES / (len(trouble) + 1)
    met = 0
    for said in crowd.write(BATCH):
        time.sleep(PAUSE)
        if met < len(trouble) and said >= (met + 1) * gap:
            trouble[met]()
            met += 1
        while FULL and crowd.said - handled(desk) > BACKLOG:
            time.sleep(0.2)
    for late in trouble[met:]:
        late()


def handled(desk: Desk) -> int:
    return desk.count("connectors_inboundupdate", "state = 'done'")


def settle(desk: Desk, visitors: Visitors) -> None:
    """Until nothing waits anywhere."""
    took = wait_until(
        lambda: desk.count("connectors_inboundupdate", "state = 'open'") == 0, SETTLED_WITHIN
    )
    tell("R1", "seconds until the inbox was empty after the last fault", took, "<= 60")
    visitors.finish()
    desk.find_lost()
    wait_until(desk.is_drained, 180, "the outbox is not empty")
    wait_until(lambda: not desk.sandbox.ledger().unconfirmed(), 60, "updates are not confirmed")
    wait_until(desk.is_drained, 60)
    assert desk.answers()
    desk.stop()


@pytest.mark.timeout(sized(small=400, full=1100))
def test_nothing_is_lost_and_nothing_is_said_twice(desk: Desk) -> None:
    crowd = Crowd(desk.sandbox, MESSAGES, bots=BOTS, seed=SEED)
    started = time.monotonic()
    with Visitors(desk.url, REQUESTS, together=TOGETHER, seed=SEED) as visitors:
        play(desk, crowd)
        settle(desk, visitors)
    report(desk, crowd, visitors, time.monotonic() - started)
    ledger = desk.sandbox.ledger()
    assert len(ledger.by_people) == crowd.said
    assert any(each.handed > 1 for each in ledger.updates), "nothing was replayed"
    stored = Stored.of(desk.rows)
    assert check(stored, ledger, visitors.log) == []
    assert set(visitors.answers) <= {200, 302, 503, None}, visitors.answers
    assert any(row["versions"] for row in stored.messages), "no edit left its version"
    if FULL:  # where a small storm is hit is chance
        assert visitors.repeated, "the faults met nobody at the form"
        assert any(row["state"] == "unknown" for row in stored.deliveries), "the faults hit nothing"


def report(desk: Desk, crowd: Crowd, visitors: Visitors, seconds: float) -> None:
    """What the run was like. The pace is that of the seconds in which something was done."""
    done = desk.rows(
        "select count(*) from connectors_inboundupdate group by date_trunc('second', done_at)"
    )
    busy = sorted(int(row["count"]) for row in done)
    tell("R1", "messages said", crowd.said)
    tell("R1", "forms acknowledged", len(visitors.log))
    tell("R1", "tries that the form did not answer", visitors.repeated)
    tell("R1", "faults", len(faults(desk)))
    tell("R1", "seconds in all", seconds)
    tell("R1", "updates a second, faults and all", sum(busy) / seconds)
    tell("R1", "updates a second between faults (median)", busy[len(busy) // 2], ">= 500")
    tell("R1", "updates a second between faults (best tenth)", busy[len(busy) * 9 // 10])
    tell("R1", "tickets", desk.count("tickets_ticket"))
    tell("R1", "deliveries", desk.count("tickets_delivery"))
