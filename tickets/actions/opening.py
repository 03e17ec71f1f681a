"""Opening a ticket."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import readings
from accounts.models import Language
from readings import Reading
from tickets.actions.events import happened
from tickets.actions.rows import insert, once
from tickets.models import (
    Category,
    Channel,
    Contact,
    Conversation,
    Priority,
    Status,
    Ticket,
    Topic,
    Verb,
)
from tickets.sla.stored import Happening, no_clocks_yet, record

PRIVATE_REOPEN = timedelta(hours=72)
"""A solved ticket takes further words of its requester for this long; later ones are a new request."""
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
    topic = topic_called(topic_slug or reading.topic)
    ticket = Ticket(
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
    insert(ticket)
    no_clocks_yet(ticket.pk)
    happened(ticket, Verb.OPENED, linked_to=linked_to.pk if linked_to else None)
    record(ticket, Happening.OPENED, at=at)
    return ticket


def topic_called(slug: str) -> Topic | None:
    topics = once("topics", lambda: {topic.slug: topic for topic in Topic.objects.all()})
    return topics.get(slug)


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


def takes_words(ticket: Ticket, at: datetime) -> bool:
    """Open ones do; a solved one for three days; a closed one never."""
    if ticket.status == Status.CLOSED:
        return False
    return ticket.is_open or (
        ticket.solved_at is not None and at - ticket.solved_at < PRIVATE_REOPEN
    )
