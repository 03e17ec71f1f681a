"""Canaries down the way of a webhook: its secret, its address and what was answered are in no log line."""

from __future__ import annotations

import io
import socket
from typing import Any

import pytest
from django.db import connection

from tests.cast import DANA, Outside
from tests.webhooks.conftest import Subscribe
from tests.webhooks.receiver import Receiver, Say
from webhooks.models import Subscription
from webhooks.tasks import tidy, work

pytestmark = pytest.mark.django_db

CANARY = "canary-in-an-address"


def local_only(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
    """A name server that knows this machine only."""
    if host != "127.0.0.1":
        raise socket.gaierror
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]


def test_nothing_of_it_is_logged(
    outside: Outside,
    subscribe: Subscribe,
    receiver: Receiver,
    logged: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = subscribe(url=f"{receiver.url}&key={CANARY}")
    for address in ("http://127.0.0.1:9/", "http://no-such.localhost.example/", "http://10.0.0.1/"):
        subscribe(url=f"{address}{CANARY}")
    receiver.say = Say(status=500, body=f"what {CANARY} said".encode())
    outside.says(DANA, "where is my deposit?")
    monkeypatch.setattr(socket, "getaddrinfo", local_only)
    work()
    tidy()
    assert "webhook_failed" in logged.getvalue()
    for word in (CANARY, kept.secret, kept.secret.removeprefix("whsec_")):
        assert word not in logged.getvalue()
    with connection.cursor() as cursor:
        cursor.execute("select secret || former_secret from webhooks_subscription")
        stored = str(cursor.fetchall())
    for subscription in Subscription.objects.all():
        assert subscription.secret not in stored
