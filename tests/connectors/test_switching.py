"""From pulling to a webhook and back: nothing is lost, nothing comes twice, and half a switch is finished."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from connectors import draining, looking, pulling, switching
from connectors.errors import DoorError
from connectors.models import ChannelHealth, Hook, InboundUpdate
from connectors.settling import hook_address
from connectors.telegram import care, door
from helpdesk.errors import Invalid
from tests.live import LiveApp
from tests.sandbox_process import SandboxProcess
from tickets.models import Channel, Message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_long_poll(settings: Any) -> None:
    settings.PULL_TIMEOUT = 0


def hook_at(bot_api: SandboxProcess) -> dict[str, Any]:
    found: dict[str, Any] = bot_api.call("getWebhookInfo").json()["result"]
    return found


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("channel", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def wait_until(true: Any, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.05)


@contextmanager
def in_the_background(work: Any) -> Iterator[None]:
    """Do it again and again until the block is left; what it raises is raised here."""
    ended, errors = threading.Event(), []

    def loop() -> None:
        try:
            while not ended.is_set():
                work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(20)
    assert not errors, errors


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_doubled_while_switching_back_and_forth(
    channel: Channel, bot_api: SandboxProcess, live_app: LiveApp, settings: Any
) -> None:
    settings.SITE_URL, settings.PULL_TIMEOUT = live_app.url, 1
    said: list[str] = []

    def speak() -> None:
        said.append(f"word {len(said)}")
        bot_api.say(("dana", "reza", "mehmet")[len(said) % 3], "private", said[-1])
        time.sleep(0.005)

    def puller() -> None:
        for channel_id in pulling.ready_to_pull():
            pulling.pull(channel_id, seconds=0.5)
        time.sleep(0.02)

    bot_api.replay_rate(0.05)
    with in_the_background(puller):
        with in_the_background(speak):
            for mode in ("webhook", "pull", "webhook", "pull", "webhook"):
                time.sleep(0.6)
                switching.switch(Channel.objects.get(), mode)
            time.sleep(0.6)
        wait_until(lambda: bot_api.ledger().unconfirmed() == [])
        switching.switch(Channel.objects.get(), "pull")
        said.append("the last word")
        bot_api.say("dana", "private", said[-1])
        wait_until(lambda: InboundUpdate.objects.filter(raw__contains=said[-1]).exists())
    bot_api.replay_rate(0)
    told = bot_api.ledger().updates
    assert sum(update.handed for update in told) > len(told), "some came twice"
    assert InboundUpdate.objects.count() == len(told) >= len(said)
    draining.drain(60)
    kept = list(Message.objects.filter(kind="incoming").values_list("text", flat=True))
    assert sorted(kept) == sorted(said)
    assert Channel.objects.get().last_error == ""


def test_the_service_is_told_where_and_the_secret_is_new(
    channel: Channel, bot_api: SandboxProcess, settings: Any
) -> None:
    bot_api.say("dana", "private", "waits")
    switching.switch(channel, "webhook")
    channel.refresh_from_db()
    assert channel.mode == "webhook"
    assert len(channel.hook_secret) > 30
    found = hook_at(bot_api)
    assert found["url"] == f"{settings.SITE_URL}/hooks/telegram/{channel.key}/"
    assert found["allowed_updates"] == list(bot_api_kinds())
    assert found["pending_update_count"] == 1, "what waits is not dropped"
    assert channel.token not in found["url"] and channel.hook_secret not in found["url"]
    assert pulling.ready_to_pull() == []


def bot_api_kinds() -> tuple[str, ...]:
    from connectors.telegram.pull import ALLOWED_UPDATES

    return ALLOWED_UPDATES


def test_a_switch_that_is_refused_leaves_it_as_it_was(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.fault("400", method="setWebhook", description="Bad Request: bad webhook: made up")
    with pytest.raises(Invalid, match="bad webhook"):
        switching.switch(channel, "webhook")
    assert Channel.objects.get().mode == "pull"
    assert pulling.ready_to_pull() == [channel.pk]
    switching.switch(channel, "webhook")
    bot_api.fault("500", method="deleteWebhook")
    with pytest.raises(Invalid):
        switching.switch(channel, "pull")
    assert Channel.objects.get().mode == "webhook"


def test_a_switch_whose_answer_was_lost_is_undone_by_the_next_look(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    looking.look_at(channel)
    bot_api.fault("lost", method="setWebhook")
    with pytest.raises(Invalid):
        switching.switch(channel, "webhook")
    assert hook_at(bot_api)["url"] == hook_address(channel)
    bot_api.say("dana", "private", "in between")
    assert pulling.pull(channel.pk, seconds=1) == 0
    assert ChannelHealth.objects.get().checked_at is None, "a refused puller asks for a look"
    assert looking.look_due() == 1
    assert hook_at(bot_api)["url"] == ""
    Channel.objects.update(lease_until=None)
    assert pulling.pull(channel.pk, seconds=0.3) == 1


def test_back_to_pulling_begins_at_the_oldest_that_waits(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    """After a quiet week numbers begin anew: the cursor from before the webhook would throw away what is new."""
    Channel.objects.update(cursor=2_100_000_000)
    channel.refresh_from_db()
    switching.switch(channel, "webhook")
    bot_api.say("dana", "private", "one")
    switching.switch(channel, "pull")
    assert pulling.pull(channel.pk, seconds=0.3) == 1


def test_a_puller_that_is_cut_off_by_the_webhook_is_no_error(
    channel: Channel, bot_api: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(mine: Channel, *, wait: int) -> Any:
        switching.switch(Channel.objects.get(), "webhook")
        return real(mine, wait=wait)

    real = door.fetch
    monkeypatch.setattr(door, "fetch", fetch)
    assert pulling.pull(channel.pk, seconds=5) == 0
    channel.refresh_from_db()
    assert (channel.mode, channel.last_error, channel.lease_owner) == ("webhook", "", None)


@pytest.mark.parametrize(
    ("site", "is_taken"),
    [("https://desk.example", True), ("https://desk.example:8443", True),
     ("http://desk.example", False), ("https://desk.example:8000", False),
     ("http://127.0.0.1:8000", False)],
)  # fmt: skip
def test_what_telegram_would_not_post_to_is_said_before_it_is_asked(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, settings: Any, site: str, is_taken: bool
) -> None:
    channel.api_base, settings.SITE_URL = "https://api.telegram.org", site
    if is_taken:
        care._check(channel, hook_address(channel))
        return
    with pytest.raises(DoorError, match="443, 80, 88 or 8443"):
        care.set_hook(channel, hook_address(channel))


def test_the_command_switches_and_says_why_not(channel: Channel, bot_api: SandboxProcess) -> None:
    assert "posted to us" in run("mode", channel.name, "webhook")
    assert "webhook) " in run("list")
    assert "pulled" in run("mode", channel.name, "pull")
    bot_api.fault("400", method="setWebhook", description="Bad Request: bad webhook: made up")
    with pytest.raises(CommandError, match="bad webhook"):
        run("mode", channel.name, "webhook")


def test_a_webhook_that_was_taken_away_is_set_again_and_a_foreign_one_is_told(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    switching.switch(channel, "webhook")
    bot_api.call("deleteWebhook")
    assert looking.look_at(channel).hook == Hook.OURS
    assert hook_at(bot_api)["url"] == hook_address(channel)
    bot_api.call("setWebhook", url="http://127.0.0.1:9/else/")
    assert looking.look_at(channel).hook == Hook.FOREIGN
    assert hook_at(bot_api)["url"] == "http://127.0.0.1:9/else/", "it is theirs"
    switching.switch(channel, "webhook")
    assert ChannelHealth.objects.get().hook == Hook.OURS


def test_a_desk_that_moved_tells_its_new_address(
    channel: Channel, bot_api: SandboxProcess, settings: Any
) -> None:
    switching.switch(channel, "webhook")
    settings.SITE_URL = "http://127.0.0.1:9"
    assert looking.look_at(channel).hook == Hook.OURS
    assert hook_at(bot_api)["url"].startswith("http://127.0.0.1:9/hooks/")


def test_a_foreign_webhook_before_a_pulled_channel_is_told_and_left(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    channel.config = door.describe(channel)
    bot_api.call("setWebhook", url="http://127.0.0.1:9/else/")
    assert looking.look_at(channel).hook == Hook.FOREIGN
    assert hook_at(bot_api)["url"] == "http://127.0.0.1:9/else/"
    switching.switch(channel, "pull")
    assert hook_at(bot_api)["url"] == ""
