"""What the desk asks with buttons: what it is about, whether it is solved, how it was. Only ever in private.

A press says on which message the button stood. So it can answer no other question than the one that was asked there,
and nobody but the ticket's requester can answer it; whatever else a button's data says does nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from tickets import asking, automatic
from tickets.actions.events import happened
from tickets.actions.outbox import Presses, enqueue_buttons_off, post_automatic
from tickets.actions.rows import insert, once
from tickets.actions.topics import name_of_new
from tickets.models import (
    SENDS,
    Conversation,
    ConversationKind,
    Delivery,
    DeliveryState,
    Message,
    Question,
    Status,
    Ticket,
    Topic,
    Verb,
)
from tickets.transport import abilities_of

OFFERED = (
    "deposit_not_arrived",
    "withdrawal_pending",
    "login_2fa",
    "kyc",
    "p2p",
    "wrong_network",
    "fees",
    "account_compromised",
)
"""Slugs of the topics to choose from, those that there are."""


def acknowledge(ticket: Ticket, conversation: Conversation, text: str) -> None:
    """Post the acknowledgement; where nothing says what it is about, with the topics to choose from."""
    topics = () if ticket.topic_id else _topics(ticket.language)
    if not topics or not _has_buttons(conversation):
        name = name_of_new(ticket, conversation)
        post_automatic(conversation=conversation, text=text, ticket=ticket, topic_name=name)
        return
    words = f"{text}\n\n{automatic.say(asking.ASK_TOPIC, ticket.language)}"
    _ask(Question.Kind.TOPIC, ticket, conversation, words, topics)


def follow_status(
    ticket: Ticket, *, at: datetime, asks: bool, message: Message | None = None
) -> None:
    """Ask whether it is solved, when somebody at the desk says so; take the question back when it is not.

    `message` is the reply that solved it: the question goes out after it, and not before `at`.
    """
    for question in ticket.questions.filter(kind=Question.Kind.SOLVED, closed_at=None):
        close(question)
    if ticket.status != Status.SOLVED or not asks:
        return
    conversation = _private_place(ticket, message)
    if conversation is None or not _has_buttons(conversation):
        return
    text = automatic.say(asking.ASK_SOLVED, ticket.language, number=ticket.number)
    choices = (("yes", asking.YES), ("no", asking.NO))
    row = tuple((automatic.say(label, ticket.language), choice) for choice, label in choices)
    _ask(Question.Kind.SOLVED, ticket, conversation, text, (row,), at=at)


def ask_rating(ticket: Ticket, conversation: Conversation) -> None:
    """Once a ticket."""
    if ticket.questions.filter(kind=Question.Kind.RATING).exists():
        return
    text = automatic.say(asking.ASK_RATING, ticket.language, number=ticket.number)
    row = tuple((str(score), str(score)) for score in range(1, 6))
    _ask(Question.Kind.RATING, ticket, conversation, text, (row,))


def close(question: Question) -> None:
    """Nobody can answer it any more. One that has not left never leaves; one that stands there loses its buttons."""
    question.closed_at = timezone.now()
    question.save(update_fields=["closed_at"])
    sends = Delivery.objects.filter(message=question.message, operation__in=SENDS)
    if sends.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.CANCELLED):
        Message.objects.filter(pk=question.message_id).update(deleted_at=question.closed_at)
    else:
        enqueue_buttons_off(question.message)


def _ask(
    kind: Question.Kind,
    ticket: Ticket,
    conversation: Conversation,
    text: str,
    rows: Presses,
    *,
    at: datetime | None = None,
) -> None:
    presses = tuple(tuple((label, f"{kind}:{choice}") for label, choice in row) for row in rows)
    message = post_automatic(
        conversation=conversation,
        text=text,
        ticket=ticket,
        presses=presses,
        at=at,
        topic_name=name_of_new(ticket, conversation) if kind == Question.Kind.TOPIC else "",
    )
    insert(Question(kind=kind, ticket=ticket, message=message))
    happened(ticket, Verb.ASKED, message=message, kind=kind)


def _topics(language: str) -> Presses:
    """Two a row, in the order of `OFFERED`."""
    topics = once("offered topics", lambda: Topic.objects.in_bulk(OFFERED, field_name="slug"))
    buttons = [(topics[slug].name_in(language), slug) for slug in OFFERED if slug in topics]
    return tuple(tuple(buttons[start : start + 2]) for start in range(0, len(buttons), 2))


def _private_place(ticket: Ticket, message: Message | None) -> Conversation | None:
    """Where the requester was last spoken with alone; None when they were not, or cannot be any more."""
    if message is not None and message.conversation is not None:
        return message.conversation if message.conversation.is_private else None
    last = (
        ticket.messages.filter(
            conversation__kind=ConversationKind.PRIVATE, conversation__closed_reason=""
        )
        .select_related("conversation__channel")
        .order_by("-sent_at", "-pk")
        .first()
    )
    return last.conversation if last else None


def _has_buttons(conversation: Conversation) -> bool:
    return conversation.is_private and abilities_of(conversation.channel.kind).buttons
