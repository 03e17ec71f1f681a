"""The outbox at work: claim a row, send it, write down how it ended.

`sending` is committed before the call. Whoever finds an old `sending` row knows that its worker died in the middle: the
row becomes `unknown`, is shown to the agent, and is never repeated by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import capabilities
from accounts.models import User
from helpdesk.errors import Conflict
from tickets.actions import circuit, topics
from tickets.actions.events import happened, locked
from tickets.actions.files import outbound_files
from tickets.actions.outbox import hint_outbox
from tickets.actions.people import move_conversations
from tickets.actions.status import restore_status
from tickets.actions.words import show_latest
from tickets.models import (
    SENDS,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Operation,
    Ticket,
    Verb,
)
from tickets.sla.stored import Happening, record
from tickets.transport import (
    DeliveryError,
    DeliveryUnknown,
    OutboundFile,
    Part,
    Sent,
    Transport,
    transport_for,
)

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=100)
PATIENCE_WITH_FILES = timedelta(minutes=10)
"""Longer than any call may take: a row that is `sending` for longer has lost its worker."""
GIVE_UP = timedelta(hours=24)
LONGEST_BACKOFF = timedelta(minutes=10)
CLOSING = frozenset({"blocked", "deactivated", "kicked", "chat_not_found"})
"""Refusals that hold for the whole conversation, not for this message alone."""
PASSING = (Operation.DELETE, Operation.ANSWER_PRESS)
"""These do not wait in line: what is removed must not stand a second longer, and a pressed button spins."""
REPEATABLE = (*PASSING, Operation.EDIT_TEXT, Operation.BUTTONS_OFF)
"""Doing these twice does no harm."""
_WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)


def drain(limit: int = 200) -> int:
    """Send what may go now, at most `limit` rows. Returns how many were claimed."""
    claimed = 0
    while claimed < limit and (delivery := claim()):
        claimed += 1
        deliver(delivery)
    return claimed


def claim() -> Delivery | None:
    """Take the next row that may go: the first of its conversation, with a token from the buckets.

    A row whose bucket is empty is put off, and the next conversation gets its turn.
    """
    while True:
        with transaction.atomic():
            delivery = _next()
            if delivery is None:
                return None
            if not circuit.may_call(delivery.conversation.channel):
                continue
            wait = _wait(delivery)
            if wait > 0:
                Delivery.objects.filter(pk=delivery.pk).update(
                    not_before=Now() + timedelta(seconds=wait)
                )
                continue
            Delivery.objects.filter(pk=delivery.pk).update(
                state=DeliveryState.SENDING, claimed_at=Now(), tries=F("tries") + 1
            )
            delivery.tries += 1
        return delivery


def _wait(delivery: Delivery) -> float:
    """Seconds; none for a channel that cannot be called at all, since `deliver` says so."""
    try:
        return _transport(delivery).wait_seconds(_part(delivery, _as_many(delivery)))
    except DeliveryError:
        return 0.0


def _next() -> Delivery | None:
    earlier = Delivery.objects.filter(
        conversation=OuterRef("conversation"), pk__lt=OuterRef("pk"), state__in=_WAITING
    ).exclude(operation__in=PASSING)
    return (
        Delivery.objects.filter(Q(operation__in=PASSING) | ~Exists(earlier))
        .filter(
            circuit.is_rested("conversation__channel__"),
            state=DeliveryState.QUEUED,
            not_before__lte=Now(),
            conversation__channel__is_active=True,
        )
        .select_related("conversation__channel", "message")
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )


def deliver(delivery: Delivery) -> None:
    """Make the call for a claimed row and write down how it ended."""
    channel = delivery.conversation.channel
    try:
        with outbound_files(delivery.payload.get("attachments", [])) as files:
            sent = _transport(delivery).send(_part(delivery, files))
    except DeliveryUnknown:
        circuit.unanswered(channel)
        finish(delivery, DeliveryState.UNKNOWN, reason="timed_out")
    except DeliveryError as error:
        (circuit.unanswered if error.reason == "unavailable" else circuit.answered)(channel)
        _refused(delivery, error)
    except OSError:
        finish(delivery, DeliveryState.FAILED, reason="file_gone")
    except DatabaseError:
        raise
    except Exception as error:
        # A fault of ours must not keep the other channels waiting. Its text may quote the words.
        log.error("delivery_broke", delivery=delivery.pk, error=type(error).__name__)
        finish(delivery, DeliveryState.UNKNOWN, reason="timed_out")
    else:
        circuit.answered(channel)
        _arrived(delivery, sent)


def _transport(delivery: Delivery) -> Transport:
    """Raises DeliveryError for a token or an address that cannot be right."""
    try:
        return transport_for(delivery.conversation.channel.access)
    except ValueError:
        raise DeliveryError("unauthorised", permanent=True) from None


def _as_many(delivery: Delivery) -> tuple[OutboundFile, ...]:
    """To be counted: which files they are matters only when they are sent."""
    return tuple(OutboundFile("", "", "") for _pk in delivery.payload.get("attachments", []))


def _part(delivery: Delivery, files: tuple[OutboundFile, ...]) -> Part:
    payload: dict[str, Any] = delivery.payload
    return Part(
        operation=delivery.operation,  # type: ignore[arg-type]
        place=delivery.conversation.place,
        text=payload.get("text", ""),
        files=files,
        reply_to=payload.get("reply_to", ""),
        target=payload.get("target", ""),
        buttons=tuple((label, url) for label, url in payload.get("buttons", [])),
        presses=tuple(
            tuple((label, data) for label, data in row) for row in payload.get("presses", [])
        ),
        idempotency_key=f"delivery-{delivery.pk}",
    )


def _arrived(delivery: Delivery, sent: Sent) -> None:
    if sent.migrated_to:
        with transaction.atomic():
            move_conversations(
                delivery.conversation.channel, delivery.conversation.external_id, sent.migrated_to
            )
    if delivery.operation == Operation.OPEN_TOPIC and sent.thread_id:
        topics.opened(delivery, sent.thread_id)
    if delivery.operation in SENDS and sent.external_ids:
        finish(delivery, DeliveryState.SENT, external_ids=sent.external_ids)
    else:
        finish(delivery, DeliveryState.SENT)


def _refused(delivery: Delivery, error: DeliveryError) -> None:
    if error.reason == topics.GONE and topics.fall_back(delivery):
        return
    if error.permanent:
        finish(delivery, DeliveryState.FAILED, reason=error.reason)
    elif timezone.now() - delivery.created_at > GIVE_UP:
        finish(delivery, DeliveryState.FAILED, reason="gave_up")
    else:
        wait = max(timedelta(seconds=error.retry_after or 0), _backoff(delivery.tries))
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING).update(
            state=DeliveryState.QUEUED, reason=error.reason, not_before=Now() + wait
        )
        log.info(
            "delivery_put_off",
            delivery=delivery.pk,
            reason=error.reason,
            seconds=wait.total_seconds(),
        )


def finish(
    delivery: Delivery,
    state: DeliveryState,
    *,
    reason: str = "",
    external_ids: tuple[str, ...] = (),
) -> None:
    """Write down the end of a call, once: what another process has ended already stays as it is.

    An album has many `external_ids`: the first stands for all, and all are kept so that all can be deleted.
    """
    album = {"external_ids": external_ids} if len(external_ids) > 1 else {}
    with transaction.atomic():
        message = Message.objects.get(pk=delivery.message_id)
        ticket = locked(message.ticket_id) if message.ticket_id else None
        if state == DeliveryState.FAILED and _is_overtaken(delivery):
            state = DeliveryState.CANCELLED
        ended = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING).update(
            state=state,
            reason=reason,
            external_id=external_ids[0] if external_ids else "",
            payload={**delivery.payload, **album},
            sent_at=Now() if state == DeliveryState.SENT else None,
        )
        if not ended:
            return
        if state == DeliveryState.FAILED:
            _stop_the_rest(delivery, reason)
        if delivery.operation == Operation.DELETE:
            _removed(message, ticket, state)
        elif ticket is not None and delivery.operation in SENDS:
            _tell(ticket, message, state, reason)
        elif ticket is not None and delivery.operation == Operation.EDIT_TEXT:
            verb = Verb.EDIT_FAILED if state == DeliveryState.FAILED else Verb.CHANGE_ARRIVED
            happened(ticket, verb, message=message)
        if ticket is not None:
            ticket.save()


def _is_overtaken(delivery: Delivery) -> bool:
    """A change with newer words behind it: tried again later, it would put the older ones back."""
    newer = Delivery.objects.filter(
        message=delivery.message_id, operation=Operation.EDIT_TEXT, pk__gt=delivery.pk
    )
    return delivery.operation == Operation.EDIT_TEXT and newer.exists()


def _removed(message: Message, ticket: Ticket | None, state: DeliveryState) -> None:
    """A message is gone when all of its parts are; until then, what stands of a reply still answers."""
    removals = message.deliveries.filter(operation=Operation.DELETE)
    if state == DeliveryState.SENT and not removals.exclude(state=DeliveryState.SENT).exists():
        message.deleted_at = timezone.now()
        message.save(update_fields=["deleted_at"])
        if ticket is not None and message.kind == MessageKind.REPLY:
            _taken_back(ticket, message, message.deleted_at)
    if ticket is not None:
        verb = Verb.REMOVED if message.kind == MessageKind.INCOMING else Verb.CHANGE_ARRIVED
        happened(
            ticket, verb if state == DeliveryState.SENT else Verb.REMOVAL_FAILED, message=message
        )


def _taken_back(ticket: Ticket, message: Message, at: datetime) -> None:
    """As if it had never been said: the old start of the clock is back, and the status from before."""
    if not message.automatic:
        record(ticket, Happening.REPLY_UNDONE, at=at, message_id=message.pk)
        restore_status(ticket, message, at=at)
    show_latest(ticket)


def _stop_the_rest(delivery: Delivery, reason: str) -> None:
    """Half an answer helps nobody: later parts fail with it. A closed place is noted as such."""
    if delivery.operation in SENDS:
        Delivery.objects.filter(
            message=delivery.message_id, operation__in=SENDS, state=DeliveryState.QUEUED
        ).exclude(pk=delivery.pk).update(state=DeliveryState.FAILED, reason=reason)
    if reason in CLOSING and delivery.operation not in PASSING:
        conversation = delivery.conversation
        conversation.closed_reason = reason
        conversation.save(update_fields=["closed_reason"])


def _tell(ticket: Ticket, message: Message, state: DeliveryState, reason: str) -> None:
    """Events for the pages, and the clocks: an answer that nobody got gives the old start back."""
    states = set(message.deliveries.filter(operation__in=SENDS).values_list("state", flat=True))
    counts = message.kind == MessageKind.REPLY and not message.automatic
    if state == DeliveryState.FAILED:
        happened(ticket, Verb.DELIVERY_FAILED, message=message, reason=reason)
        if counts:
            now = timezone.now()
            record(ticket, Happening.REPLY_FAILED, at=now, message_id=message.pk)
            restore_status(ticket, message, at=now)
    elif state == DeliveryState.UNKNOWN:
        happened(ticket, Verb.DELIVERY_UNKNOWN, message=message)
    elif states == {DeliveryState.SENT}:
        happened(ticket, Verb.DELIVERED, message=message)
        if counts:
            record(ticket, Happening.REPLY_LEFT, at=timezone.now(), message_id=message.pk)


def find_lost(limit: int = 500, *, patience: timedelta = PATIENCE) -> int:
    """Rows whose worker died in the middle of the call become `unknown`. Returns how many."""
    lost = Delivery.objects.filter(
        Q(claimed_at__lt=Now() - patience) & ~Q(operation=Operation.SEND_FILES)
        | Q(claimed_at__lt=Now() - PATIENCE_WITH_FILES),
        state=DeliveryState.SENDING,
    ).select_related("conversation__channel")[:limit]
    for count, delivery in enumerate(lost, start=1):
        if delivery.operation in REPEATABLE:
            Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING).update(
                state=DeliveryState.QUEUED
            )
        else:
            finish(delivery, DeliveryState.UNKNOWN, reason="timed_out")
        log.warning("delivery_lost_its_worker", delivery=delivery.pk, count=count)
    return len(lost)


def retry(*, actor: User, delivery: Delivery) -> None:
    """Send a failed or unknown part again, and what failed behind it; never what went out. Raises Conflict.

    A change or a removal that failed is tried again alone: it answers nobody.
    """
    sends = delivery.operation in SENDS
    with transaction.atomic():
        message = Message.objects.get(pk=delivery.message_id)
        assert message.ticket_id is not None
        ticket = locked(message.ticket_id)
        capabilities.require(actor, capabilities.DELIVERY_RETRY, ticket.team_id)
        again = Delivery.objects.filter(
            Q(pk=delivery.pk, state__in=(DeliveryState.FAILED, DeliveryState.UNKNOWN))
            | Q(message=message, part__gt=delivery.part, state=DeliveryState.FAILED)
            & Q(operation__in=SENDS if sends else ())
        ).update(state=DeliveryState.QUEUED, reason="", tries=0, not_before=Now(), created_at=Now())
        if not again:
            raise Conflict(_("It is on its way already."))
        happened(ticket, Verb.DELIVERY_RETRIED, actor=actor, message=message)
        if sends and message.kind == MessageKind.REPLY and not message.automatic:
            record(ticket, Happening.REPLY_QUEUED, at=timezone.now(), message_id=message.pk)
        ticket.save()
        hint_outbox()


def _backoff(tries: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(tries, 10)), LONGEST_BACKOFF)
