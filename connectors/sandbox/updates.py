"""Which bot hears what, and the queue from which each takes its updates."""

from __future__ import annotations

import time
from itertools import islice

from connectors.sandbox import text
from connectors.sandbox.journal import Event
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.state import FORGOTTEN_AFTER, BotState, Chat, Json, Message, State


def told(state: State, place: Chat, kind: str, message: Message) -> list[Event]:
    """The updates that a person's message, or its edit, makes: one for each bot that hears it."""
    return [
        made
        for bot in state.bots_in(place)
        if hears(state, bot, place, message)
        for made in queued(bot, kind, message)
    ]


def queued(bot: BotState, kind: str, content: Json) -> list[Event]:
    """One update for one bot, unless it did not ask for that kind."""
    if kind not in bot.allowed:
        return []
    update = {"update_id": bot.next_update, kind: content}
    return [{"kind": "update", "bot": bot.bot.id, "update": update}]


def hears(state: State, bot: BotState, place: Chat, message: Message) -> bool:
    """Privacy mode: a bot that is not admin hears commands, mentions, replies to itself and service messages only."""
    if place.kind == "private":
        return (bot.bot.id, place.id) not in state.blocked
    role = state.roles.get((bot.bot.id, place.key))
    if role is None or role.status in ("left", "kicked"):
        return False
    return role.status == "administrator" or not bot.bot.privacy or _meant_for(bot, message)


def _meant_for(bot: BotState, message: Message) -> bool:
    words = message.get("text") or message.get("caption")
    if words is None and not message.get("photo") and not message.get("document"):
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot.bot.id:
        return True
    entities = message.get("entities") or message.get("caption_entities") or []
    return any(_names(bot, text.spelled(words or "", entity), entity) for entity in entities)


def _names(bot: BotState, spelled: str, entity: Json) -> bool:
    me = f"@{bot.bot.username}".lower()
    if entity["type"] == "bot_command":
        return "@" not in spelled or spelled.lower().endswith(me)
    return bool(entity["type"] == "mention" and spelled.lower() == me)


def confirm(sandbox: Sandbox, bot: BotState, offset: int) -> None:
    """Forget what the caller has got: everything below `offset`, or all but the last -offset."""
    if offset < 0:
        kept = bot.queue[offset:]
        offset = kept[0]["update_id"] if kept else bot.next_update
    if offset > bot.confirmed and offset > 0:
        sandbox.record({"kind": "confirmed", "bot": bot.bot.id, "offset": offset})


def waiting(bot: BotState, offset: int, limit: int) -> list[Json]:
    """What a call with this offset gets, oldest first. What nobody fetched for 24 hours is gone."""
    oldest = time.time() - FORGOTTEN_AFTER
    fresh = (update for update in bot.queue if update["update_id"] >= max(offset, 0))
    return list(islice((update for update in fresh if _date(update) >= oldest), limit))


def _date(update: Json) -> float:
    content = next(value for key, value in update.items() if key != "update_id")
    return float(content.get("edit_date") or content.get("date") or time.time())
