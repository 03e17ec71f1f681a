"""Subscriptions: seen, made, changed, switched. A secret is shown once, to somebody who has just signed in anew."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.web import page
from webhooks.actions import deliveries
from webhooks.actions import subscriptions as actions
from webhooks.forms import SubscriptionForm
from webhooks.models import Subscription, WebhookState
from webhooks.views.common import actor, admins_only


@admins_only
@require_safe
def subscriptions(request: HttpRequest) -> HttpResponse:
    waiting = Count("deliveries", filter=Q(deliveries__state=WebhookState.QUEUED))
    rows = Subscription.objects.select_related("team").annotate(waiting=waiting).order_by("name")
    return page(request, "webhooks/subscriptions.html", {"rows": rows})


@admins_only
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]
def new(request: HttpRequest) -> HttpResponse:
    form = SubscriptionForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        status = 422 if form.errors else 200
        return page(request, "webhooks/edit.html", {"form": form}, status=status)
    secret = actions.subscribe(actor=actor(request), subscription=form.save(commit=False))
    return _shown_once(request, form.instance, secret, status=201)


@admins_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Subscription, pk=pk)
    form = SubscriptionForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_bound and form.is_valid():
        actions.change(actor=actor(request), subscription=form.save(commit=False))
        messages.success(request, _("Saved."))
        return redirect("webhooks:subscription", pk)
    status = 422 if form.errors else 200
    return page(request, "webhooks/edit.html", {"form": form, "row": found}, status=status)


@admins_only
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A new one; the old one holds for a day beside it."""
    found = get_object_or_404(Subscription, pk=pk)
    made = actions.rotate(actor=actor(request), subscription=found)
    return _shown_once(request, found, made, status=200)


def _shown_once(
    request: HttpRequest, found: Subscription, secret: str, *, status: int
) -> HttpResponse:
    """In the answer itself: nothing keeps it for another page."""
    context = {"row": found, "secret": secret, "is_new": status == 201}
    return page(request, "webhooks/secret.html", context, status=status)


@admins_only
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Subscription, pk=pk)
    actions.pause(actor=actor(request), subscription=found)
    messages.success(request, _("Paused. What happens now is not kept for it."))
    return redirect("webhooks:subscription", pk)


@admins_only
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Subscription, pk=pk)
    actions.resume(actor=actor(request), subscription=found)
    messages.success(request, _("On again: it is told of what happens from now on."))
    return redirect("webhooks:subscription", pk)


@admins_only
@require_POST
def ping(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Subscription, pk=pk)
    delivery = deliveries.ping(actor=actor(request), subscription=found)
    return redirect("webhooks:delivery", delivery.pk)


@admins_only
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Subscription, pk=pk)
    actions.remove(actor=actor(request), subscription=found)
    messages.success(request, _("Removed, with its log."))
    return redirect("webhooks:subscriptions")
