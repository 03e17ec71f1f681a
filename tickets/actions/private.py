"""The commands of the private chat: `/start`, with or without an invitation, and `/status`."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from helpdesk.crypto import token_hash
from tickets import automatic
from tickets.actions.events import happened, locked
from tickets.actions.joining import join_requester
from tickets.actions.outbox import post_automatic
from tickets.actions.topics import belongs_to, name_of_new
from tickets.models import (
    Contact,
    ContactIdentity,
    Conversation,
    Message,
    PrivateInvitation,
    Ticket,
    Verb,
)

STATUS_LINES = 10


def greet(
    *,
    conversation: Conversation,
    identity: ContactIdentity,
    contact: Contact,
    payload: str,
    message: Message,
) -> Ticket | None:
    """Welcome somebody; with their own unspent invitation the case of the group goes on here."""
    language = contact.language or conversation.channel.default_language
    ticket = _accept(identity, payload)
    if ticket is None:
        post_automatic(conversation=conversation, text=automatic.say(automatic.GREETING, language))
        return None
    message.ticket = ticket
    message.save(update_fields=["ticket"])
    ticket.is_public = False
    ticket.last_message_at = max(
        ticket.last_message_at, message.sent_at
    )  # what they say next is about it
    happened(ticket, Verb.WENT_PRIVATE, message=message)
    ticket.save(update_fields=["is_public", "last_message_at", "version"])
    texts = automatic.SECRET_WARNING if _is_about_a_secret(ticket) else automatic.CAME_PRIVATE
    if ticket.channel_kind != conversation.channel.kind:
        texts = automatic.CAME_FROM_WEB
    text = automatic.say(texts, ticket.language, number=ticket.number)
    belongs_to(ticket, conversation)
    post_automatic(
        conversation=conversation,
        text=text,
        ticket=ticket,
        topic_name=name_of_new(ticket, conversation),
    )
    return ticket


def _accept(identity: ContactIdentity, payload: str) -> Ticket | None:
    """Spend the invitation, if it is this very person's, unspent and fresh. Any other payload is as none at all."""
    if not payload:
        return None
    invitation = (
        PrivateInvitation.objects.select_for_update(of=("self",))
        .select_related("ticket")
        .filter(Q(identity=identity) | Q(identity=None), token_hash=token_hash(payload))
        .filter(used_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if invitation is None:
        return None
    ticket = _joined(invitation, identity)
    if ticket is not None:
        invitation.used_at = timezone.now()
        invitation.save(update_fields=["used_at"])
    return ticket


def _joined(invitation: PrivateInvitation, identity: ContactIdentity) -> Ticket | None:
    """The invitation's ticket, held; of one that names nobody, once its requester is the person who came."""
    if invitation.identity_id is not None:
        return locked(invitation.ticket_id)
    return join_requester(ticket=invitation.ticket, identity=identity)


def _is_about_a_secret(ticket: Ticket) -> bool:
    return ticket.topic is not None and ticket.topic.slug == "secret_exposed"


def list_tickets(
    *,
    conversation: Conversation,
    identity: ContactIdentity,
    contact: Contact,
    payload: str,
    message: Message,
) -> None:
    """The requester's own tickets, the latest first."""
    tickets = Ticket.objects.filter(requester=contact).order_by("-last_message_at")[:STATUS_LINES]
    language = contact.language or conversation.channel.default_language
    post_automatic(conversation=conversation, text=automatic.status_list(tickets, language))
