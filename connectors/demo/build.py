"""Loads the demo's day: once, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from django.db import connection, transaction
from django.utils import timezone

from connectors.demo import people, saving
from connectors.demo.clocks import measure
from connectors.demo.day import Frame, in_order, the_chatter, the_tickets
from connectors.demo.said import Fact, Said, Told
from connectors.demo.saving import Outside
from connectors.demo.staff import SUPPORT
from tickets.actions.opening import lifted
from tickets.models import Channel, Conversation, Message, Ticket, Topic
from tickets.sla.happenings import Clocks
from tickets.sla.plan import TicketPlan

_LOCK = 0x6B617669
"""Two loaders at once: the second waits, then finds everything there."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was written."""

    tickets: int
    messages: int
    staff: int


def load(password: str) -> Loaded | None:
    """Write the demo's day, its deadlines relative to now; None if it is there already. Raises BadStory.

    A load that is killed leaves no row; at most the files of its three pictures stay on the disk, unknown to anybody.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if Channel.objects.filter(name=people.CHANNEL).exists():
            return None
        return _load(timezone.now(), _outside(password))


def _outside(password: str) -> Outside:
    users, teams = people.make_staff(password)
    channel = people.make_channel(teams[SUPPORT])
    people.make_form(teams[SUPPORT])
    topics = {topic.slug: topic for topic in Topic.objects.all()}
    return Outside(users, teams, topics, people.make_contacts(), people.make_places(channel))


def _load(now: datetime, outside: Outside) -> Loaded:
    plans = cache(lambda team, priority: TicketPlan(outside.teams[team].pk, priority))
    frame = Frame(now, plans, lambda priority, slug: lifted(priority, outside.topics[slug]))
    told = the_tickets(frame, partial(saving.reserve, Ticket))
    said = _said(told, now)
    in_order(list(said), iter(saving.reserve(Message, len(said))))
    clocks, facts = _measured(told, frame)
    counts = {number: len(of) for number, of in facts.items()}
    saving.save_tickets(told, clocks, counts, outside)
    saving.save_messages(dict(sorted(said.items(), key=lambda each: each[0].id)), outside)
    saving.save_events(((number, fact) for number, of in facts.items() for fact in of), outside)
    _close_blocked(told, outside)
    return Loaded(len(told), len(said), len(outside.users))


def _said(told: list[Told], now: datetime) -> dict[Said, int | None]:
    """Everything that was said, and the ticket that it is on."""
    said: dict[Said, int | None] = dict.fromkeys(the_chatter(now))
    for ticket in told:
        said |= dict.fromkeys(ticket.said, ticket.number)
    return said


def _measured(told: list[Told], frame: Frame) -> tuple[dict[int, Clocks], dict[int, list[Fact]]]:
    clocks: dict[int, Clocks] = {}
    facts: dict[int, list[Fact]] = {}
    for each in told:
        clocks[each.number], late = measure(each, frame.plans(each.team, each.priority), frame.now)
        facts[each.number] = [*each.facts, *late]
    return clocks, facts


def _close_blocked(told: list[Told], outside: Outside) -> None:
    """Who blocked the bot cannot be written to until they write again."""
    blocked = [outside.places[each.requester.key].pk for each in told if each.blocked]
    Conversation.objects.filter(pk__in=blocked).update(closed_reason="blocked")
