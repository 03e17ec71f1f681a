"""Canaries on every way: no token and no seed phrase in a log line, a row or a task's arguments."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
import redis
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from connectors import draining, pulling
from connectors.inbox import store
from connectors.raw import Raw
from connectors.tasks import drain_inbox, pull_channel
from connectors.views.hooks import SECRET_HEADER
from helpdesk.hints import send as send_hint
from tests.cast import DANA, GROUP, Outside, telegram_channel
from tests.cast import PASSWORD as DESK_PASSWORD
from tests.readings.secret_makers import phrase, wif
from tests.sandbox_process import SandboxProcess
from tickets.actions import delivery as outbox
from tickets.actions import files
from tickets.models import Channel, Delivery

pytestmark = pytest.mark.django_db

CANARY = "5000222:AAcanaryOfTheTokenThatNobodyMaySee"
SEED = phrase("english", 12, 9)
WIF = wif(9)
PASSWORD = "canary-of-a-password"


def everything_stored() -> str:
    """Every text of every table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name from information_schema.tables where table_schema = 'public'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'select t::text from "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def assert_no_canary(*texts: str) -> None:
    for text in texts:
        assert CANARY.partition(":")[2] not in text
        assert WIF not in text
        assert PASSWORD not in text
        assert " ".join(SEED[:2]) not in text
        assert json.dumps(" ".join(SEED))[1:-1] not in text


@pytest.fixture
def outside(desk: Any, bot_api: SandboxProcess) -> Outside:
    """A bot whose token is the canary. The service knows no such bot."""
    return Outside(
        telegram_channel(desk.team, token=CANARY, api_base=bot_api.url, mode="pull", config={})
    )


def test_pulling_with_a_refused_token(outside: Outside, logged: io.StringIO) -> None:
    for base in (outside.channel.api_base, "http://127.0.0.1:9", "http://127.0.0.1:1/x y"):
        Channel.objects.update(api_base=base, lease_until=None)
        pulling.pull(outside.channel.pk, seconds=1)
        pull_channel.apply(args=(outside.channel.pk,))
    outside.channel.refresh_from_db()
    assert outside.channel.last_error
    assert "pull_failed" in logged.getvalue()
    assert_no_canary(logged.getvalue(), everything_stored())


def test_adding_with_a_refused_token(bot_api: SandboxProcess, logged: io.StringIO) -> None:
    for token in (CANARY, f"{CANARY} with blanks", f"{CANARY}/../x"):
        with pytest.raises(CommandError) as caught:
            call_command("channel", "add", "telegram", "--name=a", f"--token={token}",
                         f"--api-base={bot_api.url}")  # fmt: skip
        assert_no_canary(str(caught.value), repr(caught.value.__context__))
    assert_no_canary(logged.getvalue())


def test_sending_and_fetching_with_a_refused_token(outside: Outside, logged: io.StringIO) -> None:
    photo = [{"file_id": "f", "width": 9, "height": 9}]
    outside.says(DANA, caption="where is my deposit", photo=photo)
    outbox.drain()
    files.fetch_pending()
    assert Delivery.objects.get().reason == "unauthorised"
    Channel.objects.update(api_base="http://127.0.0.1:9")
    outside.says({**DANA, "id": 7055}, "and mine?")
    outbox.drain()
    assert "telegram_call_failed" in logged.getvalue()
    assert_no_canary(logged.getvalue(), everything_stored())


@pytest.mark.parametrize(
    "text",
    [
        " ".join(SEED), f"my words: {', '.join(SEED)}", "\n".join(SEED), f"key {WIF}",
        " ".join(f"{number}. {word}" for number, word in enumerate(SEED, 1)),
    ],
)  # fmt: skip
def test_a_secret_in_a_message_is_nowhere(outside: Outside, logged: io.StringIO, text: str) -> None:
    outside.says(DANA, text)
    outside.says(DANA, caption=text, photo=[{"file_id": "f", "width": 9, "height": 9}])
    outside.says(DANA, text, chat={**GROUP, "title": text})
    said = outside.said({**DANA, "first_name": text}, "my name is odd")
    outside.take(said)
    outside.take(outside.edited(said, f"edited: {text}"))
    outside.says(DANA, text, reply_to=said["message"]["message_id"], quote={"text": text})
    stored = everything_stored()
    assert_no_canary(logged.getvalue(), stored)
    assert not [word for word in (f"{SEED[0]} {SEED[1]}", f"1. {SEED[0]}") if word in stored]


@pytest.mark.parametrize("where", ["receive_all", "_done"])
def test_an_exception_that_quotes_the_payload(
    outside: Outside, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ValueError(f"cannot take {PASSWORD} and {args} {kwargs}")

    monkeypatch.setattr(draining, where, fail)
    row = outside.keep(outside.said(DANA, f"my password is {PASSWORD[:6]}"))
    drain_inbox.apply()
    row.refresh_from_db()
    assert row.tries == 1
    assert "update_failed" in logged.getvalue()
    assert_no_canary(logged.getvalue(), row.reason)


def test_a_row_that_cannot_be_stored(outside: Outside, logged: io.StringIO) -> None:
    store(outside.channel, [Raw(text=f"\x00 {PASSWORD}", external_id="1", conversation_key="k")])
    assert "update_set_aside" in logged.getvalue()
    assert_no_canary(logged.getvalue(), everything_stored())


def test_httpx_says_nothing_of_its_addresses(bot_api: SandboxProcess, logged: io.StringIO) -> None:
    httpx.get(f"{bot_api.url}/bot{CANARY}/getMe", trust_env=False)
    assert_no_canary(logged.getvalue())


def test_what_is_typed_into_forms(client: Client, desk: Any, logged: io.StringIO) -> None:
    client.post("/accounts/login/", {"login": "alice@desk.example", "password": PASSWORD})
    client.get(f"/files/{PASSWORD}/")
    client.get(f"/accounts/password/reset/key/1-{PASSWORD}/")
    client.force_login(desk.alice)
    client.post("/profile/", {"display_name": "", "public_alias": PASSWORD})
    assert_no_canary(logged.getvalue())


def test_a_token_typed_into_the_channels_page(
    client: Client, desk: Any, bot_api: SandboxProcess, logged: io.StringIO, settings: Any
) -> None:
    client.force_login(desk.admin)
    client.raise_request_exception = False
    form = {"kind": "telegram", "name": "a", "mode": "webhook", "team": desk.team.pk,
            "default_language": "en"}  # fmt: skip
    said = []
    for base in (bot_api.url, "http://127.0.0.1:9"):
        settings.TELEGRAM_API_BASE = base
        said += [
            client.post("/channels/add/", form | {"token": token}).content.decode()
            for token in (CANARY, f"{CANARY} with blanks", f"{CANARY}/../x")
        ]
        client.post("/accounts/reauthenticate/", {"password": DESK_PASSWORD})
    channel = telegram_channel(desk.team, token=CANARY, api_base=bot_api.url, mode="pull")
    for name in ("test", "mode", "pause", "resume", "replay"):
        answer = client.post(f"/channels/{channel.pk}/{name}/", {"mode": "webhook"}, follow=True)
        said.append(answer.content.decode())
    pages = (f"/channels/{channel.pk}/", f"/channels/{channel.pk}/edit/")
    said += [client.get(page).content.decode() for page in pages]
    assert_no_canary(logged.getvalue(), everything_stored(), *said)


def test_the_secret_of_a_webhook(outside: Outside, client: Client, logged: io.StringIO) -> None:
    Channel.objects.update(mode="webhook", hook_secret=PASSWORD)
    for secret in (PASSWORD, PASSWORD + "x"):
        for key in (outside.channel.key, "0" * 32):
            client.post(
                f"/hooks/telegram/{key}/", json.dumps(outside.said(DANA, "hi")),
                "application/json", headers={SECRET_HEADER: secret},
            )  # fmt: skip
    assert_no_canary(logged.getvalue(), everything_stored())


def test_tasks_carry_ids_only(outside: Outside, valkey: redis.Redis) -> None:
    outside.keep(outside.said(DANA, " ".join(SEED)))
    send_hint(drain_inbox)
    send_hint(pull_channel, outside.channel.pk)
    client = redis.Redis.from_url(settings.BROKER_URL)
    queued = str([client.lrange(name, 0, -1) for name in ("celery", "pull")])
    client.close()
    assert "connectors.tasks.pull_channel" in queued
    assert_no_canary(queued)
