"""The connector against a server that speaks the Bot API: the way of a message, out and in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.telegram.api import TelegramApi
from connectors.telegram.errors import Refused
from connectors.telegram.parse import Bot, parse
from connectors.telegram.pull import delete_webhook, describe, get_updates, next_offset
from connectors.telegram.transport import TelegramTransport
from helpdesk.limits import Limits
from tests.sandbox_process import SandboxProcess
from tests.telegram.conftest import NOWHERE
from tickets.transport import (
    ChannelAccess,
    DeliveryError,
    DeliveryUnknown,
    Entity,
    InboundMessage,
    OutboundFile,
    Part,
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture
def bot_api(sandbox: SandboxProcess) -> TelegramApi:
    sandbox.reset()
    sandbox.limits(False)
    return TelegramApi(sandbox.token, sandbox.url)


@pytest.fixture
def bot(bot_api: TelegramApi, sandbox: SandboxProcess) -> TelegramTransport:
    access = ChannelAccess(1, "telegram", sandbox.token, sandbox.url, describe(bot_api))
    return TelegramTransport(access, limits=Limits(NOWHERE))


def hear(api: TelegramApi) -> list[InboundMessage]:
    """Everything that waits, confirmed."""
    updates = get_updates(api, timeout=0)
    get_updates(api, next_offset(updates, None), timeout=0)
    me = describe(api)
    parsed = [parse(found.update, bot=Bot(me["id"], me["username"])) for found in updates]
    return [message for message in parsed if isinstance(message, InboundMessage)]


def hear_one(api: TelegramApi) -> InboundMessage:
    (message,) = hear(api)
    return message


def test_a_private_word_is_heard_and_answered(
    sandbox: SandboxProcess, bot_api: TelegramApi, bot: TelegramTransport
) -> None:
    number = sandbox.say("dana", "private", "سلام 🙏")
    heard = hear_one(bot_api)
    assert (heard.action, heard.text, heard.external_id) == ("message", "سلام 🙏", str(number))
    answer = Part(
        "send_text",
        heard.place,
        text="🙏 Hello",
        entities=(Entity("bold", 2, 5),),
        reply_to=heard.external_id,
    )
    sent = bot.send(answer)
    said = sandbox.messages("private", "dana")[-1]
    assert str(said["message_id"]) == sent.external_ids[0]
    assert said["text"] == "🙏 Hello"
    assert said["entities"] == [{"type": "bold", "offset": 3, "length": 5}]
    assert hear(bot_api) == []


def test_files_make_the_way_there_and_back(
    sandbox: SandboxProcess, bot_api: TelegramApi, bot: TelegramTransport, tmp_path: Path
) -> None:
    sandbox.say("dana", "private", "proof", file=b"%PDF-1.4 proof", file_name="dekont.pdf")
    heard = hear_one(bot_api)
    assert (heard.text, heard.files[0].name) == ("proof", "dekont.pdf")
    assert bot.fetch(heard.files[0].file_id, max_bytes=100) == b"%PDF-1.4 proof"
    paper = tmp_path / "note.txt"
    paper.write_bytes(b"a note")
    file = OutboundFile(str(paper), "note.txt", "text/plain")
    sent = bot.send(Part("send_files", heard.place, text="both", files=(file, file)))
    assert len(sent.external_ids) == 2


def test_a_blocked_bot_hears_so_and_cannot_send(
    sandbox: SandboxProcess, bot_api: TelegramApi, bot: TelegramTransport
) -> None:
    sandbox.say("dana", "private", "hi")
    place = hear_one(bot_api).place
    sandbox.block("dana")
    assert hear_one(bot_api).action == "unreachable"
    with pytest.raises(DeliveryError) as caught:
        bot.send(Part("send_text", place, text="hello?"))
    assert (caught.value.reason, caught.value.permanent) == ("blocked", True)
    sandbox.unblock("dana")
    assert hear_one(bot_api).action == "reachable"


def test_a_mention_in_a_group_is_acknowledged_and_deleted(
    sandbox: SandboxProcess, bot_api: TelegramApi, bot: TelegramTransport
) -> None:
    sandbox.set_role("en", "administrator", may_delete=True)
    hear(bot_api)
    name = describe(bot_api)["username"]
    number = sandbox.say("dana", "en", f"@{name} where is my deposit?")
    heard = hear_one(bot_api)
    assert (heard.place.kind, heard.addressed) == ("group", True)
    bot.send(Part("acknowledge", heard.place, target=heard.external_id))
    bot.send(Part("delete", heard.place, target=heard.external_id))
    bot.send(Part("delete", heard.place, target=heard.external_id))
    assert number not in [message["message_id"] for message in sandbox.messages("en")]


def test_a_send_that_is_lost_on_the_way_back_is_unknown(
    sandbox: SandboxProcess, bot_api: TelegramApi, bot: TelegramTransport
) -> None:
    sandbox.say("dana", "private", "hi")
    place = hear_one(bot_api).place
    sandbox.fault("lost", method="sendMessage")
    with pytest.raises(DeliveryUnknown):
        bot.send(Part("send_text", place, text="Once."))
    assert sandbox.bot_texts("private", "dana").count("Once.") == 1


def test_a_server_error_is_tried_again_and_a_flood_waits(
    sandbox: SandboxProcess, bot_api: TelegramApi, bot: TelegramTransport
) -> None:
    sandbox.say("dana", "private", "hi")
    place = hear_one(bot_api).place
    sandbox.fault("500", method="sendMessage")
    sandbox.fault("429", method="sendMessage", retry_after=7)
    with pytest.raises(DeliveryError, match="unavailable"):
        bot.send(Part("send_text", place, text="a"))
    with pytest.raises(DeliveryError, match="rate_limited") as caught:
        bot.send(Part("send_text", place, text="a"))
    assert caught.value.retry_after == 7


def test_a_wrong_token_is_told(sandbox: SandboxProcess) -> None:
    with pytest.raises(Refused) as caught:
        describe(TelegramApi("1:wrong", sandbox.url))
    assert caught.value.code in (401, 404)


def test_removing_a_webhook(bot_api: TelegramApi) -> None:
    delete_webhook(bot_api)
    assert describe(bot_api)["has_webhook"] is False
