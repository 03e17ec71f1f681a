"""A button of ours that somebody pressed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.telegram.commands import Bot
from connectors.telegram.fields import identifier, mapping, text_of
from connectors.telegram.people import person
from connectors.telegram.places import is_channel, place_of
from tickets.transport import Ignored, InboundMessage, Parsed

_DATA_LIMIT = 64
"""Characters; Telegram's limit is as many bytes."""


def read_press(query: Mapping[str, Any], bot: Bot, received_at: datetime) -> Parsed:
    """A `callback_query`. It has no date of its own: its message's is that of the question.

    The message may be too old for Telegram to show; its chat and id are there all the same.
    """
    message, presser = mapping(query.get("message")), person(mapping(query.get("from")))
    place, query_id = place_of(message), identifier(query.get("id"))
    if place is None or is_channel(mapping(message.get("chat"))):
        return Ignored("no_chat")
    if not query_id or not presser.external_id or presser.is_bot:
        return Ignored("nobody_pressed")
    author = identifier(mapping(message.get("from")).get("id"))
    if author and author != bot.id:
        return Ignored("button_of_another_bot")
    return InboundMessage(
        action="press",
        place=place,
        sender=presser,
        external_id=f"press:{query_id}",
        sent_at=received_at,
        payload=text_of(query.get("data"), _DATA_LIMIT),
        reply_to=identifier(message.get("message_id")),
    )
