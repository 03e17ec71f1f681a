"""The webhook door: what a service posts to us, kept before it is answered."""

from __future__ import annotations

import uuid
from functools import cache
from secrets import compare_digest, token_urlsafe

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connectors import hooking
from helpdesk.crypto import decrypt, encrypt
from tickets.models import Channel

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
RETRY_AFTER = "5"


@csrf_exempt
@require_POST
def telegram(request: HttpRequest, key: str) -> HttpResponse:
    """One update. 401 unless it brings the channel's secret; 503, so that it comes again, without a database."""
    try:
        channel = _channel(key)
        if not _brings(request, _secret_of(channel)) or channel is None:
            return HttpResponse(status=401)
        hooking.take_in(channel, request.read(hooking.BODY_LIMIT + 1))
    except (OperationalError, InterfaceError) as error:
        log.warning("hook_without_database", error=type(error).__name__)
        return HttpResponse(status=503, headers={"Retry-After": RETRY_AFTER})
    return HttpResponse()


def _channel(key: str) -> Channel | None:
    try:
        wanted = uuid.UUID(key)
    except ValueError:
        wanted = uuid.UUID(int=0)
    return Channel.objects.defer("token").filter(kind="telegram", key=wanted).first()


def _secret_of(channel: Channel | None) -> str:
    """What must come along; nobody's secret where there is none.

    As much work in both cases: what a caller can measure must not say which keys exist.
    """
    return (channel and channel.hook_secret) or decrypt(_nobodys())


@cache
def _nobodys() -> str:
    return encrypt(token_urlsafe(32))


def _brings(request: HttpRequest, secret: str) -> bool:
    return compare_digest(request.headers.get(SECRET_HEADER, "").encode(), secret.encode())
