"""Working through the inbox: each conversation in order, many at once.

A worker holds a conversation's key by an advisory lock that ends with its transaction (PgBouncer knows that, too)
and takes the oldest open rows of it; the conversations come by turns, so that a noisy one keeps nobody waiting. What
is taken together is done together: if that fails it is tried in halves, down to the row that fails by itself. That one
backs off and lets later ones pass; after five tries it is set aside with the reason.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from time import monotonic

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from connectors.models import InboundUpdate, Outcome, UpdateState
from connectors.registry import door
from readings.secrets import kinds_in
from tickets.actions.intake import Receipt, receive_all
from tickets.actions.known import Arrival
from tickets.models import Channel
from tickets.transport import Ignored, InboundMessage, Parsed

log = structlog.get_logger(__name__)

MOST_TRIES = 5
BATCH = 200
OF_ONE_KEY = 100
_NOT_THE_ROW = ("08", "25", "40", "53", "55", "57", "58")
"""SQLSTATE classes: no connection, transaction state, deadlock, no resources, lock, shutdown, I/O."""
_OTHER_VERSION = ("42P01", "42703")
"""SQLSTATE of a table or column that is not there: for a moment an upgrade has code and tables of two versions."""
EDIT_WAITS = timedelta(seconds=1)

_NEXT_KEY = """
    SELECT channel_id, conversation_key FROM connectors_inboundupdate
    WHERE state = 'open' AND not_before <= statement_timestamp() AND (channel_id, conversation_key) > ({channel}, {key})
    ORDER BY channel_id, conversation_key LIMIT 1
"""
_CLAIM = f"""
    WITH RECURSIVE slot AS MATERIALIZED (
        SELECT number FROM generate_series(1, %(drains)s) AS number
        WHERE pg_try_advisory_xact_lock(-1, number) LIMIT 1
    ),
    ring AS (
        SELECT first.* FROM slot CROSS JOIN LATERAL (
            {_NEXT_KEY.format(channel="%(channel)s", key="%(key)s")}
        ) AS first
        UNION ALL
        SELECT next.* FROM ring CROSS JOIN LATERAL (
            {_NEXT_KEY.format(channel="ring.channel_id", key="ring.conversation_key")}
        ) AS next
    )
    SELECT ring.channel_id, ring.conversation_key, waiting.id
    FROM ring CROSS JOIN LATERAL (
        SELECT id FROM connectors_inboundupdate
        WHERE state = 'open' AND not_before <= statement_timestamp()
            AND channel_id = ring.channel_id AND conversation_key = ring.conversation_key
        ORDER BY id LIMIT %(of_one_key)s
    ) AS waiting
    WHERE pg_try_advisory_xact_lock((ring.channel_id %% 2147483648)::int, hashtext(ring.conversation_key))
    LIMIT %(batch)s
"""  # noqa: S608
"""From key to key by the index, each locked when it is reached, until there is enough. Nobody ever waits for a lock."""
_EARLIER = """
    SELECT waiting.channel_id, waiting.conversation_key, waiting.message_external_id, min(waiting.id)
    FROM unnest(%(channels)s::bigint[], %(keys)s::text[], %(last)s::bigint[]) AS asked (channel_id, key, last)
    JOIN connectors_inboundupdate AS waiting
        ON waiting.channel_id = asked.channel_id AND waiting.conversation_key = asked.key
    WHERE waiting.state = 'open' AND waiting.id < asked.last AND NOT waiting.id = ANY (%(ids)s::bigint[])
    GROUP BY 1, 2, 3
"""
_DONE = """
    UPDATE connectors_inboundupdate AS row
    SET state = 'done', outcome = done.outcome, reason = done.reason, ticket_id = done.ticket,
        done_at = statement_timestamp()
    FROM unnest(%(ids)s::bigint[], %(outcomes)s::text[], %(reasons)s::text[], %(tickets)s::bigint[])
        AS done (id, outcome, reason, ticket)
    WHERE row.id = done.id
"""

_FIRST = (0, "")
_last_key = _FIRST
"""Where this process stands in the ring of conversations."""


def drain(seconds: float = 10.0) -> int:
    """Handle what is ready, for about `seconds`. Returns how many rows were handled."""
    handled, end = 0, monotonic() + seconds
    while monotonic() < end:
        try:
            count = drain_batch()
        except OperationalError as error:
            if not _is_deadlock(error):
                raise
            continue  # the other one went on, so this one can, too
        if not count:
            break
        handled += count
    return handled


def drain_batch() -> int:
    """Handle up to 200 rows of conversations that nobody else works on. Returns how many; 0 when there is none.

    No more than `settings.INBOX_DRAINS` run at once, for the other tasks of the workers want their turn, too.
    """
    with transaction.atomic():
        rows = _claim()
        if rows:
            work(rows)
        return len(rows)


def _claim() -> list[InboundUpdate]:
    rows: list[InboundUpdate] = []
    # Read anew: until we had their keys, somebody else may have handled them.
    while not rows and (ids := _next_ids()):
        rows = _open(ids)
    return rows


def _next_ids() -> list[int]:
    global _last_key
    found = _claim_after(*_last_key)
    if len(found) < BATCH and _last_key != _FIRST:  # once around
        found = list(dict.fromkeys(found + _claim_after(*_FIRST)))
    _last_key = found[-1][:2] if len(found) >= BATCH else _FIRST
    return [pk for _channel, _key, pk in found]


def _claim_after(channel_id: int, key: str) -> list[tuple[int, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "channel": channel_id,
                "key": key,
                "drains": settings.INBOX_DRAINS,
                "of_one_key": OF_ONE_KEY,
                "batch": BATCH,
            },
        )
        return list(cursor.fetchall())


def _open(ids: Sequence[int]) -> list[InboundUpdate]:
    rows = InboundUpdate.objects.filter(pk__in=ids, state=UpdateState.OPEN).order_by("pk")
    channels = Channel.objects.in_bulk({row.channel_id for row in rows})
    for row in rows:
        row.channel = channels[row.channel_id]
    return list(rows)


def _hold(channel_id: int, key: str) -> None:
    """Take the key for this transaction, when whoever has it lets go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [channel_id % 2**31, key])


def take_now(pk: int) -> None:
    """Handle one open row without waiting for its time; while a worker has its conversation, wait for that."""
    with transaction.atomic():
        row = InboundUpdate.objects.filter(pk=pk)
        for key in row.values_list("channel_id", "conversation_key"):
            _hold(*key)
        work(_open([pk]))


def work(rows: Sequence[InboundUpdate]) -> None:
    """Take rows in, whose keys are held, in the order of their ids. Call it in a transaction."""
    batch = _Batch(rows)
    for has_failed, some in groupby(rows, key=lambda row: row.tries > 0):
        if has_failed:  # it would spoil the whole batch again
            for row in some:
                batch.take([row])
        else:
            batch.take(list(some))


class _Batch:
    """Some rows, and what of their conversations is still to do besides them."""

    def __init__(self, rows: Sequence[InboundUpdate]) -> None:
        self._waiting = _earlier(rows) if rows else {}

    def take(self, rows: Sequence[InboundUpdate]) -> None:
        """Take rows in, all at once; if that fails, the first half and then the other."""
        ready = [row for row in rows if not self._has_to_wait(row)]
        try:
            with transaction.atomic():
                _done(ready, _take_in(ready))
        except Exception as error:
            if is_databases_fault(error):
                raise
            if len(ready) == 1:
                _back_off(ready[0], error)
                self._leave(ready[0])
                return
            middle = len(ready) // 2
            self.take(ready[:middle])
            self.take(ready[middle:])

    def _has_to_wait(self, row: InboundUpdate) -> bool:
        """Whether an earlier update about the same message is still to do: an edit waits for its original."""
        if not row.message_external_id or self._waiting.get(_about(row), row.pk) >= row.pk:
            return False
        InboundUpdate.objects.filter(pk=row.pk).update(not_before=Now() + EDIT_WAITS)
        return True

    def _leave(self, row: InboundUpdate) -> None:
        self._waiting[_about(row)] = min(self._waiting.get(_about(row), row.pk), row.pk)


def _about(row: InboundUpdate) -> tuple[int, str, str]:
    return row.channel_id, row.conversation_key, row.message_external_id


def _earlier(rows: Sequence[InboundUpdate]) -> dict[tuple[int, str, str], int]:
    """By message the oldest open row that comes before these ones in their conversations."""
    last = {(row.channel_id, row.conversation_key): row.pk for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            _EARLIER,
            {
                "channels": [channel_id for channel_id, _ in last],
                "keys": [key for _, key in last],
                "last": list(last.values()),
                "ids": [row.pk for row in rows],
            },
        )
        return {(channel_id, key, message): pk for channel_id, key, message, pk in cursor}


def is_databases_fault(error: Exception) -> bool:
    """Whether the database is away, full, of another version or asks us to try again: not the row's fault."""
    code = _sqlstate(error)
    if isinstance(error, InterfaceError) or code in _OTHER_VERSION:
        return True
    return isinstance(error, OperationalError) and (not code or code[:2] in _NOT_THE_ROW)


def _is_deadlock(error: Exception) -> bool:
    """Conversations share people and tickets, so two batches may want the same rows in another order."""
    return _sqlstate(error) in ("40001", "40P01")


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""


def _take_in(rows: Sequence[InboundUpdate]) -> list[Receipt]:
    parsed = [_parsed(row) for row in rows]
    receipts = iter(
        receive_all(
            [
                _arrival(row, each)
                for row, each in zip(rows, parsed, strict=True)
                if not isinstance(each, Ignored)
            ]
        )
    )
    return [
        Receipt("ignored", each.reason) if isinstance(each, Ignored) else next(receipts)
        for each in parsed
    ]


def _parsed(row: InboundUpdate) -> Parsed:
    return door(row.channel.kind).parse(row.channel, row.raw, row.received_at)


def _arrival(row: InboundUpdate, inbound: InboundMessage) -> Arrival:
    masked = kinds_in(inbound.text) if row.masked else ()
    return Arrival(row.channel, inbound, [str(kind) for kind in masked])


def _done(rows: Sequence[InboundUpdate], receipts: Sequence[Receipt]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _DONE,
            {
                "ids": [row.pk for row in rows],
                "outcomes": [Outcome(each.outcome).value for each in receipts],
                "reasons": [each.reason[:200] for each in receipts],
                "tickets": [each.ticket.pk if each.ticket else None for each in receipts],
            },
        )


def _back_off(row: InboundUpdate, error: Exception) -> None:
    """Note where it failed, never what it said: an error's text may quote the payload."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    row.tries += 1
    row.reason = f"{type(error).__name__} in {frame.name}, line {frame.lineno}"
    row.state = UpdateState.SET_ASIDE if row.tries >= MOST_TRIES else UpdateState.OPEN
    InboundUpdate.objects.filter(pk=row.pk).update(
        tries=row.tries,
        reason=row.reason,
        state=row.state,
        not_before=Now() + timedelta(seconds=2 ** (row.tries - 1)),
    )
    log.warning("update_failed", update=row.pk, tries=row.tries, reason=row.reason, state=row.state)
