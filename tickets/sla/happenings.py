"""What moves the clocks of a ticket, and how. Pure: no ORM, no current time.

The clocks of a ticket are one tuple. Usually it holds one clock per metric; an earlier wait for the next response stays
in front of the current one as long as its answer has not left: if that is lost, the earlier wait is the first again.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from tickets.sla.clock import (
    Clock,
    Metric,
    Plan,
    confirm,
    meet,
    pause,
    replan,
    resume,
    start,
    unmeet,
)

Clocks = tuple[Clock, ...]
RESPONSES = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)


class Happening(StrEnum):
    OPENED = "opened"
    """A request became a ticket (its first message needs no INCOMING)."""
    INCOMING = "incoming"
    """The requester said something to answer. It ends a pending or solved state as OPEN does."""
    COURTESY = "courtesy"
    """A thanks, a sticker, a reaction."""
    REPLY_QUEUED = "reply_queued"
    """By an agent, to the requester."""
    REPLY_LEFT = "reply_left"
    """Delivered, all parts of it."""
    REPLY_UNDONE = "reply_undone"
    """Undone before it left, or deleted after."""
    REPLY_FAILED = "reply_failed"
    """For good."""
    AUTOMATIC_REPLY = "automatic_reply"
    NOTE = "note"
    PENDING = "pending"
    OPEN = "open"
    """The ticket is with us: new or open, also after pending, solved or closed."""
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"
    MERGED = "merged"
    """Into another ticket, which goes on; this one is neither met nor missed."""
    PLAN_CHANGED = "plan_changed"
    """Another priority, team, policy or calendar."""


WITHOUT_EFFECT = frozenset({Happening.COURTESY, Happening.AUTOMATIC_REPLY, Happening.NOTE})
ABOUT_A_REPLY = frozenset(
    {Happening.REPLY_QUEUED, Happening.REPLY_LEFT, Happening.REPLY_UNDONE, Happening.REPLY_FAILED}
)


def after(
    happening: Happening, clocks: Clocks, *, at: datetime, plan: Plan, message_id: int | None = None
) -> Clocks:
    """The clocks after something happened at `at`. What is told twice changes nothing the second time.

    Raises ValueError when `message_id` is missing for what is about a reply.
    """
    if happening in ABOUT_A_REPLY:
        if message_id is None:
            raise ValueError(f"{happening} needs the id of the message.")
        return _after_reply(happening, clocks, at, plan, message_id)
    match happening:
        case Happening.OPENED:
            return clocks or _opened(at, plan)
        case Happening.INCOMING:
            return _asked(_reopened(clocks, at, plan), at, plan)
        case Happening.OPEN | Happening.ON_HOLD:
            return _reopened(clocks, at, plan)
        case Happening.PENDING:
            return _paused(_unsolved(clocks, at, plan), at, plan)
        case Happening.SOLVED | Happening.CLOSED:
            return _paused(_solved(clocks, at), at, plan)
        case Happening.MERGED:
            return _paused(clocks, at, plan)
        case Happening.PLAN_CHANGED:
            return _replanned(clocks, at, plan)
    return clocks


def current(clocks: Clocks, metric: Metric) -> Clock | None:
    """The clock that counts now; None when the metric is not measured."""
    return next((clock for clock in reversed(clocks) if clock.metric == metric), None)


def next_due(clocks: Clocks) -> datetime | None:
    """The nearest deadline of a clock that still waits; None when none runs."""
    return min(
        (clock.due_at for clock in clocks if clock.due_at and not clock.answers), default=None
    )


def waiting_since(clocks: Clocks) -> datetime | None:
    """When the first unanswered message came; None when everything is answered."""
    waits = (
        clock.started_at for clock in clocks if clock.metric in RESPONSES and not clock.answers
    )
    return min(waits, default=None)


def _opened(at: datetime, plan: Plan) -> Clocks:
    response = (
        Metric.FIRST_RESPONSE if Metric.FIRST_RESPONSE in plan.budgets else Metric.NEXT_RESPONSE
    )
    return _started(response, at, plan) + _started(Metric.RESOLUTION, at, plan)


def _started(metric: Metric, at: datetime, plan: Plan) -> Clocks:
    budget = plan.budgets.get(metric)
    return () if budget is None else (start(metric, budget, at, plan.calendar),)


def _asked(clocks: Clocks, at: datetime, plan: Plan) -> Clocks:
    if any(clock.metric in RESPONSES and not clock.answers for clock in clocks):
        return clocks  # "???" does not reset the wait for the first unanswered message
    clocks = tuple(c for c in clocks if c.metric != Metric.NEXT_RESPONSE or not c.confirmed)
    return clocks + _started(Metric.NEXT_RESPONSE, at, plan)


def _after_reply(
    happening: Happening, clocks: Clocks, at: datetime, plan: Plan, message_id: int
) -> Clocks:
    match happening:
        case Happening.REPLY_QUEUED:
            return tuple(meet(c, at, message_id) if c.metric in RESPONSES else c for c in clocks)
        case Happening.REPLY_LEFT:
            return _without_past(tuple(confirm(c, message_id, plan.calendar) for c in clocks))
        case _:
            return _first_wait_only(tuple(unmeet(c, at, message_id, plan.calendar) for c in clocks))


def _without_past(clocks: Clocks) -> Clocks:
    """An earlier wait is over once its answer has left."""
    return tuple(c for c in clocks if not c.confirmed or c is current(clocks, c.metric))


def _first_wait_only(clocks: Clocks) -> Clocks:
    """What was asked after a message that is unanswered again belongs to its wait."""
    kept: Clocks = ()
    for clock in clocks:
        waiting = any(c.metric in RESPONSES and not c.answers for c in kept)
        if clock.metric != Metric.NEXT_RESPONSE or not waiting:
            kept += (clock,)
    return kept


def _paused(clocks: Clocks, at: datetime, plan: Plan) -> Clocks:
    return tuple(pause(clock, at, plan.calendar) for clock in clocks)


def _reopened(clocks: Clocks, at: datetime, plan: Plan) -> Clocks:
    return tuple(resume(clock, at, plan.calendar) for clock in _unsolved(clocks, at, plan))


def _solved(clocks: Clocks, at: datetime) -> Clocks:
    return tuple(meet(c, at, None) if c.metric == Metric.RESOLUTION else c for c in clocks)


def _unsolved(clocks: Clocks, at: datetime, plan: Plan) -> Clocks:
    return tuple(
        unmeet(c, at, None, plan.calendar) if c.metric == Metric.RESOLUTION else c for c in clocks
    )


def _replanned(clocks: Clocks, at: datetime, plan: Plan) -> Clocks:
    kept = (clock for clock in clocks if clock.answers or clock.metric in plan.budgets)
    return tuple(replan(c, plan.budgets.get(c.metric, c.budget), at, plan.calendar) for c in kept)
