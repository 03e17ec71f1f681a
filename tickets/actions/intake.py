"""Intake: one thing that came from outside becomes a message, an edit, a new ticket, or stays chatter.

One transaction. Everything that arrives twice meets a unique constraint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal

from django.db import transaction

import readings
from accounts.models import Language, User
from readings import Reading
from tickets import things
from tickets.actions import albums, staff
from tickets.actions.events import happened, locked
from tickets.actions.known import Arrival, Known, Said
from tickets.actions.opening import open_ticket, subject_of
from tickets.actions.outbox import audience_of, enqueue_removal
from tickets.actions.people import Who, conversation_at, move_conversations, staff_members
from tickets.actions.presses import press
from tickets.actions.private import greet, list_tickets
from tickets.actions.rows import gathered, insert, save
from tickets.actions.talk import acknowledge, warn_of_secret
from tickets.actions.topics import belongs_to
from tickets.actions.words import add_words, show_last, show_latest
from tickets.models import (
    Channel,
    Contact,
    ContactIdentity,
    Conversation,
    Message,
    MessageKind,
    MessageVersion,
    Speaker,
    Ticket,
    Verb,
)
from tickets.sla.stored import hold_clocks
from tickets.transport import InboundMessage

TOPIC_OF_SECRETS = "secret_exposed"
COURTESIES = frozenset({"sticker", "animation", "dice"})
"""Without words they ask for nothing."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of it."""

    outcome: Literal["message", "edit", "placeholder", "ignored"]
    reason: str = ""
    ticket: Ticket | None = None


def receive(*, channel: Channel, inbound: InboundMessage, masked: Sequence[str] = ()) -> Receipt:
    """Take one parsed message in. `masked` names the kinds of secrets that were hidden in it before it was stored."""
    with transaction.atomic():
        (receipt,) = receive_all([Arrival(channel, inbound, masked)])
        return receipt


def receive_all(arrivals: Sequence[Arrival]) -> list[Receipt]:
    """Take several in, in order, all or none. Call it in a transaction.

    Usual ones that follow each other share their queries and statements; each unusual one is taken in by itself.
    """
    receipts: list[Receipt] = []
    colleagues = _colleagues(arrivals)
    while rest := arrivals[len(receipts) :]:
        usual = list(takewhile(lambda each: _is_usual(each, colleagues), rest))
        receipts += _together(usual, colleagues) if usual else [_alone(rest[0], colleagues)]
    return receipts


def _colleagues(arrivals: Sequence[Arrival]) -> dict[Who, User]:
    return staff_members(
        [(each.channel, each.inbound.sender) for each in arrivals if each.inbound.sender]
    )


def _is_usual(arrival: Arrival, colleagues: Mapping[Who, User]) -> bool:
    """Whether all that it needs to know can be read beforehand: words of somebody outside, and edits of chatter."""
    inbound = arrival.inbound
    return (
        inbound.action in ("message", "ticket", "edit")
        and not (arrival.masked or inbound.album_id)
        and inbound.sender is not None
        and not inbound.sender.is_anonymous
        and (arrival.channel.kind, inbound.sender.external_id) not in colleagues
    )


def _together(arrivals: Sequence[Arrival], colleagues: Mapping[Who, User]) -> list[Receipt]:
    """Take them in until one needs a closer look: if that is the first, it is taken in by itself."""
    receipts: list[Receipt] = []
    with gathered() as gathering:
        known = Known(arrivals, colleagues)
        hold_clocks(gathering, known.held)
        for said in known.said:
            if said.inbound.action == "edit" and not _is_quiet_edit(known, said):
                break
            receipts.append(_take_in(known, said))
    return receipts or [_take_in(known, known.said[0])]


def _is_quiet_edit(known: Known, said: Said) -> bool:
    """Of chatter that stays chatter, or of a message that never came."""
    message = known.stored(said)
    return message is None or (message.ticket_id is None and not said.asks)


def _alone(arrival: Arrival, colleagues: Mapping[Who, User]) -> Receipt:
    channel, inbound = arrival.channel, arrival.inbound
    match inbound.action:
        case "migrate":
            moved = move_conversations(channel, inbound.place.external_id, inbound.migrated_to)
            return Receipt("ignored", f"the group was upgraded; {moved} conversations moved")
        case "unreachable" | "reachable":
            return _reachability(channel, inbound)
        case "press":
            ticket = press(channel, conversation_at(channel, inbound.place), inbound)
            return Receipt("ignored", "a button was pressed", ticket)
    known = Known([arrival], colleagues)
    return _take_in(known, known.said[0])


def _take_in(known: Known, said: Said) -> Receipt:
    return _edit(known, said) if said.inbound.action == "edit" else _message(known, said)


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


def _message(known: Known, said: Said) -> Receipt:
    if stored := known.stored(said):
        return Receipt("ignored", "already stored", stored.ticket)
    if album := albums.first_of(said.conversation, said.inbound):
        albums.join(album, said.inbound, said.masked)
        return Receipt("message", "joined its album", _afterwards(known, said, album, said.masked))
    if said.inbound.sender is None or said.inbound.sender.is_anonymous:
        message = _keep(known, said)
        _remove_secret(said, message)
        return _outcome(said, None, "kept: nobody who can be answered")
    if colleague := known.colleague(said):
        return _from_staff(known, said, colleague)
    return _from_outside(known, said)


def _from_staff(known: Known, said: Said, colleague: User) -> Receipt:
    """A colleague's words are never a request; in a group their answer to a requester is a reply."""
    message = _keep(known, said, author=colleague)
    ticket = staff.take_words(
        channel=said.channel, conversation=said.conversation, inbound=said.inbound, message=message
    )
    _remove_secret(said, message)
    return _outcome(said, ticket, "" if ticket else "a colleague's words")


def _from_outside(known: Known, said: Said) -> Receipt:
    conversation, inbound, identity = said.conversation, said.inbound, known.identity(said)
    contact, reading = identity.contact, _read(said, identity)
    _learn_language(contact, reading)
    if conversation.is_private and conversation.closed_reason:
        conversation.closed_reason = ""
        conversation.save(update_fields=["closed_reason"])
    message = _keep(known, said, contact=contact, language=reading.language)
    _remove_secret(said, message)
    if inbound.action in ("start", "status") and conversation.is_private and not said.masked:
        answer = greet if inbound.action == "start" else list_tickets
        answer(
            conversation=conversation,
            identity=identity,
            contact=contact,
            payload=inbound.payload,
            message=message,
        )
        return _outcome(said, message.ticket, "a command, answered")
    ticket = _route(known, said, message, reading, has_secret=bool(said.masked))
    _warn(said, ticket, identity, message, said.masked)
    return _outcome(said, ticket, "" if ticket else "chatter")


def _warn(
    said: Said,
    ticket: Ticket | None,
    identity: ContactIdentity,
    message: Message,
    kinds: Sequence[str],
) -> None:
    if ticket is not None and kinds:
        warn_of_secret(
            ticket=ticket,
            conversation=said.conversation,
            identity=identity,
            message=message,
            kinds=list(kinds),
        )


def _read(said: Said, identity: ContactIdentity) -> Reading:
    return readings.read(
        said.inbound.text,
        prior=identity.contact.language or said.conversation.language,
        courtesy=said.inbound.placeholder in COURTESIES,
    )


def _route(
    known: Known, said: Said, message: Message, reading: Reading, *, has_secret: bool
) -> Ticket | None:
    """The ticket these words go on, opened if they are a request; None for chatter."""
    asks_anew = said.inbound.action == "ticket"
    contact = known.identity(said).contact
    mine = None if asks_anew else known.ticket_of(contact, said)
    if mine is not None:
        known.goes_on(mine, said)
        add_words(mine, message, reading)
        return mine
    other = known.answered_ticket(said)
    if said.asks or has_secret:
        return _open(known, said, message, reading, linked_to=other, has_secret=has_secret)
    if (
        other is not None
    ):  # a bystander speaks under somebody's question: shown there, it moves no clock
        _attach(message, other)
    return None


def _open(
    known: Known,
    said: Said,
    message: Message,
    reading: Reading,
    *,
    linked_to: Ticket | None,
    has_secret: bool,
) -> Ticket:
    inbound, identity, asked = said.inbound, known.identity(said), known.pointed_at(said)
    if asked is not None:
        reading = readings.read(asked.text, prior=reading.language)
    words = asked.text if asked else inbound.text
    ticket = open_ticket(
        channel=said.channel,
        conversation=said.conversation,
        requester=identity.contact,
        reading=reading,
        subject=_thing(inbound) or subject_of(words, said.channel) or _file_names(inbound),
        at=inbound.sent_at,
        linked_to=linked_to,
        topic_slug=TOPIC_OF_SECRETS if has_secret else inbound.topic,
    )
    known.goes_on(ticket, said)
    belongs_to(ticket, said.conversation)
    add_words(ticket, message, reading, first=True)
    if asked is not None and asked.ticket_id is None:
        _bring_along(ticket, asked)
    if not has_secret:
        acknowledge(
            ticket=ticket, conversation=said.conversation, identity=identity, message=message
        )
    return ticket


def _bring_along(ticket: Ticket, asked: Message) -> None:
    """Chatter of theirs that they have made a request by pointing at it."""
    asked.ticket = ticket
    save(asked, "ticket")
    show_last(ticket, asked, Speaker.THEY)
    save(ticket)


def _attach(message: Message, ticket: Ticket) -> None:
    message.ticket = ticket
    save(message, "ticket")
    happened(ticket, Verb.RECEIVED, message=message, bystander=True)
    save(ticket, "version")


def _remove_secret(said: Said, message: Message) -> None:
    """What stands in public goes, whoever wrote it."""
    if said.masked and not said.conversation.is_private:
        enqueue_removal(message, target=said.inbound.external_id)


def _edit(known: Known, said: Said) -> Receipt:
    inbound, message = said.inbound, known.stored(said)
    if message is None:  # from before the desk listened, or its original is set aside
        return _message(known, said)
    at = inbound.edited_at or inbound.sent_at
    if message.edited_at and at < message.edited_at:
        return Receipt("ignored", "an older edit", message.ticket)
    of_album = message.album_id and not inbound.text  # its caption stands at another picture
    if message.text == inbound.text or of_album:
        return Receipt("ignored", "an edit that changed no words", message.ticket)
    new_kinds = [] if message.masked else list(said.masked)
    _replace_words(message, said, at)
    if message.ticket_id:
        ticket = locked(message.ticket_id)
        happened(ticket, Verb.EDITED, message=message)
        show_latest(ticket)
        save(ticket)
    _remove_secret(said, message)
    return Receipt("edit", "", _afterwards(known, said, message, new_kinds))


def _replace_words(message: Message, said: Said, at: datetime) -> None:
    insert(MessageVersion(message=message, text=message.text, replaced_at=at))
    message.text, message.edited_at = said.inbound.text, at
    message.entities = _entities(said)
    message.masked = sorted({*message.masked, *said.masked})
    save(message, "text", "edited_at", "entities", "masked")


def _afterwards(known: Known, said: Said, message: Message, masked: Sequence[str]) -> Ticket | None:
    """A later caption or an edit may turn chatter into a request, or bring a secret. Returns the message's ticket."""
    _remove_secret(said, message)
    inbound = said.inbound
    asks = message.ticket_id is None and (inbound.addressed or said.conversation.is_private)
    if message.contact_id is None or inbound.sender is None or not (asks or masked):
        return message.ticket
    identity = known.identity(said)
    ticket = locked(message.ticket_id) if message.ticket_id else None
    if ticket is None:
        ticket = _route(known, said, message, _read(said, identity), has_secret=bool(masked))
    _warn(said, ticket, identity, message, masked)
    return ticket


def _keep(
    known: Known,
    said: Said,
    *,
    contact: Contact | None = None,
    author: User | None = None,
    language: str = "",
) -> Message:
    inbound = said.inbound
    message = Message(
        conversation=said.conversation,
        kind=MessageKind.INCOMING,
        audience=audience_of(said.conversation),
        contact=contact,
        author=author,
        text=inbound.text,
        entities=_entities(said),
        language=language,
        placeholder=inbound.placeholder[:60],
        details=dict(inbound.details),
        masked=list(said.masked),
        external_id=inbound.external_id,
        reply_to_external_id=inbound.reply_to,
        album_id=inbound.album_id,
        sent_at=inbound.sent_at,
        edited_at=inbound.edited_at,
    )
    insert(message)
    known.keep(message)
    albums.attach(message, inbound)
    return message


def _entities(said: Said) -> list[dict[str, Any]]:
    """None of a masked text: masking moves it, so the marks' offsets no longer fit."""
    return [] if said.masked else [asdict(entity) for entity in said.inbound.entities]


def _learn_language(contact: Contact, reading: Reading) -> None:
    """The language of the last words with substance is the one to answer in."""
    known = reading.language in Language.values and contact.language != reading.language
    if known and (not contact.language or reading.kind == "substance"):
        contact.language = reading.language
        save(contact, "language")


def _thing(inbound: InboundMessage) -> str:
    is_all = not inbound.text or inbound.placeholder in things.SPEAKING
    return things.line(inbound.placeholder, inbound.details)[:160] if is_all else ""


def _file_names(inbound: InboundMessage) -> str:
    return ", ".join(file.name or file.kind for file in inbound.files)[:80]


def _outcome(said: Said, ticket: Ticket | None, reason: str) -> Receipt:
    return Receipt("placeholder" if said.inbound.placeholder else "message", reason, ticket)
