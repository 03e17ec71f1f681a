"""What every page shares: a whole page for a browser, its fragment for htmx."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from helpdesk.errors import may_work_later


def is_fragment(request: HttpRequest) -> bool:
    """htmx asks for a part of the page. Going back through history wants the whole of it again."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request and not htmx.boosted


def is_files_host(request: HttpRequest) -> bool:
    """Whether the request came to the host for files, however its name was spelled. Raises DisallowedHost."""
    if not settings.FILES_HOST:
        return False
    name, _port = split_domain_port(request.get_host())
    return name == settings.FILES_HOST


def page(
    request: HttpRequest,
    name: str,
    context: dict[str, Any] | None = None,
    *,
    fragment: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render `name`, or only its `fragment` template when htmx asked."""
    template = fragment if fragment and is_fragment(request) else name
    response = render(request, template, context, status=status)
    response["Vary"] = "HX-Request"
    return response


def refusal(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    """An error as a page, or as the short fragment that htmx swaps in."""
    template = "errors/_error.html" if is_fragment(request) else f"errors/{status}.html"
    return render(request, template, {"status": status, "message": message}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's hook for a missing or stale CSRF token."""
    return refusal(
        request,
        403,
        _("This page was open too long. Reload it and try again; nothing was changed."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: an unknown row and one out of sight look alike."""
    return refusal(request, 404)


def no_page(request: HttpRequest) -> HttpResponse:
    """In front of a page of somebody else's that we do not have."""
    raise Http404


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return refusal(request, 403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return refusal(request, 400)


def too_many(request: HttpRequest) -> HttpResponse:
    """handler429, for the limits on signing in."""
    response = refusal(request, 429)
    response["Retry-After"] = "60"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: it must not need the database. Where that is what failed, it is 503: later it will do."""
    if request.path.startswith("/api/"):  # programs are told so in their own way
        said = {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": "",
        }
        return JsonResponse(said, status=500, content_type="application/problem+json")
    if not may_work_later(sys.exc_info()[1]):
        return HttpResponse(render_to_string("errors/alone.html", {"status": 500}), status=500)
    response = HttpResponse(render_to_string("errors/alone.html", {"status": 503}), status=503)
    response["Retry-After"] = "10"
    return response
