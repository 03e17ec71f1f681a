"""Waking the live pages. The event table is the truth; Valkey only shortens the wait for its next reading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Generic, TypeVar

import redis
import redis.asyncio
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)

CHANNEL = "live"
TICK = 1.0
"""Seconds between two readings when no hint comes."""
QUEUE_SIZE = 100
"""Events a slow page may lag behind before it is dropped; it reconnects and reads them from the table."""
_AT_ONCE, _LOOKS = 40, 50

Event = TypeVar("Event")


@lru_cache(maxsize=1)
def _publisher() -> redis.Redis:
    return redis.Redis.from_url(settings.PUBSUB_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def wake() -> None:
    """Tell every web process to read the event table now. A lost hint delays by one tick, it loses nothing."""
    try:
        _publisher().publish(CHANNEL, b"1")
    except redis.RedisError as error:
        log.warning("wake_lost", error=type(error).__name__)


class Tail(Generic[Event]):
    """The one reader of new events in a process, and the queues of the pages that listen.

    `read` gives the events that are new since its last call. It is called each tick, and at once after a hint.
    """

    def __init__(self, read: Callable[[], Awaitable[list[Event]]]) -> None:
        self._read = read
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._hinted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self) -> asyncio.Queue[Event | None]:
        """A queue of events from now on. None in it means: too slow, reconnect."""
        if not self._tasks or any(task.done() for task in self._tasks):
            for task in self._tasks:
                task.cancel()
            self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._hear())]
        queue: asyncio.Queue[Event | None] = asyncio.Queue(QUEUE_SIZE)
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[Event | None]) -> None:
        self._listeners.discard(queue)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    async def _follow(self) -> None:
        while True:
            try:
                events = await self._read()
            except (
                Exception
            ) as error:  # the database may be away for a moment; the next tick tries again
                log.warning("tail_failed", error=type(error).__name__)
                events = []
            for place, event in enumerate(events):
                if place % _AT_ONCE == 0:
                    await self._room()
                self._offer(event)
            try:
                await asyncio.wait_for(self._hinted.wait(), TICK)
            except TimeoutError:
                continue
            self._hinted.clear()

    async def _room(self) -> None:
        """Let those who keep up take what they have, for half a second: a burst must not look like slowness."""
        for _look in range(_LOOKS):
            if all(queue.qsize() < QUEUE_SIZE // 2 for queue in self._listeners):
                return
            await asyncio.sleep(0.5 / _LOOKS)

    def _offer(self, event: Event) -> None:
        for queue in list(self._listeners):
            if queue.qsize() < QUEUE_SIZE - 1:
                queue.put_nowait(event)
                continue
            self._listeners.discard(queue)
            queue.put_nowait(None)

    async def _hear(self) -> None:
        while True:
            try:
                async with (
                    redis.asyncio.Redis.from_url(settings.PUBSUB_URL) as client,
                    client.pubsub() as pubsub,
                ):
                    await pubsub.subscribe(CHANNEL)
                    async for _message in pubsub.listen():
                        self._hinted.set()
            except (redis.RedisError, OSError):
                await asyncio.sleep(TICK)
