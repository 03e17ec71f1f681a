"""A ticket's messages and events in order, by day of the viewer's own time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from tickets.actions import editing
from tickets.models import (
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Priority,
    Status,
    Ticket,
    TicketEvent,
    Verb,
)

MOST_MESSAGES = 200
MOST_EVENTS = 400
SILENT = (Verb.RECEIVED, Verb.REPLIED, Verb.NOTED, Verb.DELIVERED, Verb.FILE_STORED, Verb.EDITED)
"""What these tell is seen on the message itself."""


def timeline(ticket: Ticket, viewer: User) -> list[dict[str, Any]]:
    """Days with their items: a message each, or the events between two of them, folded."""
    moments = sorted([*_messages(ticket, viewer), *_events(ticket)], key=_place)
    days = groupby(moments, key=lambda moment: timezone.localdate(moment[0]))
    return [{"date": day, "items": list(_folded(inside))} for day, inside in days]


Moment = tuple[datetime, Message | TicketEvent]


def _place(moment: Moment) -> tuple[datetime, bool, int]:
    """Telegram dates to the second: of two things in one, what was stored first comes first."""
    at, thing = moment
    return at, isinstance(thing, TicketEvent), thing.pk


def _messages(ticket: Ticket, viewer: User) -> Iterator[Moment]:
    latest = (
        ticket.messages.select_related("conversation__channel", "contact", "author")
        .defer("conversation__channel__token", "conversation__channel__config")
        .prefetch_related("versions", "attachments", "deliveries")
        .order_by("-sent_at", "-pk")[:MOST_MESSAGES]
    )
    now = timezone.now()
    for message in latest:
        message.undo_until = _undo_until(message, viewer, now)  # type: ignore[attr-defined]
        _offer_changes(ticket, message, viewer)
        yield message.sent_at, message


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


def _events(ticket: Ticket) -> Iterator[Moment]:
    events = (
        ticket.events.exclude(verb__in=SILENT).select_related("actor").order_by("-pk")[:MOST_EVENTS]
    )
    for event in events:
        event.sentence = sentence(event)  # type: ignore[attr-defined]
        yield event.created_at, event


def _folded(moments: Iterable[Moment]) -> Iterator[dict[str, Any]]:
    for is_event, group in groupby(moments, key=lambda moment: isinstance(moment[1], TicketEvent)):
        things = [thing for _at, thing in group]
        if is_event:
            yield {"type": "events", "events": things}
        else:
            yield from ({"type": "message", "message": message} for message in things)


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
        case Verb.STATUS_CHANGED | Verb.REOPENED:
            new = _label(Status, told.get("new"))
            return _("%(actor)s set it to %(new)s") % {"actor": actor, "new": new}
        case Verb.PRIORITY_CHANGED:
            new = _label(Priority, told.get("new"))
            return _("%(actor)s set the priority to %(new)s") % {"actor": actor, "new": new}
    return f"{actor}: {event.get_verb_display()}" if event.actor else str(event.get_verb_display())


def _label(choices: type[Status] | type[Priority], value: object) -> str:
    return str(choices(value).label) if value in choices.values else str(value)
