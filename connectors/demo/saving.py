"""Writes what was told as rows: few statements, whatever the number of tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Model

from accounts.models import Team, User
from connectors.demo import pictures
from connectors.demo.said import SECOND, Fact, Said, Told
from connectors.demo.telling import UNDO
from connectors.sandbox import world
from connectors.sandbox.world import Person
from tickets import automatic
from tickets.actions.files import store_uploads
from tickets.actions.talk import invitation
from tickets.models import (
    Audience,
    ContactIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    MessageVersion,
    Operation,
    Ticket,
    TicketEvent,
    Topic,
)
from tickets.sla.happenings import Clocks, next_due, waiting_since
from tickets.sla.rows import changed_rows, save_rows


@dataclass(frozen=True, slots=True)
class Outside:
    """The rows that messages and tickets point to, by key."""

    users: Mapping[str, User]
    teams: Mapping[str, Team]
    topics: Mapping[str, Topic]
    identities: Mapping[str, ContactIdentity]
    places: Mapping[str, Conversation]

    def conversation(self, place: Person | str | None) -> Conversation | None:
        """The row of a place; None for a note's."""
        if place is None:
            return None
        return self.places[place.key if isinstance(place, Person) else place]


def reserve(model: type[Model], amount: int) -> list[int]:
    """So many new ids of a table, ascending: tickets, messages and clocks name each other before any is stored."""
    key = model._meta.pk
    assert key is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, key.column, amount],
        )
        return sorted(number for (number,) in cursor.fetchall())


def backdate(model: type[Model], times: Mapping[int, datetime]) -> None:
    """Set `created_at`, which Django insists on filling with the present."""
    table, key = model._meta.db_table, model._meta.pk
    assert key is not None
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET created_at = past.at "  # noqa: S608 - names of ours
            f"FROM unnest(%s::bigint[], %s::timestamptz[]) AS past(key, at) WHERE {key.column} = past.key",
            [list(times), list(times.values())],
        )


# --- Tickets


def save_tickets(
    told: Iterable[Told], clocks: Mapping[int, Clocks], facts: Mapping[int, int], outside: Outside
) -> None:
    """`clocks` and the number of `facts` by ticket number. Clocks are saved with them."""
    tickets = [_ticket(each, clocks[each.number], facts[each.number], outside) for each in told]
    Ticket.objects.bulk_create(tickets)
    backdate(Ticket, {each.number: each.opened_at for each in told})
    save_rows([row for number, of in clocks.items() for row in changed_rows(number, (), of)])


def _ticket(told: Told, clocks: Clocks, facts: int, outside: Outside) -> Ticket:
    topic = outside.topics[told.topic]
    return Ticket(
        number=told.number,
        subject=told.subject,
        excerpt=told.excerpt,
        status=told.status,
        category=topic.category,
        topic=topic,
        priority=told.priority,
        language=told.story.language,
        team=outside.teams[told.team],
        assignee=outside.users[told.assignee] if told.assignee else None,
        requester=outside.identities[told.requester.key].contact,
        channel_kind="telegram",
        is_public=told.is_public,
        last_speaker=told.last_speaker,
        last_message_at=told.last_message_at,
        waiting_since=waiting_since(clocks),
        next_due_at=next_due(clocks),
        solved_at=told.solved_at,
        version=1 + facts,
    )


# --- Messages


def save_messages(said: Mapping[Said, int | None], outside: Outside) -> None:
    """What was said, with the number of its ticket, if it is on one."""
    Message.objects.bulk_create(_message(each, number, outside) for each, number in said.items())
    backdate(Message, {each.id: each.at - _held(each) for each in said})
    MessageVersion.objects.bulk_create(
        MessageVersion(message_id=each.id, text=text, replaced_at=until)
        for each in said
        for text, until in each.earlier
    )
    save_deliveries(said, outside)
    for each in said:
        if each.photo:
            _attach(each)


def _held(said: Said) -> Any:
    return UNDO if said.is_delivered and not said.automatic else UNDO * 0


def _message(said: Said, number: int | None, outside: Outside) -> Message:
    contact = outside.identities[said.contact.key].contact if said.contact else None
    return Message(
        pk=said.id,
        ticket_id=number,
        conversation=outside.conversation(said.place),
        kind=said.kind,
        audience=_audience(said),
        automatic=said.automatic,
        contact=contact,
        author=outside.users[said.author] if said.author else None,
        text=said.text,
        language=contact.language if contact else "",
        masked=list(said.masked),
        # What the desk sends is known by its deliveries.
        external_id="" if said.is_delivered else said.external_id,
        reply_to_external_id=said.answers.external_id if said.answers else "",
        sent_at=said.at,
        edited_at=said.earlier[-1][1] if said.earlier else None,
        deleted_at=said.deleted_at,
    )


def _audience(said: Said) -> Audience:
    if said.place is None:
        return Audience.DESK
    return Audience.PRIVATE if said.is_private else Audience.PUBLIC


def _attach(said: Said) -> None:
    content = ContentFile(pictures.draw(said.photo), name=f"{said.photo}.jpg")
    store_uploads(Message.objects.get(pk=said.id), [content])


# --- The outbox


def save_deliveries(said: Mapping[Said, int | None], outside: Outside) -> None:
    """One row for each message that the desk sent, and one for each that it took away."""
    sent = [
        (each, _delivery(each, number, outside))
        for each, number in said.items()
        if each.is_delivered
    ]
    removed = [(each, _removal(each, outside)) for each in said if each.deleted_at]
    rows = [*sent, *removed]
    Delivery.objects.bulk_create(row for _each, row in rows)
    backdate(Delivery, {row.pk: each.at - _held(each) for each, row in rows})


def _delivery(said: Said, number: int | None, outside: Outside) -> Delivery:
    conversation = outside.conversation(said.place)
    assert conversation is not None
    payload = {
        "text": said.text,
        "buttons": _buttons(said, number, outside),
        "reply_to": said.answers.external_id if said.answers else "",
    }
    return Delivery(
        message_id=said.id,
        conversation=conversation,
        operation=Operation.SEND_TEXT,
        payload=payload,
        state=said.state,
        reason=said.reason,
        tries=1,
        external_id=said.external_id,
        not_before=said.at,
        claimed_at=said.at,
        sent_at=said.at + SECOND if said.state == DeliveryState.SENT else None,
    )


def _removal(said: Said, outside: Outside) -> Delivery:
    conversation = outside.conversation(said.place)
    assert conversation is not None
    return Delivery(
        message_id=said.id,
        conversation=conversation,
        operation=Operation.DELETE,
        payload={"target": said.external_id},
        state=DeliveryState.SENT,
        tries=1,
        not_before=said.at,
        claimed_at=said.at,
        sent_at=said.deleted_at,
    )


def _buttons(said: Said, number: int | None, outside: Outside) -> list[tuple[str, str]]:
    """The asker's own way into the private chat, as `tickets.actions.talk.invite` gives it."""
    asked = said.answers
    if not said.invites or asked is None or asked.contact is None or number is None:
        return []
    ticket = Ticket.objects.get(pk=number)
    token = invitation(ticket, outside.identities[asked.contact.key])
    label = automatic.say(automatic.OPEN_CHAT, ticket.language)
    return [(label, f"https://t.me/{world.BOT.username}?start={token}")]


# --- Events


def save_events(facts: Iterable[tuple[int, Fact]], outside: Outside) -> None:
    """In order of time, over all tickets."""
    ordered = sorted(facts, key=lambda each: each[1].at)
    events = TicketEvent.objects.bulk_create(
        _event(number, fact, outside) for number, fact in ordered
    )
    times: Iterator[tuple[int, datetime]] = (
        (event.pk, fact.at) for event, (_number, fact) in zip(events, ordered, strict=True)
    )
    backdate(TicketEvent, dict(times))


def _event(number: int, fact: Fact, outside: Outside) -> TicketEvent:
    return TicketEvent(
        ticket_id=number,
        verb=fact.verb,
        actor=outside.users[fact.actor] if fact.actor else None,
        message_id=fact.said.id if fact.said else None,
        payload=fact.payload,
    )
