"""What Telegram would mark in a text, counted in UTF-16 units."""

from __future__ import annotations

import pytest

from connectors.sandbox.text import detect_entities, spelled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start abc", [("bot_command", "/start")]),
        ("😀 /status@KaviraHelpBot", [("bot_command", "/status@KaviraHelpBot")]),
        ("a/b and 1/2", []),
        ("سلام @KaviraHelpBot", [("mention", "@KaviraHelpBot")]),
        ("mail@example.org", []),
        ("see https://t.me/a?b=@c now", [("url", "https://t.me/a?b=@c")]),
        ("t.me/KaviraHelpBot", [("url", "t.me/KaviraHelpBot")]),
        ("#提币 问题", [("hashtag", "#提币")]),
    ],
)
def test_detected(text: str, expected: list[tuple[str, str]]) -> None:
    found = detect_entities(text)
    assert [(entity["type"], spelled(text, entity)) for entity in found] == expected
