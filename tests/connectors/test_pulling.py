"""Pulling: one puller a channel, and a cursor that moves only with what it passes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.utils import timezone

from connectors import pulling
from connectors.errors import DoorError
from connectors.models import InboundUpdate
from connectors.raw import Raw
from connectors.telegram import door
from tests.sandbox_process import SandboxProcess
from tickets.models import Channel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_long_poll(settings: Any) -> None:
    settings.PULL_TIMEOUT = 0


def stored() -> list[str]:
    return [row.raw for row in InboundUpdate.objects.order_by("pk")]


def test_updates_are_pulled_stored_and_confirmed(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.say("dana", "private", "where is my deposit?")
    assert pulling.pull(channel.pk, seconds=0.3) == 1
    assert "where is my deposit?" in stored()[0]
    channel.refresh_from_db()
    assert channel.config["username"] == "KaviraHelpBot"
    assert channel.cursor == int(InboundUpdate.objects.get().external_id) + 1
    assert channel.last_update_at is not None
    assert (channel.lease_owner, channel.lease_until) == (None, None)
    pulling.pull(channel.pk, seconds=0.01)  # to ask again is to confirm; a slow machine asked once
    assert bot_api.ledger().unconfirmed() == []


def test_what_is_handed_out_twice_is_stored_once(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.say("dana", "private", "one")
    pulling.pull(channel.pk, seconds=0.1)
    Channel.objects.update(cursor=0)
    bot_api.say("dana", "private", "two")
    bot_api.duplicate(2)
    pulling.pull(channel.pk, seconds=0.3)
    assert len(stored()) == 2


def test_the_cursor_stays_when_the_commit_fails(
    channel: Channel, bot_api: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot_api.say("dana", "private", "one")

    def fail(*args: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(pulling, "store", fail)
        with pytest.raises(RuntimeError):
            pulling.pull(channel.pk, seconds=0.1)
    channel.refresh_from_db()
    assert (channel.cursor, channel.lease_owner) == (0, None)
    assert pulling.pull(channel.pk, seconds=0.1) == 1


def test_a_worker_that_ends_gives_its_lease_back(
    channel: Channel, bot_api: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_to_end(*args: Any) -> int:
        pulling.end_soon()
        return 1

    monkeypatch.setattr(pulling, "_ending", Event())
    monkeypatch.setattr(pulling, "_pull_once", told_to_end)
    assert pulling.pull(channel.pk, seconds=60) == 1
    assert pulling.ready_to_pull() == [channel.pk]


def test_there_is_one_puller(channel: Channel) -> None:
    assert pulling.ready_to_pull() == [channel.pk]
    me = uuid.uuid4()
    assert pulling._take(channel.pk, me)
    assert pulling.ready_to_pull() == []
    assert not pulling._take(channel.pk, uuid.uuid4())
    assert pulling.pull(channel.pk, seconds=0.1) == 0
    Channel.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert pulling.ready_to_pull() == [channel.pk]
    assert pulling._take(channel.pk, uuid.uuid4())
    assert not pulling._renew(channel.pk, me)


def test_who_has_lost_the_lease_commits_nothing(channel: Channel) -> None:
    late, now = uuid.uuid4(), uuid.uuid4()
    Channel.objects.update(lease_owner=now)
    raw = Raw(text="{}", external_id="5", conversation_key="k")
    assert pulling._commit(channel, late, [raw], cursor=6) == 0
    channel.refresh_from_db()
    assert (channel.cursor, stored()) == (0, [])
    assert pulling._commit(channel, now, [raw], cursor=6) == 1


def test_an_error_is_noted_without_the_token_and_gives_a_rest(
    channel: Channel, bot_api: SandboxProcess, caplog: pytest.LogCaptureFixture
) -> None:
    bot_api.fault("429", method="getUpdates", retry_after=30)
    assert pulling.pull(channel.pk, seconds=5) == 0
    channel.refresh_from_db()
    assert "429" in channel.last_error
    assert channel.last_error_at is not None
    assert channel.lease_until is not None
    assert timedelta(seconds=25) < channel.lease_until - timezone.now() < timedelta(seconds=31)
    assert pulling.ready_to_pull() == []
    assert bot_api.token not in caplog.text + channel.last_error
    Channel.objects.update(lease_until=None)
    pulling.pull(channel.pk, seconds=0.1)
    channel.refresh_from_db()
    assert channel.last_error == ""


def test_a_second_puller_elsewhere_is_told(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.fault(
        "400", method="getUpdates", description="Conflict: terminated by other getUpdates"
    )
    pulling.pull(channel.pk, seconds=2)
    channel.refresh_from_db()
    assert "Conflict" in channel.last_error


def test_a_token_that_is_none(channel: Channel) -> None:
    channel.token = "not a token"
    channel.save()
    assert pulling.pull(channel.pk, seconds=1) == 0
    channel.refresh_from_db()
    assert channel.last_error == "This is not a bot token."


@pytest.mark.parametrize("fields", [{"is_active": False}, {"mode": "feed"}])
def test_a_channel_that_is_off_is_left_alone(channel: Channel, fields: dict[str, Any]) -> None:
    Channel.objects.update(**fields)
    assert pulling.ready_to_pull() == []
    assert pulling.pull(channel.pk, seconds=1) == 0


def test_after_a_quiet_week_ids_may_start_anew(channel: Channel, bot_api: SandboxProcess) -> None:
    Channel.objects.update(cursor=2_000_000_000, last_update_at=timezone.now() - timedelta(days=8))
    bot_api.say("dana", "private", "one")
    assert pulling.pull(channel.pk, seconds=0.1) == 1
    channel.refresh_from_db()
    assert channel.cursor < 2_000_000_000
    bot_api.say("dana", "private", "two")
    assert pulling.pull(channel.pk, seconds=0.1) == 1


def test_a_quiet_channel_without_news_keeps_its_cursor(channel: Channel) -> None:
    quiet = timezone.now() - timedelta(days=8)
    Channel.objects.update(cursor=77, last_update_at=quiet)
    assert pulling.pull(channel.pk, seconds=0.1) == 0
    channel.refresh_from_db()
    assert (channel.cursor, channel.last_update_at) == (77, quiet)


def test_a_service_that_is_away(channel: Channel) -> None:
    channel.api_base = "http://127.0.0.1:9"
    with pytest.raises(DoorError) as caught:
        door.describe(channel)
    assert channel.token not in caught.value.reason
    assert caught.value.retry_after > 0
