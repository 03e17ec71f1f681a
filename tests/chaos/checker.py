"""Compares what the outside knows with what the desk has stored.

Two witnesses stand against the database: the sandbox's ledger (who said what, what a bot was told, what a bot sent)
and the list of forms that the desk has acknowledged. What does not agree is told in a sentence; no sentence, no fault.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.ledger import Ledger, Told
from tests.chaos.visitors import Asked

Rows = list[dict[str, Any]]
Key = tuple[int, str, str]
"""The bot, its chat and the message's id there: unique outside."""
Place = tuple[tuple[int, str], str]
"""The bot and its chat, and the topic in it."""
MOST_TOLD = 20
"""Sentences of one kind: a broken run would tell a hundred thousand."""

INBOX = """
    select channel.config->>'id' as bot, row.external_id, row.state, row.reason
    from connectors_inboundupdate as row join tickets_channel as channel on channel.id = row.channel_id
    where channel.kind = 'telegram'
"""
MESSAGES = """
    select message.id, channel.config->>'id' as bot, place.external_id as chat, place.thread_id as thread,
        message.external_id, message.text,
        place.kind, message.ticket_id as ticket, message.contact_id as contact, ticket.requester_id as requester,
        (select min(identity.external_id) from tickets_contactidentity as identity
            where identity.contact_id = message.contact_id and identity.kind = 'telegram') as person,
        (select count(*) from tickets_messageversion as version where version.message_id = message.id) as versions
    from tickets_message as message
    join tickets_conversation as place on place.id = message.conversation_id
    join tickets_channel as channel on channel.id = place.channel_id and channel.kind = 'telegram'
    left join tickets_ticket as ticket on ticket.number = message.ticket_id
    where message.kind = 'incoming' order by message.id
"""
DELIVERIES = """
    select delivery.id, delivery.state, delivery.external_id, delivery.payload->>'text' as text,
        place.external_id as chat, channel.config->>'id' as bot, message.ticket_id as ticket,
        exists (select from tickets_ticketevent as event
            where event.message_id = message.id and event.verb = 'delivery_unknown') as shown
    from tickets_delivery as delivery
    join tickets_message as message on message.id = delivery.message_id
    join tickets_conversation as place on place.id = delivery.conversation_id
    join tickets_channel as channel on channel.id = place.channel_id and channel.kind = 'telegram'
    where delivery.operation = 'send_text'
"""
FORMS = """
    select ticket.number as ticket, message.text
    from tickets_ticket as ticket
    left join tickets_message as message on message.ticket_id = ticket.number and message.kind = 'incoming'
    where ticket.channel_kind = 'form' order by message.id
"""


@dataclass
class Stored:
    """What the database holds, as plain rows."""

    inbox: Rows
    messages: Rows
    deliveries: Rows
    forms: Rows

    @classmethod
    def of(cls, rows: Callable[[str], Rows]) -> Stored:
        """Read by whatever answers a query with rows."""
        return cls(rows(INBOX), rows(MESSAGES), rows(DELIVERIES), rows(FORMS))


@dataclass
class Findings:
    """What does not agree, in words."""

    sentences: list[str] = field(default_factory=list)

    def note(self, what: str, which: Iterable[object]) -> None:
        """One sentence for all of a kind, with the first of them."""
        found = list(which)
        if found:
            self.sentences.append(f"{len(found)} {what}: {found[:MOST_TOLD]}")


def check(stored: Stored, ledger: Ledger, asked: Sequence[Asked] = ()) -> list[str]:
    """Every sentence is a fault; none of them means that both sides agree."""
    findings = Findings()
    _nothing_is_open(stored, findings)
    _updates_are_stored_once(stored, ledger, findings)
    _messages_are_stored_once(stored, ledger, findings)
    _order_is_kept(stored, ledger, findings)
    _words_are_the_latest(stored, ledger, findings)
    _tickets_belong_to_who_spoke(stored, ledger, findings)
    _nothing_is_sent_twice(stored, ledger, findings)
    _gaps_are_shown(stored, findings)
    _forms_are_one_ticket_each(stored, asked, findings)
    _words_of_forms_are_where_they_belong(stored, asked, findings)
    return findings.sentences


def _nothing_is_open(stored: Stored, findings: Findings) -> None:
    findings.note(
        "updates are not done",
        (
            (row["external_id"], row["state"], row["reason"])
            for row in stored.inbox
            if row["state"] != "done"
        ),
    )
    ends = ("sent", "unknown", "failed", "cancelled")
    findings.note(
        "deliveries wait", (row["id"] for row in stored.deliveries if row["state"] not in ends)
    )


def _updates_are_stored_once(stored: Stored, ledger: Ledger, findings: Findings) -> None:
    there = Counter((int(row["bot"]), row["external_id"]) for row in stored.inbox)
    told = {(each.bot, str(each.update_id)) for each in ledger.updates}
    findings.note("updates are lost", sorted(told - there.keys()))
    findings.note("updates came from nowhere", sorted(there.keys() - told))
    findings.note("updates are stored twice", (key for key, times in there.items() if times > 1))
    findings.note("updates were never confirmed", (each.update_id for each in ledger.unconfirmed()))


def _messages_are_stored_once(stored: Stored, ledger: Ledger, findings: Findings) -> None:
    there = Counter(_key(row) for row in stored.messages)
    told = {_told_key(each) for each in _about_messages(ledger)}
    findings.note("messages are lost", sorted(told - there.keys()))
    findings.note("messages came from nowhere", sorted(there.keys() - told))
    findings.note("messages are stored twice", (key for key, times in there.items() if times > 1))


def _order_is_kept(stored: Stored, ledger: Ledger, findings: Findings) -> None:
    """Stored in the order in which the bot was told, conversation by conversation."""
    threads = {
        (int(each.chat.split(".")[-1]), each.message_id): each.thread for each in ledger.by_people
    }
    told: dict[Place, dict[Key, None]] = defaultdict(dict)
    for each in sorted(_about_messages(ledger), key=lambda each: each.update_id):
        thread = threads.get((each.chat_id, each.message_id), 0)
        key = _told_key(each)
        told[key[:2], str(thread or "")][key] = None  # its first time counts
    kept: dict[Place, list[Key]] = defaultdict(list)
    for row in stored.messages:
        kept[_key(row)[:2], row["thread"]].append(_key(row))
    findings.note(
        "conversations are out of order",
        (place for place in told if list(told[place]) != kept[place]),
    )


def _words_are_the_latest(stored: Stored, ledger: Ledger, findings: Findings) -> None:
    said = {(each.chat, str(each.message_id)): each for each in ledger.by_people}
    pairs = [(row, said.get((_ledger_chat(row), row["external_id"]))) for row in stored.messages]
    findings.note(
        "messages have old words", (_key(row) for row, it in pairs if it and it.text != row["text"])
    )
    findings.note(
        "messages have more versions than edits",
        (_key(row) for row, it in pairs if it and row["versions"] > it.edits),
    )


def _tickets_belong_to_who_spoke(stored: Stored, ledger: Ledger, findings: Findings) -> None:
    said = {(each.chat, str(each.message_id)): str(each.by) for each in ledger.by_people}
    findings.note(
        "messages are somebody else's",
        (
            _key(row)
            for row in stored.messages
            if row["person"] != said.get((_ledger_chat(row), row["external_id"]), row["person"])
        ),
    )
    with_ticket = [row for row in stored.messages if row["ticket"]]
    findings.note(
        "messages stand on another person's ticket",
        (_key(row) for row in with_ticket if row["requester"] != row["contact"]),
    )
    findings.note(
        "private messages have no ticket",
        (_key(row) for row in stored.messages if row["kind"] == "private" and not row["ticket"]),
    )


def _nothing_is_sent_twice(stored: Stored, ledger: Ledger, findings: Findings) -> None:
    """Each message of a bot is one delivery: one that knows its id, or one that says that it does not know."""
    arrived = {(each.chat, str(each.message_id)): each.text for each in ledger.by_bots}
    known: Counter[tuple[str, str]] = Counter()
    perhaps: Counter[tuple[str, str]] = Counter()
    for row in stored.deliveries:
        if row["state"] == "sent":
            known[_ledger_chat(row), row["external_id"]] += 1
        elif row["state"] == "unknown":
            perhaps[_ledger_chat(row), row["text"]] += 1
    findings.note("answers were never there", (key for key in known if key not in arrived))
    findings.note("answers are counted twice", (key for key, times in known.items() if times > 1))
    unknown = Counter((key[0], text) for key, text in arrived.items() if key not in known)
    findings.note("answers were sent twice", (unknown - perhaps).elements())


def _gaps_are_shown(stored: Stored, findings: Findings) -> None:
    findings.note(
        "gaps are shown to nobody",
        (
            row["id"]
            for row in stored.deliveries
            if row["state"] == "unknown" and row["ticket"] and not row["shown"]
        ),
    )


def _forms_are_one_ticket_each(stored: Stored, asked: Sequence[Asked], findings: Findings) -> None:
    there = {row["ticket"] for row in stored.forms}
    led = [set(each.tickets) for each in asked]
    findings.note("forms were never acknowledged", (it.text for it in asked if not it.tickets))
    findings.note("forms led to several tickets", (numbers for numbers in led if len(numbers) > 1))
    known = set().union(*led)
    findings.note("tickets of forms are lost", sorted(known - there))
    findings.note("tickets have no form", sorted(there - known))


def _words_of_forms_are_where_they_belong(
    stored: Stored, asked: Sequence[Asked], findings: Findings
) -> None:
    """Each request's words and then its answers, once each, on the ticket that its author was led to."""
    kept: dict[int, list[str]] = defaultdict(list)
    for row in stored.forms:
        if row["text"] is not None:
            kept[row["ticket"]].append(row["text"])
    said = {ticket: [each.text, *each.answers] for each in asked for ticket in each.tickets[:1]}
    there = Counter((ticket, text) for ticket, texts in kept.items() for text in texts)
    told = {(ticket, text) for ticket, texts in said.items() for text in texts}
    findings.note("words of forms are lost", sorted(told - there.keys()))
    findings.note("words of forms came from nowhere", sorted(there.keys() - told))
    findings.note(
        "words of forms are stored twice", (key for key, times in there.items() if times > 1)
    )
    findings.note(
        "answers on forms are out of order",
        (it for it in said if sorted(said[it]) == sorted(kept[it]) and said[it] != kept[it]),
    )


def _about_messages(ledger: Ledger) -> Iterator[Told]:
    return (each for each in ledger.updates if each.kind in ("message", "edited_message"))


def _told_key(told: Told) -> Key:
    return told.bot, str(told.chat_id), str(told.message_id)


def _key(row: dict[str, Any]) -> Key:
    return int(row["bot"]), row["chat"], row["external_id"]


def _ledger_chat(row: dict[str, Any]) -> str:
    """The sandbox names a private chat by its bot, too: a person's id is the same for all bots."""
    chat: str = row["chat"]
    return chat if chat.startswith("-") else f"{row['bot']}.{chat}"
