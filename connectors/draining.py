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
LOOK_AHEAD = 100
EDIT_WAITS = timedelta(seconds=1)


def drain(seconds: float = 10.0) -> int:
    """Handle what is ready, for about `seconds`. Returns how many rows were handled."""
    handled, end = 0, monotonic() + seconds
    while monotonic() < end and (count := drain_one_key()):
        handled += count
    return handled


def drain_one_key() -> int:
    """Handle up to 20 rows of one conversation that nobody else works on. Returns how many; 0 when there is none."""
    busy: set[tuple[int, str]] = set()
    with transaction.atomic():
        while key := _next_key(busy):
            if not _hold(*key):
                busy.add(key)
                continue
            rows = list(
                _ready()
                .filter(channel_id=key[0], conversation_key=key[1])
                .select_for_update(of=("self",))[:BATCH]
            )
            if rows:
                for row in rows:
                    handle(row)
                return len(rows)
            busy.add(key)
    return 0


def _ready() -> QuerySet[InboundUpdate]:
    return (
        InboundUpdate.objects.filter(state=UpdateState.OPEN, not_before__lte=Now())
        .select_related("channel")
        .order_by("pk")
    )


def _next_key(busy: set[tuple[int, str]]) -> tuple[int, str] | None:
    """The key of the oldest ready row that nobody has locked, besides the keys that are known to be held."""
    rows = _ready()
    if busy:
        rows = rows.exclude(conversation_key__in=[key for _channel, key in busy])
    row = rows.select_for_update(of=("self",), skip_locked=True).first()
    return (row.channel_id, row.conversation_key) if row else None


def _hold(channel_id: int, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [channel_id % 2**31, key]
        )
        return bool(cursor.fetchone()[0])


def handle(row: InboundUpdate) -> None:
    """Take one row in, under a savepoint of its own. Call it in a transaction."""
    if _original_waits(row):
        InboundUpdate.objects.filter(pk=row.pk).update(not_before=Now() + EDIT_WAITS)
        return
    try:
        with transaction.atomic():
            receipt = _take_in(row)
            _done(row, receipt)
    except (OperationalError, InterfaceError):
        raise  # the database is away or asks us to try again: that is not the row's fault
    except Exception as error:
        _back_off(row, error)


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
