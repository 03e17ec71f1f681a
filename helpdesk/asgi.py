"""The web process: `uvicorn helpdesk.asgi:application`."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


FLOOR = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""What an answer gets that comes from before the middleware or from its midst: files of the look, bad hosts, 413."""


STALLED = 30.0
"""Seconds in which the reader of a stream must take something."""


class _BodyTooLarge(Exception):
    pass


class BodyLimit:
    """Answers 413 to a body over `settings.BODY_SIZE_LIMIT` bytes before it is read.

    Django's ASGI handler spools the whole body before any middleware runs, so the limit must stand in front of it. A
    declared length is refused at once, a chunked body as soon as it has grown too large.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # Django has none, and would log a traceback for each
            return await send({"type": "websocket.close"})
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        send = _guarded(_impatient(send))
        if _declared_length(scope) > settings.BODY_SIZE_LIMIT:
            return await _refuse(send)
        try:
            await self.app(scope, _counted(receive), send)
        except _BodyTooLarge:
            await _refuse(send)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _counted(receive: Receive) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > settings.BODY_SIZE_LIMIT:
            raise _BodyTooLarge
        return message

    return counted


def _impatient(send: Send) -> Send:
    """Cuts an event stream that nobody reads: uvicorn would wait for ever, and keep all that hangs on it."""
    is_stream = False

    async def impatient(message: Message) -> None:
        nonlocal is_stream
        if message["type"] == "http.response.start":
            is_stream = (b"content-type", b"text/event-stream") in _lowered(message)
        if not is_stream:  # a large file may take its time
            return await send(message)
        try:
            async with asyncio.timeout(STALLED):
                await send(message)
        except TimeoutError:
            _cut(send)
            raise

    return impatient


def _lowered(message: Message) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in message.get("headers", ())]


def _cut(send: Send) -> None:
    """ASGI has no word for tearing a line, and closing it would wait until the reader has taken the rest."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()


def _guarded(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            told = {name.lower() for name, _value in headers}
            message = {
                **message,
                "headers": headers + [pair for pair in FLOOR if pair[0] not in told],
            }
        await send(message)

    return guarded


async def _refuse(send: Send) -> None:
    text = (
        f"Too large: at most {settings.BODY_SIZE_LIMIT // 2**20} MB can be sent at once.\n".encode()
    )
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})


# A stored file has at most 20 MB and is read whole; Django's advice, an async iterator, is for larger ones.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

application = BodyLimit(cast(App, get_asgi_application()))
