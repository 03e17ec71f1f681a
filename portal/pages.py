"""Around every public page: the language it is spoken in, and whether the form is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation

from helpdesk.web import page

View = Callable[..., HttpResponseBase]
SPOKEN = (("en", "English"), ("zh-hans", "中文"), ("fa", "فارسی"), ("tr", "Türkçe"))
"""Each in its own words, so that whoever reads none of the page finds theirs."""
_YEAR = 365 * 24 * 3600


def in_their_language(view: View) -> View:
    """The language of `?lang=`, kept in a cookie; else the cookie's; else what the browser asks for."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = _known(request.GET.get("lang", ""))
        code = asked or _known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
        with translation.override(code or translation.get_language()):
            response = view(request, *args, **kwargs)
        response.headers.setdefault("Content-Language", code or translation.get_language() or "en")
        if asked:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                asked,
                max_age=_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    return spoken


def kindly_closed(view: View) -> View:
    """For all that a link opens: wrong, run out, unknown and somebody else's are one page, which says what to do."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return gone(request)

    return in_their_language(opened)


@in_their_language
def gone(request: HttpRequest, **_rest: str) -> HttpResponse:
    """Nothing here that the visitor may see."""
    response = page(request, "help/gone.html", {"spoken": SPOKEN}, status=404)
    response["Cache-Control"] = "private, no-store"
    return response


def _known(code: str) -> str:
    """One of our languages by its code, short forms too ("zh"); empty for any other."""
    return next(
        (
            each
            for each, _name in SPOKEN
            if code and each.split("-")[0] == code.split("-")[0].lower()
        ),
        "",
    )


def ticket_language() -> str:
    """The page's language as tickets name it."""
    return (translation.get_language() or "en")[:2]
