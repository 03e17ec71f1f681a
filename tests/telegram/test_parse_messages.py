"""What people write in a private chat: text, commands, edits, replies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.telegram.parse import parse
from tests.telegram.builders import (
    BOT,
    BOT_USER,
    CHANNEL,
    DANA,
    PRIVATE,
    SENT,
    SUPERGROUP,
    body,
    message,
    update,
)
from tickets.transport import Entity, Ignored, InboundMessage, Place, Sender


def read(raw: Any) -> InboundMessage:
    parsed = parse(raw, bot=BOT)
    assert isinstance(parsed, InboundMessage), parsed
    return parsed


def reason(raw: Any) -> str:
    parsed = parse(raw, bot=BOT)
    assert isinstance(parsed, Ignored), parsed
    return parsed.reason


def test_a_private_text_is_read_whole() -> None:
    speaker = DANA | {"language_code": "fa"}
    assert read(message(sender=speaker, text="سلام، ۵۰۰ تتر فرستادم")) == InboundMessage(
        action="message",
        place=Place("private", "7700000001", title="Dana Rahimi", username="dana_r"),
        sender=Sender("7700000001", name="Dana Rahimi", username="dana_r", language="fa"),
        external_id="17",
        sent_at=datetime.fromtimestamp(SENT, UTC),
        text="سلام، ۵۰۰ تتر فرستادم",
    )


def test_a_topic_in_a_private_chat_is_a_place_with_the_same_person() -> None:
    in_topic = read(message(text="hi", message_thread_id=9, is_topic_message=True))
    assert in_topic.place == replace(read(message(text="hi")).place, thread_id="9")
    assert read(message(text="hi", message_thread_id=9)).place.thread_id == "", "a reply chain"


def test_a_private_message_without_sender_is_from_the_person_of_the_chat() -> None:
    sender = read(message(sender=None, text="hi")).sender
    assert sender == Sender("7700000001", name="Dana Rahimi", username="dana_r")


@pytest.mark.parametrize("date", [0, None, -5, "soon", 10**15, True])
def test_a_message_without_a_usable_date_is_dated_by_its_arrival(date: object) -> None:
    arrival = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    parsed = parse(message(text="hi", date=date), bot=BOT, received_at=arrival)
    assert isinstance(parsed, InboundMessage)
    assert parsed.sent_at == arrival


def test_what_postgres_refuses_is_replaced_one_for_one() -> None:
    parsed = read(
        message(text="a\x00b\ud83dc", entities=[{"type": "bold", "offset": 4, "length": 1}])
    )
    assert parsed.text == "a\ufffdb\ufffdc"
    assert parsed.entities == (Entity("bold", 4, 1),)


# --- Entities ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ({"type": "bold", "offset": 3, "length": 2}, "ok"),
        ({"type": "bold", "offset": 0, "length": 2}, "🙏"),
        (
            {"type": "bold", "offset": 1, "length": 1},
            "🙏",
        ),  # half of a surrogate pair: the border moves out
        ({"type": "bold", "offset": 0, "length": 1}, "🙏"),
        ({"type": "bold", "offset": 3, "length": 99}, "ok 🎉"),
        ({"type": "bold", "offset": -2, "length": 4}, "🙏"),
        ({"type": "text_link", "offset": 3, "length": 2, "url": "https://kite.example/a"}, "ok"),
    ],
)
def test_offsets_become_code_points(span: dict[str, Any], found: str) -> None:
    text = "🙏 ok 🎉"
    (entity,) = read(message(text=text, entities=[span])).entities
    assert text[entity.offset : entity.offset + entity.length] == found
    assert entity.url == span.get("url", "")


@pytest.mark.parametrize(
    "span",
    [
        {"type": "bold", "offset": 99, "length": 1},
        {"type": "bold", "offset": 0, "length": 0},
        {"type": "bold", "offset": 0, "length": -3},
        {"type": "bold", "offset": "x", "length": 1},
        {"type": "bold", "length": 1},
        {"offset": 0, "length": 1},
        {"type": 5, "offset": 0, "length": 1},
        "bold",
        None,
    ],
)
def test_entities_that_mark_nothing_are_dropped(span: object) -> None:
    assert read(message(text="hello", entities=[span])).entities == ()


# --- Commands ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "action", "payload"),
    [
        ("/start", "start", ""),
        ("/start g-7Hq_2", "start", "g-7Hq_2"),
        ("/START@kitehelpbot g1", "start", "g1"),
        ("/status", "status", ""),
        ("/status please", "status", ""),
        ("/status@KiteHelpBot", "status", ""),
        ("/started", "message", ""),
        ("/start@OtherBot g1", "message", ""),
        ("/start@", "message", ""),
        ("please /start", "message", ""),
        ("/help", "message", ""),
        ("/", "message", ""),
    ],
)
def test_commands_in_a_private_chat(text: str, action: str, payload: str) -> None:
    parsed = read(message(text=text))
    assert (parsed.action, parsed.payload, parsed.text) == (action, payload, text)


@pytest.mark.parametrize(
    ("text", "action", "rest"),
    [
        ("/ticket my withdrawal is stuck", "ticket", "my withdrawal is stuck"),
        ("/ticket@KiteHelpBot\nline one\nline two", "ticket", "line one\nline two"),
        ("/ticket", "ticket", "/ticket"),
        ("/ticket@OtherBot help", "message", "/ticket@OtherBot help"),
    ],
)
def test_the_words_after_ticket_are_the_message(text: str, action: str, rest: str) -> None:
    parsed = read(message(text=text))
    assert (parsed.action, parsed.text) == (action, rest)


def test_entities_move_with_the_words_after_ticket() -> None:
    marks = [
        {"type": "bot_command", "offset": 0, "length": 7},
        {"type": "bold", "offset": 10, "length": 3},
    ]
    parsed = read(message(text="/ticket 🙏now", entities=marks))
    assert (parsed.text, parsed.entities) == ("🙏now", (Entity("bold", 1, 3),))


def test_a_command_under_a_picture_is_obeyed_only_where_the_picture_belongs_to_it() -> None:
    picture = [{"file_id": "p", "width": 9, "height": 9}]
    assert read(message(photo=picture, caption="/ticket see this")).action == "ticket"
    assert read(message(photo=picture, caption="/status")).action == "message"


# --- Edits and replies -------------------------------------------------------------------------------------------


def test_an_edit_keeps_the_date_and_id_of_its_original() -> None:
    edit = read(update("edited_message", body(text="500 USDT, not 50", edit_date=SENT + 60)))
    original = read(message(text="50 USDT"))
    assert (edit.action, edit.external_id, edit.sent_at) == (
        "edit",
        original.external_id,
        original.sent_at,
    )
    assert edit.edited_at == datetime.fromtimestamp(SENT + 60, UTC)


def test_an_edit_of_markup_alone_is_still_an_edit() -> None:
    edit = read(
        update(
            "edited_message", body(text="hi", entities=[{"type": "bold", "offset": 0, "length": 2}])
        )
    )
    assert (edit.action, edit.text, edit.edited_at) == ("edit", "hi", edit.sent_at)


def test_an_edited_command_is_no_new_command() -> None:
    edit = read(update("edited_message", body(text="/ticket again", edit_date=SENT + 1)))
    assert (edit.action, edit.text) == ("edit", "again")


def test_a_reply_names_the_message_and_its_writer() -> None:
    parsed = read(
        message(
            text="yes", reply_to_message=body(sender=BOT_USER, message_id=12, text="Which network?")
        )
    )
    assert parsed.reply_to == "12"
    assert parsed.reply_to_sender == Sender(
        "5000111", name="Kite Help", username="KiteHelpBot", is_bot=True
    )


@pytest.mark.parametrize(
    "answered",
    [
        body(SUPERGROUP, message_id=12, text="said in another chat"),
        {"message_id": "x", "chat": PRIVATE},
        {"chat": PRIVATE},
        "17",
    ],
)
def test_what_is_not_in_this_chat_is_not_answered(answered: object) -> None:
    parsed = read(message(text="yes", reply_to_message=answered))
    assert (parsed.reply_to, parsed.reply_to_sender) == ("", None)


# --- Nothing for the desk ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (message(sender=BOT_USER, text="hello"), "own_message"),
        (
            message(sender={"id": 6, "is_bot": True, "first_name": "Shop"}, text="buy"),
            "bot_message",
        ),
        (message(write_access_allowed={}), "service:write_access_allowed"),
        (message(), "empty_message"),
        (message(text=""), "empty_message"),
        (update("message", {"chat": PRIVATE, "text": "no id", "date": SENT}), "no_message_id"),
        (update("message", {"message_id": 3, "text": "nowhere"}), "no_chat"),
        (message(CHANNEL, None, text="We list KITE"), "channel_post"),
        (update("channel_post", body(CHANNEL, None, text="We list KITE")), "channel_post"),
        (
            update("edited_channel_post", body(CHANNEL, None, text="We list KITE")),
            "edited_channel_post",
        ),
        (
            update("message_reaction", {"chat": PRIVATE, "message_id": 3, "new_reaction": []}),
            "message_reaction",
        ),
        (update("callback_query", {"id": "1", "from": DANA}), "no_chat"),
        (update("poll", {"id": "1"}), "poll"),
        (update("moon_phase", {"phase": 3}), "unknown_kind:moon_phase"),
        (update("moon_phase", {"chat": PRIVATE}), "unknown_kind:moon_phase"),
        ({"update_id": 4}, "not_an_update"),
        ({"update_id": 4, "message": None}, "not_an_update"),
        ({"update_id": 4, "message": "hi"}, "not_an_update"),
        ([], "not_an_update"),
        (None, "not_an_update"),
    ],
)
def test_the_reason_for_ignoring_is_named(raw: object, why: str) -> None:
    assert reason(raw) == why


def test_a_message_of_an_unknown_update_kind_is_kept() -> None:
    parsed = read(update("whispered_message", body(text="psst")))
    assert (parsed.action, parsed.text, parsed.placeholder) == (
        "message",
        "psst",
        "unknown: whispered_message",
    )
