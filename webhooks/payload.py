"""What is said of an event: numbers and names of the desk. No words of anybody, nothing of who the requester is.

Whoever needs the words asks the API for them, with rights of their own.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from accounts.models import User
from tickets.models import Ticket, TicketEvent, Verb
from webhooks.kinds import PING
from webhooks.models import WebhookDelivery

Json = dict[str, Any]


def written(delivery: WebhookDelivery) -> str:
    """The body of a request, with the ticket as it is now."""
    said: Json = {"id": str(delivery.uuid), "event": delivery.kind}
    if delivery.event_id is None:
        return json.dumps({**said, "event": PING, "created_at": delivery.created_at.isoformat()})
    event = TicketEvent.objects.select_related(
        "actor", "ticket__team", "ticket__assignee", "ticket__topic"
    ).get(pk=delivery.event_id)
    said |= {
        "created_at": event.created_at.isoformat(),
        "ticket": _ticket(event.ticket),
        "message": event.message_id,
        "actor": _person(event.actor),
        **_details(event),
    }
    return json.dumps(said, ensure_ascii=False)


def _ticket(ticket: Ticket) -> Json:
    return {
        "number": ticket.number,
        "url": f"{settings.SITE_URL}{ticket.get_absolute_url()}",
        "status": ticket.status,
        "priority": ticket.priority,
        "category": ticket.category,
        "topic": ticket.topic.slug if ticket.topic else None,
        "language": ticket.language or None,
        "channel": ticket.channel_kind,
        "team": {"id": ticket.team_id, "name": ticket.team.name},
        "assignee": _person(ticket.assignee),
        "opened_at": ticket.created_at.isoformat(),
        "due_at": ticket.next_due_at.isoformat() if ticket.next_due_at else None,
    }


def _person(user: User | None) -> Json | None:
    """By the name that people outside see: the real one never leaves the desk."""
    return {"id": user.pk, "name": user.outside_name} if user else None


def _details(event: TicketEvent) -> Json:
    match event.verb:
        case Verb.STATUS_CHANGED | Verb.PRIORITY_CHANGED | Verb.REOPENED:
            return {"change": {"from": event.payload.get("old"), "to": event.payload.get("new")}}
        case Verb.SLA_WARNED | Verb.SLA_BREACHED:
            return {"deadline": {name: event.payload.get(name) for name in ("metric", "due_at")}}
        case Verb.RATED:
            return {"score": event.payload.get("score")}
        case Verb.DELIVERY_FAILED:
            return {"reason": event.payload.get("reason")}
    return {}
