"""Middleware of the whole site: request ids, and domain errors as answers."""

from __future__ import annotations

import re
import uuid

import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from helpdesk.errors import DomainError
from helpdesk.web import refusal

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestId(MiddlewareMixin):
    """Gives each request an id (or keeps the proxy's), in every log line and in the answer."""

    def process_request(self, request: HttpRequest) -> None:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["REQUEST_ID"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response["X-Request-ID"] = request.META.get("REQUEST_ID", "")
        return response


class DomainErrors(MiddlewareMixin):
    """The one place where a refusal becomes a status and a sentence."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            return refusal(request, exception.status, exception.message)
        if isinstance(exception, (RequestDataTooBig, TooManyFilesSent)):
            return refusal(request, 413)
        return None
