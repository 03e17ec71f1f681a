"""What is told to other systems, and by which name. Names are a promise: they stay when our own words change."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models import Verb


class Kind(models.TextChoices):
    """A closed list: what a subscription may ask for."""

    OPENED = "ticket.opened", _("A ticket was opened")
    RECEIVED = "ticket.message_received", _("Somebody outside wrote")
    EDITED = "ticket.message_edited", _("A message was edited")
    REPLIED = "ticket.replied", _("An agent wrote a reply")
    UNDONE = "ticket.reply_undone", _("A reply was taken back before it left")
    DELETED = "ticket.reply_deleted", _("A reply was deleted after it was sent")
    DELIVERED = "ticket.reply_delivered", _("A reply was delivered")
    NOT_DELIVERED = "ticket.reply_failed", _("A reply could not be delivered")
    UNCERTAIN = "ticket.reply_uncertain", _("A reply was perhaps delivered")
    NOTED = "ticket.noted", _("An agent left a note")
    ASSIGNED = "ticket.assigned", _("The assignee changed")
    STATUS_CHANGED = "ticket.status_changed", _("The status changed")
    PRIORITY_CHANGED = "ticket.priority_changed", _("The priority changed")
    REOPENED = "ticket.reopened", _("A ticket was reopened")
    TOPIC_CHOSEN = "ticket.topic_chosen", _("The requester chose the topic")
    RATED = "ticket.rated", _("The requester rated the help")
    SLA_WARNED = "ticket.sla_warned", _("A deadline is near")
    SLA_BREACHED = "ticket.sla_breached", _("A deadline was missed")


PING = "ping"
"""Sent by hand, to see whether somebody listens. No subscription asks for it."""

VERBS: dict[Verb, Kind] = {
    Verb.OPENED: Kind.OPENED,
    Verb.RECEIVED: Kind.RECEIVED,
    Verb.EDITED: Kind.EDITED,
    Verb.REPLIED: Kind.REPLIED,
    Verb.UNDONE: Kind.UNDONE,
    Verb.DELETED: Kind.DELETED,
    Verb.DELIVERED: Kind.DELIVERED,
    Verb.DELIVERY_FAILED: Kind.NOT_DELIVERED,
    Verb.DELIVERY_UNKNOWN: Kind.UNCERTAIN,
    Verb.NOTED: Kind.NOTED,
    Verb.ASSIGNED: Kind.ASSIGNED,
    Verb.STATUS_CHANGED: Kind.STATUS_CHANGED,
    Verb.PRIORITY_CHANGED: Kind.PRIORITY_CHANGED,
    Verb.REOPENED: Kind.REOPENED,
    Verb.TOPIC_CHOSEN: Kind.TOPIC_CHOSEN,
    Verb.RATED: Kind.RATED,
    Verb.SLA_WARNED: Kind.SLA_WARNED,
    Verb.SLA_BREACHED: Kind.SLA_BREACHED,
}
