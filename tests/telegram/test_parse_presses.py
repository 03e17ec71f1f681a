"""A pressed button, and what looks like one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.telegram.parse import parse
from tests.telegram.builders import BOT, BOT_USER, DANA, PRIVATE, body, topic_message, update
from tickets.transport import Ignored, InboundMessage, Place

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ASKED = body(PRIVATE, BOT_USER, message_id=90, text="Is it solved?")


def pressed(**fields: Any) -> Any:
    query = {"id": "4382", "from": DANA, "message": ASKED, "data": "solved:yes", **fields}
    return parse(update("callback_query", query), bot=BOT, received_at=NOW)


def test_a_press_says_who_pressed_what_where() -> None:
    found = pressed()
    assert isinstance(found, InboundMessage)
    assert (found.action, found.payload, found.reply_to) == ("press", "solved:yes", "90")
    assert (found.external_id, found.sent_at) == ("press:4382", NOW)
    assert found.sender and found.sender.external_id == str(DANA["id"])
    assert found.place == Place(
        "private", str(PRIVATE["id"]), title="Dana Rahimi", username="dana_r"
    )


def test_a_message_too_old_to_be_shown_still_has_an_id() -> None:
    found = pressed(message={"chat": PRIVATE, "message_id": 90, "date": 0})
    assert isinstance(found, InboundMessage)
    assert (found.reply_to, found.sent_at) == ("90", NOW)


def test_in_a_topic_it_is_pressed_in_the_topic() -> None:
    found = pressed(message=topic_message(text="a")["message"] | {"from": BOT_USER})
    assert isinstance(found, InboundMessage)
    assert (found.place.kind, found.place.thread_id) == ("topic", "4")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"message": None}, "no_chat"),
        ({"message": None, "inline_message_id": "x"}, "no_chat"),
        ({"message": {"chat": "?"}}, "no_chat"),
        ({"message": ASKED | {"chat": {"id": -5, "type": "channel"}}}, "no_chat"),
        ({"id": None}, "nobody_pressed"),
        ({"id": "x" * 90}, "nobody_pressed"),
        ({"from": None}, "nobody_pressed"),
        ({"from": BOT_USER}, "nobody_pressed"),
        ({"message": ASKED | {"from": BOT_USER | {"id": 4}}}, "button_of_another_bot"),
    ],
)
def test_what_is_no_press_of_ours_is_ignored(fields: dict[str, Any], reason: str) -> None:
    found = pressed(**fields)
    assert isinstance(found, Ignored)
    assert found.reason == reason


@pytest.mark.parametrize("data", [None, 7, ["solved"], "", "\x00", "x" * 900])
def test_any_data_is_text_of_some_length(data: object) -> None:
    found = pressed(data=data)
    assert isinstance(found, InboundMessage)
    assert len(found.payload) <= 64
    assert "\x00" not in found.payload
