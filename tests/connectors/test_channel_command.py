"""`manage.py channel`: add, feed, replay."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Team
from connectors import draining
from connectors.models import InboundUpdate, UpdateState
from tests.cast import DANA, Outside
from tests.sandbox_process import SandboxProcess
from tests.telegram import builders
from tickets.models import Channel, Message, Ticket

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("channel", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def add(bot_api: SandboxProcess, *more: str, name: str = "Kavira", token: str = "") -> str:
    return run(
        "add", "telegram", "--name", name, "--token", token or bot_api.token,
        "--api-base", bot_api.url, *more,
    )  # fmt: skip


def feed(folder: Path, *contents: str, name: str = "Kite bot") -> list[dict[str, Any]]:
    paths = [folder / f"{number}.json" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(content, "utf-8", errors="surrogateescape")
    return [json.loads(line) for line in run("feed", name, *map(str, paths)).splitlines()]


def test_add_asks_the_service_and_hides_the_token(bot_api: SandboxProcess) -> None:
    said = add(bot_api)
    assert "@KaviraHelpBot" in said
    assert bot_api.token not in said
    channel = Channel.objects.get()
    assert (channel.token, channel.kind, channel.mode) == (bot_api.token, "telegram", "pull")
    assert channel.team == Team.objects.get(name="Support")
    with connection.cursor() as cursor:
        cursor.execute("select token from tickets_channel")
        (stored,) = cursor.fetchone()
    assert bot_api.token not in stored
    assert bot_api.token.partition(":")[2] not in stored


def test_add_refuses_a_bad_token_a_taken_name_and_an_unknown_team(bot_api: SandboxProcess) -> None:
    for token in ("123:wrong", "not a token"):
        with pytest.raises(CommandError) as caught:
            add(bot_api, token=token)
        assert token not in str(caught.value)
    with pytest.raises(CommandError, match="no team named Nobody"):
        add(bot_api, "--team", "Nobody")
    assert not Channel.objects.exists()
    add(bot_api)
    with pytest.raises(CommandError, match="already"):
        add(bot_api)


def test_add_says_so_when_nobody_answers() -> None:
    with pytest.raises(CommandError, match="refused"):
        run("add", "telegram", "--name", "a", "--token", "1:a", "--api-base", "http://127.0.0.1:9")


def test_feed_takes_objects_and_lines(outside: Outside, tmp_path: Path) -> None:
    first = outside.said(DANA, "where is my deposit?")
    edit = outside.edited(first, "where is my withdrawal?")
    voice = outside.said(DANA, voice={"file_id": "v", "duration": 1})
    lines = "\n".join(json.dumps(update) for update in (edit, voice, {"update_id": 4, "poll": {}}))
    found = feed(tmp_path, json.dumps(first, indent=2), lines)
    ticket = Ticket.objects.get()
    assert found == [
        {"file": "0.json", "outcome": "message", "reason": "", "ticket": ticket.pk},
        {"file": "1.json", "outcome": "edit", "reason": "", "ticket": ticket.pk},
        {"file": "1.json", "outcome": "placeholder", "reason": "", "ticket": ticket.pk},
        {"file": "1.json", "outcome": "ignored", "reason": "poll", "ticket": None},
    ]
    (again,) = feed(tmp_path, json.dumps(first))
    assert again["outcome"] == "message"
    assert Message.objects.filter(kind="incoming").count() == 2


@pytest.mark.parametrize(
    "content",
    ["", "\x00", "not json", "[]", "42", '"text"', "{}", '{"update_id": "x"}', "\udcff\udcfe",
     '{"update_id": 1, "message": ', "[" * 5000, '{"update_id": 99999999999999999999999}',
     '{"update_id": 7, "message": {"message_id": 1, "chat": 5, "text": "\\ud800"}}'],
)  # fmt: skip
def test_rubbish_ends_somewhere_and_stops_nothing(
    outside: Outside, tmp_path: Path, content: str
) -> None:
    good = json.dumps(outside.said(DANA, "after the rubbish"))
    *rubbish, after = feed(tmp_path, content, good)
    assert after["outcome"] == "message"
    assert {found["outcome"] for found in rubbish} <= {"ignored", "set_aside"}
    assert len(rubbish) == 1
    assert all(found["reason"] for found in rubbish)


def test_a_rubbish_line_stops_no_other_line(outside: Outside, tmp_path: Path) -> None:
    one, two = (json.dumps(outside.said(DANA, text)) for text in ("one", "two"))
    found = feed(tmp_path, f"{one}\n{{broken\n{two}\n")
    assert [each["outcome"] for each in found] == ["message", "ignored", "message"]


def test_a_line_separator_in_a_text_is_no_new_line(outside: Outside, tmp_path: Path) -> None:
    updates = [outside.said(DANA, "one\u2028two\u0085three"), outside.said(DANA, "four")]
    content = "\n".join(json.dumps(update, ensure_ascii=False) for update in updates)
    assert [each["outcome"] for each in feed(tmp_path, content)] == ["message", "message"]


def test_poison_is_set_aside_at_once_and_replayed_by_the_command(
    outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise KeyError("a secret of the payload")

    with monkeypatch.context() as patch:
        patch.setattr(draining, "receive_all", fail)
        (found,) = feed(tmp_path, json.dumps(outside.said(DANA, "poison")))
    assert found["outcome"] == "set_aside"
    assert "secret" not in found["reason"]
    assert "1 updates" in run("replay", "Kite bot")
    assert draining.drain_batch() == 1
    assert Message.objects.filter(text="poison").exists()


def test_feed_names_what_is_missing(outside: Outside, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no channel named Nobody"):
        feed(tmp_path, "{}", name="Nobody")
    with pytest.raises(CommandError, match=r"gone\.json"):
        run("feed", "Kite bot", str(tmp_path / "gone.json"))


def test_what_a_worker_has_handled_meanwhile_is_not_handled_again(outside: Outside) -> None:
    row = outside.keep(builders.message(text="once", message_id=44))
    assert draining.drain_batch() == 1
    draining.take_now(row.pk)
    row.refresh_from_db()
    assert (row.state, row.outcome) == (UpdateState.DONE, "message")
    assert InboundUpdate.objects.count() == 1
