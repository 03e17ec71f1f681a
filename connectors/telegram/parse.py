"""From one raw update to an `InboundMessage`, or to the reason why it is ignored. Pure, and never raises."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.telegram.commands import Bot
from connectors.telegram.fields import identifier, mapping, present
from connectors.telegram.kinds import IGNORED_UPDATES
from connectors.telegram.membership import read_membership
from connectors.telegram.messages import read_edit, read_message
from connectors.telegram.places import is_channel, place_of
from connectors.telegram.presses import read_press
from connectors.telegram.reading import Reading
from connectors.telegram.updates import kind_and_body, update_id
from tickets.transport import Ignored, Parsed

__all__ = ["Bot", "parse"]

_EPOCH = datetime.fromtimestamp(0, UTC)


def parse(update: object, *, bot: Bot, received_at: datetime | None = None) -> Parsed:
    """Read an update. `received_at` dates what bears no date of its own (else it is from 1970)."""
    kind, body = kind_and_body(update)
    if not kind:
        return Ignored("not_an_update")
    if kind in IGNORED_UPDATES:
        return Ignored(kind)
    if kind == "callback_query":
        return read_press(body, bot, received_at or _EPOCH)
    place = place_of(body)
    if place is None:
        return Ignored("no_chat" if kind in _KNOWN else f"unknown_kind:{kind}")
    if is_channel(mapping(body.get("chat"))):
        return Ignored("channel_post")
    reading = Reading(body, place, bot, received_at or _EPOCH)
    return _read(kind, reading, identifier(update_id(update)))


_KNOWN = frozenset({"message", "edited_message", "my_chat_member"})


def _read(kind: str, reading: Reading, number: str) -> Parsed:
    match kind:
        case "message":
            return read_message(reading)
        case "edited_message":
            return read_edit(reading)
        case "my_chat_member":
            return read_membership(reading, number)
    if present(reading.body.get("message_id")):
        return read_message(reading, placeholder=f"unknown: {kind}")
    return Ignored(f"unknown_kind:{kind}")
