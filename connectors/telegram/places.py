"""Where something was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.telegram.fields import identifier, mapping, text_of
from tickets.transport import ConversationKind, Place

_TITLE_LIMIT = 255
_USERNAME_LIMIT = 64


def is_channel(chat: Mapping[str, Any]) -> bool:
    """A broadcast channel: only its owners speak there."""
    return chat.get("type") == "channel"


def topic_id(message: Mapping[str, Any]) -> str:
    """The forum topic. Replies in plain supergroups carry a thread id, too, without being in a topic."""
    in_topic = message.get("is_topic_message") is True
    return identifier(message.get("message_thread_id")) if in_topic else ""


def place_of(message: Mapping[str, Any]) -> Place | None:
    """The place of a message; None if it names no chat.

    A private chat may have topics, too, where the bot has them switched on. A topic's title is empty when the update
    does not say it (replies do not): keep the one you know.
    """
    chat = mapping(message.get("chat"))
    chat_id = identifier(chat.get("id"))
    if not chat_id:
        return None
    username = text_of(chat.get("username"), _USERNAME_LIMIT)
    thread_id = topic_id(message)
    if _is_private(chat, chat_id):
        return Place(
            "private", chat_id, thread_id=thread_id, title=full_name(chat), username=username
        )
    kind: ConversationKind = "topic" if thread_id else "group"
    title = text_of(chat.get("title"), _TITLE_LIMIT)
    if thread_id:
        title = _topic_title(message, title)
    return Place(kind, chat_id, thread_id=thread_id, title=title, username=username)


def full_name(person: Mapping[str, Any]) -> str:
    """First and last name of a user or of a private chat."""
    names = (text_of(person.get(key), 128).strip() for key in ("first_name", "last_name"))
    return " ".join(name for name in names if name)


def _is_private(chat: Mapping[str, Any], chat_id: str) -> bool:
    kind = chat.get("type")
    return kind == "private" or (
        kind not in ("group", "supergroup", "channel") and chat_id[0] != "-"
    )


def _topic_title(message: Mapping[str, Any], group: str) -> str:
    """A message in a topic that answers nobody "replies" to the topic's creation, which names it."""
    root = mapping(message.get("reply_to_message"))
    for source in (message, root):
        created = mapping(source.get("forum_topic_created"))
        name = text_of(created.get("name"), 128).strip()
        if name:
            return f"{name} · {group}"[:_TITLE_LIMIT] if group else name
    return ""
