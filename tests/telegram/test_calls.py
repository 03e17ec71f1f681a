"""One call of the Bot API: its errors, and the token that must be in none of them."""

from __future__ import annotations

import socket
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from connectors.telegram import api as api_module
from connectors.telegram.api import TelegramApi
from connectors.telegram.errors import NotSent, Refused, TelegramError, Unclear, outcome
from tests.telegram.server import TOKEN, Answer, BotApi, ok, refusal
from tickets.transport import DeliveryError, DeliveryUnknown

GATEWAY_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


def test_a_call_gives_the_result(api: TelegramApi, server: BotApi) -> None:
    server.then(ok({"id": 5000111}))
    assert api.call("getMe") == {"id": 5000111}
    assert server.requests[0].path == f"/bot{TOKEN}/getMe"


def test_connections_are_kept_between_calls(
    server: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    connect = socket.create_connection

    def counted(*args: Any, **options: Any) -> socket.socket:
        opened.append(args)
        return connect(*args, **options)

    monkeypatch.setattr(socket, "create_connection", counted)
    for _ in range(3):
        TelegramApi(TOKEN, server.base).call("getMe")
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400, "Bad Request: chat not found"), Refused),
        (refusal(500, "Internal Server Error"), Refused),
        (Answer(b"<h1>413 Request Entity Too Large</h1>", 413), Refused),
        (Answer(b"", 301), Refused),
        (Answer({"ok": False, "description": "odd"}), Refused),
        (Answer(GATEWAY_PAGE, 502), Unclear),
        (Answer(b"", 503), Unclear),
        (Answer(b"done", 202), Unclear),
        (Answer(b"<html>welcome to our wifi", 200), Unclear),
        (Answer(["no", "object"]), Unclear),
        (Answer({"result": 1}), Unclear),
        (Answer(trouble="cut"), Unclear),
        (Answer(trouble="stall"), Unclear),
        (Answer({"ok": True}, trouble="short"), Unclear),
    ],
)
def test_what_an_answer_means(
    api: TelegramApi, server: BotApi, answer: Answer, error: type[Exception]
) -> None:
    server.then(answer)
    with pytest.raises(TelegramError) as caught:
        api.call("sendMessage", {"text": "hi"}, timeout=0.2)
    assert type(caught.value) is error


def test_without_a_connection_nothing_was_sent() -> None:
    with pytest.raises(NotSent):
        TelegramApi(TOKEN, "http://127.0.0.1:9").call("sendMessage")


def test_a_text_with_half_a_character_is_refused_by_telegram_not_by_us(
    api: TelegramApi, server: BotApi
) -> None:
    api.call("sendMessage", {"text": "\ud83d"})
    assert server.requests[0].params == {"text": "\ud83d"}


# --- What it means for a delivery --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "description", "reason", "permanent"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked", True),
        (403, "Forbidden: user is deactivated", "deactivated", True),
        (403, "Forbidden: bot was kicked from the supergroup chat", "kicked", True),
        (403, "Forbidden: bot is not a member of the supergroup chat", "kicked", True),
        (403, "Forbidden: the group chat was deleted", "chat_not_found", True),
        (403, "Forbidden: bot can't initiate conversation with a user", "not_allowed", True),
        (403, "Forbidden: something new", "not_allowed", True),
        (400, "Bad Request: chat not found", "chat_not_found", True),
        (400, "Bad Request: message thread not found", "topic_not_found", True),
        (400, "Bad Request: TOPIC_CLOSED", "not_allowed", True),
        (
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            "not_allowed",
            True,
        ),
        (400, "Bad Request: message is too long", "too_large", True),
        (400, "Bad Request: message caption is too long", "too_large", True),
        (413, "Request Entity Too Large", "too_large", True),
        (400, "Bad Request: BUTTON_URL_INVALID", "rejected", True),
        (401, "Unauthorized", "unauthorised", True),
        (404, "Not Found", "unauthorised", True),
        (404, "Not Found: method not found", "rejected", True),
        (409, "Conflict: terminated by other getUpdates request", "unavailable", False),
        (429, "Too Many Requests: retry after 10072", "rate_limited", False),
        (500, "Internal Server Error", "unavailable", False),
        (503, "", "unavailable", False),
    ],
)
def test_refusals(code: int, description: str, reason: str, permanent: bool) -> None:
    error = outcome(Refused("sendMessage", code, description, retry_after=10072), repeatable=False)
    assert isinstance(error, DeliveryError)
    assert (error.reason, error.permanent) == (reason, permanent)
    assert error.retry_after == (None if permanent else 10072)


@pytest.mark.parametrize(
    "error",
    [
        Unclear("sendMessage: ReadTimeout"),
        Refused("sendMessage", 502, "Bad Gateway"),
        Refused("sendMessage", 504, "Gateway Timeout"),
        Refused("sendMessage", 500, "Internal Server Error: sent message was immediately deleted"),
        Refused("sendMessage", 500, "Internal Server Error: restart"),
    ],
)
def test_nobody_knows_whether_it_arrived(error: TelegramError) -> None:
    assert isinstance(outcome(error, repeatable=False), DeliveryUnknown)
    retry = outcome(error, repeatable=True)
    assert isinstance(retry, DeliveryError)
    assert (retry.reason, retry.permanent) == ("unavailable", False)


def test_what_was_not_sent_is_tried_again() -> None:
    retry = outcome(NotSent("sendMessage: ConnectError"), repeatable=False)
    assert isinstance(retry, DeliveryError)
    assert (retry.reason, retry.permanent) == ("unavailable", False)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (7, 7.0),
        (1.5, 1.5),
        ("7", 7.0),
        (-3, 0.0),
        (10**17, 604800.0),
        ("soon", None),
        (None, None),
        (True, None),
    ],
)
def test_the_wait_that_telegram_asks_for(
    api: TelegramApi, server: BotApi, value: object, seconds: float | None
) -> None:
    server.then(refusal(429, "Too Many Requests", retry_after=value))
    with pytest.raises(Refused) as caught:
        api.call("sendMessage")
    assert caught.value.retry_after == seconds


# --- Downloads ---------------------------------------------------------------------------------------------------


def test_a_download_stops_at_its_cap(api: TelegramApi, server: BotApi) -> None:
    server.then(Answer(b"x" * 100), Answer(b"x" * 101))
    assert api.download("photos/file 1.jpg", max_bytes=100) == b"x" * 100
    assert api.download("photos/file_1.jpg", max_bytes=100) is None
    assert server.requests[0].path == f"/file/bot{TOKEN}/photos/file%201.jpg"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "..",
        "a/../b",
        "../b",
        "a/..",
        "a//b",
        "a/./b",
        "a\\..\\b",
        "a\r\nb",
        "a\x00",
    ],
)
def test_a_download_stays_in_its_folder(api: TelegramApi, server: BotApi, path: str) -> None:
    with pytest.raises(Refused):
        api.download(path, max_bytes=10)
    assert server.requests == []


def test_a_download_asks_nobody_else(api: TelegramApi, server: BotApi) -> None:
    api.download("http:/elsewhere.example/a?b#c", max_bytes=1000)
    assert server.requests[0].path == f"/file/bot{TOKEN}/http%3A/elsewhere.example/a%3Fb%23c"


def test_a_slow_download_is_given_up(
    api: TelegramApi, server: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "DOWNLOAD_SECONDS", -1.0)
    server.then(Answer(b"x"))
    with pytest.raises(Unclear):
        api.download("a", max_bytes=10)


# --- The token ---------------------------------------------------------------------------------------------------


def _dead_call() -> None:
    TelegramApi(TOKEN, "http://127.0.0.1:9").call("getMe")


def _dead_download() -> None:
    TelegramApi(TOKEN, "http://127.0.0.1:9").download("a", max_bytes=1)


def _bad_base() -> None:
    TelegramApi(TOKEN, "http://127.0.0.1:99999999").call("getMe")


@pytest.mark.parametrize("call", [_dead_call, _dead_download, _bad_base])
def test_no_exception_holds_the_token(call: Callable[[], None]) -> None:
    with pytest.raises((TelegramError, ValueError)) as caught:
        call()
    assert_clean(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(trouble="cut"),
        Answer(trouble="stall"),
        Answer({"ok": True}, trouble="short"),
        Answer(GATEWAY_PAGE, 502),
        refusal(400, f"Bad Request: no such url /bot{TOKEN}/x"),
        refusal(401, "Unauthorized"),
    ],
)
@pytest.mark.parametrize("download", [False, True])
def test_no_answer_brings_the_token_into_an_exception(
    api: TelegramApi,
    server: BotApi,
    answer: Answer,
    download: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_module, "CALL_TIMEOUT", 0.2)
    server.then(answer)
    try:
        found = api.download("a", max_bytes=1000) if download else api.call("getMe")
    except TelegramError as error:
        assert_clean(error)
    else:
        pytest.fail(f"no error but {found!r}")


def assert_clean(error: BaseException | None) -> None:
    assert error is not None
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert TOKEN.partition(":")[2].lower() not in shown.lower()
    assert error.__cause__ is None
    assert error.__context__ is None


def test_the_token_is_not_in_a_repr(api: TelegramApi) -> None:
    assert repr(api) == "<TelegramApi 5000111>"


@pytest.mark.parametrize("token", ["", "1:a/../b", "1:a b", "1:a?x", "1:a\n", "https://x"])
def test_a_token_that_would_change_the_url_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="not a bot token"):
        TelegramApi(token)


@pytest.mark.parametrize("base", ["ftp://x", "api.telegram.org", "http://", "file:///etc"])
def test_a_base_that_is_no_web_address_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="API base"):
        TelegramApi(TOKEN, base)
