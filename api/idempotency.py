"""Doing a write once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.models import User
from api.errors import Busy, Unprocessable
from api.models import StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATIENCE_MS = 5000
"""How long a twin waits for the one that came first."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

View = TypeVar("View")
P = ParamSpec("P")


def once(
    handler: Callable[Concatenate[View, Request, P], Response],
) -> Callable[Concatenate[View, Request, P], Response]:
    """For every handler that writes: one transaction, in which the answer to a named request is stored as well.

    A refusal rolls all of it back, the key too: nothing was done, so it may be tried again.
    """

    @wraps(handler)
    def wrapped(view: View, request: Request, *args: P.args, **kwargs: P.kwargs) -> Response:
        with transaction.atomic():
            if HEADER not in request.headers:
                return handler(view, request, *args, **kwargs)
            row, made = _claimed(request)
            if not made:
                return _said_before(row, request)
            answer = handler(view, request, *args, **kwargs)
            row.status = answer.status_code
            row.body = json.dumps(answer.data, cls=JSONEncoder)
            row.save(update_fields=["status", "body"])
            return answer

    return cast(Callable[Concatenate[View, Request, P], Response], wrapped)


def submission_of(request: Request) -> str | None:
    """The key as the actions know it: a message is written once even when the stored answer is long gone."""
    if HEADER not in request.headers:
        return None
    said = f"{request.user.pk} {_key(request)} {_fingerprint(request)}"
    return str(UUID(bytes=hashlib.sha256(said.encode()).digest()[:16]))


def _claimed(request: Request) -> tuple[StoredAnswer, bool]:
    """The key's row, and whether it is new. A twin waits here until the first one's transaction has ended."""
    _run(f"SET LOCAL lock_timeout TO {PATIENCE_MS}")
    try:
        found = StoredAnswer.objects.get_or_create(
            user=cast(User, request.user),
            key=_key(request),
            defaults={"fingerprint": _fingerprint(request)},
        )
    except OperationalError:
        raise Busy(_("A request with this key is being worked on. Try again.")) from None
    _run("SET LOCAL lock_timeout TO DEFAULT")
    return found


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _said_before(row: StoredAnswer, request: Request) -> Response:
    if row.fingerprint != _fingerprint(request):
        raise Unprocessable(_("This key was used for another request."))
    return Response(json.loads(row.body), status=row.status, headers={REPLAYED: "true"})


def _key(request: Request) -> str:
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise ParseError(_("A key has 1 to 200 visible ASCII characters."))
    return key


def _fingerprint(request: Request) -> str:
    """What was asked: method, address and body, byte by byte."""
    asked: Any = request._request
    said = f"{asked.method} {asked.path}\n".encode() + asked.body
    return hashlib.sha256(said).hexdigest()
