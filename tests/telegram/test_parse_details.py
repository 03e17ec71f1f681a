"""Voice, place, poll and the like: what is known of them, whatever is missing or broken."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.telegram.parse import parse
from tests.telegram.builders import BOT, file, message
from tickets import things
from tickets.transport import InboundMessage

PLACE = {"latitude": 41.0151, "longitude": 28.9795}


def read(**fields: Any) -> InboundMessage:
    parsed = parse(message(**fields), bot=BOT)
    assert isinstance(parsed, InboundMessage)
    return parsed


@pytest.mark.parametrize(
    ("fields", "details", "line"),
    [
        ({"voice": file(duration=12)}, {"duration": 12}, "🎤 0:12"),
        ({"video_note": file(duration=61)}, {"duration": 61}, "🎬 1:01"),
        ({"video": file(duration=3723)}, {"duration": 3723}, "🎬 1:02:03"),
        (
            {"audio": file(duration=200, title="Kite", performer="Emre")},
            {"duration": 200, "title": "Kite", "performer": "Emre"},
            "🎵 Emre · Kite · 3:20",
        ),
        ({"sticker": file(emoji="🙏")}, {"emoji": "🙏"}, "🙏"),
        ({"sticker": file()}, {}, "🏷️"),
        ({"dice": {"emoji": "🎯", "value": 6}}, {"emoji": "🎯", "value": 6}, "🎯 6"),
        ({"location": PLACE}, PLACE, "📍 41.0151, 28.9795"),
        (
            {"venue": {"title": "Pier", "address": "No 4", "location": PLACE}, "location": PLACE},
            {"title": "Pier", "address": "No 4", **PLACE},
            "📍 Pier · No 4",
        ),
        (
            {"contact": {"first_name": "Emre", "last_name": "K", "phone_number": "+90 555"}},
            {"name": "Emre K", "phone": "+90 555"},
            "👤 Emre K · +90 555",
        ),
        (
            {"poll": {"question": "Moon?", "options": [{"text": "Yes"}, {"text": ""}, 7]}},
            {"question": "Moon?", "options": ["Yes"]},
            "📊 Moon?",
        ),
        ({"voice": file(duration="long")}, {}, "🎤"),
        ({"location": {"latitude": 999.0, "longitude": True}}, {}, "📍"),
        ({"poll": {"options": "none"}}, {}, "📊"),
        ({"game": {"title": "Kites"}}, {"title": "Kites"}, "game"),
        ({"story": {"id": 2}}, {}, "story"),
    ],
)
def test_what_is_known_of_a_thing(
    fields: dict[str, Any], details: dict[str, Any], line: str
) -> None:
    parsed = read(**fields)
    assert dict(parsed.details) == details
    assert things.line(parsed.placeholder, parsed.details) == line


def test_words_have_no_details() -> None:
    assert dict(read(text="hello").details) == {}
