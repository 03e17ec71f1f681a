"""Ending a connection without an answer, which HTTP frameworks rightly make hard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.http import HttpResponse

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_MARK = "X-Sandbox-Cut"


def cut_off() -> HttpResponse:
    """A response that is never sent: the connection breaks instead."""
    return HttpResponse(headers={_MARK: "1"})


def with_cuts(inner: Application) -> Application:
    """Wrap an application so that `cut_off()` responses close the socket."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_marked(message):
                await _drop(send)
            await send(message)

        await inner(scope, receive, guarded)

    return application


def _is_marked(start: Message) -> bool:
    return any(name == _MARK.encode() for name, _ in start["headers"])


async def _drop(send: Send) -> None:
    # ASGI has no word for this: uvicorn's `send` is bound to the cycle that holds the transport.
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0)
