"""What the desk knows of the places, people and tickets that some messages are about.

It is read in a few queries for many messages as for one, and kept true while they are taken in. Rows that may change
are held from the beginning: people by id, then tickets by number, so that two workers cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q, prefetch_related_objects

from accounts.models import User
from tickets.actions import topics
from tickets.actions.opening import PRIVATE_REOPEN, takes_words
from tickets.actions.people import (
    Who,
    conversations_at,
    hold,
    identities_of,
    ids_as_stored,
    where,
)
from tickets.models import Channel, Contact, ContactIdentity, Conversation, Message, Status, Ticket
from tickets.models.tickets import IS_OPEN
from tickets.transport import InboundMessage

GROUP_WINDOW = timedelta(minutes=10)
"""In a group, words of the requester this soon after the last ones belong to the same request."""
TOPIC_WINDOW = timedelta(hours=24)

_BY_ITS_ID = """
    SELECT message.*, asked.external_id AS asked, {rank} AS rank
    FROM unnest(%(conversations)s::bigint[], %(ids)s::text[]) AS asked (conversation_id, external_id)
    JOIN {table} AS named ON named.{column} = asked.external_id AND NOT named.{column} = ''
    JOIN tickets_message AS message ON message.id = named.{message}
        AND message.conversation_id = asked.conversation_id
"""
_STORED = f"""
    {_BY_ITS_ID.format(rank=1, table="tickets_message", column="external_id", message="id")}
        AND named.conversation_id = asked.conversation_id
    UNION ALL
    {_BY_ITS_ID.format(rank=2, table="tickets_attachment", column="source_id", message="message_id")}
    UNION ALL
    {_BY_ITS_ID.format(rank=3, table="tickets_delivery", column="external_id", message="message_id")}
        AND named.conversation_id = asked.conversation_id
    ORDER BY rank
"""
"""By its own id, by that of an item of its album, and ours by the id that its delivery was given."""
_OURS = 3


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing to take in. `masked` names the kinds of secrets that were hidden in it before it was stored."""

    channel: Channel
    inbound: InboundMessage
    masked: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """An arrival at its place, with the ids by which the desk knows the messages there."""

    channel: Channel
    conversation: Conversation
    inbound: InboundMessage
    masked: Sequence[str]

    @property
    def who(self) -> Who:
        return self.channel.kind, self.inbound.sender.external_id if self.inbound.sender else ""

    @property
    def asks(self) -> bool:
        """Whether it is meant for the desk: then it opens a ticket, unless it goes on with one."""
        inbound = self.inbound
        return self.conversation.is_private or inbound.addressed or inbound.action == "ticket"


class Known:
    """Call it in a transaction. New places and people are made."""

    def __init__(self, arrivals: Sequence[Arrival], colleagues: Mapping[Who, User]) -> None:
        self._colleagues = colleagues
        self.said = _said(arrivals)
        self._messages: dict[tuple[int, str], Message] = {}
        self._answered: dict[tuple[int, str], Message] = {}
        self._read_messages()
        new = [e for e in self.said if e.inbound.action == "edit" or not self.stored(e)]
        senders = [
            (said.channel, sender)
            for said in new
            if (sender := said.inbound.sender)
            and not sender.is_anonymous
            and said.who not in colleagues
        ]
        self._people, strangers = identities_of(senders) if senders else ({}, set())
        met = self._people.keys() - strangers  # nobody else can know of a stranger yet
        if asking := {each.who for each in new if each.asks or each.masked} & met:
            hold([self._people[who] for who in asking])
        self._last_words: dict[tuple[int, int], datetime] = {}
        self._tickets: dict[int, Ticket] = {}
        self._hold_tickets([each for each in new if each.who in met])

    @property
    def held(self) -> list[int]:
        """Numbers of the tickets that are held."""
        return list(self._tickets)

    def stored(self, said: Said) -> Message | None:
        """The message that this one became when it came before."""
        return self._messages.get((said.conversation.pk, said.inbound.external_id))

    def keep(self, message: Message) -> None:
        """A message is stored now."""
        if message.external_id:
            place = (message.conversation_id or 0, message.external_id)
            self._messages[place] = self._answered[place] = message

    def colleague(self, said: Said) -> User | None:
        return self._colleagues.get(said.who)

    def identity(self, said: Said) -> ContactIdentity:
        return self._people[said.who]

    def answered_ticket(self, said: Said) -> Ticket | None:
        """The ticket of the message that was answered: theirs, or one of ours on its way out. Held."""
        message = self._answered.get((said.conversation.pk, said.inbound.reply_to))
        return self._tickets.get(message.ticket_id) if message and message.ticket_id else None

    def pointed_at(self, said: Said) -> Message | None:
        """Their own words, where a bare command in answer to them asks for a ticket."""
        is_bare = said.inbound.action == "ticket" and len(said.inbound.text.split()) == 1
        if not (is_bare and said.inbound.text.startswith("/")):
            return None
        message = self._answered.get((said.conversation.pk, said.inbound.reply_to))
        own = message is not None and message.contact_id == self.identity(said).contact_id
        return message if own else None

    def ticket_of(self, contact: Contact, said: Said) -> Ticket | None:
        """The ticket that this person's words belong to: the one they answer, else their live one here. Held."""
        at = said.inbound.sent_at
        answered = self.answered_ticket(said)
        mine = [
            each
            for each in self._tickets.values()
            if each.requester_id == contact.pk and takes_words(each, at)
        ]
        if answered in mine:
            return answered
        named = topics.named_by(said.conversation, said.inbound)
        meant = next((ticket for ticket in mine if ticket.pk == named), None)
        if meant is not None or said.conversation.is_topic_of_chat:
            return meant
        here = (each for each in mine if self._is_spoken_of(each, said))
        return max(here, key=lambda ticket: ticket.last_message_at, default=None)

    def goes_on(self, ticket: Ticket, said: Said) -> None:
        """The requester has spoken on this ticket, which is held."""
        self._tickets[ticket.pk] = ticket
        place = (ticket.pk, said.conversation.pk)
        self._last_words[place] = max(
            said.inbound.sent_at, self._last_words.get(place, said.inbound.sent_at)
        )

    def _is_spoken_of(self, ticket: Ticket, said: Said) -> bool:
        """In private any ticket of theirs is; elsewhere one that they spoke on a moment ago."""
        if said.conversation.is_private:
            return True
        last = self._last_words.get((ticket.pk, said.conversation.pk))
        return last is not None and last >= said.inbound.sent_at - _window(said.conversation)

    def _read_messages(self) -> None:
        asked = {(each.conversation.pk, each.inbound.external_id) for each in self.said}
        asked |= {(each.conversation.pk, each.inbound.reply_to) for each in self.said}
        named = sorted(place for place in asked if place[1])
        if not named:
            return
        conversations, ids = zip(*named, strict=True)
        parameters = {"conversations": list(conversations), "ids": list(ids)}
        for message in Message.objects.raw(_STORED, parameters):
            place = (message.conversation_id or 0, message.asked)  # type: ignore[attr-defined]
            self._answered.setdefault(place, message)
            if message.rank < _OURS:  # type: ignore[attr-defined]
                self._messages.setdefault(place, message)
        prefetch_related_objects(list(self._messages.values()), "ticket")

    def _hold_tickets(self, new: Sequence[Said]) -> None:
        numbers = {*self._live(new), *self._answered_numbers()}
        found = Ticket.objects.filter(pk__in=numbers).order_by("pk").select_for_update()
        self._tickets = {each.pk: each for each in found} if numbers else {}

    def _answered_numbers(self) -> Iterator[int]:
        replies = {(each.conversation.pk, each.inbound.reply_to) for each in self.said}
        for place in replies & self._answered.keys():
            if number := self._answered[place].ticket_id:
                yield number

    def _live(self, new: Sequence[Said]) -> Iterator[int]:
        """The tickets on which these words may go on."""
        if not new:
            return
        speakers = {self._people[each.who].contact_id for each in new}
        since = min(each.inbound.sent_at for each in new)
        alive = Q(solved_at__gt=since - PRIVATE_REOPEN, status=Status.SOLVED) | IS_OPEN
        owners = dict(
            Ticket.objects.filter(alive, requester__in=speakers).values_list("pk", "requester_id")
        )
        if not owners:
            return
        in_private = {self._people[e.who].contact_id for e in new if e.conversation.is_private}
        yield from (number for number, owner in owners.items() if owner in in_private)
        yield from self._spoken_of(owners, [e for e in new if not e.conversation.is_private])

    def _spoken_of(self, owners: dict[int, int], new: Sequence[Said]) -> Iterator[int]:
        if not new:
            return
        since = min(each.inbound.sent_at for each in new) - TOPIC_WINDOW
        words = Message.objects.filter(
            ticket__in=owners, sent_at__gte=since, conversation__in={e.conversation.pk for e in new}
        ).values_list("ticket", "conversation", "contact")
        for number, place, speaker, last in words.annotate(last=Max("sent_at")):
            if owners[number] == speaker:
                self._last_words[number, place] = last
                yield number


def _window(conversation: Conversation) -> timedelta:
    return TOPIC_WINDOW if conversation.thread_id else GROUP_WINDOW


def _said(arrivals: Sequence[Arrival]) -> list[Said]:
    places = conversations_at([(each.channel, each.inbound.place) for each in arrivals])
    said = []
    for each in arrivals:
        conversation = places[where(each.channel, each.inbound.place)]
        inbound = ids_as_stored(conversation, each.inbound)
        said.append(Said(each.channel, conversation, inbound, each.masked))
    return said
