"""Of two JSON members with one name a parser keeps the last; the first must not slip past the shield."""

from __future__ import annotations

from connectors.telegram import door

SEED = " ".join(["abandon"] * 11 + ["about"])


def test_a_secret_in_a_member_that_parsing_drops() -> None:
    raw = door.read(f'{{"update_id": 5, "message": {{"text": "{SEED}", "text": "hello"}}}}')
    assert "abandon abandon" not in raw.text
    assert "hello" in raw.text
