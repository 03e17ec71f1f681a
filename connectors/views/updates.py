"""The page of what was set aside, and its replay."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import capabilities
from accounts.models import User
from connectors.inbox import reopen
from connectors.models import InboundUpdate, UpdateState
from connectors.tasks import drain_inbox
from helpdesk.hints import hint
from helpdesk.web import is_fragment, page

PAGE = 50


def _visible(user: User) -> QuerySet[InboundUpdate]:
    """Set-aside updates of the channels of one's teams. The raw text is never shown: it may hold anything."""
    rows = (
        InboundUpdate.objects.filter(state=UpdateState.SET_ASIDE)
        .select_related("channel")
        .order_by("-pk")
    )
    return rows if user.is_admin else rows.filter(channel__team__in=list(user.roles))


@login_required
@require_safe
def updates(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    capabilities.require(user, capabilities.UPDATES_SEE)
    rows = _visible(user)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    older = (
        f"{reverse('connectors:updates')}?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    )
    context = {"rows": found[:PAGE], "older_url": older}
    return page(request, "inbox/updates.html", context, fragment="inbox/_updates.html")


@login_required
@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    capabilities.require(user, capabilities.UPDATES_REPLAY)
    row = get_object_or_404(_visible(user), pk=pk)
    if reopen([row]):
        messages.success(request, _("It is in line again."))
    else:
        messages.error(request, _("Nothing of it could be kept, so there is nothing to replay."))
    hint(drain_inbox)
    return updates_again(request) if is_fragment(request) else redirect("connectors:updates")


def updates_again(request: HttpRequest) -> HttpResponse:
    """The list as it is now, as the answer to a POST."""
    request.method = "GET"
    return updates(request)
