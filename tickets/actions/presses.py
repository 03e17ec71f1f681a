"""A button was pressed: whose it was, and what it changes. Pressing twice is pressing once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tickets import asking, automatic
from tickets.actions.events import happened, locked
from tickets.actions.opening import lifted
from tickets.actions.outbox import enqueue_buttons_off, enqueue_press_answer
from tickets.actions.questions import ask_rating, close
from tickets.models import (
    RATING_CHANGES_FOR,
    SENDS,
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    Question,
    Rating,
    Speaker,
    Status,
    Ticket,
    Topic,
    Verb,
)
from tickets.sla.stored import Happening, record
from tickets.transport import InboundMessage

UNSURE = (DeliveryState.SENDING, DeliveryState.UNKNOWN)


def press(channel: Channel, conversation: Conversation, inbound: InboundMessage) -> Ticket | None:
    """Take a press in. Returns the ticket of which it answered a question, None when it was nobody's to press."""
    kind, _colon, choice = inbound.payload.partition(":")
    question = _asked_on(conversation, inbound.reply_to, kind)
    if question is None:
        return None
    ticket = locked(question.ticket_id)
    contact = _presser(channel, inbound)
    if contact is None or contact.pk != ticket.requester_id:
        _answer(question, inbound, "")
        return None
    question = Question.objects.select_related("message__conversation").get(pk=question.pk)
    toast = (
        None
        if question.closed_at
        else _TAKERS[question.kind](ticket, question, choice, inbound.sent_at)
    )
    _answer(question, inbound, toast or automatic.say(asking.OVER, ticket.language))
    ticket.save()
    return ticket


def _asked_on(conversation: Conversation, external_id: str, kind: str) -> Question | None:
    """The question of this kind on that message; one that left without our knowing its id is found all the same."""
    if not external_id:
        return None
    asked = Question.objects.filter(kind=kind, message__conversation=conversation)
    sent = Delivery.objects.filter(
        conversation=conversation, external_id=external_id, operation__in=SENDS
    ).first()
    if sent is not None:
        return asked.filter(message=sent.message_id).first()
    unsure = Delivery.objects.filter(conversation=conversation, state__in=UNSURE)
    return asked.filter(message__in=unsure.values("message")).order_by("-pk").first()


def _presser(channel: Channel, inbound: InboundMessage) -> Contact | None:
    identity = (
        ContactIdentity.objects.select_related("contact")
        .filter(kind=channel.kind, external_id=inbound.sender.external_id if inbound.sender else "")
        .first()
    )
    return identity.contact if identity else None


def _answer(question: Question, inbound: InboundMessage, toast: str) -> None:
    enqueue_press_answer(question.message, inbound.external_id.removeprefix("press:"), toast)


def _answered(question: Question, choice: str, at: datetime) -> None:
    question.answer, question.answered_at = choice, at
    question.save(update_fields=["answer", "answered_at"])


def _take_topic(ticket: Ticket, question: Question, choice: str, at: datetime) -> str | None:
    """The topic, its category and its floor; what somebody at the desk has chosen meanwhile stays."""
    topic = Topic.objects.filter(slug=choice).first()
    if question.answer == choice and topic is not None:
        return automatic.say(asking.NOTED, ticket.language, topic=topic.name_in(ticket.language))
    if topic is None or ticket.topic_id or not ticket.is_open:
        return None
    _answered(question, choice, at)
    ticket.topic, ticket.category = topic, topic.category
    happened(ticket, Verb.TOPIC_CHOSEN, topic=topic.slug, name=ticket.requester.name)
    priority = lifted(ticket.priority, topic)
    if priority != ticket.priority:
        happened(ticket, Verb.PRIORITY_CHANGED, old=ticket.priority, new=priority, automatic=True)
        ticket.priority = priority
        record(ticket, Happening.PLAN_CHANGED, at=at)
    enqueue_buttons_off(question.message)
    return automatic.say(asking.NOTED, ticket.language, topic=topic.name_in(ticket.language))


def _take_solved(ticket: Ticket, question: Question, choice: str, at: datetime) -> str | None:
    said = {"yes": asking.GLAD, "no": asking.GOES_ON}.get(choice)
    if said is None or (question.answer and question.answer != choice):
        return None
    if not question.answer:
        if ticket.status != Status.SOLVED:
            return None
        _answered(question, choice, at)
        _confirm(ticket, question) if choice == "yes" else _reopen(ticket, question, at)
    return automatic.say(said, ticket.language)


def _confirm(ticket: Ticket, question: Question) -> None:
    happened(ticket, Verb.CONFIRMED, name=ticket.requester.name)
    enqueue_buttons_off(question.message)
    assert question.message.conversation is not None
    ask_rating(ticket, question.message.conversation)


def _reopen(ticket: Ticket, question: Question, at: datetime) -> None:
    """As if they had written "it is not solved": it waits for us from now on."""
    happened(ticket, Verb.REOPENED, old=ticket.status, new=Status.OPEN, name=ticket.requester.name)
    ticket.status, ticket.solved_at = Status.OPEN, None
    ticket.last_speaker, ticket.last_message_at = Speaker.THEY, max(ticket.last_message_at, at)
    if ticket.waiting_since is None:
        ticket.waiting_since = at
    record(ticket, Happening.INCOMING, at=at)
    close(question)


def _take_rating(ticket: Ticket, question: Question, choice: str, at: datetime) -> str | None:
    """One rating a ticket; they may change their mind for a day. It opens nothing and starts no clock."""
    if choice not in ("1", "2", "3", "4", "5"):
        return None
    rating = Rating.objects.filter(ticket=ticket).first() or Rating(
        ticket=ticket, contact=ticket.requester, rated_at=at
    )
    if at - rating.rated_at > RATING_CHANGES_FOR:
        close(question)
        return None
    if rating.score != int(choice):
        rating.changed_at = at if rating.pk else None
        rating.score = int(choice)
        rating.save()
        _answered(question, choice, at)
        happened(ticket, Verb.RATED, score=rating.score, name=ticket.requester.name)
    return automatic.say(asking.RATED, ticket.language, score=choice)


_TAKERS: Final[dict[str, Callable[[Ticket, Question, str, datetime], str | None]]] = {
    Question.Kind.TOPIC: _take_topic,
    Question.Kind.SOLVED: _take_solved,
    Question.Kind.RATING: _take_rating,
}
