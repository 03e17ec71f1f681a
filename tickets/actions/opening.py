"""Opening a ticket, and which ticket a message belongs to."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import readings
from accounts.models import Language
from readings import Reading
from tickets.actions.events import happened
from tickets.models import (
    Category,
    Channel,
    Contact,
    Conversation,
    Delivery,
    Message,
    Priority,
    Status,
    Ticket,
    Topic,
    Verb,
)
from tickets.sla.stored import Happening, record

PRIVATE_REOPEN = timedelta(hours=72)
"""A solved ticket takes further words of its requester for this long; later ones are a new request."""
GROUP_WINDOW = timedelta(minutes=10)
"""In a group, words of the requester this soon after the last ones belong to the same request."""
TOPIC_WINDOW = timedelta(hours=24)
NO_SUBJECT = "…"


def open_ticket(
    *,
    channel: Channel,
    conversation: Conversation,
    requester: Contact,
    reading: Reading,
    subject: str,
    at: datetime,
    linked_to: Ticket | None = None,
    topic_slug: str = "",
    priority: str = "",
) -> Ticket:
    """A new ticket with its clocks running since `at`, the moment the requester spoke.

    Topic and priority are as read, unless the caller knows better; a dangerous topic still lifts the priority.
    """
    topic = Topic.objects.filter(slug=topic_slug or reading.topic).first()
    ticket = Ticket.objects.create(
        subject=subject or NO_SUBJECT,
        category=topic.category if topic else reading.category or Category.OTHER,
        topic=topic,
        priority=lifted(priority or reading.priority or Priority.NORMAL, topic),
        language=ticket_language(reading.language, requester, channel),
        team_id=channel.team_id,
        requester=requester,
        linked_to=linked_to,
        channel_kind=channel.kind,
        is_public=not conversation.is_private,
        last_message_at=at,
        waiting_since=at,
    )
    happened(ticket, Verb.OPENED, linked_to=linked_to.pk if linked_to else None)
    record(ticket, Happening.OPENED, at=at)
    return ticket


def subject_of(text: str, channel: Channel) -> str:
    """First words with substance, without the handle by which they call us."""
    handle = str(channel.config.get("username", ""))
    if handle:
        text = re.sub(rf"@{re.escape(handle)}\b", " ", text, flags=re.IGNORECASE)
    return readings.subject(text)


def lifted(priority: str, topic: Topic | None) -> str:
    """The priority, at least the topic's floor."""
    if not topic or not topic.priority_floor:
        return priority
    return max(Priority(priority), Priority(topic.priority_floor), key=lambda each: each.rank)


def ticket_language(guess: str, requester: Contact, channel: Channel) -> str:
    for language in (guess, requester.language, channel.default_language):
        if language in Language.values:
            return language
    return Language.ENGLISH


def answered_ticket(conversation: Conversation, external_id: str) -> Ticket | None:
    """The ticket of the message that was answered: theirs, or one of ours on its way out."""
    if not external_id:
        return None
    message = (
        Message.objects.filter(conversation=conversation, external_id=external_id)
        .select_related("ticket")
        .first()
    )
    if message is None:
        delivery = (
            Delivery.objects.filter(conversation=conversation, external_id=external_id)
            .select_related("message__ticket")
            .first()
        )
        message = delivery.message if delivery else None
    return message.ticket if message else None


def ticket_of(
    contact: Contact, conversation: Conversation, reply_to: str, at: datetime
) -> Ticket | None:
    """The ticket that this person's words belong to: the one they answer, else their live one here."""
    answered = answered_ticket(conversation, reply_to)
    if answered is not None and answered.requester_id == contact.pk and takes_words(answered, at):
        return answered
    tickets = Ticket.objects.filter(requester=contact).order_by("-last_message_at")
    if not conversation.is_private:
        window = TOPIC_WINDOW if conversation.thread_id else GROUP_WINDOW
        tickets = tickets.filter(
            messages__conversation=conversation,
            messages__contact=contact,
            messages__sent_at__gte=at - window,
        ).distinct()
    for ticket in tickets[:5]:
        if takes_words(ticket, at):
            return ticket
    return None


def takes_words(ticket: Ticket, at: datetime) -> bool:
    """Open ones do; a solved one for three days; a closed one never."""
    if ticket.status == Status.CLOSED:
        return False
    return ticket.is_open or (
        ticket.solved_at is not None and at - ticket.solved_at < PRIVATE_REOPEN
    )
