"""What can be said of a thing that has no words of its own, in the terms of `tickets.things`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.telegram.fields import identifier, items, mapping, number, present, text_of

_OPTIONS = 12
_LONGEST = 300
_TEXTS = {
    "audio": ("title", "performer"),
    "dice": ("emoji",),
    "game": ("title",),
    "poll": ("question",),
    "sticker": ("emoji",),
    "venue": ("title", "address"),
}
_NUMBERS = {"dice": ("value",)}
_TIMED = frozenset({"animation", "audio", "video", "video_note", "voice"})


def details_of(message: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The facts of this kind of thing; empty for a kind without any, and for rubbish."""
    thing = mapping(message.get(kind))
    facts: dict[str, Any] = {key: text_of(thing.get(key), _LONGEST) for key in _TEXTS.get(kind, ())}
    facts |= {key: number(thing.get(key)) for key in _NUMBERS.get(kind, ())}
    if kind in _TIMED:
        facts["duration"] = number(thing.get("duration"))
    if kind in ("location", "venue"):
        facts |= _coordinates(mapping(thing.get("location")) if kind == "venue" else thing)
    if kind == "contact":
        facts |= {"name": _name(thing), "phone": text_of(thing.get("phone_number"), 32)}
    if kind == "poll":
        options = (text_of(mapping(each).get("text"), 100) for each in items(thing.get("options")))
        facts["options"] = [option for option in options if option][:_OPTIONS]
    return {key: fact for key, fact in facts.items() if present(fact)}


def words_of(kind: str, details: Mapping[str, Any]) -> str:
    """As words, for what is read and searched: a place, a phone number, a question."""
    match kind:
        case "location":
            return ", ".join(
                _plain(details.get(key)) for key in ("latitude", "longitude") if key in details
            )
        case "venue":
            return ", ".join(details[key] for key in ("title", "address") if key in details)
        case "contact":
            return ", ".join(details[key] for key in ("name", "phone") if key in details)
        case "poll":
            return text_of(details.get("question"))
    return ""


def _coordinates(place: Mapping[str, Any]) -> dict[str, Any]:
    pair = {key: place.get(key) for key in ("latitude", "longitude")}
    good = {"latitude": 90, "longitude": 180}
    return {key: value for key, value in pair.items() if _is_angle(value, good[key])}


def _is_angle(value: object, most: int) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and -most <= value <= most  # type: ignore[operator]


def _name(person: Mapping[str, Any]) -> str:
    names = (text_of(person.get(key), 128) for key in ("first_name", "last_name"))
    return " ".join(name for name in names if name)


def _plain(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else identifier(value)
