"""The landing page and the form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.errors import Invalid
from helpdesk.web import page
from portal import guard, visits
from portal.actions.links import link_of
from portal.actions.requests import Words, form_channel, submit
from portal.forms import ContactForm
from portal.limits import within
from portal.pages import SPOKEN, in_their_language, ticket_language
from portal.stamps import Stamp, new_stamp, read_stamp
from portal.words import too_much, urgent_topics
from tickets.models import Channel


@in_their_language
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return page(request, "help/landing.html", {"spoken": SPOKEN, "is_open": bool(form_channel())})


@in_their_language
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    channel = form_channel()
    if channel is None:
        return page(request, "help/closed.html", {"spoken": SPOKEN})
    if request.method == "POST":
        return _submitted(request, channel)
    return _form(request, ContactForm(), new_stamp())


def _submitted(request: HttpRequest, channel: Channel) -> HttpResponse:
    stamp = read_stamp(request.POST.get("stamp", ""))
    if stamp and (link := link_of(stamp.key)):  # sent again
        return visits.enter(link, key=stamp.key)
    form = ContactForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, stamp, status=422)
    if not guard.is_settled(request, stamp) and guard.is_doubtful(request, stamp):
        return _form(request, form, stamp, status=429, challenge=True)
    if not guard.may_bring(request, form.cleaned_data["files"]):
        form.add_error("files", too_much())
        return _form(request, form, stamp, status=429)
    assert stamp is not None, "a form without a stamp of ours is doubtful"
    try:
        link = submit(
            channel=channel,
            stamp=stamp,
            words=_words(form),
            email=form.cleaned_data["email"],
            may_mail=within("mail", guard.client_address(request), per_hour=20),
        )
    except Invalid as error:
        form.add_error("files", error.message)
        return _form(request, form, stamp, status=422)
    return visits.enter(link, key=stamp.key)


def _words(form: ContactForm) -> Words:
    said = form.cleaned_data
    return Words(
        text=said["text"],
        files=said["files"],
        name=said["name"] or _("Web visitor"),
        topic=said["topic"],
        language=ticket_language(),
    )


def _form(
    request: HttpRequest,
    form: ContactForm,
    stamp: Stamp | None,
    *,
    status: int = 200,
    challenge: bool = False,
) -> HttpResponse:
    """The form with everything that was typed; only files must be chosen again, which browsers insist on."""
    stamp = stamp or new_stamp()
    context: dict[str, Any] = {
        "spoken": SPOKEN,
        "form": form,
        "stamp": stamp.sealed(),
        "urgent": urgent_topics(),
        "files_again": bool(request.FILES),
        "puzzle": guard.new_puzzle(stamp) if challenge else None,
    }
    response = page(request, "help/contact.html", context, status=status)
    visits.guard(response)  # the stamp is one person's, and so are the words
    if challenge:
        response["Retry-After"] = str(guard.PATIENCE)
    return response
