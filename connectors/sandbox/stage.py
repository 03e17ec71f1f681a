"""The running world: the state, its journal, and everybody who waits for something to happen."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from connectors.sandbox.faults import Faults
from connectors.sandbox.journal import Event, Journal
from connectors.sandbox.limits import Limits
from connectors.sandbox.postman import Postman
from connectors.sandbox.state import Json, Message, State

SEEN_ON_PAGE = frozenset(
    {
        "message",
        "edited",
        "deleted",
        "reaction",
        "contact",
        "role",
        "standing",
        "migrated",
        "topic",
        "reset",
        "confirmed",
        "answered",
        "delivered",
    }
)
_MESSAGE_EPOCH = 1_780_000_000


class Sandbox:
    """One world in one process; every call to it comes from one event loop, so a step without `await` is atomic."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = path.parent / "files"
        self.files.mkdir(parents=True, exist_ok=True)
        self.state = State()
        self.faults = Faults()
        self.limits = Limits()
        self.postman = Postman(self)
        self.pollers: dict[int, asyncio.Event] = {}
        self.changes: deque[tuple[int, Event]] = deque(maxlen=2_000)
        self._updates: dict[int, deque[Json]] = {}
        self.held: list[tuple[str, Message]] = []
        """(chat key, message) that the bots hear of later than of what was said after it."""
        self.number = 0
        self._news = asyncio.Event()
        self._journal = Journal(path)
        for event in self._journal.replay():
            self._take(event)
        if not self.state.base:
            self.record(_beginning())

    def record(self, *events: Event) -> None:
        """Write down what happened, in one piece, then let it be so and wake who waits."""
        now = round(time.time(), 3)
        stamped = [{"at": now, **event} for event in events]
        self._journal.write(*stamped)
        for event in stamped:
            self._take(event)
        self._news.set()
        self._news = asyncio.Event()

    def _take(self, event: Event) -> None:
        if event["kind"] == "reset":
            self.state = State.after(self.state)
        else:
            self.state.apply(event)
        self.number += 1
        if event["kind"] == "update":
            self._updates.setdefault(event["bot"], deque(maxlen=100)).append(event["update"])
        if event["kind"] in SEEN_ON_PAGE:
            self.changes.append((self.number, event))

    def recent_updates(self, bot_id: int, count: int) -> list[Json]:
        """The newest updates that were ever made for a bot, oldest first, fetched or not."""
        return list(self._updates.get(bot_id, ()))[-count:]

    async def wait_for_news(self, seconds: float) -> None:
        """Return when something was recorded, or after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    def begin_anew(self) -> None:
        """Forget all that was said and all faults; ids go on."""
        self.faults.clear()
        self.held.clear()
        self.limits.forget()
        self.record({"kind": "reset"})

    def wake(self) -> None:
        """Let everybody look again, though nothing was recorded."""
        self._news.set()
        self._news = asyncio.Event()


def _beginning() -> Event:
    """Ids start at the clock, so that a world whose journal was thrown away never repeats those the desk has seen."""
    now = int(time.time())
    return {"kind": "began", "base": now - _MESSAGE_EPOCH, "first_update": now}
