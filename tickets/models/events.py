"""What happened to a ticket: append-only, and the feed of the live pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.messages import Message
from tickets.models.tickets import Ticket


class Verb(models.TextChoices):
    OPENED = "opened", _("opened")
    RECEIVED = "received", _("wrote")
    EDITED = "edited", _("edited a message")
    REPLIED = "replied", _("replied")
    NOTED = "noted", _("left a note")
    UNDONE = "undone", _("took a reply back")
    CHANGE_ARRIVED = "change_arrived", _("a change arrived")
    EDIT_FAILED = "edit_failed", _("a change did not arrive")
    DELETED = "deleted", _("deleted a reply")
    ASKED = "asked", _("asked with buttons")
    TOPIC_CHOSEN = "topic_chosen", _("chose the topic")
    CONFIRMED = "confirmed", _("confirmed that it is solved")
    RATED = "rated", _("rated the answer")
    DELIVERED = "delivered", _("delivered")
    DELIVERY_FAILED = "delivery_failed", _("could not be delivered")
    DELIVERY_UNKNOWN = "delivery_unknown", _("perhaps delivered")
    DELIVERY_RETRIED = "delivery_retried", _("sent again")
    REMOVED = "removed", _("removed from the public place")
    REMOVAL_FAILED = "removal_failed", _("could not be removed")
    FILE_STORED = "file_stored", _("file stored")
    ASSIGNED = "assigned", _("assigned")
    STATUS_CHANGED = "status_changed", _("changed the status")
    PRIORITY_CHANGED = "priority_changed", _("changed the priority")
    REOPENED = "reopened", _("reopened")
    WENT_PRIVATE = "went_private", _("came to the private chat")
    SECRET_MASKED = "secret_masked", _("a secret was hidden")
    SLA_WARNED = "sla_warned", _("deadline near")
    SLA_BREACHED = "sla_breached", _("deadline missed")


class TicketEvent(models.Model):
    """One fact: verb, who, and what is needed to tell it. Never changed, never deleted."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="events", db_index=False)
    verb = models.CharField(max_length=20, choices=Verb.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="events"
    )
    payload: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index("ticket", "id", name="event_of_ticket"),
            models.Index("created_at", "id", name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id} {self.verb}"
