"""Working through the inbox: conversation by conversation, each in order, many at once.

A worker holds a conversation's key by an advisory lock that ends with its transaction (PgBouncer knows that, too)
and takes the oldest open rows of it. A row that fails is rolled back alone, backs off and lets later ones pass; after
five tries it is set aside with the reason.
"""

from __future__ import annotations

import traceback
from datetime import timedelta
from time import monotonic

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from connectors.models import InboundUpdate, Outcome, UpdateState
from connectors.registry import door
from readings.secrets import kinds_in
from tickets.actions.intake import Receipt, receive
from tickets.transport import Ignored

log = structlog.get_logger(__name__)

MOST_TRIES = 5
BATCH = 20
_NOT_THE_ROW = ("08", "25", "40", "53", "55", "57", "58")
"""SQLSTATE classes: no connection, transaction state, deadlock, no resources, lock, shutdown, I/O."""
_OTHER_VERSION = ("42P01", "42703")
"""SQLSTATE of a table or column that is not there: for a moment an upgrade has code and tables of two versions."""
EDIT_WAITS = timedelta(seconds=1)


def drain(seconds: float = 10.0) -> int:
    """Handle what is ready, for about `seconds`. Returns how many rows were handled."""
    handled, end = 0, monotonic() + seconds
    while monotonic() < end:
        try:
            count = drain_one_key()
        except OperationalError as error:
            if not _is_deadlock(error):
                raise
            continue  # the other one went on, so this one can, too
        if not count:
            break
        handled += count
    return handled


def drain_one_key() -> int:
    """Handle up to 20 rows of one conversation that nobody else works on. Returns how many; 0 when there is none."""
    busy: set[tuple[int, str]] = set()
    with transaction.atomic():
        while key := _next_key(busy):
            rows = _rows_of(*key) if _hold(*key) else []
            if rows:
                for row in rows:
                    handle(row)
                return len(rows)
            busy.add(key)
    return 0


def _rows_of(channel_id: int, key: str) -> list[InboundUpdate]:
    rows = _ready().filter(channel_id=channel_id, conversation_key=key)
    return list(rows.select_for_update(of=("self",))[:BATCH])


def _ready() -> QuerySet[InboundUpdate]:
    return (
        InboundUpdate.objects.filter(state=UpdateState.OPEN, not_before__lte=Now())
        .select_related("channel")
        .order_by("pk")
    )


def _next_key(busy: set[tuple[int, str]]) -> tuple[int, str] | None:
    """The key of the oldest ready row, besides the keys that are known to be held. It locks nothing."""
    rows = _ready()
    for channel_id, key in busy:
        rows = rows.exclude(channel_id=channel_id, conversation_key=key)
    row = rows.first()
    return (row.channel_id, row.conversation_key) if row else None


def _hold(channel_id: int, key: str, *, wait: bool = False) -> bool:
    """Take the key for this transaction; False when somebody else has it and we do not wait."""
    lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s, hashtext(%s))", [channel_id % 2**31, key])
        return wait or bool(cursor.fetchone()[0])


def take_now(pk: int) -> None:
    """Handle one open row without waiting for its time; while a worker has its conversation, wait for that."""
    with transaction.atomic():
        rows = InboundUpdate.objects.filter(pk=pk, state=UpdateState.OPEN)
        for key in rows.values_list("channel_id", "conversation_key"):
            _hold(*key, wait=True)
        for row in rows.select_related("channel").select_for_update(of=("self",)):
            handle(row)


def handle(row: InboundUpdate) -> None:
    """Take one row in, under a savepoint of its own. Call it in a transaction."""
    if _original_waits(row):
        InboundUpdate.objects.filter(pk=row.pk).update(not_before=Now() + EDIT_WAITS)
        return
    try:
        with transaction.atomic():
            receipt = _take_in(row)
            _done(row, receipt)
    except Exception as error:
        if is_databases_fault(error):
            raise
        _back_off(row, error)


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


def _original_waits(row: InboundUpdate) -> bool:
    """Whether an earlier update about the same message is still to do: an edit waits for its original."""
    if not row.message_external_id:
        return False
    return InboundUpdate.objects.filter(
        channel=row.channel,
        conversation_key=row.conversation_key,
        message_external_id=row.message_external_id,
        state=UpdateState.OPEN,
        pk__lt=row.pk,
    ).exists()


def _take_in(row: InboundUpdate) -> Receipt:
    parsed = door(row.channel.kind).parse(row.channel, row.raw, row.received_at)
    if isinstance(parsed, Ignored):
        return Receipt("ignored", parsed.reason)
    masked = kinds_in(parsed.text) if row.masked else ()
    return receive(channel=row.channel, inbound=parsed, masked=[str(kind) for kind in masked])


def _done(row: InboundUpdate, receipt: Receipt) -> None:
    row.state, row.outcome, row.reason = (
        UpdateState.DONE,
        Outcome(receipt.outcome),
        receipt.reason[:200],
    )
    row.ticket = receipt.ticket
    InboundUpdate.objects.filter(pk=row.pk).update(
        state=row.state, outcome=row.outcome, reason=row.reason, ticket=row.ticket, done_at=Now()
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
