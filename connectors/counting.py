"""How many people read along in a public place: the button that posts there says so."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from connectors.errors import DoorError
from connectors.registry import KINDS, door
from tickets.models import Conversation, ConversationKind

log = structlog.get_logger(__name__)

FRESH = timedelta(hours=12)
AT_ONCE = 10


def count_due() -> int:
    """Ask for the places that were never counted, or not for half a day. Returns how many were asked for."""
    due = (
        Conversation.objects.reachable()
        .exclude(kind=ConversationKind.PRIVATE)
        .filter(Q(counted_at=None) | Q(counted_at__lt=timezone.now() - FRESH))
        .filter(channel__is_active=True, channel__kind__in=KINDS)
        .select_related("channel")
        .order_by("pk")[:AT_ONCE]
    )
    return sum(_count(conversation) for conversation in due)


def _count(conversation: Conversation) -> bool:
    """Noted before the call: a place that cannot be asked waits for its next turn like all others."""
    row = Conversation.objects.filter(pk=conversation.pk)
    row.update(counted_at=Now())
    try:
        members = door(conversation.channel.kind).count_members(conversation.channel, conversation)
    except DoorError as error:
        log.info("members_not_counted", conversation=conversation.pk, reason=error.reason)
        return False
    row.update(member_count=members)
    return True
