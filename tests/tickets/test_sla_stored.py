"""Clocks in the database: what actions record, which policy holds, and re-planning."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team
from shifts.models import Holiday, WorkingCalendar
from tests.tickets.sla_rows import clock_of, make_policy, make_ticket, set_targets, told_events
from tests.tickets.sla_stories import (
    LOW,
    NORMAL,
    STORIES,
    URGENT,
    Promise,
    Story,
    at,
    play,
    promise,
)
from tickets.models import SLAClock, SLAPolicy, Ticket
from tickets.sla import stored
from tickets.sla.happenings import Clocks, Happening, next_due, waiting_since
from tickets.sla.rows import clocks_of
from tickets.sla.stored import first_response_budget, record, replan

pytestmark = pytest.mark.django_db

PRIORITIES = {"normal": NORMAL, "urgent": URGENT, "low": LOW}
HOUR = timedelta(hours=1)


@pytest.fixture
def team() -> Team:
    return Team.objects.create(name="Support")


@pytest.fixture
def calendar() -> WorkingCalendar:
    return WorkingCalendar.objects.create(name="Round the clock", is_default=True)


@pytest.fixture
def ticket(team: Team) -> Ticket:
    return make_ticket(team, at=at("10:00"))


def stored_clocks(ticket: Ticket) -> Clocks:
    return clocks_of(SLAClock.objects.filter(ticket=ticket))


def is_stored(story: Story) -> bool:
    plans = [
        story.plan,
        *(part for step in story.steps for part in step if isinstance(part, Promise)),
    ]
    return all(plan in PRIORITIES.values() for plan in plans)


@pytest.mark.parametrize("story", [*filter(is_stored, STORIES)], ids=lambda story: story.name)
def test_stored_clocks_tell_the_same_story(
    story: Story, ticket: Ticket, calendar: WorkingCalendar
) -> None:
    make_policy(None, calendar, PRIORITIES)
    for when, happening, *rest in story.steps:
        for part in rest:
            if isinstance(part, Promise):
                ticket.priority = next(name for name, plan in PRIORITIES.items() if plan == part)
        message_id = next((part for part in rest if isinstance(part, int)), None)
        record(ticket, happening, at=at(when), message_id=message_id)
        ticket.save()

    pure = play(*story.steps)
    assert sorted(stored_clocks(ticket), key=repr) == sorted(pure, key=repr)
    ticket.refresh_from_db()
    assert ticket.next_due_at == next_due(pure)
    assert ticket.waiting_since == waiting_since(pure)
    assert sorted(told_events()) == sorted(("sla_breached", metric) for metric in missed_in(story))


def missed_in(story: Story) -> list[str]:
    """The metric of every deadline that is found missed at some step; a wait that is over counts, too."""
    found = {
        (clock.metric.value, clock.started_at)
        for end in range(len(story.steps))
        for clock in play(*story.steps[: end + 1])
        if clock.breached_at
    }
    return [metric for metric, _started_at in found]


def test_met_at_is_a_column_of_its_own(ticket: Ticket) -> None:
    record(ticket, Happening.OPENED, at=at("10:00"))
    record(ticket, Happening.REPLY_QUEUED, at=at("10:20"), message_id=1)
    assert clock_of(ticket).met_at == at("10:20")
    record(ticket, Happening.REPLY_UNDONE, at=at("10:21"), message_id=1)
    assert clock_of(ticket).met_at is None


def test_the_event_of_a_missed_deadline_names_it(ticket: Ticket) -> None:
    record(ticket, Happening.OPENED, at=at("10:00"))
    record(ticket, Happening.REPLY_QUEUED, at=at("11:30"), message_id=1)
    event = ticket.events.get(verb="sla_breached")
    assert event.payload == {"metric": "first_response", "due_at": at("11:00").isoformat()}
    assert event.actor is None


def test_microseconds_survive(ticket: Ticket) -> None:
    odd = datetime(2027, 6, 1, 10, 0, 0, 123457, tzinfo=UTC)
    for number in (1, 2, 3):
        record(
            ticket,
            Happening.OPENED if number == 1 else Happening.INCOMING,
            at=odd + number * HOUR / 7,
        )
        record(ticket, Happening.REPLY_QUEUED, at=odd + number * HOUR / 6, message_id=number)
    clocks = stored_clocks(ticket)
    assert len(clocks) == 4, "an earlier wait is kept as long as its answer has not left"
    assert [clock.started_at for clock in clocks][:3] == [
        odd + number * HOUR / 7 for number in (1, 2, 3)
    ]
    assert clocks[0].answers[0].at == odd + HOUR / 6


@pytest.mark.parametrize(
    "happening", [Happening.NOTE, Happening.COURTESY, Happening.AUTOMATIC_REPLY]
)
def test_what_moves_nothing_asks_nothing(
    happening: Happening, ticket: Ticket, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        record(ticket, happening, at=at("10:00"))


def test_recording_stays_cheap(
    ticket: Ticket, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # clocks, policy, write
        record(ticket, Happening.OPENED, at=at("10:00"))
    with django_assert_num_queries(2):
        record(ticket, Happening.REPLY_QUEUED, at=at("10:01"), message_id=1)
    with django_assert_num_queries(3):
        record(ticket, Happening.REPLY_LEFT, at=at("10:02"), message_id=1)
    with django_assert_num_queries(2):
        record(ticket, Happening.REPLY_LEFT, at=at("10:03"), message_id=1)


@pytest.mark.parametrize(
    ("priority", "minutes"), [("urgent", 5), ("high", 15), ("normal", 60), ("low", 240)]
)
def test_without_any_policy_the_built_in_promise_holds(
    team: Team, priority: str, minutes: int
) -> None:
    ticket = make_ticket(team, at=at("10:00"), priority=priority)
    record(ticket, Happening.OPENED, at=at("10:00"))
    assert ticket.next_due_at == at("10:00") + timedelta(minutes=minutes)
    assert first_response_budget(ticket) == timedelta(minutes=minutes)


def test_a_team_policy_comes_before_the_default_one(team: Team, calendar: WorkingCalendar) -> None:
    make_policy(None, calendar, {"normal": promise(20, 20, 20)})
    make_policy(team, calendar, {"normal": promise(10, 20, 20)})
    other = Team.objects.create(name="Finance")
    for each, minutes in ((team, 10), (other, 20)):
        ticket = make_ticket(each, at=at("10:00"))
        record(ticket, Happening.OPENED, at=at("10:00"))
        assert ticket.next_due_at == at("10:00") + timedelta(minutes=minutes)


def test_working_hours_and_holidays_of_the_policy_count(ticket: Ticket, team: Team) -> None:
    office = WorkingCalendar.objects.create(
        name="Office", time_zone="Europe/Istanbul", hours=[[[9 * 60, 17 * 60]] for _ in range(7)]
    )
    Holiday.objects.create(
        calendar=office, date=date(2027, 6, 2), name="Fair", hours=[[12 * 60, 13 * 60]]
    )
    make_policy(team, office, {"normal": promise(90, 30, 480)})
    record(ticket, Happening.OPENED, at=at("14:00"))  # closing time in Istanbul
    assert ticket.next_due_at == datetime(2027, 6, 3, 6, 30, tzinfo=UTC)
    assert first_response_budget(ticket) == timedelta(days=1, hours=16, minutes=30)


def test_replan_moves_the_running_clocks_of_its_team(team: Team, calendar: WorkingCalendar) -> None:
    policy = make_policy(team, calendar, {"normal": NORMAL})
    finance = Team.objects.create(name="Finance")
    make_policy(None, calendar, {"normal": NORMAL})
    ours, theirs, solved = (make_ticket(each, at=at("10:00")) for each in (team, finance, team))
    for ticket in (ours, theirs, solved):
        record(ticket, Happening.OPENED, at=at("10:00"))
        ticket.save()
    record(solved, Happening.SOLVED, at=at("10:05"))
    Ticket.objects.filter(pk=solved.pk).update(status="solved", next_due_at=None)

    set_targets(policy, {"normal": LOW})
    assert replan(policy) == 1

    for ticket in (ours, theirs, solved):
        ticket.refresh_from_db()
    assert ours.next_due_at == clock_of(ours).due_at == at("14:00")
    assert theirs.next_due_at == clock_of(theirs).due_at == at("11:00")
    assert solved.next_due_at is None
    assert replan(policy) == 0, "the second time there is nothing to move"


def test_replan_of_the_default_spares_teams_with_a_policy(
    team: Team, calendar: WorkingCalendar
) -> None:
    default = make_policy(None, calendar, {"normal": NORMAL})
    make_policy(team, calendar, {"normal": NORMAL})
    tickets = [
        make_ticket(each, at=at("10:00")) for each in (team, Team.objects.create(name="Finance"))
    ]
    for ticket in tickets:
        record(ticket, Happening.OPENED, at=at("10:00"))
    set_targets(default, {"normal": LOW})
    assert replan(default) == 1
    assert [clock_of(ticket).due_at for ticket in tickets] == [at("11:00"), at("14:00")]


def test_replan_goes_through_all_batches(
    team: Team, calendar: WorkingCalendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "BATCH", 2)
    policy = make_policy(team, calendar, {"normal": NORMAL})
    for _ in range(4):
        record(make_ticket(team, at=at("10:00")), Happening.OPENED, at=at("10:00"))
    set_targets(policy, {"normal": promise(240, None, None)})
    assert replan(policy) == 4
    assert set(SLAClock.objects.values_list("metric", "due_at")) == {
        ("first_response", at("14:00"))
    }


@pytest.mark.parametrize(
    "change", [{"due_at": None}, {"paused_at": at("10:00")}, {"budget": -HOUR}, {"spent": -HOUR}]
)
def test_the_database_refuses_clocks_that_cannot_be(
    change: dict[str, object], ticket: Ticket
) -> None:
    record(ticket, Happening.OPENED, at=at("10:00"))
    with pytest.raises(IntegrityError), transaction.atomic():
        SLAClock.objects.filter(ticket=ticket).update(**change)


def test_the_database_refuses_two_defaults(calendar: WorkingCalendar, team: Team) -> None:
    make_policy(None, calendar, {})
    with pytest.raises(IntegrityError), transaction.atomic():
        SLAPolicy.objects.create(name="Another", calendar=calendar, is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        SLAPolicy.objects.create(name="Both", calendar=calendar, team=team, is_default=True)
