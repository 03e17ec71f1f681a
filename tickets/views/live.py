"""`/live/`: tells open pages which tickets have changed. Ids only; the page then asks for what it may see.

The stream never redirects: whoever is signed out gets 200 and an event `bye`. Nothing here holds a database connection
between two questions, for an idle stream would pin one per open page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import F, Q
from django.db.models.functions import Now
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.sessions import user_of
from helpdesk.live import Tail
from tickets.models import TicketEvent

PING = 15.0
RECHECK = 45.0
"""Seconds after which the session and the rights behind a stream are looked at again."""
OVERLAP = timedelta(seconds=60)
"""Ids become visible out of order, so a returning page is told the last minute again. Telling twice does no harm."""
LATE = timedelta(seconds=10)
MOST_REPLAYED = 500
MOST_AT_ONCE = 5000
EVERYTHING = "event: changed\ndata: everything\n\n"
"""More was missed than is replayed: every part of the page asks anew."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Change:
    """One event, with what decides who may hear of it."""

    pk: int
    ticket: int
    team: int
    people: frozenset[int]
    """The assignee, and whoever was it until this event."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who listens, as of the last look at their session."""

    pk: int
    is_admin: bool
    teams: frozenset[int]

    def may_hear(self, change: Change) -> bool:
        return self.is_admin or change.team in self.teams or self.pk in change.people


def apart(question: Callable[P, R]) -> Callable[P, Any]:
    """Ask the database from a thread of the pool, and give the connection back at once."""

    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return question(*args, **kwargs)
        finally:
            connections.close_all()

    return sync_to_async(asked, thread_sensitive=False)


@require_GET
async def live(request: HttpRequest) -> StreamingHttpResponse:
    returning = request.headers.get("Last-Event-ID", "")
    after = returning or request.GET.get("after", "")
    stream = _stream(
        request.session.session_key or "",
        int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
        # A page that was rendered a moment ago has seen all but the very latest.
        OVERLAP if returning else LATE,
    )
    # What the middleware has opened for this request must not stay open as long as the stream.
    await sync_to_async(connections.close_all)()
    response = StreamingHttpResponse(stream, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _stream(session_key: str, after: int, overlap: timedelta = LATE) -> AsyncIterator[str]:
    viewer = await viewer_of(session_key)
    if viewer is None:
        yield "event: bye\ndata: signed out\n\n"
        return
    queue = tail.listen()  # before the replay, so that nothing falls between the two
    try:
        yield ": hello\n\n"
        missed = await replayed(after, overlap)
        if len(missed) == MOST_REPLAYED:
            yield EVERYTHING
        for change in missed:
            if viewer.may_hear(change):
                yield _line(change)
        async for line in _followed(queue, session_key, viewer):
            yield line
    finally:
        tail.leave(queue)


async def _followed(
    queue: asyncio.Queue[Change | None], session_key: str, viewer: Viewer
) -> AsyncIterator[str]:
    looked = monotonic()
    while True:
        try:
            change = await asyncio.wait_for(queue.get(), PING)
            if change is None:
                return  # too slow: the page reconnects and gets the rest from the table
            if viewer.may_hear(change):
                yield _line(change)
        except TimeoutError:
            yield ": ping\n\n"
        if monotonic() - looked > RECHECK:
            again = await viewer_of(session_key)
            if again is None:
                yield "event: bye\ndata: signed out\n\n"
                return
            viewer, looked = again, monotonic()


def _line(change: Change) -> str:
    return f"id: {change.pk}\nevent: changed\ndata: {change.ticket}\n\n"


@apart
def viewer_of(session_key: str) -> Viewer | None:
    """Whoever this session belongs to now; None when it has ended, or its user is no longer active."""
    user = user_of(session_key)
    return Viewer(user.pk, user.is_admin, frozenset(user.roles)) if user else None


def latest(after: int, overlap: timedelta) -> list[Change]:
    """What came after this event, and what may have become visible late; the latest 500, oldest first."""
    recent = Q(created_at__gt=Now() - overlap)
    return _changes(Q(pk__gt=after) | recent if after else recent, most=MOST_REPLAYED)


def _changes(which: Q, *, most: int = MOST_AT_ONCE) -> list[Change]:
    """The latest `most` events, oldest first."""
    rows = (
        TicketEvent.objects.filter(which)
        .order_by("-pk")
        .values_list(
            "pk",
            "ticket_id",
            F("ticket__team_id"),
            F("ticket__assignee_id"),
            "payload__old",
            "verb",
        )[:most]
    )
    return [
        Change(
            pk,
            ticket,
            team,
            frozenset(each for each in (assignee, old if verb == "assigned" else None) if each),
        )
        for pk, ticket, team, assignee, old, verb in reversed(list(rows))
    ]


replayed = apart(latest)


class _News:
    """What the process has not told yet. A few seconds are read again each time, for late commits with early ids."""

    def __init__(self) -> None:
        self._told: set[int] = set()
        self._started = False

    def read(self) -> list[Change]:
        changes = _changes(Q(created_at__gt=Now() - LATE))
        news = [change for change in changes if change.pk not in self._told]
        self._told = {change.pk for change in changes}
        if not self._started:
            self._started = True
            return []
        return news


_news = _News()
tail: Tail[Change] = Tail(apart(_news.read))
