"""Fetching updates, and what a bot says about itself. Storing them and moving the offset is the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.telegram import rawjson
from connectors.telegram.api import TelegramApi
from connectors.telegram.errors import Unclear
from connectors.telegram.fields import identifier, mapping, number, text_of
from connectors.telegram.updates import update_id

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
)
"""Telegram remembers the list until it is changed, and sends no reaction unless it is named."""
BATCH = 100
LARGEST = 256 * 1024
"""Characters. Telegram's own have some tens of thousands; looking for secrets takes seconds for a million."""
_GRACE = 10.0


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """One update as it came. `raw` is its text, storable in PostgreSQL; `update` is None if nobody can parse it."""

    raw: str
    update: Any
    update_id: int | None


def get_updates(
    api: TelegramApi, offset: int | None = None, *, timeout: int = 25, limit: int = BATCH
) -> list[RawUpdate]:
    """The updates from `offset` on, oldest first; waits up to `timeout` seconds for one. Raises TelegramError.

    Asking with an offset confirms, and thereby deletes at Telegram, everything before it: commit first.
    A `Refused` with code 409 says that somebody else polls this bot, or that it has a webhook.
    """
    params: dict[str, Any] = {
        "timeout": timeout,
        "limit": limit,
        "allowed_updates": ALLOWED_UPDATES,
    }
    if offset is not None:
        params["offset"] = offset
    text = api.call_for_text("getUpdates", params, timeout=timeout + _GRACE)
    try:
        answer = rawjson.members(text)
        if answer.get("ok") == "true":
            return [read_update(raw) for raw in rawjson.elements(answer.get("result", ""))]
    except ValueError:
        pass
    raise Unclear("getUpdates: the answer is not Telegram's")


def read_update(raw: str) -> RawUpdate:
    """One update from its text. Never raises."""
    raw = raw.replace("\x00", "\\u0000")  # the same to JSON, and PostgreSQL takes it
    update = rawjson.loads(raw) if len(raw) <= LARGEST else None
    found = update_id(update)
    return RawUpdate(raw, update, _id_in_text(raw) if found is None else found)


def next_offset(updates: Iterable[RawUpdate], offset: int | None) -> int | None:
    """The offset that confirms these updates; never lower than `offset`."""
    ids = [update.update_id for update in updates if update.update_id is not None]
    return max([found + 1 for found in ids] + ([] if offset is None else [offset]), default=None)


def describe(api: TelegramApi) -> dict[str, Any]:
    """What the bot is, and whether something keeps its updates from us. Raises TelegramError."""
    bot, hook = account(api), webhook(api)
    return {
        **bot,
        "has_webhook": bool(text_of(hook.get("url"))),
        "waiting_updates": number(hook.get("pending_update_count")) or 0,
    }


def account(api: TelegramApi) -> dict[str, Any]:
    """What the bot is, for the channel's settings. Raises TelegramError: `Refused` with 401 or 404 for a bad token.

    `reads_groups` is false when it sees no more of a group than what is addressed to it, unless it is an admin there.
    """
    bot = mapping(api.call("getMe"))
    return {
        "id": identifier(bot.get("id")),
        "username": text_of(bot.get("username"), 64),
        "name": text_of(bot.get("first_name"), 128),
        "reads_groups": bot.get("can_read_all_group_messages") is True,
        "has_topics": bot.get("has_topics_enabled") is True,
        "joins_groups": bot.get("can_join_groups") is not False,
    }


def webhook(api: TelegramApi) -> Mapping[str, Any]:
    """Telegram's `WebhookInfo`. Raises TelegramError."""
    return mapping(api.call("getWebhookInfo"))


def delete_webhook(api: TelegramApi) -> None:
    """Needed before the first pull; keeps the updates that wait. Raises TelegramError."""
    api.call("deleteWebhook", {"drop_pending_updates": False})


def _id_in_text(raw: str) -> int | None:
    """The update's id where the whole cannot be parsed, for the cursor must pass it."""
    try:
        return number(rawjson.members(raw).get("update_id"))
    except ValueError:
        return None
