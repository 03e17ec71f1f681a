"""Putting words into the outbox. Nothing here calls the outside: rows are written, a worker sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from helpdesk.hints import hint
from tickets.models import (
    Attachment,
    Audience,
    Conversation,
    Delivery,
    Message,
    MessageKind,
    Operation,
    Ticket,
)
from tickets.transport import transport_for

if TYPE_CHECKING:
    from accounts.models import User

Buttons = tuple[tuple[str, str], ...]


def audience_of(conversation: Conversation) -> Audience:
    return Audience.PRIVATE if conversation.is_private else Audience.PUBLIC


def post_automatic(
    *,
    conversation: Conversation,
    text: str,
    ticket: Ticket | None = None,
    buttons: Buttons = (),
    reply_to: str = "",
) -> Message:
    """A text that the desk says by itself. It meets no clock."""
    message = Message.objects.create(
        ticket=ticket,
        conversation=conversation,
        kind=MessageKind.REPLY,
        audience=audience_of(conversation),
        automatic=True,
        text=text,
        reply_to_external_id=reply_to,
        sent_at=timezone.now(),
    )
    enqueue(message, buttons=buttons)
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
    message: Message, *, buttons: Buttons = (), attachments: Sequence[Attachment] = ()
) -> list[Delivery]:
    """One delivery per part: the text, cut where the channel's limit asks for it, then the files."""
    conversation = message.conversation
    assert conversation is not None, "a note has no conversation and is never sent"
    cuts = transport_for(conversation.channel.access).split(message.text) if message.text else []
    payloads: list[tuple[Operation, dict[str, object]]] = [
        (
            Operation.SEND_TEXT,
            {"text": text, "buttons": list(buttons) if text is cuts[-1][0] else []},
        )
        for text, _entities in cuts
    ]
    if attachments:
        payloads.append((Operation.SEND_FILES, {"attachments": [file.pk for file in attachments]}))
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            message=message,
            conversation=conversation,
            operation=operation,
            part=part,
            payload={**payload, "reply_to": message.reply_to_external_id if part == 0 else ""},
            not_before=message.sent_at,
        )
        for part, (operation, payload) in enumerate(payloads)
    )
    hint_outbox()
    return deliveries


def enqueue_removal(message: Message, *, target: str = "") -> None:
    """Ask the service to delete a message that stands in a public place: all of it, or one item of an album."""
    assert message.conversation is not None
    target = target or message.external_id
    removals = Delivery.objects.filter(message=message, operation=Operation.DELETE)
    if removals.filter(payload__target=target).exists():
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
