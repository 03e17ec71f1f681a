"""The webhook door: whose posts are taken, and that each update is one row."""

from __future__ import annotations

import json
import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import compare_digest
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from connectors import draining, hooking, pausing
from connectors.models import InboundUpdate, UpdateState
from connectors.views import hooks
from helpdesk.crypto import decrypt
from tests.cast import DANA, EMRE, Outside
from tests.readings.secret_makers import phrase
from tickets.models import Channel, Message

pytestmark = pytest.mark.django_db

SECRET = "a-secret-that-telegram-brings-along"


@pytest.fixture
def hooked(outside: Outside) -> Outside:
    Channel.objects.update(mode="webhook", hook_secret=SECRET)
    outside.channel.refresh_from_db()
    return outside


def post(channel: Channel, body: Any, *, secret: str | None = SECRET, key: str = "") -> int:
    return answer_to(channel, body, secret=secret, key=key).status_code


def answer_to(
    channel: Channel, body: Any, *, secret: str | None = SECRET, key: str = ""
) -> HttpResponse:
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    headers = {} if secret is None else {hooks.SECRET_HEADER: secret}
    client = Client(enforce_csrf_checks=True)
    return client.post(  # type: ignore[return-value]
        f"/hooks/telegram/{key or channel.key}/", content, "application/json", headers=headers
    )


def test_an_update_is_stored_and_becomes_a_message(hooked: Outside) -> None:
    said = hooked.said(DANA, "where is my deposit?")
    assert post(hooked.channel, said) == 200
    row = InboundUpdate.objects.get()
    assert (row.state, row.external_id) == (UpdateState.OPEN, str(said["update_id"]))
    draining.drain_batch()
    assert Message.objects.filter(text="where is my deposit?").exists()
    hooked.channel.refresh_from_db()
    assert hooked.channel.last_update_at is not None


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET.upper(), SECRET[:-1], SECRET + "x"])
def test_without_the_secret_nothing_is_taken(hooked: Outside, secret: str | None) -> None:
    assert post(hooked.channel, hooked.said(DANA, "hi"), secret=secret) == 401
    assert not InboundUpdate.objects.exists()


def test_an_unknown_key_and_a_wrong_secret_look_alike(
    hooked: Outside, django_assert_num_queries: Any
) -> None:
    said = hooked.said(DANA, "hi")
    answers = []
    for key, secret in (("", "wrong"), (str(uuid.uuid4()), SECRET), ("no-key-at-all", SECRET)):
        with django_assert_num_queries(1), patch.object(hooks, "decrypt", wraps=decrypt) as d:
            answer = answer_to(hooked.channel, said, key=key, secret=secret)
        assert d.call_count == (1 if key else 0), "as many decryptions as for a known key"
        answers.append((answer.status_code, answer.content, set(answer.headers)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][:2] == (401, b"")


def test_the_secret_is_compared_in_constant_time(hooked: Outside) -> None:
    with patch.object(hooks, "compare_digest", wraps=compare_digest) as compare:
        post(hooked.channel, hooked.said(DANA, "hi"), secret="wrong")
        post(hooked.channel, hooked.said(DANA, "hi"), key=str(uuid.uuid4()))
    assert compare.call_count == 2


def test_a_channel_that_never_had_a_webhook_takes_nothing(outside: Outside) -> None:
    for secret in (None, "", SECRET):
        assert post(outside.channel, outside.said(DANA, "hi"), secret=secret) == 401
    assert not InboundUpdate.objects.exists()


def test_the_secret_is_not_in_the_database(hooked: Outside) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select hook_secret from tickets_channel")
        assert SECRET not in cursor.fetchone()[0]


def test_secrets_of_people_are_masked_before_it_is_stored(hooked: Outside) -> None:
    seed = " ".join(phrase("english", 12, 9))
    assert post(hooked.channel, hooked.said(DANA, f"my words: {seed}")) == 200
    row = InboundUpdate.objects.get()
    assert seed not in row.raw
    assert row.masked


@pytest.mark.parametrize(
    "body",
    ["", "not json", "[]", "null", b"\xff\xfe\x00", '{"update_id": 1, "message": ', "[" * 20_000,
     '{"update_id": 3, "message": {"text": "\x00 \\ud800"}}', '{"update_id": "' + "9" * 400 + '"}'],
)  # fmt: skip
def test_what_nobody_can_read_is_kept_and_not_asked_for_again(hooked: Outside, body: Any) -> None:
    assert post(hooked.channel, body) == 200
    assert post(hooked.channel, body) == 200
    assert post(hooked.channel, hooked.said(DANA, "after it")) == 200
    draining.drain()
    assert InboundUpdate.objects.count() == 2
    assert not InboundUpdate.objects.filter(state=UpdateState.OPEN, tries=0).exists()
    assert Message.objects.filter(text="after it").exists()


def test_a_body_without_end_is_set_aside(hooked: Outside) -> None:
    for _twice in range(2):
        assert post(hooked.channel, b"x" * (hooking.BODY_LIMIT + 10)) == 200
    row = InboundUpdate.objects.get()
    assert (row.state, row.raw) == (UpdateState.SET_ASIDE, "")
    assert "larger than" in row.reason


def test_without_a_database_it_shall_come_again(hooked: Outside) -> None:
    for name in ("connectors.hooking.store", "connectors.views.hooks._channel"):
        with patch(name, side_effect=OperationalError("away")):
            answer = answer_to(hooked.channel, hooked.said(DANA, "hi"))
        assert (answer.status_code, answer["Retry-After"]) == (503, hooks.RETRY_AFTER)
    assert not InboundUpdate.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_with_the_database_really_away(hooked: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    said = hooked.said(DANA, "hi")
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        away.setitem(connection.settings_dict, "PORT", "9")
        assert post(hooked.channel, said) == 503
        connection.close()
    assert post(hooked.channel, said) == 200
    assert InboundUpdate.objects.count() == 1


def test_other_methods_are_refused(hooked: Outside) -> None:
    address = f"/hooks/telegram/{hooked.channel.key}/"
    assert Client().get(address, headers={hooks.SECRET_HEADER: SECRET}).status_code == 405


def test_when_it_was_heard_is_written_now_and_then(
    hooked: Outside, django_assert_num_queries: Any
) -> None:
    post(hooked.channel, hooked.said(DANA, "one"))
    with patch.object(Channel.objects, "filter", wraps=Channel.objects.filter) as asked:
        post(hooked.channel, hooked.said(DANA, "two"))
    assert asked.call_count == 0
    Channel.objects.update(last_update_at=timezone.now() - timedelta(minutes=1))
    post(hooked.channel, hooked.said(DANA, "three"))
    hooked.channel.refresh_from_db()
    heard = hooked.channel.last_update_at
    assert heard is not None
    assert timezone.now() - heard < timedelta(seconds=30)


def test_a_paused_channel_keeps_what_comes_until_it_goes_on(hooked: Outside) -> None:
    pausing.pause(hooked.channel)
    one = hooked.said(DANA, "one")
    assert post(hooked.channel, one) == post(hooked.channel, one) == 200
    assert draining.drain(0.2) == 0
    assert InboundUpdate.objects.get().state == UpdateState.OPEN
    pausing.resume(hooked.channel)
    assert draining.drain(0.5) == 1
    assert Message.objects.filter(text="one").exists()


def test_a_row_that_backs_off_is_not_hurried_by_going_on(hooked: Outside) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    post(hooked.channel, hooked.said(DANA, "one"))
    InboundUpdate.objects.update(not_before=soon)
    pausing.pause(hooked.channel)
    pausing.resume(hooked.channel)
    assert InboundUpdate.objects.get().not_before == soon


@pytest.mark.django_db(transaction=True)
def test_the_same_update_hundreds_of_times_at_once_has_one_effect(hooked: Outside) -> None:
    updates = [hooked.said(who, f"word {n}") for n in range(4) for who in (DANA, EMRE)]
    posts = updates * 40
    random.Random(5).shuffle(posts)
    with ThreadPoolExecutor(20) as many:
        assert set(many.map(lambda said: _post_and_close(hooked.channel, said), posts)) == {200}
    assert InboundUpdate.objects.count() == len(updates)
    draining.drain()
    texts = Message.objects.filter(kind="incoming").values_list("text", flat=True)
    assert sorted(texts) == sorted(said["message"]["text"] for said in updates)


def _post_and_close(channel: Channel, said: Any) -> int:
    try:
        return post(channel, said)
    finally:
        connections.close_all()
