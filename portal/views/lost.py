"""A lost link: asked for by the address it was for. The answer is the same whether we know that address or not."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from helpdesk.web import page
from portal import guard, visits
from portal.actions.mailing import ask_for_links
from portal.forms import LostLinkForm
from portal.limits import within
from portal.pages import SPOKEN, in_their_language, ticket_language
from portal.stamps import Stamp, new_stamp, read_stamp


@in_their_language
@require_http_methods(["GET", "HEAD", "POST"])
def lost(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request, LostLinkForm(), new_stamp())
    stamp = read_stamp(request.POST.get("stamp", ""))
    form = LostLinkForm(request.POST)
    if not form.is_valid():
        return _form(request, form, stamp, status=422)
    if not guard.is_settled(request, stamp) and guard.is_doubtful(request, stamp):
        return _form(request, form, stamp, status=429, challenge=True)
    if within("mail", guard.client_address(request), per_hour=20):
        ask_for_links(email=form.cleaned_data["email"], language=ticket_language())
    return page(request, "help/asked.html", {"spoken": SPOKEN})


def _form(
    request: HttpRequest,
    form: LostLinkForm,
    stamp: Stamp | None,
    *,
    status: int = 200,
    challenge: bool = False,
) -> HttpResponse:
    stamp = stamp or new_stamp()
    context = {
        "spoken": SPOKEN,
        "form": form,
        "stamp": stamp.sealed(),
        "puzzle": guard.new_puzzle(stamp) if challenge else None,
    }
    response = page(request, "help/lost.html", context, status=status)
    visits.guard(response)
    return response
