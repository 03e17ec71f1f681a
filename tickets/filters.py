"""What the queue and the API's list can be narrowed to: closed lists, and nothing that reaches past `visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import django_filters as filters
from django.conf import settings
from django.core.validators import RegexValidator, validate_slug
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Team, User
from tickets.models import Category, Priority, Status, Ticket
from tickets.querysets import TicketQuerySet

if TYPE_CHECKING:
    from django.db.models import QuerySet


def _teams(request: HttpRequest | None) -> QuerySet[Team]:
    return Team.objects.visible_to(cast(User, request.user)) if request else Team.objects.none()


def _kinds() -> list[tuple[str, str]]:
    return [(kind, kind.title()) for kind in settings.TRANSPORTS]


class TicketFilter(filters.FilterSet):
    """Each name stands for itself in the address: `?status=new&status=open&assignee=me`. Give it the request."""

    status = filters.MultipleChoiceFilter(choices=Status.choices, method="among")
    priority = filters.MultipleChoiceFilter(choices=Priority.choices, method="among")
    category = filters.ChoiceFilter(choices=Category.choices)
    topic = filters.CharFilter("topic__slug", max_length=40, validators=[validate_slug])
    team = filters.ModelChoiceFilter(queryset=_teams)  # type: ignore[arg-type]
    assignee = filters.CharFilter(
        method="assigned",
        validators=[RegexValidator(r"^(me|none|[1-9][0-9]{0,17})\Z", _("me, none or an id."))],
        help_text="`me`, `none`, or the id of a colleague.",
    )
    language = filters.ChoiceFilter(choices=Language.choices)
    channel_kind = filters.ChoiceFilter(choices=_kinds)
    created_after = filters.IsoDateTimeFilter("created_at", "gte")
    created_before = filters.IsoDateTimeFilter("created_at", "lt")
    active_after = filters.IsoDateTimeFilter(
        "last_message_at", "gte", help_text="The latest message came at this time or later."
    )
    active_before = filters.IsoDateTimeFilter("last_message_at", "lt")
    due_before = filters.IsoDateTimeFilter("next_due_at", "lt")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def among(self, queryset: TicketQuerySet, name: str, value: list[str]) -> TicketQuerySet:
        return queryset.filter(**{f"{name}__in": value})

    def assigned(self, queryset: TicketQuerySet, name: str, value: str) -> TicketQuerySet:
        if value == "none":
            return queryset.filter(assignee=None)
        own = cast(HttpRequest, self.request).user.pk
        return queryset.filter(assignee=own if value == "me" else int(value))


SEVERAL = frozenset({"status", "priority"})
"""Names that may stand in an address more than once."""
