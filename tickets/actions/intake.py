"""Intake: one thing that came from outside becomes a message, an edit, a new ticket, or stays chatter.

One transaction. Everything that arrives twice meets a unique constraint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

import readings
from accounts.models import Language, User
from readings import Reading
from tickets import things
from tickets.actions import albums, staff
from tickets.actions.events import happened, locked
from tickets.actions.opening import answered_ticket, open_ticket, subject_of, ticket_of
from tickets.actions.outbox import audience_of, enqueue_removal
from tickets.actions.people import (
    conversation_at,
    identity_of,
    ids_as_stored,
    move_conversations,
    staff_member,
)
from tickets.actions.private import greet, list_tickets
from tickets.actions.talk import acknowledge, warn_of_secret
from tickets.actions.words import add_words, show_latest
from tickets.models import (
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    Message,
    MessageKind,
    MessageVersion,
    Ticket,
    Verb,
)
from tickets.transport import InboundMessage

TOPIC_OF_SECRETS = "secret_exposed"
COURTESIES = frozenset({"sticker", "animation", "dice"})
"""Without words they ask for nothing."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of it. `waiting` asks to be called again later: an edit before its original."""

    outcome: Literal["message", "edit", "placeholder", "ignored"]
    reason: str = ""
    ticket: Ticket | None = None


def receive(*, channel: Channel, inbound: InboundMessage, masked: Sequence[str] = ()) -> Receipt:
    """Take one parsed message in. `masked` names the kinds of secrets that were hidden in it before it was stored."""
    with transaction.atomic():
        match inbound.action:
            case "migrate":
                moved = move_conversations(channel, inbound.place.external_id, inbound.migrated_to)
                return Receipt("ignored", f"the group was upgraded; {moved} conversations moved")
            case "unreachable" | "reachable":
                return _reachability(channel, inbound)
        conversation = conversation_at(channel, inbound.place)
        inbound = ids_as_stored(conversation, inbound)
        take = _edit if inbound.action == "edit" else _message
        return take(channel, conversation, inbound, masked)


def _reachability(channel: Channel, inbound: InboundMessage) -> Receipt:
    reason = (
        ""
        if inbound.action == "reachable"
        else "blocked"
        if inbound.place.kind == "private"
        else "kicked"
    )
    conversation_at(channel, inbound.place)
    Conversation.objects.filter(channel=channel, external_id=inbound.place.external_id).update(
        closed_reason=reason
    )
    return Receipt(
        "ignored", "the bot may write here again" if not reason else f"the bot was {reason} here"
    )


def _message(
    channel: Channel, conversation: Conversation, inbound: InboundMessage, masked: Sequence[str]
) -> Receipt:
    if known := _stored(conversation, inbound):
        return Receipt("ignored", "already stored", known.ticket)
    if album := albums.first_of(conversation, inbound):
        albums.join(album, inbound, masked)
        ticket = _afterwards(channel, conversation, inbound, album, masked)
        return Receipt("message", "joined its album", ticket)
    if inbound.sender is None or inbound.sender.is_anonymous:
        message = _keep(conversation, inbound, masked)
        _remove_secret(conversation, message, inbound, masked)
        return _outcome(inbound, None, "kept: nobody who can be answered")
    if colleague := staff_member(channel, inbound.sender):
        return _from_staff(channel, conversation, inbound, colleague, masked)
    return _from_outside(
        channel, conversation, inbound, identity_of(channel, inbound.sender), masked
    )


def _stored(conversation: Conversation, inbound: InboundMessage) -> Message | None:
    return (
        Message.objects.filter(conversation=conversation, external_id=inbound.external_id).first()
        or Message.objects.filter(
            conversation=conversation, attachments__source_id=inbound.external_id
        )
        .exclude(external_id="")
        .first()
        if inbound.external_id
        else None
    )


def _from_staff(
    channel: Channel,
    conversation: Conversation,
    inbound: InboundMessage,
    colleague: User,
    masked: Sequence[str],
) -> Receipt:
    """A colleague's words are never a request; in a group their answer to a requester is a reply."""
    message = _keep(conversation, inbound, masked, author=colleague)
    ticket = staff.take_words(
        channel=channel, conversation=conversation, inbound=inbound, message=message
    )
    _remove_secret(conversation, message, inbound, masked)
    return _outcome(inbound, ticket, "" if ticket else "a colleague's words")


def _from_outside(
    channel: Channel,
    conversation: Conversation,
    inbound: InboundMessage,
    identity: ContactIdentity,
    masked: Sequence[str],
) -> Receipt:
    contact, reading = _held(identity), _read(conversation, identity, inbound)
    _learn_language(contact, reading)
    if conversation.is_private and conversation.closed_reason:
        conversation.closed_reason = ""
        conversation.save(update_fields=["closed_reason"])
    message = _keep(conversation, inbound, masked, contact=contact, language=reading.language)
    _remove_secret(conversation, message, inbound, masked)
    if inbound.action in ("start", "status") and conversation.is_private and not masked:
        answer = greet if inbound.action == "start" else list_tickets
        answer(
            conversation=conversation,
            identity=identity,
            contact=contact,
            payload=inbound.payload,
            message=message,
        )
        return _outcome(inbound, message.ticket, "a command, answered")
    ticket = _route(
        channel, conversation, inbound, identity, contact, message, reading, bool(masked)
    )
    if ticket is not None and masked:
        warn_of_secret(
            ticket=ticket,
            conversation=conversation,
            identity=identity,
            message=message,
            kinds=list(masked),
        )
    return _outcome(inbound, ticket, "" if ticket else "chatter")


def _held(identity: ContactIdentity) -> Contact:
    """Held, so that the same person's words in two places cannot open two tickets."""
    return Contact.objects.select_for_update().get(pk=identity.contact_id)


def _read(
    conversation: Conversation, identity: ContactIdentity, inbound: InboundMessage
) -> Reading:
    return readings.read(
        inbound.text,
        prior=identity.contact.language or conversation.language,
        courtesy=inbound.placeholder in COURTESIES,
    )


def _route(
    channel: Channel,
    conversation: Conversation,
    inbound: InboundMessage,
    identity: ContactIdentity,
    contact: Contact,
    message: Message,
    reading: Reading,
    has_secret: bool,
) -> Ticket | None:
    """The ticket these words go on, opened if they are a request; None for chatter."""
    asks_anew = inbound.action == "ticket"
    mine = (
        None if asks_anew else ticket_of(contact, conversation, inbound.reply_to, inbound.sent_at)
    )
    if mine is not None:
        ticket = locked(mine.pk)
        add_words(ticket, message, reading)
        return ticket
    other = answered_ticket(conversation, inbound.reply_to)
    is_request = conversation.is_private or inbound.addressed or asks_anew or has_secret
    if not is_request:
        if (
            other is not None
        ):  # a bystander speaks under somebody's question: shown there, it moves no clock
            _attach(message, locked(other.pk))
        return None
    ticket = open_ticket(
        channel=channel,
        conversation=conversation,
        requester=contact,
        reading=reading,
        subject=_thing(inbound) or subject_of(inbound.text, channel) or _file_names(inbound),
        at=inbound.sent_at,
        linked_to=other,
        topic_slug=TOPIC_OF_SECRETS if has_secret else inbound.topic,
    )
    add_words(ticket, message, reading, first=True)
    if not has_secret:
        acknowledge(ticket=ticket, conversation=conversation, identity=identity, message=message)
    return ticket


def _attach(message: Message, ticket: Ticket) -> None:
    message.ticket = ticket
    message.save(update_fields=["ticket"])
    happened(ticket, Verb.RECEIVED, message=message, bystander=True)
    ticket.save(update_fields=["version"])


def _remove_secret(
    conversation: Conversation, message: Message, inbound: InboundMessage, masked: Sequence[str]
) -> None:
    """What stands in public goes, whoever wrote it."""
    if masked and not conversation.is_private:
        enqueue_removal(message, target=inbound.external_id)


def _edit(
    channel: Channel, conversation: Conversation, inbound: InboundMessage, masked: Sequence[str]
) -> Receipt:
    message = _stored(conversation, inbound)
    if message is None:  # from before the desk listened, or its original is set aside
        receipt = _message(channel, conversation, inbound, masked)
        Message.objects.filter(conversation=conversation, external_id=inbound.external_id).update(
            edited_at=inbound.edited_at
        )
        return receipt
    at = inbound.edited_at or inbound.sent_at
    if message.edited_at and at < message.edited_at:
        return Receipt("ignored", "an older edit", message.ticket)
    of_album = message.album_id and not inbound.text  # its caption stands at another picture
    if message.text == inbound.text or of_album:
        return Receipt("ignored", "an edit that changed no words", message.ticket)
    new_kinds = [] if message.masked else list(masked)
    _replace_words(message, inbound, masked, at)
    ticket = locked(message.ticket_id) if message.ticket_id else None
    if ticket is not None:
        happened(ticket, Verb.EDITED, message=message)
        show_latest(ticket)
        ticket.save()
    _remove_secret(conversation, message, inbound, masked)
    return Receipt("edit", "", _afterwards(channel, conversation, inbound, message, new_kinds))


def _replace_words(
    message: Message, inbound: InboundMessage, masked: Sequence[str], at: datetime
) -> None:
    MessageVersion.objects.create(message=message, text=message.text, replaced_at=at)
    message.text, message.edited_at = inbound.text, at
    message.entities = [] if masked else [asdict(entity) for entity in inbound.entities]
    message.masked = sorted({*message.masked, *masked})
    message.save(update_fields=["text", "edited_at", "entities", "masked"])


def _afterwards(
    channel: Channel,
    conversation: Conversation,
    inbound: InboundMessage,
    message: Message,
    masked: Sequence[str],
) -> Ticket | None:
    """A later caption or an edit may turn chatter into a request, or bring a secret. Returns the message's ticket."""
    _remove_secret(conversation, message, inbound, masked)
    asks = message.ticket_id is None and (inbound.addressed or conversation.is_private)
    if message.contact_id is None or inbound.sender is None or not (asks or masked):
        return message.ticket
    identity = identity_of(channel, inbound.sender)
    contact, reading = _held(identity), _read(conversation, identity, inbound)
    ticket = locked(message.ticket_id) if message.ticket_id else None
    if ticket is None:
        ticket = _route(
            channel, conversation, inbound, identity, contact, message, reading, bool(masked)
        )
    if ticket is not None and masked:
        warn_of_secret(
            ticket=ticket,
            conversation=conversation,
            identity=identity,
            message=message,
            kinds=list(masked),
        )
    return ticket


def _keep(
    conversation: Conversation,
    inbound: InboundMessage,
    masked: Sequence[str],
    *,
    contact: Contact | None = None,
    author: User | None = None,
    language: str = "",
) -> Message:
    message = Message.objects.create(
        conversation=conversation,
        kind=MessageKind.INCOMING,
        audience=audience_of(conversation),
        contact=contact,
        author=author,
        text=inbound.text,
        # Masking moves the text, so the marks' offsets no longer fit.
        entities=[] if masked else [asdict(entity) for entity in inbound.entities],
        language=language,
        placeholder=inbound.placeholder[:60],
        details=dict(inbound.details),
        masked=list(masked),
        external_id=inbound.external_id,
        reply_to_external_id=inbound.reply_to,
        album_id=inbound.album_id,
        sent_at=inbound.sent_at,
    )
    albums.attach(message, inbound)
    return message


def _learn_language(contact: Contact, reading: Reading) -> None:
    """The language of the last words with substance is the one to answer in."""
    known = reading.language in Language.values and contact.language != reading.language
    if known and (not contact.language or reading.kind == "substance"):
        contact.language = reading.language
        contact.save(update_fields=["language"])


def _thing(inbound: InboundMessage) -> str:
    is_all = not inbound.text or inbound.placeholder in things.SPEAKING
    return things.line(inbound.placeholder, inbound.details)[:160] if is_all else ""


def _file_names(inbound: InboundMessage) -> str:
    return ", ".join(file.name or file.kind for file in inbound.files)[:80]


def _outcome(inbound: InboundMessage, ticket: Ticket | None, reason: str) -> Receipt:
    return Receipt("placeholder" if inbound.placeholder else "message", reason, ticket)
