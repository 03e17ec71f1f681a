"""The clocks of a told ticket: what happened, with sweeps in between as a running desk has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from connectors.demo.said import Fact, Told
from tickets.models import Verb
from tickets.sla.clock import Clock, Plan
from tickets.sla.happenings import Clocks, after
from tickets.sla.rows import deadline_facts


def measure(told: Told, plan: Plan, now: datetime) -> tuple[Clocks, list[Fact]]:
    """The clocks as they stand `now`, and the facts of near and missed deadlines. Messages must bear their ids."""
    clocks: Clocks = ()
    facts: list[Fact] = []
    for at, happening, said in sorted(told.happenings, key=lambda each: each[0]):
        clocks = _swept(clocks, at, facts)
        clocks = after(happening, clocks, at=at, plan=plan, message_id=said.id if said else None)
    return _swept(clocks, now, facts), facts


def _swept(clocks: Clocks, until: datetime, facts: list[Fact]) -> Clocks:
    swept = tuple(_sweep(clock, until) for clock in clocks)
    for old, new in zip(clocks, swept, strict=True):
        facts.extend(_facts(old, new))
    return swept


def _sweep(clock: Clock, until: datetime) -> Clock:
    """As `tickets.sla.sweep` would have left it, had it looked all the time."""
    if clock.answers or clock.due_at is None or clock.warn_at is None:
        return clock
    if clock.warned_at is None and clock.warn_at <= until:
        clock = replace(clock, warned_at=clock.warn_at)
    if clock.breached_at is None and clock.due_at is not None and clock.due_at < until:
        clock = replace(clock, breached_at=clock.due_at)
    return clock


def _facts(old: Clock, new: Clock) -> Iterator[Fact]:
    told = deadline_facts(new.metric, new.due_at)
    if new.warned_at and new.warned_at != old.warned_at:
        yield Fact(new.warned_at, Verb.SLA_WARNED, payload=told)
    if new.breached_at and new.breached_at != old.breached_at:
        yield Fact(new.breached_at, Verb.SLA_BREACHED, payload=told)
