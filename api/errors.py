"""Every refusal as one shape, RFC 9457's problem details, in one place."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from helpdesk.errors import DomainError, is_database_away

CONTENT_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class Unprocessable(DomainError):
    """The key of an earlier request came with another one."""

    status = 422


class Busy(DomainError):
    """An equal request is being worked on at this moment."""

    status = 409


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None lets an unforeseen error through, to be logged with its traceback."""
    match error:
        case DomainError():
            return _answer(error.status, error.message)
        case RequestDataTooBig():
            return _answer(413, _("A request has at most 1 MB."))
        case _ if is_database_away(error):
            log.error("api_without_database", error=type(error).__name__)
            return _answer(503, _("The database does not answer. Try again."), {"Retry-After": "5"})
        case ValidationError():
            return _answer(400, _("Something in the request is not as it should be."), {}, error)
    found = exception_handler(error, context)
    if found is None:
        return None
    headers = {name: value for name, value in found.items() if name != "Content-Type"}
    return _answer(found.status_code, _said(error, found.status_code), headers)


def body_of(status: int, detail: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }


@csrf_exempt
def unknown(request: HttpRequest, rest: str = "") -> JsonResponse:
    """Addresses under /api/ that are none: not the page for people."""
    detail = _("There is no such address. Addresses of the API end in a slash.")
    return JsonResponse(body_of(404, detail), status=404, content_type=CONTENT_TYPE)


def _answer(
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    error: ValidationError | None = None,
) -> Response:
    body = body_of(status, detail)
    if error is not None:
        body["errors"] = _by_field(error.detail)
    return Response(body, status=status, headers=headers, content_type=CONTENT_TYPE)


def _said(error: Exception, status: int) -> str:
    if status == HTTPStatus.UNAUTHORIZED:  # no token and every wrong one are told the same
        return _("A valid token is needed.")
    if status == HTTPStatus.NOT_FOUND:  # so are unknown rows and those out of sight
        return _("There is no such thing, or it is not yours to see.")
    return str(error.detail) if isinstance(error, APIException) else HTTPStatus(status).phrase


def _by_field(detail: Any) -> dict[str, list[str]]:
    fields = detail if isinstance(detail, dict) else {"": detail}
    return {str(name): [str(each) for each in _flat(said)] for name, said in fields.items()}


def _flat(said: Any) -> list[Any]:
    if isinstance(said, dict):
        return [inner for each in said.values() for inner in _flat(each)]
    if isinstance(said, list):
        return [inner for each in said for inner in _flat(each)]
    return [said]
