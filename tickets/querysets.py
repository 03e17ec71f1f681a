"""Sets of rows, and who may see them. Every view and API reaches its rows through `visible_to`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Exists, OuterRef, Q, QuerySet

if TYPE_CHECKING:
    from accounts.models import User
    from tickets.models import (  # noqa: F401
        Channel,
        Contact,
        Conversation,
        Delivery,
        Message,
        Ticket,
    )

_OPEN = ("new", "open", "pending", "on_hold")


class TicketQuerySet(QuerySet["Ticket"]):
    def visible_to(self, user: User) -> Self:
        """Tickets of the user's teams, and those assigned to them; an admin sees all."""
        if not user.is_active:
            return self.none()
        if user.is_admin:
            return self
        return self.filter(Q(team__in=list(user.roles)) | Q(assignee=user))

    def open(self) -> Self:
        return self.filter(status__in=_OPEN)

    def unassigned(self) -> Self:
        return self.open().filter(assignee=None)

    def mine(self, user: User) -> Self:
        return self.open().filter(assignee=user)

    def due_between(self, start: datetime, end: datetime) -> Self:
        return self.open().filter(sorts_at__gte=start, sorts_at__lt=end)

    def breached(self, now: datetime) -> Self:
        return self.open().filter(sorts_at__lt=now)

    def by_deadline(self) -> Self:
        """The queue's order; tickets without a running clock come last."""
        return self.order_by("sorts_at", "number")

    def for_rows(self) -> Self:
        """With what a queue row shows, in one query."""
        return self.select_related("requester", "assignee", "topic")


class ContactQuerySet(QuerySet["Contact"]):
    def visible_to(self, user: User) -> Self:
        """Requesters of visible tickets."""
        from tickets.models import Ticket

        return self.filter(Exists(Ticket.objects.visible_to(user).filter(requester=OuterRef("pk"))))


class ChannelQuerySet(QuerySet["Channel"]):
    def visible_to(self, user: User) -> Self:
        """Channels of one's own teams; an admin sees all."""
        return self if user.is_admin else self.filter(team__in=list(user.roles))


class ConversationQuerySet(QuerySet["Conversation"]):
    def reachable(self) -> Self:
        return self.filter(closed_reason="")


class MessageQuerySet(QuerySet["Message"]):
    def visible_to(self, user: User) -> Self:
        """Messages of visible tickets. Chatter without a ticket is nobody's until the triage lane exists."""
        from tickets.models import Ticket

        return self.filter(Exists(Ticket.objects.visible_to(user).filter(pk=OuterRef("ticket_id"))))


class DeliveryQuerySet(QuerySet["Delivery"]):
    def visible_to(self, user: User) -> Self:
        from tickets.models import Ticket

        return self.filter(
            Exists(Ticket.objects.visible_to(user).filter(pk=OuterRef("message__ticket_id")))
        )
