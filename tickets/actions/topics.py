"""One topic per ticket in the private chat, where the service has such; elsewhere, numbers that tell tickets apart.

A topic is a conversation of its own that belongs to one ticket. It may be gone at any time: then its words go to the
chat, marked with the ticket's number.
"""

from __future__ import annotations

import re

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from tickets.actions.rows import save
from tickets.models import (
    Conversation,
    ConversationKind,
    Delivery,
    DeliveryState,
    Message,
    Operation,
    Ticket,
)
from tickets.transport import InboundMessage, abilities_of, transport_for

GONE = "topic_not_found"
_NUMBER = re.compile(r"\s*#(?P<number>[0-9]{1,18})\b", re.ASCII)


def belongs_to(ticket: Ticket, conversation: Conversation) -> None:
    """A topic of a private chat is this ticket's from now on; whatever it was about before is over."""
    if conversation.is_private and conversation.thread_id:
        conversation.ticket = ticket
        save(conversation, "ticket")


def name_of_new(ticket: Ticket, conversation: Conversation) -> str:
    """The name of the topic that the ticket should get in this chat; empty for none, and when it has one already."""
    can_open = (
        conversation.is_private
        and not conversation.thread_id
        and abilities_of(conversation.channel.kind).topics
        and conversation.channel.config.get("has_topics")
        and not Conversation.objects.reachable().filter(ticket=ticket.pk).exists()
    )
    return f"#{ticket.pk} {ticket.subject}" if can_open else ""


def named_by(conversation: Conversation, inbound: InboundMessage) -> int | None:
    """The number of the ticket that these words of a private chat are for: by their topic, or typed first."""
    if not conversation.is_private:
        return None
    if conversation.thread_id:
        return conversation.ticket_id
    typed = _NUMBER.match(inbound.text)
    return int(typed["number"]) if typed else None


def opened(delivery: Delivery, thread_id: str) -> None:
    """A new topic stands. What still waits to be said on its ticket is said there."""
    chat, ticket = delivery.conversation, delivery.message.ticket
    with transaction.atomic():
        topic, _made = Conversation.objects.get_or_create(
            channel_id=chat.channel_id,
            external_id=chat.external_id,
            thread_id=thread_id,
            defaults={"kind": ConversationKind.PRIVATE, "title": chat.title, "ticket": ticket},
        )
        waiting = Delivery.objects.filter(
            conversation=chat, message__ticket=ticket, state=DeliveryState.QUEUED
        )
        _move(list(waiting.select_for_update(of=("self",))), topic)


def fall_back(delivery: Delivery) -> bool:
    """The topic is gone: what waits for it goes to the chat, with the number. False when it was no topic of a chat."""
    topic = delivery.conversation
    if not (topic.is_private and topic.thread_id):
        return False
    with transaction.atomic():
        Conversation.objects.filter(pk=topic.pk).update(closed_reason=GONE)
        chat, _made = Conversation.objects.get_or_create(
            channel_id=topic.channel_id,
            external_id=topic.external_id,
            thread_id="",
            defaults={"kind": ConversationKind.PRIVATE, "title": topic.title},
        )
        Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENDING).update(
            state=DeliveryState.QUEUED, not_before=Now()
        )
        waiting = Delivery.objects.filter(conversation=topic, state=DeliveryState.QUEUED)
        rows = list(waiting.select_for_update(of=("self",)).select_related("message"))
        for row in rows:
            _mark(row, topic)
        _move(rows, chat)
    return True


def _move(rows: list[Delivery], conversation: Conversation) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(conversation=conversation)
    Message.objects.filter(pk__in={row.message_id for row in rows}).update(
        conversation=conversation
    )


def _mark(row: Delivery, topic: Conversation) -> None:
    if row.operation != Operation.SEND_TEXT or row.part or row.message.ticket_id is None:
        return
    text = marked(row.message.ticket_id, row.payload["text"])
    if len(transport_for(topic.channel.access).split(text)) == 1:
        row.payload["text"] = text
        row.save(update_fields=["payload"])


def marked(number: int, text: str) -> str:
    return f"#{number}\n{text}"


def needs_mark(message: Message) -> bool:
    """Whether the person could not tell which of their open tickets this answers."""
    conversation = message.conversation
    if conversation is None or message.ticket_id is None or message.automatic:
        return False
    if not conversation.is_private or conversation.thread_id:
        return False
    if not abilities_of(conversation.channel.kind).topics:
        return False
    here = Message.objects.filter(ticket=OuterRef("pk"), conversation=conversation)
    others = Ticket.objects.open().filter(requester__tickets=message.ticket_id)
    return others.exclude(pk=message.ticket_id).filter(Exists(here)).exists()
