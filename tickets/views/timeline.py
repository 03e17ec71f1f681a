"""A ticket's messages and events in order, by day of the viewer's own time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from helpdesk.templatetags.look import visible
from tickets.actions import editing
from tickets.keyset import Position, mark
from tickets.models import (
    Attachment,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    MessageVersion,
    Priority,
    Status,
    Ticket,
    TicketEvent,
    Verb,
)
from tickets.views.drawn import drawn

PAGE = 50
"""Messages that a page shows, the latest; earlier ones when they are asked for, as many at a time."""
MOST_MESSAGES = 500
MOST_EVENTS = 400
SILENT = (
    Verb.RECEIVED,
    Verb.REPLIED,
    Verb.NOTED,
    Verb.DELIVERED,
    Verb.FILE_STORED,
    Verb.EDITED,
    Verb.ASKED,
    Verb.CHANGE_ARRIVED,
)
"""What these tell is seen on the message itself."""


@dataclass(frozen=True)
class Timeline:
    """What is shown of a ticket's messages, with the events between them."""

    days: list[dict[str, Any]]
    """Each with its items: a message, or the events between two of them, folded."""
    messages: list[Message]
    """The shown ones, the latest first."""
    events: list[TicketEvent]
    start: str
    """The mark of the first of them, for the next refresh to begin there, too; empty when all fit into one page."""
    earlier: str
    """The mark of the message a page before; empty when nothing comes before."""
    is_cut: bool
    """There are more than a page ever shows."""


def timeline(ticket: Ticket, viewer: User, start: Position | None = None) -> Timeline:
    """The latest messages; with `start` all from there on, if those are more."""
    messages = _messages(ticket, viewer, start)
    is_cut = len(messages) == MOST_MESSAGES
    earlier = "" if is_cut or len(messages) < PAGE else _a_page_before(ticket, messages[-1])
    first = messages[-1] if messages and (earlier or is_cut) else None
    events = _events(ticket, first)
    moments: list[Moment] = [(message.sent_at, message) for message in messages]
    moments += [(event.created_at, event) for event in events]
    days = groupby(sorted(moments, key=_place), key=lambda moment: timezone.localdate(moment[0]))
    return Timeline(
        [{"date": day, "items": list(_folded(ticket, inside))} for day, inside in days],
        messages,
        events,
        mark(messages[-1].sent_at, messages[-1].pk) if earlier or len(messages) > PAGE else "",
        earlier,
        is_cut,
    )


Moment = tuple[datetime, Message | TicketEvent]


def _place(moment: Moment) -> tuple[datetime, bool, int]:
    """Telegram dates to the second: of two things in one, what was stored first comes first."""
    at, thing = moment
    return at, isinstance(thing, TicketEvent), thing.pk


def _messages(ticket: Ticket, viewer: User, start: Position | None) -> list[Message]:
    """The latest first, with all that hangs on them."""
    latest = (
        ticket.messages.select_related("conversation__channel", "contact", "author")
        .defer("conversation__channel__token", "conversation__channel__config")
        .order_by("-sent_at", "-pk")
    )
    found: list[Message] = []
    if start is not None:
        at, pk = start
        from_there = latest.filter(sent_at__gte=at).exclude(sent_at=at, pk__lt=pk)
        found = list(from_there[:MOST_MESSAGES])
    if len(found) < PAGE:
        found = list(latest[:PAGE])
    _fill(found, "versions", MessageVersion, only=[each for each in found if each.edited_at])
    _fill(found, "attachments", Attachment)
    _fill(found, "deliveries", Delivery)
    now = timezone.now()
    for message in found:
        message.undo_until = _undo_until(message, viewer, now)  # type: ignore[attr-defined]
        _offer_changes(ticket, message, viewer)
    return found


def _fill(
    messages: list[Message], name: str, model: Any, *, only: list[Message] | None = None
) -> None:
    """As prefetch_related does, but without a QuerySet for each message, which costs more than drawing it.

    `only` these have any: nothing is asked when there are none.
    """
    having = messages if only is None else only
    found: dict[int, list[Any]] = {message.pk: [] for message in messages}
    if having:
        for row in model.objects.filter(message__in=having):
            found[row.message_id].append(row)
    for message in messages:
        kept = message.__dict__.setdefault("_prefetched_objects_cache", {})
        kept[name] = found[message.pk]


def _a_page_before(ticket: Ticket, message: Message) -> str:
    before = ticket.messages.filter(sent_at__lte=message.sent_at).exclude(
        sent_at=message.sent_at, pk__gte=message.pk
    )
    places = list(before.order_by("-sent_at", "-pk").values_list("sent_at", "pk")[:PAGE])
    return mark(*places[-1]) if places else ""


def _offer_changes(ticket: Ticket, message: Message, viewer: User) -> None:
    """What this viewer can still do with what was sent."""
    own = message.kind == MessageKind.REPLY and editing.may_change(viewer, ticket, message)
    message.can_edit = own and editing.can_be_edited(message)  # type: ignore[attr-defined]
    message.can_delete = own and editing.can_be_deleted(message)  # type: ignore[attr-defined]
    if message.can_delete:  # type: ignore[attr-defined]
        message.stays_because = editing.why_not_deleted(message)  # type: ignore[attr-defined]


def _undo_until(message: Message, viewer: User, now: datetime) -> datetime | None:
    """Until when this viewer can take it back; None when nobody can."""
    parts: Iterable[Delivery] = message.deliveries.all()
    held = parts and all(each.state == DeliveryState.QUEUED and not each.tries for each in parts)
    return (
        message.sent_at
        if held and message.author_id == viewer.pk and message.sent_at > now
        else None
    )


def _events(ticket: Ticket, first: Message | None) -> list[TicketEvent]:
    """All of them, or those since the first shown message."""
    events = ticket.events.exclude(verb__in=SILENT).select_related("actor").order_by("-pk")
    if first is not None:
        events = events.filter(created_at__gte=first.sent_at)
    found = list(events[:MOST_EVENTS])
    for event in found:
        event.sentence = sentence(event)  # type: ignore[attr-defined]
    return found


def _folded(ticket: Ticket, moments: Iterable[Moment]) -> Iterator[dict[str, Any]]:
    for is_event, group in groupby(moments, key=lambda moment: isinstance(moment[1], TicketEvent)):
        things = [thing for _at, thing in group]
        if is_event:
            yield {"type": "events", "events": things}
        for thing in things:
            if isinstance(thing, Message):
                yield {"type": "message", "message": thing, "html": drawn(ticket, thing)}


def sentence(event: TicketEvent) -> str:
    """What happened, as one line."""
    actor = event.actor.display_name if event.actor else _("The desk")
    told: dict[str, Any] = event.payload
    match event.verb:
        case Verb.ASSIGNED:
            if not told.get("name"):
                return _("%(actor)s put it back, nobody has it") % {"actor": actor}
            if told["name"] == actor:
                return _("%(actor)s took it") % {"actor": actor}
            return _("%(actor)s gave it to %(name)s") % {"actor": actor, "name": told["name"]}
        case Verb.TOPIC_CHOSEN:
            return _("%(name)s chose the topic") % _named(told)
        case Verb.CONFIRMED:
            return _("%(name)s confirmed that it is solved") % _named(told)
        case Verb.RATED:
            return _("%(name)s rated the help %(score)s of 5") % _named(told)
        case Verb.REOPENED if told.get("name"):
            return _("%(name)s says that it is not solved") % _named(told)
        case Verb.STATUS_CHANGED | Verb.REOPENED:
            new = _label(Status, told.get("new"))
            return _("%(actor)s set it to %(new)s") % {"actor": actor, "new": new}
        case Verb.PRIORITY_CHANGED:
            new = _label(Priority, told.get("new"))
            return _("%(actor)s set the priority to %(new)s") % {"actor": actor, "new": new}
    return f"{actor}: {event.get_verb_display()}" if event.actor else str(event.get_verb_display())


def _named(told: dict[str, Any]) -> dict[str, Any]:
    """With the stranger's name shown as what it is, and kept from turning the sentence around."""
    return {**told, "name": f"\u2068{visible(told.get('name', ''))}\u2069"}


def _label(choices: type[Status] | type[Priority], value: object) -> str:
    return str(choices(value).label) if value in choices.values else str(value)
