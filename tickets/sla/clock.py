"""The clocks of one ticket: how long somebody waits, against what was promised. Pure: no ORM, no current time.

A clock runs from its start, stands still while the ticket is pending on the requester, and is met by an answer. Until
an answer has left the desk nobody outside knows of it, so it is kept beside the clock and can be taken away again: the
old start is then still there, and with it every second that passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shifts.calendar import ZERO, Calendar, add_working_time, working_time

WARN_SHARE = 4
"""A warning comes when a quarter of the budget is left ..."""
WARN_AT_LEAST = timedelta(minutes=2)
"""... but no later than this much working time before the deadline: 5 minutes warn at 3, an hour at 45."""
ANSWERS_KEPT = 10
"""An answer beyond the tenth can only count if ten before it were taken back."""


class Metric(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class State(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Answer:
    """What meets a clock: a queued reply, or (without a message) the solving of the ticket."""

    message_id: int | None
    at: datetime
    overdue_since: datetime | None = None
    """The deadline that it missed, if it did."""
    left: bool = False
    """Delivered: the requester has it."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One measurement. Made by `start` and changed only by the functions of this module."""

    metric: Metric
    budget: timedelta
    started_at: datetime
    resumed_at: datetime
    """Since when it runs without a break; the start, unless it was paused."""
    spent: timedelta = ZERO
    """Working time used before `resumed_at`, or until `paused_at`."""
    paused_at: datetime | None = None
    held_at: datetime | None = None
    """When the ticket went pending on the strength of an answer that has not left yet: no pause until it has."""
    due_at: datetime | None = None
    """The deadline; None while paused."""
    warn_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    """The deadline that was missed. Stays, even if the clock is met later."""
    answers: tuple[Answer, ...] = ()

    @property
    def met_at(self) -> datetime | None:
        return self.answers[0].at if self.answers else None

    @property
    def confirmed(self) -> bool:
        """Met, and the requester has the answer."""
        return any(answer.left for answer in self.answers)

    @property
    def state(self) -> State:
        if self.breached_at is not None:
            return State.BREACHED
        if self.answers:
            return State.MET
        return State.RUNNING if self.paused_at is None else State.PAUSED


class Plan(Protocol):
    """What is promised for a ticket of this team and priority. A metric without a budget gets no clock."""

    @property
    def calendar(self) -> Calendar: ...

    @property
    def budgets(self) -> Mapping[Metric, timedelta]: ...


def start(metric: Metric, budget: timedelta, at: datetime, calendar: Calendar) -> Clock:
    return _planned(Clock(metric, budget, started_at=at, resumed_at=at), calendar)


def pause(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """Stop counting; the time left is kept. A deadline that has passed by then stays missed."""
    if clock.paused_at is not None or clock.held_at is not None:
        return clock
    if clock.answers and not clock.confirmed:
        return replace(clock, held_at=at)
    spent = used(clock, at, calendar)
    return _planned(replace(settle(clock, at), spent=spent, paused_at=at), calendar)


def resume(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """Go on with the time left."""
    if clock.paused_at is None:
        return replace(clock, held_at=None)
    resumed_at = max(at, clock.paused_at)
    return _planned(replace(clock, resumed_at=resumed_at, paused_at=None), calendar)


def meet(clock: Clock, at: datetime, message_id: int | None) -> Clock:
    """Met at `at`, unless an earlier answer already did; then this one stands by in case the earlier one is lost."""
    known = {answer.message_id for answer in clock.answers}
    if message_id in known or len(known) >= ANSWERS_KEPT:
        return clock
    overdue = overdue_since(clock, at)
    answer = Answer(message_id, at, overdue_since=overdue, left=message_id is None)
    breached_at = clock.breached_at if clock.answers else clock.breached_at or overdue
    return replace(clock, answers=(*clock.answers, answer), breached_at=breached_at)


def unmeet(clock: Clock, at: datetime, message_id: int | None, calendar: Calendar) -> Clock:
    """Take an answer away: the next one meets the clock, or it goes on from its old start."""
    answers = tuple(answer for answer in clock.answers if answer.message_id != message_id)
    if len(answers) == len(clock.answers):
        return clock
    if answers:
        return replace(
            clock, answers=answers, breached_at=clock.breached_at or answers[0].overdue_since
        )
    held = clock.held_at is not None
    clock = settle(replace(clock, answers=(), held_at=None), at)
    return pause(clock, at, calendar) if held else clock


def confirm(clock: Clock, message_id: int, calendar: Calendar) -> Clock:
    """The answer has left. A pause that was waiting for it counts from its beginning."""
    answers = tuple(
        replace(answer, left=True) if answer.message_id == message_id else answer
        for answer in clock.answers
    )
    if answers == clock.answers:
        return clock
    held_at = clock.held_at
    clock = replace(clock, answers=answers, held_at=None)
    return clock if held_at is None else pause(clock, held_at, calendar)


def replan(clock: Clock, budget: timedelta, at: datetime, calendar: Calendar) -> Clock:
    """Apply a changed promise to a clock that still matters.

    A longer one counts from the start. A shorter one counts from now, but never ends later than the old one: nobody
    is late by a promise that did not exist. A warning may come again if its time lies ahead again.
    """
    if clock.confirmed:
        return clock
    if budget < clock.budget:
        budget = min(clock.budget, used(clock, at, calendar) + budget)
    clock = _planned(replace(settle(clock, at), budget=budget), calendar)
    again = clock.warn_at is not None and clock.warn_at > at
    return replace(clock, warned_at=None if again else clock.warned_at)


def settle(clock: Clock, at: datetime) -> Clock:
    """Put a missed deadline on record, as the sweep would."""
    if clock.answers or clock.breached_at is not None:
        return clock
    return replace(clock, breached_at=overdue_since(clock, at))


def overdue_since(clock: Clock, at: datetime) -> datetime | None:
    """The deadline that has passed by `at`; of a clock that ran out under an answer and was paused then, the pause."""
    if clock.due_at is not None:
        return clock.due_at if clock.due_at < at else None
    return clock.paused_at if clock.spent > clock.budget else None


def used(clock: Clock, at: datetime, calendar: Calendar) -> timedelta:
    """Working time that counts against the budget by `at`, as if nothing had been answered."""
    if clock.paused_at is not None:
        return clock.spent
    return clock.spent + working_time(calendar, clock.resumed_at, at)


def remaining(clock: Clock, now: datetime, calendar: Calendar) -> timedelta:
    """Working time left of a clock that still waits; negative when overdue."""
    return clock.budget - used(clock, now, calendar)


def _planned(clock: Clock, calendar: Calendar) -> Clock:
    if clock.paused_at is not None:
        return replace(clock, due_at=None, warn_at=None)
    left = max(clock.budget - clock.spent, ZERO)
    notice = max(clock.budget / WARN_SHARE, WARN_AT_LEAST)
    due_at = add_working_time(calendar, clock.resumed_at, left)
    if not left and clock.breached_at is not None:
        due_at = (
            clock.breached_at
        )  # paused and resumed when overdue: the most overdue still comes first
    warn_at = add_working_time(calendar, clock.resumed_at, max(left - notice, ZERO))
    return replace(clock, due_at=due_at, warn_at=min(warn_at, due_at))
