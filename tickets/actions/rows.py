"""Rows on their way into the database: each at once, or gathered and written in a few statements.

Intake takes in many messages at once. What the actions write inside `gathered()` waits for the end of the block; until
then a query does not see it, so whoever gathers knows from memory what queries would have told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar, cast

from django.db import connection
from django.db.models import Model

from tickets.models import (
    Attachment,
    Delivery,
    Message,
    MessageVersion,
    PrivateInvitation,
    Question,
    SLAClock,
    Ticket,
    TicketEvent,
)

_ORDER: Final[tuple[type[Model], ...]] = (
    Ticket, Message, MessageVersion, Attachment, SLAClock, TicketEvent, PrivateInvitation, Question, Delivery,
)  # fmt: skip
"""Each only refers to rows of models before it."""
_KEYS: Final[dict[type[Model], tuple[str, ...]]] = {
    Ticket: ("number",),
    SLAClock: ("ticket_id", "metric"),
}
"""What is written whole, new or not, by its key: the rows are held, or nobody else knows of them."""

Made = TypeVar("Made")


class Gathering:
    """New rows by model, changed ones by their changed fields, and by key those that are written whole."""

    def __init__(self) -> None:
        self._new: dict[type[Model], list[Model]] = defaultdict(list)
        self._changed: dict[tuple[type[Model], tuple[str, ...]], dict[Any, Model]] = defaultdict(
            dict
        )
        self._whole: dict[type[Model], dict[Hashable, Model]] = defaultdict(dict)
        self.known: dict[Hashable, Any] = {}
        """What need not be asked again while it lasts, by a name of its own."""

    def insert(self, row: Model) -> None:
        if isinstance(row, Ticket):
            row.number = _next_number()
        if type(row) in _KEYS:
            self.put(row)
        else:
            self._new[type(row)].append(row)

    def put(self, row: Model) -> None:
        key = tuple(getattr(row, name) for name in _KEYS[type(row)])
        self._whole[type(row)][key] = row

    def change(self, row: Model, fields: tuple[str, ...]) -> None:
        if type(row) in _KEYS:
            self.put(row)
        elif not row._state.adding:  # else it waits, and is written as it is by then
            self._changed[type(row), fields][row.pk] = row

    def write(self) -> None:
        """Write everything, in the order in which rows refer to each other."""
        for model in _ORDER:
            if whole := self._whole.get(model):
                _upsert(model, [whole[key] for key in sorted(cast(Any, whole))])
            if new := self._new.get(model):
                model._default_manager.bulk_create(new)
        for (model, fields), rows in self._changed.items():
            model._default_manager.bulk_update([rows[pk] for pk in sorted(rows)], fields)


_gathering: ContextVar[Gathering | None] = ContextVar("gathering", default=None)


@contextmanager
def gathered() -> Iterator[Gathering]:
    """Write what happens inside at its end; nothing if it raises. Call it in a transaction, and not inside itself."""
    token = _gathering.set(gathering := Gathering())
    try:
        yield gathering
    finally:
        _gathering.reset(token)
    gathering.write()


def gathering() -> Gathering | None:
    """The open gathering; None when rows are written at once."""
    return _gathering.get()


def insert(row: Model) -> None:
    """Write a new row, or let it wait with the others. A ticket has its number afterwards, others perhaps no id yet."""
    if found := _gathering.get():
        found.insert(row)
    else:
        row.save(force_insert=True)


def save(row: Model, *fields: str) -> None:
    """Write these fields of a row (all of a ticket when none is named), or let it wait with the others."""
    if found := _gathering.get():
        found.change(row, fields)
    else:
        row.save(update_fields=fields or None)


def once(name: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` gives; inside a gathering it is asked only once."""
    found = _gathering.get()
    if found is None:
        return make()
    if name not in found.known:
        found.known[name] = make()
    return cast(Made, found.known[name])


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('tickets_ticket', 'number'))")
        return int(cursor.fetchone()[0])


def _upsert(model: type[Model], rows: list[Model]) -> None:
    keys = _KEYS[model]
    model._default_manager.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=[name.removesuffix("_id") for name in keys],
        update_fields=_changing(model),
    )


def _changing(model: type[Model]) -> list[str]:
    fixed = {*_KEYS[model], "created_at"}
    return [
        field.name
        for field in model._meta.concrete_fields
        if not (field.generated or field.primary_key or field.attname in fixed)
    ]
