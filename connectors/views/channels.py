"""The care for channels: how they are, and what an admin can do about it. No page here asks a service but by POST."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import structlog
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import capabilities
from accounts.models import User
from connectors import adding, looking, pausing, switching
from connectors.errors import DoorError
from connectors.forms import AddForm, ChannelForm
from connectors.glance import glances, groups_of, recently_set_aside, slowed_in
from connectors.inbox import reopen
from connectors.models import InboundUpdate, UpdateState
from connectors.registry import KINDS
from connectors.tasks import drain_inbox
from helpdesk.errors import Invalid
from helpdesk.hints import hint
from helpdesk.web import page
from tickets.models import Channel

log = structlog.get_logger(__name__)
View = Callable[..., HttpResponse]


def admins_only(view: View) -> View:
    """Signed in, and allowed to manage channels."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        capabilities.require(cast(User, request.user), capabilities.CHANNELS_MANAGE)
        return view(request, *args, **kwargs)

    return checked


@admins_only
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    rows = glances(Channel.objects.select_related("team").order_by("name"))
    return page(request, "channels/channels.html", {"rows": rows})


@admins_only
@require_safe
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Channel.objects.select_related("team"), pk=pk)
    (row,) = glances([found])
    context = {
        "row": row,
        "channel": found,
        "has_service": found.kind in KINDS,
        "groups": groups_of(found),
        "slowed": slowed_in(found),
        "aside": recently_set_aside(found),
        "modes": [(mode.value, mode.label) for mode in switching.MODES],
    }
    return page(request, "channels/channel.html", context)


@admins_only
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(enabled=lambda request: request.method != "POST")  # type: ignore[untyped-decorator]
def add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _is_fresh(request, form):
        made = form.save(commit=False)
        made.token = form.cleaned_data["token"].strip()
        if _try(form, lambda: adding.add(made, form.cleaned_data["mode"]), request):
            looking.look_at(made)
            messages.success(request, _("Connected as @%(name)s.") % {"name": _handle(made)})
            return redirect("connectors:channel", made.pk)
    return page(request, "channels/add.html", {"form": form}, status=422 if form.errors else 200)


@admins_only
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(enabled=lambda request: request.method != "POST")  # type: ignore[untyped-decorator]
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Channel, pk=pk)
    form = ChannelForm(request.POST if request.method == "POST" else None, instance=found)
    if found.kind not in KINDS:
        del form.fields["token"]
    if form.is_bound and form.is_valid() and _is_fresh(request, form):
        token = form.cleaned_data.get("token", "").strip()
        if not token or _try(form, lambda: adding.replace_token(found, token), request):
            found.save(update_fields=ChannelForm.Meta.fields)
            messages.success(request, _("Saved."))
            return redirect("connectors:channel", pk)
    context = {"form": form, "channel": Channel.objects.get(pk=pk)}
    return page(request, "channels/edit.html", context, status=422 if form.errors else 200)


def _is_fresh(request: HttpRequest, form: AddForm | ChannelForm) -> bool:
    """Whether this person has just shown who they are. Else the form says so and keeps what was typed.

    allauth would put the whole POST into the session until then, and with it the token.
    """
    if not is_reauthentication_required(request, app=""):
        return True
    form.add_error(None, _("You were here for a while: sign in once more, then send this again."))
    return False


def _try(form: AddForm | ChannelForm, act: Callable[[], None], request: HttpRequest) -> bool:
    try:
        act()
    except DoorError as error:
        refused = _("The service does not take this token.")
        form.add_error("token", refused if error.is_refused_token else error.reason)
        return False
    except Invalid as error:
        messages.warning(request, error.message)
    return True


def _handle(channel: Channel) -> str:
    return str(channel.config.get("username", ""))


@admins_only
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the service now."""
    found = _with_service(pk)
    health = looking.look_at(found)
    if health.error:
        reason = _("The service does not take the token any more.")
        messages.error(request, reason if health.is_refused else health.error)
    else:
        messages.success(request, _("It answers, as @%(name)s.") % {"name": _handle(found)})
    return redirect("connectors:channel", pk)


@admins_only
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]
def mode(request: HttpRequest, pk: int) -> HttpResponse:
    found = _with_service(pk)
    try:
        switching.switch(found, request.POST.get("mode", ""))
        messages.success(request, _("Updates come in that way from now on. None was lost."))
    except Invalid as error:
        messages.error(request, error.message)
    return redirect("connectors:channel", pk)


@admins_only
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Channel, pk=pk)
    pausing.pause(found)
    log.info("channel_paused", channel=pk, by=request.user.pk)
    messages.success(request, _("Paused. What comes in waits, and nothing goes out."))
    return redirect("connectors:channel", pk)


@admins_only
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Channel, pk=pk)
    pausing.resume(found)
    log.info("channel_resumed", channel=pk, by=request.user.pk)
    messages.success(request, _("It goes on, with what has waited first."))
    return redirect("connectors:channel", pk)


@admins_only
@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of this channel that was set aside."""
    found = get_object_or_404(Channel, pk=pk)
    count = reopen(InboundUpdate.objects.filter(channel=found, state=UpdateState.SET_ASIDE))
    hint(drain_inbox)
    messages.success(
        request,
        ngettext(
            "%(count)d update is in line again.", "%(count)d updates are in line again.", count
        )
        % {"count": count},
    )
    return redirect("connectors:channel", pk)


def _with_service(pk: int) -> Channel:
    """Raises Invalid for a channel without a service that could be asked."""
    found = get_object_or_404(Channel, pk=pk)
    if found.kind not in KINDS:
        raise Invalid(_("This channel has no service to ask."))
    return found
