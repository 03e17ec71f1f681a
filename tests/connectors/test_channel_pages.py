"""The pages where an admin cares for channels."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connectors import draining, looking
from connectors.models import ChannelHealth, InboundUpdate, Standing, UpdateState
from connectors.sandbox import world
from tests.cast import DANA, PASSWORD, TOKEN, Desk, Outside, telegram_channel
from tests.sandbox_process import SandboxProcess
from tickets.models import Channel, Conversation, Delivery

pytestmark = pytest.mark.django_db

OTHER_TOKEN = world.QUIET_BOT.token


@pytest.fixture
def admin(desk: Desk, client: Client) -> Client:
    """Signed in a while ago."""
    client.force_login(desk.admin)
    return client


def show_who_you_are(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


@pytest.fixture
def sure(admin: Client) -> Client:
    """Has just typed the password."""
    show_who_you_are(admin)
    return admin


@pytest.fixture
def wishes(desk: Desk, bot_api: SandboxProcess, settings: Any) -> dict[str, str]:
    """A filled-in form, and the sandbox where Telegram is."""
    settings.TELEGRAM_API_BASE = bot_api.url
    return {
        "kind": "telegram", "name": "Kavira", "token": bot_api.token, "mode": "pull",
        "team": str(desk.team.pk), "default_language": "tr",
    }  # fmt: skip


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_list_says_how_each_channel_is(outside: Outside, admin: Client) -> None:
    outside.keep(outside.said(DANA, "to do"))
    Channel.objects.update(
        mode="pull", last_error="getUpdates: HTTP 502",
        last_update_at=timezone.now() - timedelta(hours=3),
    )  # fmt: skip
    shown = text_of(admin.get("/channels/"))
    for words in ("Kite bot", "Silent", "getUpdates: HTTP 502", "Pulled"):
        assert words in shown
    Channel.objects.update(last_error="")
    ChannelHealth.objects.create(channel=outside.channel, is_refused=True)
    assert "does not take the token" in text_of(admin.get("/channels/"))


def test_no_channel_is_an_invitation(admin: Client) -> None:
    assert "Add a channel" in text_of(admin.get("/channels/"))


def test_a_page_asks_nobody_outside(
    channel: Channel, bot_api: SandboxProcess, sure: Client
) -> None:
    looking.look_at(channel)
    before = len(bot_api.ledger().calls)
    for address in ("/channels/", f"/channels/{channel.pk}/", f"/channels/{channel.pk}/edit/"):
        assert sure.get(address).status_code == 200
    assert sure.get("/channels/add/").status_code == 200
    assert len(bot_api.ledger().calls) == before


def test_a_channel_is_added_and_its_token_never_seen_again(
    sure: Client, wishes: dict[str, str], bot_api: SandboxProcess
) -> None:
    answer = sure.post("/channels/add/", wishes, follow=True)
    channel = Channel.objects.get()
    assert answer.redirect_chain[-1][0] == f"/channels/{channel.pk}/"
    assert "KaviraHelpBot" in text_of(answer)
    assert (channel.name, channel.token, channel.mode) == ("Kavira", bot_api.token, "pull")
    assert (channel.default_language, channel.api_base) == ("tr", "")
    secret = bot_api.token.partition(":")[2]
    for address in ("/channels/", f"/channels/{channel.pk}/", f"/channels/{channel.pk}/edit/"):
        assert secret not in text_of(sure.get(address))


def test_a_channel_is_added_with_a_webhook_or_pulled_with_the_reason(
    sure: Client, wishes: dict[str, str], bot_api: SandboxProcess
) -> None:
    sure.post("/channels/add/", wishes | {"mode": "webhook"})
    channel = Channel.objects.get()
    assert channel.mode == "webhook"
    assert str(channel.key) in bot_api.call("getWebhookInfo").json()["result"]["url"]
    channel.delete()
    bot_api.fault("400", method="setWebhook", description="Bad Request: bad webhook: made up")
    answer = sure.post("/channels/add/", wishes | {"mode": "webhook"}, follow=True)
    assert "bad webhook" in text_of(answer)
    assert Channel.objects.get().mode == "pull"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [({"token": "123456:wrong"}, "does not take this token"),
     ({"token": "not a token at all"}, "This is not a bot token."),
     ({"token": ""}, "required"), ({"name": "Kite bot"}, "already exists"),
     ({"name": "a\u202ename"}, "no invisible characters"), ({"mode": "feed"}, "valid choice"),
     ({"kind": "form"}, "valid choice"), ({"team": "0"}, "valid choice"),
     ({"default_language": "xx"}, "valid choice")],
)  # fmt: skip
def test_bad_input_loses_nothing_but_the_token(
    sure: Client, wishes: dict[str, str], outside: Outside, wrong: dict[str, str], reason: str
) -> None:
    answer = sure.post("/channels/add/", {"name": "A name that was typed"} | wishes | wrong)
    assert answer.status_code == 422
    shown = text_of(answer)
    assert reason in shown
    assert (wishes | wrong)["name"].replace("\u202e", "") in shown.replace("\u202e", "")
    for token in {wishes["token"], wrong.get("token", "")} - {""}:
        assert token not in shown
    assert Channel.objects.get() == outside.channel


def test_one_bot_is_one_channel(
    sure: Client, wishes: dict[str, str], bot_api: SandboxProcess
) -> None:
    sure.post("/channels/add/", wishes)
    answer = sure.post("/channels/add/", wishes | {"name": "Again"})
    assert "connected already, as Kavira" in text_of(answer)


def test_a_service_that_is_away_is_told(
    sure: Client, wishes: dict[str, str], settings: Any
) -> None:
    settings.TELEGRAM_API_BASE = "http://127.0.0.1:9"
    answer = sure.post("/channels/add/", wishes)
    assert (answer.status_code, Channel.objects.count()) == (422, 0)
    assert "getMe" in text_of(answer)
    assert wishes["token"].partition(":")[2] not in text_of(answer)


@pytest.mark.parametrize("which", ["add", "edit"])
def test_only_what_the_form_shows_is_changed(
    sure: Client, wishes: dict[str, str], bot_api: SandboxProcess, which: str
) -> None:
    """Mass assignment: every column of the table is offered, and four are taken."""
    address, before = "/channels/add/", None
    if which == "edit":
        sure.post(address, wishes)
        before = Channel.objects.get()
        address, wishes = f"/channels/{before.pk}/edit/", wishes | {"name": "New", "token": ""}
    forged = {
        "id": "77", "pk": "77", "api_base": "http://127.0.0.1:9", "key": "0" * 32,
        "hook_secret": "mine", "cursor": "9", "is_active": "", "config": '{"id": "1"}',
        "lease_until": "2099-01-01", "last_error": "mine", "last_update_at": "2020-01-01",
    }  # fmt: skip
    assert sure.post(address, wishes | forged).status_code == 302
    channel = Channel.objects.get()
    assert (channel.name, channel.api_base, channel.is_active) == (wishes["name"], "", True)
    assert channel.token == bot_api.token
    assert (channel.cursor, channel.hook_secret, channel.last_error) == (0, "", "")
    assert channel.config["id"] == str(world.BOT.id)
    assert channel.pk != 77 and channel.key.int != 0
    if before:
        assert (channel.key, channel.mode) == (before.key, before.mode)


def test_a_new_token_must_be_of_the_same_bot(
    channel: Channel, sure: Client, bot_api: SandboxProcess
) -> None:
    looking.look_at(channel)
    address = f"/channels/{channel.pk}/edit/"
    fields = {"name": "Renamed", "team": str(channel.team_id), "default_language": "fa"}
    answer = sure.post(address, fields | {"token": OTHER_TOKEN})
    assert answer.status_code == 422
    assert "of another bot, @KaviraQuietBot" in text_of(answer)
    assert "Renamed" in text_of(answer) and OTHER_TOKEN not in text_of(answer)
    channel.refresh_from_db()
    assert (channel.name, channel.token) == ("Kite bot", bot_api.token)
    Channel.objects.update(token="7104226518:an-old-one-that-was-revoked-000000")
    assert sure.post(address, fields | {"token": bot_api.token}).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.token) == ("Renamed", bot_api.token)
    assert sure.post(address, fields | {"token": "", "name": "Again"}).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.token) == ("Again", bot_api.token)


def test_whoever_sits_before_an_open_desk_connects_nothing(
    admin: Client, wishes: dict[str, str], channel: Channel
) -> None:
    for address in ("/channels/add/", f"/channels/{channel.pk}/edit/"):
        answer = admin.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    answer = admin.post("/channels/add/", wishes)
    assert answer.status_code == 422
    assert "sign in once more" in text_of(answer)
    assert wishes["name"] in text_of(answer)
    assert wishes["token"] not in str(dict(admin.session)), "not even in the session"
    assert Channel.objects.get() == channel
    answer = admin.post(f"/channels/{channel.pk}/mode/", {"mode": "webhook"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert Channel.objects.get().mode == "pull"


def test_the_demos_people_are_not_asked(desk: Desk, admin: Client, settings: Any) -> None:
    desk.admin.is_demo = True
    desk.admin.save()
    assert admin.get("/channels/add/").status_code == 302
    settings.DEMO = True
    assert admin.get("/channels/add/").status_code == 200
    assert admin.get("/accounts/2fa/totp/activate/").status_code == 302, "their account is theirs"


def test_it_is_switched_tested_paused_and_goes_on(
    channel: Channel, sure: Client, bot_api: SandboxProcess
) -> None:
    def press(name: str, **fields: str) -> str:
        return text_of(sure.post(f"/channels/{channel.pk}/{name}/", fields, follow=True))

    assert "It answers, as @KaviraHelpBot" in press("test")
    assert "None was lost" in press("mode", mode="webhook")
    assert Channel.objects.get().mode == "webhook"
    assert "Paused" in press("pause")
    assert not Channel.objects.get().is_active
    press("resume")
    assert Channel.objects.get().is_active
    bot_api.fault("400", method="getMe", description="made up")
    assert "made up" in press("test")
    bot_api.clear_faults()
    assert "Choose pull or webhook" in press("mode", mode="feed")
    bot_api.fault("400", method="deleteWebhook", description="made up")
    assert "That did not work: deleteWebhook" in press("mode", mode="pull")
    assert Channel.objects.get().mode == "webhook"


def test_everything_set_aside_is_replayed_at_once(outside: Outside, admin: Client) -> None:
    for number in range(3):
        outside.keep(outside.said(DANA, f"poison {number}"))
    InboundUpdate.objects.update(state=UpdateState.SET_ASIDE, tries=5, reason="KeyError in receive")
    other = telegram_channel(outside.channel.team, name="Other")
    shown = text_of(admin.get(f"/channels/{outside.channel.pk}/"))
    assert "KeyError in receive" in shown and "poison" not in shown
    assert "0 updates" in text_of(admin.post(f"/channels/{other.pk}/replay/", follow=True))
    answer = admin.post(f"/channels/{outside.channel.pk}/replay/", follow=True)
    assert "3 updates are in line again" in text_of(answer)
    assert draining.drain(5) == 3


def test_the_page_names_the_rights_that_are_missing(outside: Outside, admin: Client) -> None:
    for chat, title, status, may_delete in (
        ("-1", "Well set up", "administrator", True), ("-2", "Deaf here", "member", False),
        ("-3", "Nobody looked", "", False),
    ):  # fmt: skip
        Conversation.objects.create(
            channel=outside.channel, external_id=chat, kind="group", title=title
        )
        Standing.objects.create(
            channel=outside.channel, external_id=chat, status=status, may_delete=may_delete
        )
    shown = text_of(admin.get(f"/channels/{outside.channel.pk}/"))
    assert "Privacy mode is on" in shown
    order = [shown.index(title) for title in ("Deaf here", "Nobody looked", "Well set up")]
    assert order == sorted(order)
    assert shown.count(">No</span>") == 2


def test_the_page_names_the_places_where_less_may_be_sent(outside: Outside, admin: Client) -> None:
    outside.says(DANA, "where is my deposit?")
    assert "Asked to send less" not in text_of(admin.get(f"/channels/{outside.channel.pk}/"))
    soon = timezone.now() + timedelta(minutes=20)
    Delivery.objects.update(reason="rate_limited", not_before=soon)
    shown = text_of(admin.get(f"/channels/{outside.channel.pk}/"))
    assert "Asked to send less" in shown and "Dana" in shown
    Channel.objects.update(failed_calls=5)
    assert "does not answer when we send" in text_of(admin.get("/channels/"))


def test_a_channel_without_a_service_has_nothing_to_test(desk: Desk, sure: Client) -> None:
    form = Channel.objects.create(name="The form", kind="form", mode="feed", team=desk.team)
    shown = text_of(sure.get(f"/channels/{form.pk}/"))
    assert "/test/" not in shown and "/mode/" not in shown
    assert 'name="token"' not in text_of(sure.get(f"/channels/{form.pk}/edit/"))
    for name in ("test", "mode"):
        assert sure.post(f"/channels/{form.pk}/{name}/", {"mode": "pull"}).status_code == 422
    assert sure.post(f"/channels/{form.pk + 1}/test/").status_code == 404


def test_names_of_strangers_are_shown_as_they_are(outside: Outside, admin: Client) -> None:
    name = '<script>alert(1)</script>"\u202etxt'
    Conversation.objects.create(channel=outside.channel, external_id="-1", kind="group", title=name)
    Channel.objects.update(last_error=name)
    for address in ("/channels/", f"/channels/{outside.channel.pk}/"):
        shown = text_of(admin.get(address))
        assert "<script>alert" not in shown and "\u202e" not in shown
        assert TOKEN not in shown


def test_the_words_are_true_a_while_after_the_password(sure: Client) -> None:
    session = sure.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 3600
    session.save()
    assert sure.get("/channels/add/").status_code == 302
