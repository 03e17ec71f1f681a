"""A visit to one request: the link's token is exchanged for a cookie, so that no history or log keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from helpdesk import crypto
from portal.models import Link

SECONDS = 12 * 3600
_PURPOSE = "visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """`key` is the link's token, for the page right after the form to show it once; empty in every other visit."""

    link: Link
    key: str = ""


def enter(link: Link, *, key: str = "") -> HttpResponse:
    """To the request's page, by a cookie that opens this one alone, is not for scripts, and ends by itself."""
    address = reverse("portal:request", args=[link.ticket_id])
    response = HttpResponseRedirect(address)
    set_cookie(response, link, key=key)
    guard(response)
    return response


def set_cookie(response: HttpResponse, link: Link, *, key: str = "") -> None:
    """The path keeps two requests in two tabs apart; the number inside keeps a moved cookie from opening another."""
    response.set_cookie(
        _name(),
        crypto.seal(_PURPOSE, link.pk, link.ticket_id, key),
        max_age=SECONDS,
        path=reverse("portal:request", args=[link.ticket_id]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def visit_of(request: HttpRequest, number: int) -> Visit:
    """Raises Http404 without a cookie for this very request, and when its link has run out or is gone."""
    try:
        pk, ticket, key = crypto.unseal(_PURPOSE, request.COOKIES.get(_name(), ""), ttl=SECONDS)
    except ValueError:
        raise Http404 from None
    links = Link.objects.open_at(timezone.now()).select_related("ticket", "identity")
    link = links.filter(pk=pk, ticket=number).first() if ticket == number else None
    if link is None:
        raise Http404
    return Visit(link, key)


def guard(response: HttpResponse) -> None:
    """For pages of one person: not kept, not found by a search, and not told to the next page."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"


def _name() -> str:
    return "__Secure-request" if settings.SESSION_COOKIE_SECURE else "request"
