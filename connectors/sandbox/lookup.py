"""Finding people and places by the names that requests use."""

from __future__ import annotations

from typing import Any

from connectors.sandbox import world
from connectors.sandbox.people import NotPossible, Spot
from connectors.sandbox.state import Chat, State


def find_person(state: State, name: Any) -> world.Person:
    """By key ("dana") or numeric id. Raises NotPossible."""
    known = world.people().get(str(name))
    if known is None and str(name).isdigit():
        known = state.people.get(int(name))
    if known is None:
        raise NotPossible(f"There is nobody called {str(name)[:40]!r}.")
    return known


def find_bot(name: Any) -> world.Bot:
    """By key, username or id; the main bot for an empty name. Raises NotPossible."""
    for bot in world.BOTS:
        if str(name or world.BOT.key).lower() in (bot.key, str(bot.id), bot.username.lower()):
            return bot
    raise NotPossible(f"There is no bot called {str(name)[:40]!r}.")


def find_chat(state: State, name: Any, person: world.Person | None = None, bot: Any = "") -> Chat:
    """By group key ("tr"), group id or chat key; "private" is the chat of that person and bot. Raises NotPossible."""
    if name == "private":
        if person is None:
            raise NotPossible("Whose private chat?")
        return state.private(find_bot(bot).id, person.id)
    try:
        return state.chat(str(_group_ids().get(str(name), name)))
    except (KeyError, ValueError) as error:
        raise NotPossible(f"There is no chat called {str(name)[:40]!r}.") from error


def find_spot(
    state: State, name: Any, person: world.Person, thread: Any = 0, bot: Any = ""
) -> Spot:
    """A chat and the topic in it, by the topic's key ("p2p") or thread id. Raises NotPossible."""
    chat = find_chat(state, name, person, bot)
    topics = {
        t.key: t.thread_id for group in world.GROUPS if group.id == chat.id for t in group.topics
    }
    found = topics.get(str(thread), thread) or 0
    if not str(found).isdigit():
        raise NotPossible(f"There is no topic called {str(thread)[:40]!r}.")
    return Spot(chat, int(found))


def _group_ids() -> dict[str, int]:
    return {group.key: group.id for group in world.GROUPS}
