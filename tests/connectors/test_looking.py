"""The sweep over the channels' health: what it finds, and that it asks seldom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import glance, looking
from connectors.models import ChannelHealth, InboundUpdate, Standing, UpdateState
from connectors.sandbox import world
from tests.cast import Outside
from tests.sandbox_process import SandboxProcess
from tickets.models import Channel, Conversation

pytestmark = pytest.mark.django_db


def glanced() -> glance.Glance:
    (found,) = glance.glances(Channel.objects.all())
    return found


def calls(bot_api: SandboxProcess) -> list[str]:
    return [call.method for call in bot_api.ledger().calls]


def test_a_channel_is_looked_at_once_in_a_while(channel: Channel, bot_api: SandboxProcess) -> None:
    assert glanced().state == "unknown"
    assert looking.look_due() == 1
    assert looking.look_due() == 0
    assert calls(bot_api).count("getme") == 1
    assert glanced().state == "well"
    ChannelHealth.objects.update(checked_at=timezone.now() - timedelta(minutes=4))
    assert looking.look_due() == 1
    channel.refresh_from_db()
    assert channel.config["username"] == world.BOT.username


def test_two_sweeps_look_once(channel: Channel, bot_api: SandboxProcess) -> None:
    ChannelHealth.objects.create(channel=channel)
    assert looking._claim(channel)
    assert not looking._claim(channel)
    assert calls(bot_api).count("getme") == 1


@pytest.mark.parametrize("fields", [{"is_active": False}, {"mode": "feed"}, {"kind": "form"}])
def test_what_is_off_or_has_no_service_is_left_alone(
    channel: Channel, fields: dict[str, Any]
) -> None:
    Channel.objects.update(**fields)
    assert looking.look_due() == 0


def test_a_dead_token_is_seen_and_so_is_its_end(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.fault("400", method="getMe", description="Unauthorized")
    token = channel.token
    channel.token = "7104226518:AnotherTokenThatIsNotTheRightOne-00"
    assert looking.look_at(channel).is_refused
    assert "token" in glanced().problem
    assert glanced().state == "silent"
    channel.token = token
    bot_api.clear_faults()
    assert not looking.look_at(channel).is_refused
    assert glanced().problem == ""


def test_a_service_that_is_away_is_no_dead_token(channel: Channel) -> None:
    channel.api_base = "http://127.0.0.1:9"
    found = looking.look_at(channel)
    assert not found.is_refused
    assert "getMe" in found.error
    assert channel.token not in found.error


def test_rights_in_groups_are_asked_for_a_few_at_a_time(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    english, turkish = (world.group(key).id for key in ("en", "tr"))
    for chat, thread, kind in (
        (english, "", "group"), (turkish, "4", "topic"), (turkish, "7", "topic"),
        (world.person("dana").id, "", "private"),
    ):  # fmt: skip
        Conversation.objects.create(
            channel=channel, external_id=str(chat), thread_id=thread, kind=kind
        )
    bot_api.set_role("tr", "member")
    looking.look_at(channel)
    found = {row.external_id: row for row in Standing.objects.all()}
    assert set(found) == {str(english), str(turkish)}
    assert (found[str(english)].status, found[str(english)].may_delete) == ("administrator", True)
    assert (found[str(turkish)].status, found[str(turkish)].may_delete) == ("member", False)
    looking.look_at(channel)
    assert calls(bot_api).count("getchatmember") == 2


def test_a_group_that_cannot_be_asked_waits_its_turn(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    Conversation.objects.create(channel=channel, external_id="-42", kind="group")
    assert looking.look_at(channel).error == ""
    standing = Standing.objects.get()
    assert standing.status == ""
    assert standing.checked_at is not None


def test_a_service_that_goes_away_is_not_asked_for_every_group(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    for number in range(3):
        Conversation.objects.create(channel=channel, external_id=f"-{number}", kind="group")
    bot_api.fault("close", method="getChatMember", times=3)
    assert looking.look_at(channel).error == ""
    assert calls(bot_api).count("getchatmember") == 1
    bot_api.clear_faults()


def test_what_waits_is_counted(outside: Outside) -> None:
    from tests.cast import DANA

    first, second = outside.keep(outside.said(DANA, "a")), outside.keep(outside.said(DANA, "b"))
    InboundUpdate.objects.filter(pk=first.pk).update(
        received_at=timezone.now() - timedelta(minutes=9)
    )
    InboundUpdate.objects.filter(pk=second.pk).update(state=UpdateState.SET_ASIDE)
    found = glanced()
    assert (found.open, found.set_aside, found.outgoing) == (1, 1, 0)
    assert timedelta(minutes=8) < found.lag < timedelta(minutes=10)


def test_silence_with_an_error_is_more_than_trouble(outside: Outside) -> None:
    now = timezone.now()
    Channel.objects.update(mode="pull", last_error="getUpdates: HTTP 502", last_update_at=now)
    assert glanced().state == "trouble"
    Channel.objects.update(last_update_at=now - timedelta(minutes=61))
    assert glanced().state == "silent"
    Channel.objects.update(last_error="", last_update_at=now - timedelta(days=9))
    ChannelHealth.objects.create(channel=outside.channel, answered_at=now)
    assert glanced().state == "well", "a quiet night is no trouble"
    Channel.objects.update(is_active=False)
    assert glanced().state == "paused"


def test_an_old_failure_of_the_webhook_is_history(outside: Outside) -> None:
    now = timezone.now()
    Channel.objects.update(mode="webhook", last_update_at=now - timedelta(minutes=5))
    health = ChannelHealth.objects.create(
        channel=outside.channel, answered_at=now, hook="ours",
        hook_error="Connection refused", hook_error_at=now - timedelta(minutes=9),
    )  # fmt: skip
    assert glanced().problem == ""
    health.hook_error_at = now
    health.save()
    assert glanced().problem == "Connection refused"


def test_a_glance_costs_the_same_for_one_and_many(
    outside: Outside, django_assert_num_queries: Any
) -> None:
    from tests.cast import telegram_channel

    for number in range(5):
        telegram_channel(outside.channel.team, name=f"Bot {number}")
    with django_assert_num_queries(5):
        assert len(glance.glances(Channel.objects.all())) == 6
