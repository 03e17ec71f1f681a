"""The ticket: its page, and what an agent does on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db.models import Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from helpdesk.errors import Conflict, Invalid
from helpdesk.web import is_fragment, page
from tickets.actions import delivery as outbox
from tickets.actions import reply as replying
from tickets.actions.status import (
    CHOICES,
    STATUS_VERBS,
    assign,
    can_unsolve,
    change_status,
    unsolve,
)
from tickets.forms import NoteForm, ReplyForm
from tickets.keyset import position
from tickets.models import (
    Delivery,
    Message,
    MessageKind,
    Status,
    Ticket,
    TicketEvent,
)
from tickets.sla.clock import Metric
from tickets.views.audiences import audiences
from tickets.views.timeline import Timeline, timeline

PAST_TICKETS = 8
METRICS = {
    Metric.FIRST_RESPONSE: gettext_lazy("First response"),
    Metric.NEXT_RESPONSE: gettext_lazy("Next response"),
    Metric.RESOLUTION: gettext_lazy("Resolution"),
}


def _seen(request: HttpRequest, number: int) -> Ticket:
    """To act on. Unknown and out of sight are the same 404."""
    seen = Ticket.objects.visible_to(cast(User, request.user))
    return get_object_or_404(seen.select_related("requester"), pk=number)


def ticket_for(request: HttpRequest, number: int) -> Ticket:
    """The same with all that its page shows."""
    seen = Ticket.objects.visible_to(cast(User, request.user))
    return get_object_or_404(
        seen.select_related("requester", "assignee", "topic", "team", "rating")
        .prefetch_related("requester__identities")
        # Read before the messages: an event between the two is told again rather than lost.
        .annotate(last_event_id=Subquery(TicketEvent.objects.order_by("-pk").values("pk")[:1])),
        pk=number,
    )


@login_required
@require_safe
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    found = ticket_for(request, number)
    return page(
        request, "tickets/ticket.html", context(request, found), fragment="tickets/_ticket.html"
    )


def context(request: HttpRequest, ticket: Ticket, **more: Any) -> dict[str, Any]:
    """What the page and its fragments show. `more` brings a form that was refused."""
    user = cast(User, request.user)
    asked = request.POST if request.method == "POST" else request.GET
    shown = timeline(ticket, user, position(asked.get("from", "")))
    form = more.pop("reply_form", None) or ReplyForm(routes=replying.routes(ticket))
    routes = list(form.routes.values())
    contact = ticket.requester
    contact.past_tickets = list(  # type: ignore[attr-defined]
        Ticket.objects.visible_to(user)
        .filter(requester=contact)
        .exclude(pk=ticket.pk)
        .order_by("-last_message_at")[:PAST_TICKETS]
    )
    return {
        "ticket": ticket,
        "timeline": shown,
        "seen": max((message.pk for message in shown.messages), default=0),
        "conversation": next(
            (each.conversation for each in shown.messages if each.conversation), None
        ),
        "contact": contact,
        "clock": _clock(ticket),
        "solved_until": _solved_until(ticket, shown, user),
        "statuses": [(status.value, status.label) for status in CHOICES],
        "assignees": list(ticket.team.members.filter(is_active=True).order_by("display_name")),
        "audiences": audiences(ticket, routes, more.get("chosen", "")),
        "reply_form": form,
        "note_form": NoteForm(),
        "last_event_id": ticket.last_event_id,  # type: ignore[attr-defined]
        **more,
    }


def _solved_until(ticket: Ticket, shown: Timeline, viewer: User) -> datetime | None:
    """Until when this viewer is offered to take a hasty "solved" back."""
    changes = [event for event in shown.events if event.verb in STATUS_VERBS]
    latest = max(changes, key=lambda event: event.pk, default=None)
    if latest is None or not can_unsolve(latest, ticket, viewer):
        return None
    until = latest.created_at + timedelta(seconds=viewer.undo_seconds)
    return until if until > timezone.now() else None


def _clock(ticket: Ticket) -> dict[str, Any] | None:
    """The one clock to show: the next due, else one that stands still."""
    running = [clock for clock in ticket.clocks.all() if clock.met_at is None]
    running.sort(key=lambda clock: (clock.due_at is None, clock.due_at))
    if not running or not ticket.is_open:
        return None
    first = running[0]
    return {
        "metric_label": METRICS[Metric(first.metric)],
        "due_at": first.due_at,
        "paused": first.paused_at is not None,
    }


@login_required
@require_POST
def replies(request: HttpRequest, number: int) -> HttpResponse:
    found = _seen(request, number)
    form = ReplyForm(request.POST, request.FILES, routes=replying.routes(found))
    chosen = request.POST.get("audience", "")
    if not form.routes:
        # The last way to reach them has closed while this was written: the words stay, as a note.
        kept = NoteForm(initial={"text": request.POST.get("text", "")})
        return _refused(request, found, 422, note_form=kept, mode="note")
    if not form.is_valid():
        return _refused(request, found, 422, reply_form=form, mode="reply", chosen=chosen)
    data = form.cleaned_data
    try:
        replying.reply(
            actor=cast(User, request.user),
            ticket=found,
            conversation=data["audience"],
            text=data["text"],
            files=data["files"],
            submission=data["submission"],
            seen_message=data["seen"],
            then=Status(data["then"]) if data["then"] else None,
        )
    except (Conflict, Invalid) as error:
        return _refused(
            request,
            found,
            error.status,
            reply_form=form,
            mode="reply",
            chosen=chosen,
            conflict=error.message,
        )
    return again(request, found)


@login_required
@require_POST
def notes(request: HttpRequest, number: int) -> HttpResponse:
    found = _seen(request, number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _refused(request, found, 422, note_form=form, mode="note")
    try:
        replying.note(actor=cast(User, request.user), ticket=found, **form.cleaned_data)
    except Invalid as error:
        return _refused(
            request, found, error.status, note_form=form, mode="note", conflict=error.message
        )
    return again(request, found)


@login_required
@require_POST
def status(request: HttpRequest, number: int) -> HttpResponse:
    found = _seen(request, number)
    change_status(
        actor=cast(User, request.user), ticket=found, status=request.POST.get("status", "")
    )
    return again(request, found)


@login_required
@require_POST
def status_undo(request: HttpRequest, number: int) -> HttpResponse:
    found = _seen(request, number)
    unsolve(actor=cast(User, request.user), ticket=found)
    return again(request, found)


@login_required
@require_POST
def assignment(request: HttpRequest, number: int) -> HttpResponse:
    found = _seen(request, number)
    actor = cast(User, request.user)
    pk = request.POST.get("assignee", "")
    assignee = None
    if pk:
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            raise Invalid(_("That is nobody."))
        assignee = User.objects.filter(teams=found.team_id, pk=int(pk), is_active=True).first()
        if assignee is None:
            raise Invalid(_("They are not in this ticket's team."))
    # Taking it says that nobody had it on the screen; giving it to somebody is meant, whoever has it.
    expected = None if assignee == actor and found.assignee_id is None else False
    assign(actor=actor, ticket=found, assignee=assignee, expected=expected)
    return again(request, found)


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    message = get_object_or_404(
        Message.objects.visible_to(user).select_related("ticket"), pk=pk, kind=MessageKind.REPLY
    )
    replying.undo(actor=user, message=message)
    return again(request, cast(Ticket, message.ticket))


@login_required
@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    delivery = get_object_or_404(
        Delivery.objects.visible_to(user).select_related("message__ticket"), pk=pk
    )
    outbox.retry(actor=user, delivery=delivery)
    return again(request, cast(Ticket, delivery.message.ticket))


def _refused(request: HttpRequest, ticket: Ticket, status: int, **more: Any) -> HttpResponse:
    """The composer again, with what was typed and what is wrong with it."""
    name = "tickets/_composer.html" if is_fragment(request) else "tickets/ticket.html"
    shown = ticket_for(request, ticket.pk)
    return page(request, name, context(request, shown, **more), status=status)


def again(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The ticket as it is now: a fragment for htmx, else back to where the form stood."""
    if is_fragment(request):
        return page(
            request, "tickets/_ticket.html", context(request, ticket_for(request, ticket.pk))
        )
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        target = ticket.get_absolute_url()
    return redirect(target)
