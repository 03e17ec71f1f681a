"""The sweep: each deadline is told once, whoever sweeps, and nobody waits for anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Event
from time import monotonic, sleep
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Team
from tests.tickets.sla_rows import clock_of, make_ticket, told_events
from tickets.models import SLAClock, Ticket, TicketEvent, Verb
from tickets.sla import sweep as sweeping
from tickets.sla.clock import Metric
from tickets.sla.happenings import Happening
from tickets.sla.stored import record
from tickets.sla.sweep import SweepResult, sweep

T = TypeVar("T")
MINUTE = timedelta(minutes=1)
NOTHING = SweepResult(warned=0, breached=0)


@transaction.atomic
def waiting(minutes: float, *then: Happening) -> Ticket:
    """A normal ticket (an hour for the first response) that has waited for so long."""
    team, _created = Team.objects.get_or_create(name="Support")
    opened_at = timezone.now() - minutes * MINUTE
    ticket = make_ticket(team, at=opened_at)
    record(ticket, Happening.OPENED, at=opened_at)
    for happening in then:
        record(ticket, happening, at=opened_at + MINUTE, message_id=1)
    ticket.save()
    return ticket


@pytest.mark.django_db
class TestSweep:
    def test_a_near_deadline_is_warned_of_once(self) -> None:
        ticket = waiting(46)
        assert sweep() == SweepResult(warned=1, breached=0)
        assert told_events(ticket) == [("sla_warned", "first_response")]
        assert clock_of(ticket).warned_at is not None
        assert sweep() == NOTHING

    def test_a_missed_deadline_is_told_once_and_dated_when_it_passed(self) -> None:
        ticket = waiting(61)
        assert sweep() == SweepResult(warned=0, breached=1)
        assert told_events(ticket) == [("sla_breached", "first_response")]
        clock = clock_of(ticket)
        assert clock.breached_at == clock.due_at
        assert ticket.events.get().payload["due_at"] == ticket.next_due_at.isoformat()  # type: ignore[union-attr]
        assert sweep() == NOTHING

    def test_nobody_is_warned_of_what_is_missed_already(self) -> None:
        waiting(61)
        assert sweeping._claim_batch(sweeping.WARN, Verb.SLA_WARNED) == 0

    def test_first_a_warning_then_a_miss(self) -> None:
        ticket = waiting(50)
        sweep()
        SLAClock.objects.filter(ticket=ticket, metric=Metric.FIRST_RESPONSE).update(
            due_at=timezone.now() - MINUTE
        )
        assert sweep() == SweepResult(warned=0, breached=1)
        assert [verb for verb, _metric in told_events(ticket)] == ["sla_warned", "sla_breached"]

    def test_every_clock_of_a_ticket_is_told(self) -> None:
        ticket = waiting(25 * 60)
        assert sweep() == SweepResult(warned=0, breached=2)
        assert set(told_events(ticket)) == {
            ("sla_breached", "first_response"),
            ("sla_breached", "resolution"),
        }

    @pytest.mark.parametrize(
        ("minutes", "then"),
        [
            (44, ()),
            (90, (Happening.REPLY_QUEUED,)),
            (90, (Happening.PENDING,)),
            (90, (Happening.SOLVED,)),
            (90, (Happening.MERGED,)),
        ],
        ids=["not yet near", "answered", "pending", "solved", "merged"],
    )
    def test_what_does_not_wait_is_left_alone(
        self, minutes: float, then: tuple[Happening, ...]
    ) -> None:
        waiting(minutes, *then)
        assert sweep() == NOTHING
        assert told_events() == []

    def test_a_lost_answer_is_missed_at_once_and_not_told_again(self) -> None:
        ticket = waiting(90, Happening.REPLY_QUEUED)
        record(ticket, Happening.REPLY_FAILED, at=timezone.now(), message_id=1)
        assert told_events(ticket) == [("sla_breached", "first_response")]
        assert sweep() == NOTHING

    def test_more_than_one_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sweeping, "BATCH", 2)
        for minutes in (46, 47, 48, 61, 62, 63, 64):
            waiting(minutes)
        assert sweep() == SweepResult(warned=3, breached=4)
        assert Counter(verb for verb, _metric in told_events()) == {
            "sla_warned": 3,
            "sla_breached": 4,
        }


def in_thread(work: Callable[[], T]) -> Callable[[], T]:
    """With a database connection of the thread's own, closed afterwards."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    return run


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_two_sweeps_at_once_tell_each_deadline_once(
        self, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sweeping, "BATCH", 3)
        for number in range(12):
            waiting(46 + number)
            waiting(61 + number)
        ready = Barrier(2)

        def work() -> SweepResult:
            ready.wait(5)
            return sweep()

        results = [job.result(20) for job in [threads.submit(in_thread(work)) for _ in range(2)]]
        sweep()  # what both skipped because the other one held it
        assert sum(result.breached for result in results) <= 12
        told = Counter(TicketEvent.objects.values_list("ticket", "verb"))
        assert len(told) == 24
        assert set(told.values()) == {1}

    def test_a_sweep_neither_waits_for_another_nor_repeats_it(
        self, threads: ThreadPoolExecutor
    ) -> None:
        waiting(61)
        with held(threads, lambda: sweeping._claim_batch(sweeping.BREACH, Verb.SLA_BREACHED)):
            started = monotonic()
            assert sweep() == NOTHING
            assert monotonic() - started < 1
        assert sweep() == NOTHING
        assert told_events() == [("sla_breached", "first_response")]

    def test_a_ticket_in_somebodys_hands_is_left_to_the_next_round(
        self, threads: ThreadPoolExecutor
    ) -> None:
        ticket = waiting(61)
        with held(threads, lambda: Ticket.objects.select_for_update().get(pk=ticket.pk)):
            started = monotonic()
            assert sweep() == NOTHING
            assert monotonic() - started < 1
        assert sweep() == SweepResult(warned=0, breached=1)

    def test_an_action_sees_the_miss_that_a_sweep_is_writing(
        self, threads: ThreadPoolExecutor
    ) -> None:
        ticket = waiting(61)
        breach = lambda: sweeping._claim_batch(sweeping.BREACH, Verb.SLA_BREACHED)  # noqa: E731
        with held(threads, breach):
            reply = threads.submit(in_thread(lambda: reply_to(ticket)))
            until_blocked()
        reply.result(5)
        clock = clock_of(ticket)
        assert clock.met_at is not None
        assert clock.breached_at == clock.due_at
        assert told_events() == [("sla_breached", "first_response")]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


@contextmanager
def held(threads: ThreadPoolExecutor, work: Callable[[], object]) -> Iterator[None]:
    """`work` is done in another transaction, which is committed at the end of the block."""
    done, release = Event(), Event()

    def run() -> None:
        with transaction.atomic():
            work()
            done.set()
            release.wait(10)

    job = threads.submit(in_thread(run))
    try:
        assert done.wait(5)
        yield
    finally:
        release.set()
        job.result(5)


def reply_to(ticket: Ticket) -> None:
    with transaction.atomic():
        record(ticket, Happening.REPLY_QUEUED, at=timezone.now(), message_id=1)


def until_blocked() -> None:
    """Wait until some transaction on this database waits for a lock."""
    deadline = monotonic() + 5
    while monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        sleep(0.01)
    raise AssertionError("Nothing waits for a lock.")
