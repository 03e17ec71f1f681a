"""getUpdates, which a webhook stands in the way of."""

from __future__ import annotations

import asyncio
import time
from operator import itemgetter
from typing import Any

from connectors.sandbox.botapi.call import Call, method
from connectors.sandbox.botapi.errors import Refusal
from connectors.sandbox.state import DEFAULT_UPDATES, Json
from connectors.sandbox.updates import confirm, waiting

LONGEST_POLL = 50
"""Seconds; Telegram cuts longer waits to this."""


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    """What is new, at once or within `timeout` seconds. A second caller ends the wait of the first."""
    if call.bot.webhook:
        raise _conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    remember_allowed(call)
    confirm(call.sandbox, call.bot, call.params.number("offset"))
    ended = _replace_poller(call)
    try:
        batch = await _wait_for_batch(call, ended)
    finally:
        if call.sandbox.pollers.get(call.bot_id) is ended:
            del call.sandbox.pollers[call.bot_id]
    if batch:
        ids = [update["update_id"] for update in batch]
        call.sandbox.record({"kind": "handed", "bot": call.bot_id, "updates": ids})
    return batch


def _conflict(words: str) -> Refusal:
    return Refusal(409, f"Conflict: {words}")


def remember_allowed(call: Call) -> None:
    """Telegram keeps the list of kinds until it is given another one."""
    wanted: Any = call.params.json("allowed_updates")
    if not isinstance(wanted, list):
        return
    kinds = tuple(str(kind) for kind in wanted) or DEFAULT_UPDATES
    if kinds != call.bot.allowed:
        call.sandbox.record({"kind": "allowed", "bot": call.bot_id, "updates": kinds})


def end_poll(call: Call) -> None:
    """Whoever waits for this bot's updates hears that somebody else gets them now."""
    older = call.sandbox.pollers.get(call.bot_id)
    if older:
        older.set()
        call.sandbox.wake()


def _replace_poller(call: Call) -> asyncio.Event:
    end_poll(call)
    ended = call.sandbox.pollers[call.bot_id] = asyncio.Event()
    return ended


async def _wait_for_batch(call: Call, ended: asyncio.Event) -> list[Json]:
    until = time.monotonic() + min(max(call.params.number("timeout"), 0), LONGEST_POLL)
    while True:
        batch = _batch(call)
        left = until - time.monotonic()
        if batch or left <= 0:
            return batch
        await call.sandbox.wait_for_news(left)
        if ended.is_set() and call.bot.webhook:
            raise _conflict("terminated by setWebhook request")
        if ended.is_set():
            raise _conflict(
                "terminated by other getUpdates request; "
                "make sure that only one bot instance is running"
            )


def _batch(call: Call) -> list[Json]:
    limit = min(max(call.params.number("limit", 100), 1), 100)
    # A negative offset has been turned into the bot's confirmed one already.
    offset = max(call.params.number("offset"), 0)
    batch = waiting(call.bot, offset, limit)
    again = _repeats(call, batch)
    call.sandbox.faults.handed(call.bot_id, batch)
    return sorted(again + batch, key=itemgetter("update_id"))[: max(limit, len(again))]


def _repeats(call: Call, batch: list[Json]) -> list[Json]:
    """What comes a second time. Never ahead of its turn: a bot that confirms it would lose what lies before it."""
    again = call.sandbox.faults.repeats(call.bot_id)
    last = batch[-1]["update_id"] if batch else None
    for update in again:
        if last is not None and update["update_id"] > last:
            call.sandbox.faults.repeat(call.bot_id, update)
    return [update for update in again if last is None or update["update_id"] <= last]
