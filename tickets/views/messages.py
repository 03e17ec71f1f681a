"""What was sent already: changing and deleting it."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from helpdesk.errors import Conflict, Invalid, NotAllowed
from helpdesk.web import is_fragment, page
from tickets.actions import editing
from tickets.forms import EditForm
from tickets.models import Message, MessageKind, Ticket
from tickets.views import ticket as tickets


def _reply(request: HttpRequest, pk: int) -> Message:
    """Unknown and out of sight are the same 404."""
    seen = Message.objects.visible_to(cast(User, request.user)).filter(kind=MessageKind.REPLY)
    rows = seen.select_related("ticket", "conversation__channel").prefetch_related("deliveries")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticket's page with the sent words in the composer."""
    message = _reply(request, pk)
    if request.method != "POST":
        return _form(request, message, EditForm(initial={"text": message.text}))
    form = EditForm(request.POST)
    if not form.is_valid():
        return _form(request, message, form, status=422)
    try:
        editing.edit_reply(
            actor=cast(User, request.user), message=message, text=form.cleaned_data["text"]
        )
    except (Conflict, Invalid) as error:
        return _form(request, message, form, status=error.status, conflict=error.message)
    return redirect(message)


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    message = _reply(request, pk)
    editing.delete_reply(actor=cast(User, request.user), message=message)
    return tickets.again(request, cast(Ticket, message.ticket))


def _form(
    request: HttpRequest, message: Message, form: EditForm, *, status: int = 200, conflict: str = ""
) -> HttpResponse:
    """What stands against a change is said beside the words, and before anybody has typed. Raises NotAllowed."""
    ticket = cast(Ticket, message.ticket)
    if not editing.may_change(cast(User, request.user), ticket, message):
        raise NotAllowed(_("Only its author or a lead may do that."))
    refusal = editing.why_not_edited(message)
    more = {"editing": message, "edit_form": form, "refusal": refusal, "conflict": conflict}
    if is_fragment(request):
        return page(request, "tickets/_edit.html", {"ticket": ticket, **more}, status=status)
    shown = tickets.ticket_for(request, ticket.pk)
    context = tickets.context(request, shown, **more)
    return page(request, "tickets/ticket.html", context, status=status)
