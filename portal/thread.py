"""What a requester sees of their request: their own words, and what was said to them. Never a note, never a third."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.models import Link
from tickets.models import FORM, Audience, Delivery, DeliveryState, Message, MessageKind

MOST = 200


def visible(link: Link) -> QuerySet[Message]:
    """Messages that the holder of this link may read.

    Private ones only of this very form's conversation: the request may go on in a chat whose owner proved nothing but
    that they tapped a link, and a link in wrong hands must not read along there.
    """
    here = Q(conversation__channel__kind=FORM, conversation__external_id=link.identity.external_id)
    theirs = Q(kind=MessageKind.INCOMING, contact=link.ticket.requester_id)
    return Message.objects.filter(
        here | Q(audience=Audience.PUBLIC),
        theirs | Q(Exists(_left()), kind=MessageKind.REPLY),
        ticket=link.ticket_id,
        deleted_at=None,
    )


def _left() -> QuerySet[Delivery]:
    """An answer shows as soon as nobody can take it back any more; a mail about it may still be on its way."""
    begun = Q(state=DeliveryState.SENT) | Q(conversation__channel__kind=FORM, tries__gt=0)
    return Delivery.objects.filter(begun, message=OuterRef("pk"))


def days(link: Link) -> list[dict[str, Any]]:
    """The latest messages, oldest first, by day."""
    latest = (
        visible(link)
        .select_related("author")
        .prefetch_related("attachments")
        .order_by("-sent_at", "-pk")[:MOST]
    )
    grouped = groupby(reversed(latest), key=lambda message: timezone.localdate(message.sent_at))
    return [{"date": day, "messages": list(messages)} for day, messages in grouped]
