"""getUpdates, and the webhook methods that stand in its way."""

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
    _remember_allowed(call)
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


def _remember_allowed(call: Call) -> None:
    wanted: Any = call.params.json("allowed_updates")
    if not isinstance(wanted, list):
        return
    kinds = tuple(str(kind) for kind in wanted) or DEFAULT_UPDATES
    if kinds != call.bot.allowed:
        call.sandbox.record({"kind": "allowed", "bot": call.bot_id, "updates": kinds})


def _replace_poller(call: Call) -> asyncio.Event:
    older = call.sandbox.pollers.get(call.bot_id)
    if older:
        older.set()
        call.sandbox.wake()
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


@method("setWebhook")
async def set_webhook(call: Call) -> bool:
    """Only remembered: the sandbox delivers nothing to webhooks, it just refuses getUpdates from now on."""
    _set_webhook(call, call.params.text("url"))
    return True


@method("deleteWebhook")
async def delete_webhook(call: Call) -> bool:
    """Back to getUpdates."""
    _set_webhook(call, "")
    return True


def _set_webhook(call: Call, url: str) -> None:
    drop = call.params.flag("drop_pending_updates")
    if url != call.bot.webhook or drop:
        call.sandbox.record({"kind": "webhook", "bot": call.bot_id, "url": url, "drop": drop})


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    """The address, and how much waits."""
    return {
        "url": call.bot.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(call.bot.queue),
        "allowed_updates": list(call.bot.allowed),
    }
