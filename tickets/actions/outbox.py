"""Putting words into the outbox. Nothing here calls the outside: rows are written, a worker sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models.functions import Now
from django.utils import timezone

from helpdesk.hints import hint
from tickets.actions.rows import insert
from tickets.actions.topics import marked, needs_mark
from tickets.models import (
    Attachment,
    Audience,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Operation,
    Ticket,
)
from tickets.transport import transport_for

if TYPE_CHECKING:
    from accounts.models import User

Buttons = tuple[tuple[str, str], ...]
"""Links, as (label, URL)."""
Presses = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of buttons that call back, as (label, data)."""


def audience_of(conversation: Conversation) -> Audience:
    return Audience.PRIVATE if conversation.is_private else Audience.PUBLIC


def post_automatic(
    *,
    conversation: Conversation,
    text: str,
    ticket: Ticket | None = None,
    buttons: Buttons = (),
    presses: Presses = (),
    reply_to: str = "",
    at: datetime | None = None,
    topic_name: str = "",
) -> Message:
    """A text that the desk says by itself, now or not before `at`; in a new topic, if that gets a name here.

    It meets no clock.
    """
    message = Message(
        ticket=ticket,
        conversation=conversation,
        kind=MessageKind.REPLY,
        audience=audience_of(conversation),
        automatic=True,
        text=text,
        reply_to_external_id=reply_to,
        sent_at=at or timezone.now(),
    )
    insert(message)
    if topic_name:
        insert(
            Delivery(
                message=message,
                conversation=conversation,
                operation=Operation.OPEN_TOPIC,
                payload={"text": topic_name},
            )
        )
    enqueue(message, buttons=buttons, presses=presses)
    return message


def post_reply(
    *,
    author: User,
    ticket: Ticket,
    conversation: Conversation,
    text: str,
    hold: timedelta,
    submission: str | None = None,
    reply_to: str = "",
) -> Message:
    """An agent's words, held back for `hold` so that they can be taken back. The caller adds files, then enqueues."""
    return Message.objects.create(
        ticket=ticket,
        conversation=conversation,
        kind=MessageKind.REPLY,
        audience=audience_of(conversation),
        author=author,
        text=text,
        submission=submission,
        reply_to_external_id=reply_to,
        sent_at=timezone.now() + hold,
    )


def enqueue(
    message: Message,
    *,
    buttons: Buttons = (),
    presses: Presses = (),
    attachments: Sequence[Attachment] = (),
) -> list[Delivery]:
    """One delivery per part: the text, cut where the channel's limit asks for it, then the files."""
    conversation = message.conversation
    assert conversation is not None, "a note has no conversation and is never sent"
    transport = transport_for(conversation.channel.access)
    cuts = transport.split(part_of(message, message.text)) if message.text else []
    payloads: list[tuple[Operation, dict[str, object]]] = [
        (Operation.SEND_TEXT, {"text": text}) for text, _entities in cuts
    ]
    if buttons or presses:  # below the last words
        payloads[-1][1].update(buttons=list(buttons), presses=list(presses))
    if attachments:
        payloads.append((Operation.SEND_FILES, {"attachments": [file.pk for file in attachments]}))
    # By the clock of the database, which says when it goes: two machines need not agree on the time.
    held_until = Now() + max(message.sent_at - timezone.now(), timedelta(0))
    deliveries = [
        Delivery(
            message=message,
            conversation=conversation,
            operation=operation,
            part=part,
            payload={**payload, "reply_to": message.reply_to_external_id if part == 0 else ""},
            not_before=held_until,
        )
        for part, (operation, payload) in enumerate(payloads)
    ]
    for delivery in deliveries:
        insert(delivery)
    hint_outbox()
    return deliveries


def enqueue_edit(message: Message) -> None:
    """Ask the service to change a sent text into what the message says now.

    A change that still waits takes the newest words; one that failed has been overtaken by this one.
    """
    assert message.conversation is not None
    sent = message.deliveries.get(operation=Operation.SEND_TEXT, state=DeliveryState.SENT)
    payload = {"target": sent.external_id, "text": part_of(message, message.text)}
    edits = Delivery.objects.filter(message=message, operation=Operation.EDIT_TEXT)
    edits.filter(state=DeliveryState.FAILED).update(state=DeliveryState.CANCELLED)
    if not edits.filter(state=DeliveryState.QUEUED).update(payload=payload):
        Delivery.objects.create(
            message=message,
            conversation=message.conversation,
            operation=Operation.EDIT_TEXT,
            part=edits.count(),
            payload=payload,
        )
    hint_outbox()


def part_of(message: Message, text: str) -> str:
    """The text as it leaves: with the ticket's number where it is needed to tell it from others."""
    return marked(message.ticket_id or 0, text) if needs_mark(message) else text


def enqueue_buttons_off(message: Message) -> None:
    """Take the buttons from a message that stands there, once."""
    sent = message.deliveries.filter(operation=Operation.SEND_TEXT).exclude(external_id="").last()
    off = message.deliveries.filter(operation=Operation.BUTTONS_OFF)
    if sent is not None and not off.exists():
        _enqueue_about(message, Operation.BUTTONS_OFF, {"target": sent.external_id})


def enqueue_press_answer(message: Message, press: str, text: str) -> None:
    """End the spinner on a button of this message, with a line for whoever pressed it."""
    _enqueue_about(message, Operation.ANSWER_PRESS, {"target": press, "text": text})


def _enqueue_about(message: Message, operation: Operation, payload: dict[str, str]) -> None:
    assert message.conversation is not None
    Delivery.objects.create(
        message=message,
        conversation=message.conversation,
        operation=operation,
        part=message.deliveries.filter(operation=operation).count(),
        payload=payload,
    )
    hint_outbox()


def enqueue_removal(message: Message, *, target: str = "") -> None:
    """Ask the service to delete a message that stands there: all of it, or one item of an album.

    What failed before is tried again.
    """
    assert message.conversation is not None
    target = target or message.external_id
    removals = Delivery.objects.filter(message=message, operation=Operation.DELETE)
    known = removals.filter(payload__target=target)
    if known.exists():
        known.filter(state=DeliveryState.FAILED).update(
            state=DeliveryState.QUEUED, reason="", tries=0, not_before=Now(), created_at=Now()
        )
        hint_outbox()
        return
    Delivery.objects.create(
        message=message,
        conversation=message.conversation,
        operation=Operation.DELETE,
        part=removals.count(),
        payload={"target": target},
    )
    hint_outbox()


def hint_outbox() -> None:
    from tickets.tasks import drain_outbox

    hint(drain_outbox)
