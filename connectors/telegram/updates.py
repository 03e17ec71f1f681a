"""What the inbox must know of an update before anybody parses it. Nothing here raises, whatever it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.telegram.fields import identifier, mapping, number, text_of
from connectors.telegram.kinds import IGNORED_UPDATES
from connectors.telegram.places import place_of

_PARSED = ("message", "edited_message", "my_chat_member", "callback_query")


def kind_and_body(update: object) -> tuple[str, Mapping[str, Any]]:
    """The update's kind ("message", also one that we do not know) and its object; empty for rubbish."""
    fields = mapping(update)
    known = [key for key in (*_PARSED, *sorted(IGNORED_UPDATES)) if key in fields]
    others = (key for key, value in fields.items() if isinstance(value, Mapping))
    kind = next((key for key in known if mapping(fields[key])), "") or next(others, "")
    return (text_of(kind, 64), mapping(fields[kind])) if kind else ("", {})


def update_id(update: object) -> int | None:
    """The number that orders updates and confirms them; None if it has none."""
    return number(mapping(update).get("update_id"))


def external_message_id(update: object) -> str:
    """The message that an update brings or edits, unique in its chat; empty if it is about none."""
    return identifier(_message_of(update).get("message_id"))


def conversation_key(update: object) -> str:
    """Chat id, with ":" and the topic's id in a forum topic: what must be handled in order. Empty for no chat.

    Equal to the place that `parse` finds, and the same for an edit as for its original.
    """
    place = place_of(_message_of(update))
    if place is None:
        return ""
    return f"{place.external_id}:{place.thread_id}" if place.thread_id else place.external_id


def _message_of(update: object) -> Mapping[str, Any]:
    kind, body = kind_and_body(update)
    return mapping(body.get("message")) if kind == "callback_query" else body
