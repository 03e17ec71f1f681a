"""The sandbox as a process of a test's own: people to speak through, faults to order, a ledger to compare with.

with SandboxProcess(tmp_path) as sandbox:
    number = sandbox.say("dana", "private", "hello")
    sandbox.fault("429", method="sendMessage", retry_after=2)
    assert sandbox.ledger().sent_twice() == []
"""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from connectors.sandbox import world
from connectors.sandbox.ledger import Ledger

BASE_DIR = Path(__file__).resolve().parent.parent
READY_WITHIN = 30.0
"""Seconds: a loaded machine is slow to import Django."""


class SandboxProcess:
    """uvicorn with `connectors.sandbox.asgi` on a free port. `folder` keeps the journal over restarts."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.journal = folder / "sandbox" / "journal.jsonl"
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = world.BOT.token
        self._log = folder / "sandbox.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    def __enter__(self) -> SandboxProcess:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.kill()
        self._http.close()

    # --- The process

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with its output."""
        command = [sys.executable, "-m", "uvicorn", "connectors.sandbox.asgi:application"]
        options = ["--port", str(self.port), "--no-access-log", "--timeout-graceful-shutdown", "1"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command + options, cwd=BASE_DIR, env=self._environment(), stdout=log, stderr=log
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """End it as a supervisor does."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        """End it with -9."""
        if self._process:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def _environment(self) -> dict[str, str]:
        # The services named here are never asked: the sandbox has no database.
        needed = {
            "ENVIRONMENT": "test",
            "SECRET_KEY": "a-key-for-tests-and-for-nothing-else",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "SANDBOX_JOURNAL": str(self.journal),
        }
        return {**os.environ, **needed}

    def _wait_until_ready(self) -> None:
        assert self._process
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if self._http.get(f"/bot{self.token}/getMe").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError(f"The sandbox did not start:\n{self._log.read_text()[-3000:]}")

    # --- People

    def say(
        self, person: str, chat: str | int, text: str = "", *, thread: str | int = 0,
        reply_to: int = 0, bot: str = "", photos: tuple[bytes, ...] = (), file: bytes | None = None,
        file_name: str = "", content: dict[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Send as a person of the cast and give the (first) message id.

        `chat` is "private", a group's key ("en", "zh", "tr", "fa") or id; `thread` a topic's key ("p2p") or id.
        `content` posts any other kind, in Telegram's JSON.
        """
        files = [_encoded(photo, "photo.png", photo=True) for photo in photos]
        if file is not None:
            files.append(_encoded(file, file_name or "file.bin", photo=False))
        ids: list[int] = self.control(
            "say", person=person, chat=chat, text=text, thread=thread, reply_to=reply_to, bot=bot,
            files=files, content=content,
        )  # fmt: skip
        return ids[0]

    def edit(self, person: str, chat: str | int, message_id: int, text: str) -> None:
        """Change a message of one's own."""
        self.control("edit", person=person, chat=chat, message_id=message_id, text=text)

    def react(self, person: str, chat: str | int, message_id: int, emoji: str) -> None:
        """Put an emoji on a message."""
        self.control("react", person=person, chat=chat, message_id=message_id, emoji=emoji)

    def press(self, person: str, chat: str | int, message_id: int, data: str) -> None:
        """Tap a button that calls the bot back."""
        self.control("press", person=person, chat=chat, message_id=message_id, data=data)

    def start_bot(self, person: str, payload: str = "", *, bot: str = "") -> int:
        """Open the bot by a deep link and tap Start."""
        number: int = self.control("start", person=person, payload=payload, bot=bot)
        return number

    def block(self, person: str, *, bot: str = "") -> None:
        """Block the bot."""
        self.control("block", person=person, bot=bot)

    def unblock(self, person: str, *, bot: str = "") -> None:
        """Lift the block (writing to the bot does so, too)."""
        self.control("unblock", person=person, bot=bot)

    # --- Rooms

    def kick(self, chat: str | int, *, bot: str = "") -> None:
        """Throw the bot out of a group."""
        self.control("kick", chat=chat, bot=bot)

    def set_role(
        self, chat: str | int, status: str, *, may_delete: bool = False, bot: str = "",
        may_restrict: bool = False,
    ) -> None:  # fmt: skip
        """Make the bot "member" or "administrator" of a group."""
        self.control(
            "role", chat=chat, status=status, may_delete=may_delete, may_restrict=may_restrict,
            bot=bot,
        )  # fmt: skip

    def migrate(self, chat: str | int) -> int:
        """Upgrade a basic group to a supergroup; gives the new id."""
        new_id: int = self.control("migrate", chat=chat)
        return new_id

    def delete_topic(self, chat: str | int, thread: int) -> None:
        """Delete a forum topic."""
        self.control("topic", chat=chat, thread=thread)

    # --- Trouble

    def fault(self, kind: str, *, times: int = 1, method: str = "", **more: Any) -> None:
        """Order trouble for the next calls; kinds and further fields as in `connectors.sandbox.faults.Fault`."""
        self.control("fault", kind=kind, times=times, method=method, **more)

    def clear_faults(self) -> None:
        """No trouble any more, full token buckets."""
        self.control("clear")

    def limits(self, on: bool) -> None:
        """Whether sending too fast is answered with 429."""
        self.control("limits", on=on)

    def replay_rate(self, rate: float) -> None:
        """Hand this share of the updates out twice, under the same id."""
        self.control("replay", rate=rate)

    def duplicate(self, last: int = 1, *, renumber: bool = False, bot: str = "") -> list[int]:
        """Hand the newest updates out again, under the same id or under new ones."""
        ids: list[int] = self.control("duplicate", last=last, renumber=renumber, bot=bot)
        return ids

    def reset(self) -> None:
        """Everything back to the beginning; ids go on."""
        self.control("reset")

    # --- What happened

    def messages(self, chat: str | int = "private", person: str = "") -> list[dict[str, Any]]:
        """The messages that stand in a chat now, in Telegram's JSON; for "private" name the person."""
        found: list[dict[str, Any]] = self.control("messages", chat=chat, person=person)
        return found

    def bot_texts(self, chat: str | int = "private", person: str = "") -> list[str]:
        """What bots have said there, oldest first (captions count)."""
        spoken = (m for m in self.messages(chat, person) if m["from"]["is_bot"])
        return [m.get("text") or m.get("caption") or "" for m in spoken]

    def ledger(self) -> Ledger:
        """Who sent what, what was handed out and confirmed: read from the journal, dead or alive."""
        return Ledger.at(self.journal)

    def call(self, method: str, *, token: str = "", **params: Any) -> httpx.Response:
        """Call the Bot API as a bot would, with JSON."""
        return self._http.post(f"/bot{token or self.token}/{method}", json=params, timeout=60)

    def control(self, action: str, **given: Any) -> Any:
        """Any action of `connectors.sandbox.control`. Raises AssertionError with its reason."""
        answer = self._http.post(f"/control/{action}", json=given)
        assert answer.is_success, f"{action}: {answer.text}"
        return answer.json()["result"]


def _encoded(data: bytes, name: str, *, photo: bool) -> dict[str, Any]:
    return {"data": base64.b64encode(data).decode(), "name": name, "photo": photo}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
