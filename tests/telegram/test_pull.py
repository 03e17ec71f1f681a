"""Fetching updates: each is kept as it came, and none can spoil its neighbours."""

from __future__ import annotations

import json

import pytest

from connectors.telegram.api import TelegramApi
from connectors.telegram.errors import Refused, TelegramError, Unclear
from connectors.telegram.pull import (
    ALLOWED_UPDATES,
    delete_webhook,
    describe,
    get_updates,
    next_offset,
    read_update,
)
from tests.telegram.builders import message
from tests.telegram.server import Answer, BotApi, ok, refusal

DEEP = '{"update_id": 8, "message": ' + "[" * 100_000 + "]" * 100_000 + "}"
HUGE = '{"update_id": 9, "message": {"message_id": ' + "9" * 9_000 + "}}"
HALF = '{"update_id" : 10, "message": {"text": "\\ud83d \\u0000"}}'
SPACED = '{ "update_id":11,\n  "message": {"date": 1.0e3, "text": "a\\/b"}  }'


def test_updates_are_asked_for_by_offset(api: TelegramApi, server: BotApi) -> None:
    server.then(ok([message(text="a")]), ok([]))
    get_updates(api, timeout=0)
    get_updates(api, 900_777, timeout=0, limit=7)
    first, second = (request.params for request in server.requests)
    assert first == {"timeout": 0, "limit": 100, "allowed_updates": list(ALLOWED_UPDATES)}
    assert (second["offset"], second["limit"]) == (900_777, 7)


@pytest.mark.parametrize(
    "odd", [DEEP, HUGE, HALF, SPACED, '"text"', "null", "[]", '{"update_id": "x"}']
)
def test_an_odd_update_is_kept_to_the_letter_among_its_neighbours(
    api: TelegramApi, server: BotApi, odd: str
) -> None:
    good = message(text="سلام 🙏")
    plain = json.dumps(good, ensure_ascii=False)
    server.then(Answer(f'{{"ok": true, "result": [{plain}, {odd} ,{plain}]}}'.encode()))
    before, middle, after = get_updates(api, timeout=0)
    assert middle.raw == odd
    assert before.update == after.update == good
    assert (before.raw, before.update_id) == (plain, good["update_id"])


@pytest.mark.parametrize(
    ("raw", "number", "parsed"),
    [
        (DEEP, 8, False),
        (HUGE, 9, True),
        (HALF, 10, True),
        ('{"update_id": 12, "message": {"text": oops}}', 12, False),
        ('{"message": {"update_id": 13}}', None, True),
        ('{"update_id": 13.5}', None, True),
        ('{"update_id": "14"}', 14, True),
        ("rubbish", None, False),
    ],
)
def test_the_cursor_learns_the_id_even_of_what_nobody_can_parse(
    raw: str, number: int | None, parsed: bool
) -> None:
    found = read_update(raw)
    assert (found.update_id, found.update is not None) == (number, parsed)


def test_a_raw_text_can_be_stored() -> None:
    raw = read_update('{"update_id": 1, "message": {"text": "a\x00b"}}')
    assert "\x00" not in raw.raw
    assert raw.update["message"]["text"] == "a\x00b"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>"),
        Answer({"ok": True}),
        Answer({"ok": True, "result": {}}),
        Answer(b'{"ok": true, "result": [{"update_id": 1}, '),
        Answer({"ok": False, "result": []}),
        Answer(b"\xff\xfe"),
    ],
)
def test_what_is_no_list_of_updates_confirms_nothing(
    api: TelegramApi, server: BotApi, answer: Answer
) -> None:
    server.then(answer)
    with pytest.raises(Unclear):
        get_updates(api, timeout=0)


def test_a_second_poller_is_told_so(api: TelegramApi, server: BotApi) -> None:
    server.then(refusal(409, "Conflict: terminated by other getUpdates request"))
    with pytest.raises(Refused) as caught:
        get_updates(api, timeout=0)
    assert caught.value.code == 409


def test_the_offset_passes_what_was_fetched_and_never_goes_back() -> None:
    found = [read_update(f'{{"update_id": {number}}}') for number in (5, 7, 6)]
    unnumbered = read_update("{}")
    assert next_offset(found, None) == 8
    assert next_offset([*found, unnumbered], 20) == 20
    assert next_offset([], None) is None
    assert next_offset([unnumbered], 3) == 3


def test_a_bot_describes_itself(api: TelegramApi, server: BotApi) -> None:
    me = {"id": 5000111, "is_bot": True, "first_name": "Kite Help", "username": "KiteHelpBot"}
    hook = {"url": "https://kite.example/hook", "pending_update_count": 3}
    server.then(ok(me | {"can_read_all_group_messages": True}), ok(hook))
    assert describe(api) == {
        "id": "5000111",
        "username": "KiteHelpBot",
        "name": "Kite Help",
        "reads_groups": True,
        "has_topics": False,
        "joins_groups": True,
        "has_webhook": True,
        "waiting_updates": 3,
    }


def test_a_bot_that_says_nothing_is_described_all_the_same(
    api: TelegramApi, server: BotApi
) -> None:
    server.then(ok(None), ok([]))
    assert describe(api)["username"] == ""


def test_a_wrong_token_is_found_at_once(api: TelegramApi, server: BotApi) -> None:
    server.then(refusal(401, "Unauthorized"))
    with pytest.raises(TelegramError, match="401"):
        describe(api)


def test_removing_the_webhook_keeps_what_waits(api: TelegramApi, server: BotApi) -> None:
    server.then(ok(True))
    delete_webhook(api)
    assert server.requests[0].params == {"drop_pending_updates": False}
