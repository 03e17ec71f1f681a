"""Who speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.telegram.fields import identifier, mapping, text_of
from connectors.telegram.places import full_name
from tickets.transport import Sender

GROUP_ANONYMOUS_BOT = "1087968824"
CHANNEL_BOT = "136817688"
TELEGRAM = "777000"
_STAND_INS = frozenset({GROUP_ANONYMOUS_BOT, CHANNEL_BOT, TELEGRAM})
"""Users that Telegram puts into `from` when a chat speaks, not a person."""


def sender_of(message: Mapping[str, Any]) -> Sender | None:
    """The speaker. `sender_chat` goes first: `from` then names a stand-in. None if nobody can be made out."""
    spoken_for = mapping(message.get("sender_chat"))
    if identifier(spoken_for.get("id")):
        return _chat_as_sender(spoken_for)
    user = mapping(message.get("from"))
    user_id = identifier(user.get("id"))
    if user_id and user_id not in _STAND_INS:
        return person(user)
    chat = mapping(message.get("chat"))
    if not identifier(chat.get("id")):
        return None
    return person(chat) if chat.get("type") == "private" else _chat_as_sender(chat)


def person(user: Mapping[str, Any]) -> Sender:
    """A user as the Bot API describes one."""
    return Sender(
        external_id=identifier(user.get("id")),
        name=full_name(user),
        username=text_of(user.get("username"), 64),
        language=text_of(user.get("language_code"), 35),
        is_bot=user.get("is_bot") is True,
    )


def _chat_as_sender(chat: Mapping[str, Any]) -> Sender:
    return Sender(
        external_id=identifier(chat.get("id")),
        name=text_of(chat.get("title"), 255) or full_name(chat),
        username=text_of(chat.get("username"), 64),
        is_anonymous=True,
    )
