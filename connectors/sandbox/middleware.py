"""Who may ask for what, and what a browser may do with the answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.decorators import async_only_middleware

Next = Callable[[HttpRequest], Awaitable[HttpResponse]]

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@async_only_middleware
def guard(get_response: Next) -> Next:
    """Fault controls are for this machine only; the page's forms are for the page only."""

    async def answer(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(("/control/", "/trouble/")) and not _is_local(request):
            return HttpResponseForbidden("Only from this machine.")
        if request.method == "POST" and _is_foreign(request):
            return HttpResponseForbidden("Only from the sandbox's own page.")
        response = await get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def _is_local(request: HttpRequest) -> bool:
    address = request.META.get("REMOTE_ADDR") or "127.0.0.1"
    return ipaddress.ip_address(address).is_loopback


def _is_foreign(request: HttpRequest) -> bool:
    # Browsers say where a request comes from; scripts and bots do not, and need not.
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")
