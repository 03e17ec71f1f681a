"""The tracking page: a request as its requester sees it, behind a secret link."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.errors import Conflict, Invalid
from helpdesk.web import page
from portal import guard, thread, visits
from portal.actions.chats import chat_channel, invite, went_on
from portal.actions.links import link_of
from portal.actions.mailing import verify
from portal.actions.requests import Words, answer
from portal.forms import AnswerForm
from portal.limits import within
from portal.models import Address
from portal.pages import SPOKEN, kindly_closed, ticket_language
from portal.visits import Visit
from portal.words import standing
from tickets.actions.opening import takes_words


@kindly_closed
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the link's token for a cookie. Nothing is spent or written, and all wrong tokens are the same 404."""
    link = link_of(token)
    if link is None:
        raise Http404
    response = visits.enter(link)
    # The page itself keeps "same-origin": browsers send no Origin from a page without referrer, and forms need one.
    response["Referrer-Policy"] = "no-referrer"
    return response


@kindly_closed
@require_http_methods(["GET", "HEAD", "POST"])
def request_page(request: HttpRequest, number: int) -> HttpResponse:
    visit = visits.visit_of(request, number)
    if request.method == "POST":
        return _answered(request, visit)
    return show(request, visit)


def _answered(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, visit, form, status=422)
    brought = form.cleaned_data["files"]
    few = within("answer", str(visit.link.pk), per_hour=40)
    if not (few and guard.may_bring(request, brought)):
        return show(request, visit, form, status=429)
    said = form.cleaned_data
    words = Words(said["text"], said["files"], language=ticket_language())
    try:
        answer(link=visit.link, words=words, submission=said["submission"].hex)
        verify(visit.link)
    except (Conflict, Invalid) as error:
        form.add_error("files" if isinstance(error, Invalid) else "text", error.message)
        return show(request, visit, form, status=error.status)
    return redirect("portal:request", number=visit.link.ticket_id)


@kindly_closed
@require_POST
def wants_mail(request: HttpRequest, number: int) -> HttpResponse:
    """Asked for by a link that came by mail: the address is proven, and hears of answers."""
    visit = visits.visit_of(request, number)
    verify(visit.link)
    return redirect("portal:request", number=number)


@kindly_closed
@require_POST
def goes_to_chat(request: HttpRequest, number: int) -> HttpResponse:
    """The page with a fresh link into the chat: a redirect to another site is nothing that our policy lets forms do."""
    visit = visits.visit_of(request, number)
    ticket = visit.link.ticket
    channel = chat_channel(ticket)
    if channel is None or went_on(ticket):
        return redirect("portal:request", number=number)
    if not within("chat", str(ticket.pk), per_hour=10):
        return show(request, visit, status=429)
    link = invite(ticket, channel)
    return show(request, visit, chat_link=link, chat_words=f"/start {link.partition('?start=')[2]}")


def show(
    request: HttpRequest,
    visit: Visit,
    form: AnswerForm | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The request, or only its thread for the script that looks for news."""
    ticket = visit.link.ticket
    days = thread.days(visit.link)
    address = Address.objects.filter(identity=visit.link.identity_id).first()
    context = {
        "spoken": SPOKEN,
        "ticket": ticket,
        "standing": standing(ticket),
        "takes_words": takes_words(ticket, timezone.now()),
        "days": days,
        "form": form or AnswerForm(),
        "files_again": bool(request.FILES),
        "too_many": status == 429,
        "link": _address(request, visit.key) if visit.key else "",
        "may_verify": bool(address and not address.verified_at and visit.link.mailed),
        "told_by_mail": bool(address and address.verified_at),
        "went_on": went_on(ticket),
        "can_chat": chat_channel(ticket) is not None,
        **more,
    }
    response = page(
        request, "help/request.html", context, fragment="help/_thread.html", status=status
    )
    visits.guard(response)
    return response


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("portal:open", args=[token]))
