"""`/live/`: what happens, as it happens, for the open pages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from django.http import HttpRequest, StreamingHttpResponse

from connectors.sandbox.journal import Event
from connectors.sandbox.player import the_player
from connectors.sandbox.running import the_sandbox
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.state import private_key, thread_of

BEAT = 15.0
"""Seconds of silence before a comment keeps the connection open."""


async def live(request: HttpRequest) -> StreamingHttpResponse:
    """Server-sent events after the number that the page was made at; `Last-Event-ID` wins."""
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    start = int(after) if after.isdigit() else the_sandbox().number
    response = StreamingHttpResponse(
        _events(the_sandbox(), start), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


async def _events(sandbox: Sandbox, after: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    if after > sandbox.number or (sandbox.changes and after < sandbox.changes[0][0] - 1):
        # The page is of another world, or slept too long to be told all it missed.
        yield _event(sandbox.number, "change", {"kind": "reset"})
        after = sandbox.number
    played = the_player().version
    while True:
        for number, event in [change for change in sandbox.changes if change[0] > after]:
            yield _event(number, "change", _summary(event))
            after = number
        if the_player().version != played:
            played = the_player().version
            yield _event(after, "scene", {})
        before = sandbox.number
        await sandbox.wait_for_news(BEAT)
        if sandbox.number == before and the_player().version == played:
            yield ": still here\n\n"


def _event(number: int, name: str, data: dict[str, object]) -> str:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n"


def _summary(event: Event) -> dict[str, object]:
    """Enough to know what to fetch anew."""
    message = event.get("message", {})
    pair = (event.get("bot", 0), event.get("person", 0))
    toast = {"toast": event["text"]} if event["kind"] == "answered" else {}
    return {
        "kind": event["kind"],
        "chat": event.get("chat") or (private_key(*pair) if all(pair) else ""),
        "thread": thread_of(message),
        "by": message.get("from", {}).get("id", 0),
        **toast,
    }
