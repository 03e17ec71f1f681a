"""SLAClock rows into pure clocks and back. A row is its metric's current clock; earlier waits are JSON beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tickets.models import SLAClock
from tickets.sla.clock import Answer, Clock, Metric
from tickets.sla.happenings import Clocks, current

TIMES = (
    "started_at", "resumed_at", "paused_at", "held_at", "due_at", "warn_at", "warned_at", "breached_at",
)  # fmt: skip
LENGTHS = ("budget", "spent")
COLUMNS = (*TIMES, *LENGTHS, "met_at", "answers", "former")
MICROSECOND = timedelta(microseconds=1)

Json = dict[str, Any]


def clocks_of(rows: Iterable[SLAClock]) -> Clocks:
    """All clocks of one ticket, in the order that `happenings` expects."""
    by_metric = {row.metric: row for row in rows}
    found = (by_metric[metric] for metric in Metric if metric in by_metric)
    return tuple(clock for row in found for clock in _clocks_of_row(row))


def _clocks_of_row(row: SLAClock) -> Clocks:
    metric = Metric(row.metric)
    now = Clock(
        metric=metric,
        answers=_answers(row.answers),
        **{name: getattr(row, name) for name in (*TIMES, *LENGTHS)},
    )
    return (*(_from_json(metric, each) for each in row.former), now)


def changed_rows(ticket_id: int, before: Clocks, after: Clocks) -> list[SLAClock]:
    """Unsaved rows for every metric whose clocks are no longer what they were."""
    groups = ((metric, _of(metric, before), _of(metric, after)) for metric in Metric)
    return [_row(ticket_id, new) for _metric, old, new in groups if new and new != old]


def gone_metrics(before: Clocks, after: Clocks) -> list[Metric]:
    return [metric for metric in Metric if current(before, metric) and not current(after, metric)]


def save_rows(rows: list[SLAClock]) -> None:
    """Insert or update, in one statement."""
    SLAClock.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["ticket", "metric"], update_fields=COLUMNS
    )


def deadline_facts(metric: str, due_at: datetime | None) -> Json:
    """What the events of a near or missed deadline say."""
    return {"metric": str(metric), "due_at": _text(due_at)}


def _of(metric: Metric, clocks: Clocks) -> Clocks:
    return tuple(clock for clock in clocks if clock.metric == metric)


def _row(ticket_id: int, clocks: Clocks) -> SLAClock:
    *former, now = clocks
    return SLAClock(
        ticket_id=ticket_id,
        metric=now.metric.value,
        met_at=now.met_at,
        answers=[_answer_json(answer) for answer in now.answers],
        former=[_to_json(clock) for clock in former],
        **{name: getattr(now, name) for name in (*TIMES, *LENGTHS)},
    )


def _to_json(clock: Clock) -> Json:
    times = {name: _text(getattr(clock, name)) for name in TIMES}
    lengths = {name: getattr(clock, name) // MICROSECOND for name in LENGTHS}
    return {**times, **lengths, "answers": [_answer_json(answer) for answer in clock.answers]}


def _from_json(metric: Metric, stored: Json) -> Clock:
    times: Json = {name: _time(stored[name]) for name in TIMES}
    lengths: Json = {name: stored[name] * MICROSECOND for name in LENGTHS}
    return Clock(metric=metric, answers=_answers(stored["answers"]), **times, **lengths)


def _answer_json(answer: Answer) -> Json:
    return {
        "message_id": answer.message_id,
        "at": _text(answer.at),
        "overdue_since": _text(answer.overdue_since),
        "left": answer.left,
    }


def _answers(stored: list[Json]) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            message_id=each["message_id"],
            at=datetime.fromisoformat(each["at"]),
            overdue_since=_time(each["overdue_since"]),
            left=each["left"],
        )
        for each in stored
    )


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
