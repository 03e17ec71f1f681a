"""Words of colleagues in the places outside."""

from __future__ import annotations

import readings
from tickets.actions.events import happened, locked
from tickets.actions.opening import open_ticket, subject_of
from tickets.actions.status import may_own
from tickets.actions.talk import acknowledge
from tickets.actions.words import add_words, show_last
from tickets.models import (
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    Message,
    MessageKind,
    Speaker,
    Status,
    Ticket,
    Verb,
)
from tickets.sla.stored import Happening, record
from tickets.transport import InboundMessage


def take_words(
    *, channel: Channel, conversation: Conversation, inbound: InboundMessage, message: Message
) -> Ticket | None:
    """An answer to a requester is a reply by that agent; `/ticket` in reply opens a ticket for the author."""
    if conversation.is_private or not inbound.reply_to:
        return None
    if inbound.action == "ticket":
        return _open_for_author(channel, conversation, inbound)
    asked = _asked(conversation, inbound.reply_to)
    if asked is None or asked.ticket is None or asked.contact_id != asked.ticket.requester_id:
        return None  # among colleagues, or to a bystander: nobody was answered
    ticket = locked(asked.ticket.pk)
    _count_as_reply(ticket, message)
    return ticket


def _asked(conversation: Conversation, external_id: str) -> Message | None:
    """The words of somebody outside that a colleague speaks to."""
    return (
        Message.objects.filter(
            conversation=conversation, external_id=external_id, kind=MessageKind.INCOMING
        )
        .exclude(contact=None)
        .select_related("contact", "ticket")
        .first()
    )


def _count_as_reply(ticket: Ticket, message: Message) -> None:
    """It has left already: the clock is met at the moment it was said."""
    message.ticket, message.kind = ticket, MessageKind.REPLY
    message.save(update_fields=["ticket", "kind"])
    happened(ticket, Verb.REPLIED, actor=message.author, message=message, outside=True)
    show_last(ticket, message, Speaker.US)
    ticket.waiting_since = None
    if ticket.status == Status.NEW:
        ticket.status = Status.OPEN
    author = message.author
    # Whoever owns a ticket sees all of it: an answer in the group does not open another team's tickets.
    if ticket.assignee_id is None and author is not None and may_own(author, ticket):
        ticket.assignee = author
        happened(ticket, Verb.ASSIGNED, actor=author, old=None, name=author.display_name)
    record(ticket, Happening.REPLY_QUEUED, at=message.sent_at, message_id=message.pk)
    record(ticket, Happening.REPLY_LEFT, at=message.sent_at, message_id=message.pk)
    ticket.save()


def _open_for_author(
    channel: Channel, conversation: Conversation, inbound: InboundMessage
) -> Ticket | None:
    asked = _asked(conversation, inbound.reply_to)
    if asked is None or asked.contact is None:
        return None
    if asked.ticket is not None and asked.ticket.requester_id == asked.contact_id:
        return asked.ticket
    Contact.objects.select_for_update(no_key=True).get(pk=asked.contact.pk)
    identity = ContactIdentity.objects.filter(contact=asked.contact, kind=channel.kind).first()
    reading = readings.read(asked.text, prior=asked.contact.language)
    ticket = open_ticket(
        channel=channel,
        conversation=conversation,
        requester=asked.contact,
        reading=reading,
        subject=subject_of(asked.text, channel),
        at=asked.sent_at,
        linked_to=asked.ticket,
    )
    add_words(ticket, asked, reading, first=True)
    if identity is not None:
        acknowledge(ticket=ticket, conversation=conversation, identity=identity, message=asked)
    return ticket
