"""The bot was let in or thrown out: whether a place can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.telegram.fields import mapping, text_of
from connectors.telegram.people import sender_of
from connectors.telegram.reading import Reading
from tickets.transport import Action, Ignored, InboundMessage, Parsed


def read_membership(reading: Reading, number: str) -> Parsed:
    """A `my_chat_member` update. In a private chat "kicked" means that the person blocked the bot."""
    member = mapping(reading.body.get("new_chat_member"))
    action = _reach(member)
    if action is None:
        return Ignored(f"my_chat_member:{text_of(member.get('status'), 32)}")
    return InboundMessage(
        action=action,
        place=reading.place,
        sender=sender_of(reading.body),
        external_id=f"member:{number}",
        sent_at=reading.sent_at,
    )


def _reach(member: Mapping[str, Any]) -> Action | None:
    match member.get("status"):
        case "member" | "administrator" | "creator":
            return "reachable"
        case "left" | "kicked":
            return "unreachable"
        case "restricted":
            silent = member.get("is_member") is False or member.get("can_send_messages") is False
            return "unreachable" if silent else "reachable"
    return None
