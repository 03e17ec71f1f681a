"""What came instead of words: a voice, a place, a poll ... One line of it that needs no language, for the queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Details = Mapping[str, Any]
"""`duration` (seconds), `title`, `performer`, `emoji`, `value`, `latitude`, `longitude`, `address`, `name`, `phone`,
`question`, `options`: those that the service gave."""

SYMBOLS: Final = {
    "animation": "🎞️",
    "audio": "🎵",
    "contact": "👤",
    "dice": "🎲",
    "location": "📍",
    "poll": "📊",
    "sticker": "🏷️",
    "venue": "📍",
    "video": "🎬",
    "video_note": "🎬",
    "voice": "🎤",
}
ICONS: Final = {
    "animation": "gif",
    "audio": "musical-note",
    "contact": "identification",
    "dice": "cube",
    "location": "map-pin",
    "poll": "chart-bar",
    "sticker": "face-smile",
    "venue": "map-pin",
    "video": "film",
    "video_note": "video-camera",
    "voice": "microphone",
}
SPEAKING: Final = frozenset({"contact", "location", "poll", "venue"})
"""Their text repeats their details, so one of the two is shown."""


def line(placeholder: str, details: Details) -> str:
    """Symbol and facts, the same in every language: "🎤 0:12". The bare word for a kind without a symbol."""
    facts = " · ".join(fact for fact in _facts(placeholder, details) if fact)
    symbol = str(details.get("emoji") or SYMBOLS.get(placeholder, placeholder))
    return f"{symbol} {facts}".strip()


def length(seconds: object) -> str:
    """A duration as people read it: 0:07, 3:20, 1:02:03. Empty for none."""
    if not isinstance(seconds, int) or seconds <= 0:
        return ""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def coordinates(details: Details) -> str:
    """Latitude and longitude; empty when the place has none."""
    pair = (details.get("latitude"), details.get("longitude"))
    return ", ".join(f"{each:.6g}" for each in pair if isinstance(each, (int, float)))


def _facts(placeholder: str, details: Details) -> tuple[str, ...]:
    def said(key: str) -> str:
        return str(details.get(key, ""))

    match placeholder:
        case "location":
            return (coordinates(details),)
        case "venue":
            return (said("title"), said("address"))
        case "contact":
            return (said("name"), said("phone"))
        case "poll":
            return (said("question"),)
        case "dice":
            return (said("value"),)
        case "audio":
            return (said("performer"), said("title"), length(details.get("duration")))
    return (length(details.get("duration")),)
