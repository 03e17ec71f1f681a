"""Webhooks: updates are posted with the secret, many at a time, and again until somebody says 200."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from telegram import Update

from tests.sandbox.test_library import bot_of, poll
from tests.sandbox_process import SandboxProcess

SECRET = "A-secret_of-the-bot"


class Receiver:
    """Somebody's webhook. `answers` are the next statuses; then 200."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[int] = []
        self.pause = 0.0
        self.most_at_once = self._now = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/updates"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]

    def take(self, update: dict[str, Any], secret: str | None) -> int:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        time.sleep(self.pause)
        with self._lock:
            self._now -= 1
            self.got.append(update)
            self.secrets.append(secret)
            return self.answers.pop(0) if self.answers else 200


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            secret = self.headers.get("X-Telegram-Bot-Api-Secret-Token")
            self.send_response(receiver.take(json.loads(body), secret))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def wait_until(true: Callable[[], object], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


def info(sandbox: SandboxProcess) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.call("getWebhookInfo").json()["result"]
    return found


def test_a_library_sets_it_and_updates_arrive_with_the_secret(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            sandbox.say("dana", "private", "from before")
            await bot.set_webhook(
                receiver.url, secret_token=SECRET, allowed_updates=["message"], max_connections=7
            )
            sandbox.say("dana", "private", "سلام 🙏 after")
            wait_until(lambda: len(receiver.got) == 2)
            found = await bot.get_webhook_info()
            assert (found.url, found.max_connections) == (receiver.url, 7)
            assert (found.pending_update_count, found.last_error_message) == (0, None)
            message = Update.de_json(receiver.got[0], bot).message
            assert message and message.from_user and message.from_user.first_name == "Dana"
            assert await bot.delete_webhook()
            assert (await bot.get_webhook_info()).url == ""
            assert await poll(bot) == ()

    asyncio.run(scenario())
    assert set(receiver.secrets) == {SECRET}
    assert sandbox.ledger().unconfirmed() == []


def test_what_is_not_taken_comes_again_and_the_reason_is_told(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    receiver.answers = [500, 401, 302]
    sandbox.call("setWebhook", url=receiver.url)
    sandbox.say("dana", "private", "again and again")
    wait_until(lambda: len(receiver.got) == 2)
    assert info(sandbox)["pending_update_count"] == 1
    assert "500" in info(sandbox)["last_error_message"] or "401" in str(info(sandbox))
    assert abs(info(sandbox)["last_error_date"] - time.time()) < 60
    wait_until(lambda: info(sandbox)["pending_update_count"] == 0)
    assert receiver.texts() == ["again and again"] * 4
    assert len({update["update_id"] for update in receiver.got}) == 1


def test_nobody_there_is_an_error_and_nothing_is_lost(sandbox: SandboxProcess) -> None:
    sandbox.call("setWebhook", url="http://127.0.0.1:9/")
    sandbox.say("dana", "private", "kept")
    wait_until(lambda: "last_error_message" in info(sandbox))
    assert info(sandbox)["last_error_message"] == "Connection refused"
    sandbox.call("deleteWebhook")
    assert "last_error_message" not in info(sandbox)
    (update,) = sandbox.call("getUpdates").json()["result"]
    assert update["message"]["text"] == "kept"


def test_as_many_at_a_time_as_it_asked_for(sandbox: SandboxProcess, receiver: Receiver) -> None:
    receiver.pause = 0.1
    for number in range(12):
        sandbox.say("dana", "private", str(number))
    sandbox.call("setWebhook", url=receiver.url, max_connections=4)
    wait_until(lambda: len(receiver.got) == 12)
    assert receiver.most_at_once == 4
    assert sorted(receiver.texts(), key=int) == [str(number) for number in range(12)]
    assert receiver.texts() != sorted(receiver.texts(), key=int), "in no order"


def test_an_answer_that_is_lost_and_a_second_copy_bring_it_twice(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    sandbox.fault("lost", method="webhook")
    sandbox.call("setWebhook", url=receiver.url)
    sandbox.say("dana", "private", "one")
    wait_until(lambda: len(receiver.got) == 2)
    wait_until(lambda: info(sandbox)["pending_update_count"] == 0)
    sandbox.duplicate(1)
    wait_until(lambda: len(receiver.got) == 3)
    assert Counter(receiver.texts()) == {"one": 3}


def test_getupdates_and_a_webhook_exclude_each_other(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    answers: list[dict[str, Any]] = []
    poller = threading.Thread(
        target=lambda: answers.append(sandbox.call("getUpdates", timeout=20).json())
    )
    poller.start()
    time.sleep(0.3)
    sandbox.call("setWebhook", url=receiver.url)
    poller.join(5)
    assert answers[0]["error_code"] == 409
    assert "terminated by setWebhook" in answers[0]["description"]
    refused = sandbox.call("getUpdates").json()
    assert (refused["error_code"], "webhook is active" in refused["description"]) == (409, True)


def test_dropping_what_waits_is_done_only_on_purpose(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    sandbox.say("dana", "private", "thrown away")
    sandbox.call("setWebhook", url=receiver.url, drop_pending_updates=True)
    sandbox.say("dana", "private", "kept")
    wait_until(lambda: receiver.got)
    assert receiver.texts() == ["kept"]


@pytest.mark.parametrize(
    "params",
    [{"url": "ftp://x.example/"}, {"url": "nonsense"},
     {"url": "https://x.example/", "secret_token": "with blanks"},
     {"url": "https://x.example/", "secret_token": "x" * 257}],
)  # fmt: skip
def test_what_telegram_would_not_take(sandbox: SandboxProcess, params: dict[str, str]) -> None:
    assert sandbox.call("setWebhook", **params).status_code == 400
    assert info(sandbox)["url"] == ""


def test_a_restarted_sandbox_goes_on_delivering(
    own_sandbox: SandboxProcess, receiver: Receiver
) -> None:
    receiver.answers = [503] * 40
    own_sandbox.call("setWebhook", url=receiver.url, secret_token=SECRET)
    own_sandbox.say("dana", "private", "through a crash")
    wait_until(lambda: receiver.got)
    own_sandbox.kill()
    receiver.answers = []
    own_sandbox.start()
    wait_until(lambda: info(own_sandbox)["pending_update_count"] == 0)
    assert receiver.secrets[-1] == SECRET
