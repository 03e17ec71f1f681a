"""The clocks of stored tickets. Actions call `record` inside their transaction, holding the ticket's row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import cast

from django.db import transaction
from django.utils import timezone

from tickets.actions.events import happened
from tickets.actions.rows import Gathering, gathering, once
from tickets.models import SLAClock, SLAPolicy, Ticket, Verb
from tickets.querysets import TicketQuerySet
from tickets.sla.clock import Clock, Metric
from tickets.sla.happenings import (
    WITHOUT_EFFECT,
    Clocks,
    Happening,
    after,
    current,
    next_due,
    waiting_since,
)
from tickets.sla.plan import BUILT_IN, TicketPlan
from tickets.sla.rows import changed_rows, clocks_of, deadline_facts, gone_metrics, save_rows

__all__ = [
    "Happening",
    "first_response_budget",
    "hold_clocks",
    "no_clocks_yet",
    "record",
    "replan",
]

BATCH = 500


def record(
    ticket: Ticket, happening: Happening, *, at: datetime, message_id: int | None = None
) -> None:
    """Let the ticket's clocks take note. Telling something twice does no harm.

    Saves the clocks and sets `next_due_at` and `waiting_since` on `ticket`, which the caller holds and saves. Writes
    an event for each deadline found missed. Raises ValueError when what is about a reply comes without its id.
    """
    if happening in WITHOUT_EFFECT:
        return
    before = _clocks(ticket.pk)
    plan = _plan(ticket.team_id, ticket.priority)
    clocks = after(happening, before, at=at, plan=plan, message_id=message_id)
    _write(ticket.pk, before, clocks)
    _settle(ticket, before, clocks)


def first_response_budget(ticket: Ticket) -> timedelta:
    """How long the requester may have to wait for the first answer, in plain time from the opening."""
    clock = current(_clocks(ticket.pk), Metric.FIRST_RESPONSE)
    if clock is None or clock.due_at is None:
        return BUILT_IN[ticket.priority][Metric.FIRST_RESPONSE]
    return clock.due_at - clock.started_at


def hold_clocks(gathering: Gathering, numbers: Collection[int]) -> None:
    """Read the clocks of these tickets, whose rows are held, for all that is recorded in the gathering."""
    stored = _held_clocks(numbers) if numbers else {}
    for number in numbers:
        gathering.known["clocks", number] = stored.get(number, ())


def no_clocks_yet(number: int) -> None:
    """Tell the gathering, if there is one, that this ticket is new."""
    if found := gathering():
        found.known["clocks", number] = ()


def _clocks(number: int) -> Clocks:
    found = gathering()
    if found and ("clocks", number) in found.known:
        return cast(Clocks, found.known["clocks", number])
    return _held_clocks([number]).get(number, ())


def _held_clocks(numbers: Collection[int]) -> dict[int, Clocks]:
    """Locked: a sweep may be writing a breach that this transaction would otherwise overwrite."""
    rows = SLAClock.objects.select_for_update().filter(ticket__in=numbers).order_by("ticket", "pk")
    return {number: clocks_of(of) for number, of in groupby(rows, key=attrgetter("ticket_id"))}


def _write(number: int, before: Clocks, clocks: Clocks) -> None:
    changed = changed_rows(number, before, clocks)
    if found := gathering():
        found.known["clocks", number] = clocks
        for row in changed:
            found.put(row)
    else:
        save_rows(changed)


def _plan(team_id: int, priority: str) -> TicketPlan:
    return once(("plan", team_id, priority), lambda: TicketPlan(team_id, priority))


def replan(policy: SLAPolicy | None = None) -> int:
    """Apply a changed policy or calendar to its open tickets; None is the built-in promise. Returns how many changed.

    Runs in batches with a transaction each, so call it from a task and outside a transaction.
    """
    tickets = _tickets_under(policy)
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            batch = list(
                tickets.filter(number__gt=last)
                .order_by("number")
                .select_for_update(of=("self",), no_key=True)[:BATCH]
            )
            changed += _replan_batch(batch)
        if len(batch) < BATCH:
            return changed
        last = batch[-1].number


def _settle(ticket: Ticket, before: Clocks, clocks: Clocks) -> None:
    """Everything that follows from changed clocks but their rows."""
    if gone := gone_metrics(before, clocks):
        ticket.clocks.filter(metric__in=gone).delete()
    for clock in _newly_breached(before, clocks):
        happened(ticket, Verb.SLA_BREACHED, **deadline_facts(clock.metric, clock.breached_at))
    ticket.next_due_at = next_due(clocks)
    if clocks:
        ticket.waiting_since = waiting_since(clocks)


def _newly_breached(before: Clocks, clocks: Clocks) -> Iterator[Clock]:
    known = {(clock.metric, clock.started_at) for clock in before if clock.breached_at}
    for clock in clocks:
        if clock.breached_at and (clock.metric, clock.started_at) not in known:
            yield clock


def _tickets_under(policy: SLAPolicy | None) -> TicketQuerySet:
    if policy is not None and policy.team_id is not None:
        return Ticket.objects.open().filter(team=policy.team_id)
    return Ticket.objects.open().exclude(
        team__in=SLAPolicy.objects.exclude(team=None).values("team")
    )


def _replan_batch(tickets: list[Ticket]) -> int:
    at = timezone.now()
    plan = cache(TicketPlan)
    stored = _held_clocks([ticket.pk for ticket in tickets])
    changed: list[Ticket] = []
    to_save: list[SLAClock] = []
    for ticket in tickets:
        before = stored.get(ticket.pk, ())
        under = plan(ticket.team_id, ticket.priority)
        clocks = after(Happening.PLAN_CHANGED, before, at=at, plan=under)
        if clocks != before:
            to_save += changed_rows(ticket.pk, before, clocks)
            _settle(ticket, before, clocks)
            changed.append(ticket)
    save_rows(to_save)
    Ticket.objects.bulk_update(changed, ["next_due_at", "waiting_since", "version"])
    return len(changed)
