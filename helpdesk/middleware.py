"""Middleware of the whole site: request ids, and domain errors as answers."""

from __future__ import annotations

import logging
import re
import uuid
from time import perf_counter

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from redis import RedisError

from helpdesk import timing
from helpdesk.errors import DomainError
from helpdesk.web import is_files_host, refusal

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
log = structlog.get_logger(__name__)


class RequestId(MiddlewareMixin):
    """Gives each request an id (or keeps the proxy's), in every log line and in the answer; one line a request.

    The line names the route, not the address: an address may hold a token.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.META["STARTED"] = perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["REQUEST_ID"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response["X-Request-ID"] = request.META.get("REQUEST_ID", "")
        match = request.resolver_match
        # A form that goes on after the password was asked for comes with the headers of its first time.
        started = request.META.get("STARTED", perf_counter())
        seconds = perf_counter() - started
        name = match.view_name if match else ""
        timing.observe(request.method or "", name, response.status_code, seconds)
        log.log(
            logging.INFO if settings.PRODUCTION else logging.DEBUG,
            "request",
            method=request.method,
            route=match.route if match else "",
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            user=_user_id(request),
        )
        return response


def _user_id(request: HttpRequest) -> int | None:
    """Whose request it was, if anything has asked already: a log line is not worth a query."""
    return getattr(getattr(request, "_cached_user", None), "pk", None)


class FilesHost(MiddlewareMixin):
    """The host that serves files serves nothing else: no page and no cookie of the desk ever lives there."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if is_files_host(request) and not request.path.startswith("/files/"):
            return HttpResponse(status=404)
        return None


class StreamsOnly(MiddlewareMixin):
    """ROLE=sse serves the event streams and nothing else: a proxy that sends it a page is told so at once."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if settings.ROLE == "sse" and request.path not in ("/live/", "/livez", "/readyz"):
            return HttpResponse(status=404)
        return None


class DomainErrors(MiddlewareMixin):
    """The one place where a refusal becomes a status and a sentence."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            return refusal(request, exception.status, exception.message)
        if isinstance(exception, (RequestDataTooBig, TooManyFilesSent)):
            return refusal(request, 413)
        if isinstance(exception, RedisError):
            # Only what must not go on without Valkey lets this out: the limits on signing in. They stay shut.
            log.error("valkey_is_away", error=type(exception).__name__)
            response = refusal(request, 503)
            response["Retry-After"] = "10"
            return response
        return None
