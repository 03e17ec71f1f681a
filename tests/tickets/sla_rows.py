"""Stored tickets for the clock tests: as few columns as the clocks need."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Team
from shifts.models import WorkingCalendar
from tests.tickets.sla_stories import Promise
from tickets.models import Contact, SLAClock, SLAPolicy, SLATarget, Ticket, TicketEvent
from tickets.sla.clock import Metric


def make_ticket(team: Team, *, at: datetime, priority: str = "normal") -> Ticket:
    """A ticket without clocks, opened by dana at `at`."""
    dana, _created = Contact.objects.get_or_create(name="Dana")
    return Ticket.objects.create(
        subject="Withdrawal stuck",
        priority=priority,
        team=team,
        requester=dana,
        channel_kind="telegram",
        last_message_at=at,
    )


def make_policy(
    team: Team | None, calendar: WorkingCalendar, promises: dict[str, Promise]
) -> SLAPolicy:
    """A policy with the given promise per priority; the default one when no team is given."""
    policy = SLAPolicy.objects.create(
        name=team.name if team else "Everybody",
        team=team,
        calendar=calendar,
        is_default=team is None,
    )
    set_targets(policy, promises)
    return policy


def set_targets(policy: SLAPolicy, promises: dict[str, Promise]) -> None:
    policy.targets.all().delete()
    SLATarget.objects.bulk_create(
        SLATarget(policy=policy, metric=metric.value, priority=priority, budget=budget)
        for priority, promise in promises.items()
        for metric, budget in promise.budgets.items()
    )


def clock_of(ticket: Ticket, metric: Metric = Metric.FIRST_RESPONSE) -> SLAClock:
    return SLAClock.objects.get(ticket=ticket, metric=metric)


def told_events(ticket: Ticket | None = None) -> list[tuple[str, str]]:
    """(verb, metric) of the deadline events, oldest first."""
    events = TicketEvent.objects.filter(verb__startswith="sla_").order_by("id")
    if ticket is not None:
        events = events.filter(ticket=ticket)
    return [(event.verb, event.payload["metric"]) for event in events]
