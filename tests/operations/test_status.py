"""The status page: each part in words, what to do about it, and it still comes when Valkey does not."""

from __future__ import annotations

import shutil
from collections import namedtuple
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from connectors.models import InboundUpdate, UpdateState
from operations import status
from operations.models import Pulse
from operations.status import Level
from operations.tasks import pulse
from tests.cast import DANA, Desk, Outside
from tickets.models import Channel, Delivery, SLAClock
from tickets.sla.sweep import sweep
from webhooks.models import OffReason, Subscription

pytestmark = pytest.mark.django_db

Disk = namedtuple("Disk", "total used free")


@pytest.fixture
def well(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything works, and there is room."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Disk(100, 20, 80))
    for queue in settings.QUEUES:
        pulse(queue)


def levels() -> dict[str, Level]:
    return {part.name: part.level for part in status.parts()}


def bad() -> dict[str, Level]:
    return {name: level for name, level in levels().items() if level != Level.OK}


def test_all_is_well(desk: Desk, client: Client, well: None) -> None:
    assert bad() == {}
    client.force_login(desk.admin)
    assert b"Everything is well." in client.get("/status/").content


def test_each_trouble_is_seen_where_it_is(
    outside: Outside, well: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.says(DANA, "hello?")
    sweep()
    row = outside.keep(outside.said(DANA, "again"))
    late = Now() - timedelta(minutes=10)
    InboundUpdate.objects.filter(pk=row.pk).update(not_before=late)
    assert bad() == {"Inbox": Level.BAD}
    InboundUpdate.objects.filter(pk=row.pk).update(state=UpdateState.SET_ASIDE)
    assert bad() == {"Set aside": Level.WARN}
    InboundUpdate.objects.all().delete()

    Delivery.objects.update(not_before=Now() - timedelta(minutes=1))
    assert bad() == {"Outbox": Level.WARN}
    Delivery.objects.update(state="sent")

    SLAClock.objects.filter(paused_at=None).update(due_at=late, warn_at=late, breached_at=None)
    assert bad() == {"Deadlines": Level.BAD}
    SLAClock.objects.update(met_at=Now())

    Channel.objects.update(mode="pull", lease_until=late)
    assert bad() == {"Channels": Level.BAD}
    Channel.objects.update(lease_until=Now())

    webhook = Subscription.objects.create(
        name="a", url="https://a.example/", kinds=[], off_reason=OffReason.GONE
    )
    assert bad() == {"Webhooks": Level.WARN}
    Subscription.objects.update(off_reason="", not_before=late)
    webhook.deliveries.create(kind="ping", not_before=late)
    assert bad() == {"Webhooks": Level.WARN}
    webhook.delete()

    Pulse.objects.filter(queue="pull").update(at=late)
    Pulse.objects.filter(queue="webhooks").delete()
    assert bad() == {"Puller": Level.BAD, "Webhook sender": Level.BAD}
    for queue in settings.QUEUES:
        pulse(queue)

    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Disk(100, 97, 3))
    assert bad() == {"Files": Level.BAD}
    settings.STORAGE = "s3"
    assert bad() == {}

    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'webhooks'")
    assert bad() == {"Database schema": Level.BAD}


def test_it_still_comes_without_valkey(
    desk: Desk, client: Client, well: None, settings: Any
) -> None:
    settings.CACHE_URL = "redis://127.0.0.1:9/0"
    client.force_login(desk.admin)
    answer = client.get("/status/")
    assert answer.status_code == 200
    assert b"It does not answer." in answer.content
    assert bad() == {"Valkey": Level.BAD}


def test_whoever_is_in_trouble_is_told_what_to_do(outside: Outside) -> None:
    Channel.objects.update(mode="pull")
    outside.keep(outside.said(DANA, "hello?"))
    InboundUpdate.objects.update(not_before=Now() - timedelta(days=2))
    troubled = [part for part in status.parts() if part.level != Level.OK]
    assert len(troubled) >= 5
    assert [part.name for part in troubled if not part.advice] == []
    inbox = next(part for part in troubled if part.name == "Inbox")
    assert inbox.says == "1 waits. The oldest has been ready for 48 h."


def test_in_every_language(well: None) -> None:
    for language in ("fa", "tr", "zh-hans"):
        with override(language):
            assert levels()


def test_it_costs_the_same_whatever_waits(
    desk: Desk, client: Client, outside: Outside, well: None
) -> None:
    client.force_login(desk.admin)
    client.get("/status/")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/status/")
        return len(queries)

    before = cost()
    for _ in range(5):
        outside.says(DANA, "hello?")
        outside.keep(outside.said(DANA, "again"))
    assert cost() == before <= 12


def test_the_refresh_is_a_part_of_the_page(desk: Desk, client: Client, well: None) -> None:
    client.force_login(desk.admin)
    part = client.get("/status/", headers={"HX-Request": "true"}).content
    assert b"<html" not in part
    assert b"<table" in part
