"""A person's own pages: profile, availability, the welcome card; and the doors of the demo."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ProfileForm
from accounts.models import Availability, User
from helpdesk.errors import Invalid
from helpdesk.web import page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=cast(User, request.user).pk)
    is_sent = request.method == "POST"
    form = ProfileForm(request.POST if is_sent else None, instance=user)
    if is_sent and form.is_valid():
        form.save()
        with override(user.ui_language):
            messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return page(
        request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200
    )


@login_required
@require_POST
def availability(request: HttpRequest) -> HttpResponse:
    value = request.POST.get("availability", "")
    if value not in Availability.values:
        raise Invalid(_("Choose available, busy or away."))
    User.objects.filter(pk=cast(User, request.user).pk).update(availability=value)
    return _back(request)


@login_required
@require_POST
def welcome(request: HttpRequest) -> HttpResponse:
    """Put the first-sign-in card away."""
    User.objects.filter(pk=cast(User, request.user).pk).update(welcomed_at=timezone.now())
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The demo's sign-in: one click, as any of its invented people. Without DEMO there is no such page."""
    if not settings.DEMO:
        raise Http404
    people = (
        User.objects.filter(is_demo=True, is_active=True)
        .prefetch_related("memberships__team")
        .order_by("pk")
    )
    if request.method != "POST":
        return page(request, "accounts/enter.html", {"people": people})
    pk = request.POST.get("user", "")
    user = get_object_or_404(
        people, pk=int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 16 else 0
    )
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("tickets:queue")


def _back(request: HttpRequest) -> HttpResponse:
    """To the page that the form stood on, if it is ours."""
    target = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    return redirect(target)
