"""The automatic texts around a request: the acknowledgement, and the warning after a secret."""

from __future__ import annotations

from helpdesk.crypto import new_token, token_hash
from tickets import automatic
from tickets.actions import questions
from tickets.actions.events import happened
from tickets.actions.opening import topic_called
from tickets.actions.outbox import post_automatic
from tickets.actions.people import private_chat
from tickets.actions.rows import insert, save
from tickets.models import (
    ContactIdentity,
    Conversation,
    Message,
    Priority,
    PrivateInvitation,
    Ticket,
    Verb,
)
from tickets.sla.stored import Happening, first_response_budget, record
from tickets.transport import transport_for


def acknowledge(
    *, ticket: Ticket, conversation: Conversation, identity: ContactIdentity, message: Message
) -> None:
    """Tell the requester that a ticket is open: in private where there is a way, and never a fact in public."""
    if conversation.is_private:
        private: Conversation | None = conversation
    else:
        private = private_chat(conversation.channel, identity)
        invite(ticket=ticket, conversation=conversation, identity=identity, message=message)
    if private is not None:
        time = automatic.span(first_response_budget(ticket), ticket.language)
        text = automatic.say(
            automatic.ACKNOWLEDGED, ticket.language, number=ticket.number, time=time
        )
        questions.acknowledge(ticket, private, text)
        _went_private(ticket)


def _went_private(ticket: Ticket) -> None:
    if ticket.is_public:
        ticket.is_public = False
        save(ticket, "is_public")


def invite(
    *, ticket: Ticket, conversation: Conversation, identity: ContactIdentity, message: Message
) -> None:
    """The one line that is ever posted into a group by itself: "let's go on in private", with the asker's own link."""
    link = transport_for(conversation.channel.access).deep_link(invitation(ticket, identity))
    post_automatic(
        conversation=conversation,
        text=automatic.say(automatic.GO_PRIVATE, ticket.language),
        ticket=ticket,
        buttons=((automatic.say(automatic.OPEN_CHAT, ticket.language), link),) if link else (),
        reply_to=message.external_id,
    )


def invitation(ticket: Ticket, identity: ContactIdentity) -> str:
    """A new one-use payload for this person and ticket. Only its hash is stored."""
    token = new_token()
    insert(PrivateInvitation(token_hash=token_hash(token), ticket=ticket, identity=identity))
    return token


def warn_of_secret(
    *,
    ticket: Ticket,
    conversation: Conversation,
    identity: ContactIdentity,
    message: Message,
    kinds: list[str],
) -> None:
    """The ticket becomes urgent, and the person is told to move the funds: in private, or by a line that names nothing.

    The ticket's row is held by the caller.
    """
    happened(ticket, Verb.SECRET_MASKED, message=message, kinds=kinds)
    if ticket.priority != Priority.URGENT:
        happened(
            ticket, Verb.PRIORITY_CHANGED, old=ticket.priority, new=Priority.URGENT, automatic=True
        )
        ticket.priority = Priority.URGENT
        record(ticket, Happening.PLAN_CHANGED, at=message.sent_at)
    if ticket.topic is None:
        ticket.topic = topic_called("secret_exposed")
    private = (
        conversation if conversation.is_private else private_chat(conversation.channel, identity)
    )
    if private is None:
        invite(ticket=ticket, conversation=conversation, identity=identity, message=message)
    else:
        warning = automatic.say(automatic.SECRET_WARNING, ticket.language, number=ticket.number)
        post_automatic(conversation=private, text=warning, ticket=ticket)
    save(ticket)
