"""The log: what was sent, what was answered, and sending it again."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from helpdesk.errors import Invalid
from helpdesk.web import page
from webhooks.actions import deliveries as actions
from webhooks.forms import ResendForm
from webhooks.kinds import PING, Kind
from webhooks.models import Subscription, WebhookDelivery, WebhookState
from webhooks.views.common import actor, admins_only

PAGE = 50


@admins_only
@require_safe
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """One subscription with its log, newest first."""
    found = get_object_or_404(Subscription.objects.select_related("team"), pk=pk)
    wanted = _wanted(request)
    rows = found.deliveries.filter(**{name: value for name, value in wanted.items() if value})
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows.order_by("-pk")[: PAGE + 1])
    context = {
        "row": found,
        "deliveries": shown[:PAGE],
        "older": urlencode({**wanted, "before": shown[PAGE - 1].pk}) if len(shown) > PAGE else "",
        "states": WebhookState.choices,
        "kinds": [*Kind.choices, (PING, _("Test"))],
        "wanted": wanted,
        "resend": ResendForm(),
    }
    return page(request, "webhooks/subscription.html", context)


def _wanted(request: HttpRequest) -> dict[str, str]:
    """The filter, from closed lists; anything else is no filter."""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    return {
        "state": state if state in WebhookState.values else "",
        "kind": kind if kind in (*Kind.values, PING) else "",
    }


@admins_only
@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_all(), pk=pk)
    return page(request, "webhooks/delivery.html", {"delivery": found, "row": found.subscription})


@admins_only
@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_all(), pk=pk)
    actions.resend(actor=actor(request), delivery=found)
    messages.success(request, _("It is in line again."))
    return redirect("webhooks:delivery", pk)


@admins_only
@require_POST
def failed(request: HttpRequest, pk: int) -> HttpResponse:
    """All that were given up since then, again."""
    found = get_object_or_404(Subscription, pk=pk)
    form = ResendForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Choose since when."))
    since = timezone.now() - timedelta(hours=form.hours)
    count = actions.resend_failed(actor=actor(request), subscription=found, since=since)
    said = ngettext("%(count)s is in line again.", "%(count)s are in line again.", count)
    messages.success(request, said % {"count": count})
    return redirect("webhooks:subscription", pk)


def _all() -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.select_related("subscription", "event")
