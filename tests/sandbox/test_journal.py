"""The outside world does not forget: not by kill -9, not half a line, not by a second process."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors.sandbox.journal import Journal, JournalBusy, read
from connectors.sandbox.ledger import Ledger
from tests.sandbox_process import BASE_DIR, SandboxProcess


def test_everything_is_there_after_kill_9(own_sandbox: SandboxProcess, picture: bytes) -> None:
    sandbox = own_sandbox
    sandbox.say("dana", "private", "first")
    sandbox.say("mehmet", "private", "dekont", photos=(picture,))
    (one, two) = sandbox.call("getUpdates").json()["result"]
    sandbox.call("getUpdates", offset=two["update_id"], allowed_updates=["message"])
    sandbox.call("sendMessage", chat_id=884_201_337, text="answer")
    sandbox.block("dana")
    before = sandbox.messages(person="dana")

    sandbox.kill()
    assert [said.text for said in sandbox.ledger().by_bots] == ["answer"]
    sandbox.start()

    assert sandbox.messages(person="dana") == before
    assert sandbox.call("getUpdates").json()["result"] == [two]
    assert sandbox.call("sendMessage", chat_id=884_201_337, text="x").status_code == 403
    file_id = two["message"]["photo"][-1]["file_id"]
    assert sandbox.call("getFile", file_id=file_id).json()["ok"]
    assert one["update_id"] + 1 == two["update_id"]


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with closing(Journal(path)) as journal:
        journal.write({"kind": "a"}, {"kind": "b"})
    with path.open("ab") as file:
        file.write(b'{"kind": "half')
    with closing(Journal(path)) as journal:
        assert [event["kind"] for event in journal.replay()] == ["a", "b"]
        journal.write({"kind": "c"})
    assert [event["kind"] for event in read(path)] == ["a", "b", "c"]


def test_two_processes_may_not_share_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with closing(Journal(path)) as journal:
        with pytest.raises(JournalBusy):
            Journal(path)
        assert list(journal.replay()) == []


def test_it_does_not_run_in_production(tmp_path: Path) -> None:
    environment = {**os.environ, "ENVIRONMENT": "production", "SITE_URL": "https://example.org"}
    environment["SANDBOX_JOURNAL"] = str(tmp_path / "journal.jsonl")
    command = [sys.executable, "-c", "import connectors.sandbox.asgi"]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "does not run in production" in done.stderr
    assert not (tmp_path / "journal.jsonl").exists()


def test_the_ledger_knows_who_said_what_and_who_heard_it(own_sandbox: SandboxProcess) -> None:
    sandbox = own_sandbox
    asked = sandbox.say("dana", "private", "where is ti?")
    sandbox.edit("dana", "private", asked, "where is it?")
    for _ in range(2):
        sandbox.call("sendMessage", chat_id=884_201_337, text="on its way")
    sandbox.fault("close", method="sendMessage")
    with pytest.raises(Exception, match="disconnected"):
        sandbox.call("sendMessage", chat_id=884_201_337, text="never")
    (first, second) = sandbox.call("getUpdates").json()["result"]
    sandbox.call("getUpdates", offset=first["update_id"] + 1)

    ledger = sandbox.ledger()
    (said,) = ledger.by_people
    assert (said.text, said.edits, said.message_id) == ("where is it?", 1, asked)
    assert ledger.sent_twice() == ["on its way"]
    assert [(t.kind, t.handed, t.confirmed) for t in ledger.updates] == [
        ("message", 1, True),
        ("edited_message", 2, False),
    ]
    assert [told.update_id for told in ledger.unconfirmed()] == [second["update_id"]]
    last = ledger.calls[-1]
    assert (last.text, last.status, last.fault, last.messages) == ("never", 0, "close", [])
    assert sandbox.control("ledger")["by_people"][0]["text"] == "where is it?"


def test_a_reset_begins_a_new_ledger() -> None:
    message = {"message_id": 1, "from": {"id": 5, "is_bot": False}, "text": "hi"}
    said = {"kind": "message", "chat": "-1", "message": message, "at": 1.0}
    assert len(Ledger.of([said]).by_people) == 1
    assert Ledger.of([said, {"kind": "reset"}]).by_people == []
