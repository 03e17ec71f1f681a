"""A bot in privacy mode hears what is meant for it, and an admin hears everything."""

from __future__ import annotations

import pytest

from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess

QUIET = world.QUIET_BOT


def heard(sandbox: SandboxProcess) -> list[str]:
    """What the quiet bot got."""
    found = sandbox.call("getUpdates", token=QUIET.token).json()["result"]
    return [update["message"]["text"] for update in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gm everyone", False),
        ("hello @KaviraHelpBot", False),
        ("hello @KaviraQuietBot", True),
        ("/ticket", True),
        ("/ticket@KaviraQuietBot", True),
        ("/ticket@KaviraHelpBot", False),
        ("mail me at a@KaviraQuietBot", False),
    ],
)
def test_words_in_a_group(sandbox: SandboxProcess, text: str, expected: bool) -> None:
    sandbox.say("dana", "en", text)
    assert heard(sandbox) == ([text] if expected else [])


def test_a_reply_to_the_bot_is_heard(sandbox: SandboxProcess) -> None:
    body = {"chat_id": world.ENGLISH.id, "text": "How can I help?"}
    sent = sandbox.call("sendMessage", token=QUIET.token, **body).json()["result"]["message_id"]
    sandbox.say("dana", "en", "like this", reply_to=sent)
    assert heard(sandbox) == ["like this"]


def test_an_admin_hears_everything(sandbox: SandboxProcess) -> None:
    sandbox.set_role("en", "administrator", bot="quiet")
    sandbox.say("dana", "en", "gm everyone")
    found = sandbox.call("getUpdates", token=QUIET.token).json()["result"]
    assert [set(update) - {"update_id"} for update in found] == [{"my_chat_member"}, {"message"}]


def test_bots_do_not_hear_bots(sandbox: SandboxProcess) -> None:
    sandbox.set_role("en", "administrator", bot="quiet")
    sandbox.call("sendMessage", chat_id=world.ENGLISH.id, text="@KaviraQuietBot hello")
    found = sandbox.call("getUpdates", token=QUIET.token).json()["result"]
    assert len(found) == 1


def test_who_is_not_in_the_group_hears_nothing(sandbox: SandboxProcess) -> None:
    sandbox.say("haoran", "zh", "/ticket@KaviraQuietBot")
    assert heard(sandbox) == []
    sandbox.kick("zh")
    sandbox.say("haoran", "zh", "hello?")
    found = sandbox.call("getUpdates").json()["result"]
    assert [set(update) - {"update_id"} for update in found] == [{"message"}, {"my_chat_member"}]
