"""Groups, supergroups and forum topics: places, speakers, and who is addressed."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.telegram.updates import conversation_key, external_message_id
from tests.telegram.builders import (
    BOT_USER,
    CHANNEL,
    DANA,
    EMRE,
    FORUM,
    GROUP,
    PRIVATE,
    SUPERGROUP,
    body,
    message,
    topic_message,
    update,
)
from tests.telegram.test_parse_messages import read, reason
from tickets.transport import Place, Sender


@pytest.mark.parametrize(
    ("raw", "place", "key"),
    [
        (
            message(text="a"),
            Place("private", "7700000001", title="Dana Rahimi", username="dana_r"),
            "7700000001",
        ),
        (message(GROUP, text="a"), Place("group", "-4001", title="Kite friends"), "-4001"),
        (
            message(SUPERGROUP, text="a"),
            Place("group", "-1002000000001", title="Kite Talk", username="kitetalk"),
            "-1002000000001",
        ),
        (
            topic_message(text="a"),
            Place("topic", "-1002000000002", "4", title="Withdrawals · Kite Help Forum"),
            "-1002000000002:4",
        ),
        # The General topic has no id, and a thread of replies is no topic.
        (
            message(FORUM, text="a"),
            Place("group", "-1002000000002", title="Kite Help Forum"),
            "-1002000000002",
        ),
        (
            message(SUPERGROUP, text="a", message_thread_id=11),
            Place("group", "-1002000000001", title="Kite Talk", username="kitetalk"),
            "-1002000000001",
        ),
        # A server that does not say what kind of chat it is.
        (message({"id": -9}, text="a"), Place("group", "-9"), "-9"),
        (message({"id": 9}, text="a"), Place("private", "9"), "9"),
    ],
)
def test_places(raw: dict[str, Any], place: Place, key: str) -> None:
    assert read(raw).place == place
    assert conversation_key(raw) == key


def test_an_edit_waits_in_the_same_line_as_its_original() -> None:
    original = topic_message(text="a")
    edit = {"update_id": 1, "edited_message": original["message"]}
    assert conversation_key(edit) == conversation_key(original)
    assert external_message_id(edit) == external_message_id(original) == "17"


def test_what_opens_no_topic_has_no_topic_title() -> None:
    answered = body(
        FORUM, EMRE, message_id=30, text="me too", is_topic_message=True, message_thread_id=4
    )
    parsed = read(topic_message(text="same here", reply_to_message=answered))
    assert (parsed.place.title, parsed.reply_to) == ("", "30")


def test_the_creation_of_a_topic_is_answered_by_nobody() -> None:
    parsed = read(topic_message(text="first"))
    assert (parsed.reply_to, parsed.reply_to_sender) == ("", None)


def test_a_topic_that_the_bot_created_does_not_make_everything_addressed_to_it() -> None:
    root = body(FORUM, BOT_USER, message_id=4, forum_topic_created={"name": "Deposits"})
    assert not read(topic_message(text="hello all", reply_to_message=root)).addressed


# --- Addressed? --------------------------------------------------------------------------------------------------


def mark(kind: str, offset: int, length: int, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **fields}


@pytest.mark.parametrize(
    ("fields", "addressed"),
    [
        ({"text": "good morning"}, False),
        ({"text": "@KiteHelpBot help", "entities": [mark("mention", 0, 12)]}, True),
        ({"text": "help, @kitehelpbot!"}, True),
        ({"text": "so,@KITEHELPBOT?"}, True),
        ({"text": "write @KiteHelpBot2"}, False),
        ({"text": "mail me: dana@KiteHelpBot"}, False),
        ({"text": "KiteHelpBot is down"}, False),
        ({"text": "Kite, help", "entities": [mark("text_mention", 0, 4, user=BOT_USER)]}, True),
        ({"text": "Emre, help", "entities": [mark("text_mention", 0, 4, user=EMRE)]}, False),
        (
            {"text": "yes", "reply_to_message": body(SUPERGROUP, BOT_USER, message_id=3, text="?")},
            True,
        ),
        (
            {"text": "yes", "reply_to_message": body(SUPERGROUP, EMRE, message_id=3, text="?")},
            False,
        ),
        ({"text": "/ticket help"}, True),
        ({"text": "/ticket@KiteHelpBot help"}, True),
        ({"text": "/ticket@OtherBot help"}, False),
        ({"text": "/price"}, False),
        ({"text": "/price@KiteHelpBot"}, True),
        ({"photo": [{"file_id": "p"}], "caption": "look @KiteHelpBot"}, True),
    ],
)
def test_who_is_addressed_in_a_group(fields: dict[str, Any], addressed: bool) -> None:
    assert read(message(SUPERGROUP, **fields)).addressed is addressed


def test_a_channel_post_that_advertises_the_bot_asks_for_nothing() -> None:
    post = message(
        SUPERGROUP,
        {"id": 777000, "is_bot": False, "first_name": "Telegram"},
        text="Questions? @KiteHelpBot",
        sender_chat=CHANNEL,
        is_automatic_forward=True,
    )
    assert not read(post).addressed


@pytest.mark.parametrize("command", ["start", "status"])
@pytest.mark.parametrize("rest", ["", "@KiteHelpBot", "@KiteHelpBot g1", " now"])
def test_what_is_for_one_persons_eyes_is_not_answered_in_a_group(command: str, rest: str) -> None:
    assert reason(message(SUPERGROUP, text=f"/{command}{rest}")) == f"{command}_in_group"


# --- Who speaks --------------------------------------------------------------------------------------------------

GROUP_SPEAKS = Sender("-1002000000001", name="Kite Talk", username="kitetalk", is_anonymous=True)
CHANNEL_SPEAKS = Sender("-1002000000003", name="Kite News", username="kitenews", is_anonymous=True)
ANONYMOUS_BOT = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ({"sender": ANONYMOUS_BOT, "sender_chat": SUPERGROUP}, GROUP_SPEAKS),
        ({"sender": ANONYMOUS_BOT}, GROUP_SPEAKS),
        ({"sender": CHANNEL_BOT, "sender_chat": CHANNEL}, CHANNEL_SPEAKS),
        (
            {"sender": {"id": 777000}, "sender_chat": CHANNEL, "is_automatic_forward": True},
            CHANNEL_SPEAKS,
        ),
        ({"sender": None}, GROUP_SPEAKS),
        (
            {"sender": DANA, "sender_chat": {}},
            Sender("7700000001", name="Dana Rahimi", username="dana_r"),
        ),
        ({"sender": EMRE}, Sender("41", name="Emre", language="tr")),
        ({"sender": {"id": 41}}, Sender("41")),
    ],
)
def test_chats_that_speak_are_no_persons(fields: dict[str, Any], sender: Sender) -> None:
    assert read(message(SUPERGROUP, text="a", **fields)).sender == sender


# --- What happens to a chat --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "service",
    [
        {"new_chat_members": [EMRE]},
        {"left_chat_member": EMRE},
        {"new_chat_title": "Kite Talk 2"},
        {"delete_chat_photo": True},
        {"pinned_message": {"message_id": 1}},
        {"forum_topic_closed": {}},
        {"video_chat_started": {}},
    ],
)
def test_service_messages_are_ignored(service: dict[str, Any]) -> None:
    assert reason(message(SUPERGROUP, **service)) == f"service:{next(iter(service))}"


def test_both_reports_of_a_migration_say_the_same() -> None:
    old = read(message(GROUP, migrate_to_chat_id=-1002000000009))
    new = read(
        message(SUPERGROUP | {"id": -1002000000009}, ANONYMOUS_BOT, migrate_from_chat_id=-4001)
    )
    for report in (old, new):
        assert (report.action, report.place.external_id, report.migrated_to) == (
            "migrate",
            "-4001",
            "-1002000000009",
        )


def test_a_zero_for_no_migration_does_not_hide_the_message() -> None:
    parsed = read(message(GROUP, text="hi", migrate_to_chat_id=0, migrate_from_chat_id=None))
    assert (parsed.action, parsed.text) == ("message", "hi")


@pytest.mark.parametrize(
    ("chat", "member", "action"),
    [
        (PRIVATE, {"status": "kicked"}, "unreachable"),
        (PRIVATE, {"status": "member"}, "reachable"),
        (SUPERGROUP, {"status": "left"}, "unreachable"),
        (SUPERGROUP, {"status": "administrator"}, "reachable"),
        (
            SUPERGROUP,
            {"status": "restricted", "is_member": True, "can_send_messages": False},
            "unreachable",
        ),
        (SUPERGROUP, {"status": "restricted", "is_member": False}, "unreachable"),
        (SUPERGROUP, {"status": "restricted", "is_member": True}, "reachable"),
    ],
)
def test_being_let_in_and_thrown_out(
    chat: dict[str, Any], member: dict[str, Any], action: str
) -> None:
    change = {
        "chat": chat,
        "from": DANA,
        "date": 1_790_000_000,
        "new_chat_member": {"user": BOT_USER, **member},
    }
    parsed = read({"update_id": 88, "my_chat_member": change})
    assert (parsed.action, parsed.external_id) == (action, "member:88")
    assert parsed.place.external_id == str(chat["id"])
    assert parsed.sender is not None
    assert parsed.sender.external_id == "7700000001"


@pytest.mark.parametrize("member", [{"status": "promoted"}, {"status": 3}, {}, None])
def test_a_membership_that_we_do_not_know_is_ignored(member: object) -> None:
    raw = update("my_chat_member", {"chat": SUPERGROUP, "from": DANA, "new_chat_member": member})
    assert reason(raw).startswith("my_chat_member:")


def test_a_callback_is_kept_in_line_with_its_chat() -> None:
    raw = update(
        "callback_query", {"id": "1", "from": DANA, "message": topic_message(text="a")["message"]}
    )
    assert conversation_key(raw) == "-1002000000002:4"
