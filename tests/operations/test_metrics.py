"""What Prometheus reads: the truth, cheaply, by a token, and nothing of anybody's."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

import helpdesk
from connectors.models import InboundUpdate, UpdateState
from operations import figures, metrics
from operations.models import Pulse
from operations.tasks import pulse
from tests.cast import DANA, Desk, Outside, opened
from tickets.models import Channel, Delivery, SLAClock
from tickets.sla.sweep import sweep
from webhooks.models import OffReason, Subscription

pytestmark = pytest.mark.django_db

TOKEN = "a-token-for-prometheus-and-nobody-else"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def scrape(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The figures by name, asked anew."""
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(metrics, "KEPT", -1.0)
    monkeypatch.setattr(metrics.desk, "_until", 0.0)

    def asked() -> dict[str, float]:
        answer = client.get("/metrics", headers=BEARER)
        assert answer.status_code == 200
        lines = re.findall(r"^(helpdesk_\S+) (\S+)$", answer.content.decode(), re.MULTILINE)
        return {name: float(value) for name, value in lines}

    return asked


def test_without_a_token_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics", headers=BEARER).status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer ", f"Bearer {TOKEN} ", f"Bearer {TOKEN[:-1]}", TOKEN, f"Token {TOKEN}"]
)
def test_another_token_is_refused(client: Client, settings: Any, header: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"Authorization": header})
    assert (answer.status_code, answer.content) == (401, b"")


def test_it_may_be_asked_by_any_name_and_without_tls(client: Client, settings: Any) -> None:
    """Prometheus asks 172.18.0.5:8000."""
    settings.METRICS_TOKEN = TOKEN
    settings.ALLOWED_HOSTS = ["desk.example"]
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/metrics", headers={**BEARER, "Host": "172.18.0.5:8000"}).status_code == 200


def test_what_waits_is_counted(outside: Outside, scrape: Any) -> None:
    empty = scrape()
    assert empty["helpdesk_inbox"] == empty["helpdesk_inbox_wait_seconds"] == 0
    outside.keep(outside.said(DANA, "one"))
    outside.keep(outside.said(DANA, "two"))
    aside = outside.keep(outside.said(DANA, "three"))
    InboundUpdate.objects.filter(pk=aside.pk).update(state=UpdateState.SET_ASIDE)
    InboundUpdate.objects.filter(state=UpdateState.OPEN).update(
        not_before=Now() - timedelta(seconds=90)
    )
    found = scrape()
    assert (found["helpdesk_inbox"], found["helpdesk_set_aside"]) == (2, 1)
    assert 80 < found["helpdesk_inbox_wait_seconds"] < 150


def test_what_waits_for_its_time_has_not_waited(outside: Outside, scrape: Any) -> None:
    outside.says(DANA, "hello?")
    Delivery.objects.update(not_before=Now() + timedelta(hours=1))
    found = scrape()
    assert found["helpdesk_outbox"] == Delivery.objects.count() > 0
    assert found["helpdesk_outbox_wait_seconds"] == 0
    Delivery.objects.update(not_before=Now() - timedelta(hours=1))
    assert scrape()["helpdesk_outbox_wait_seconds"] > 3599
    Channel.objects.update(is_active=False)
    assert scrape()["helpdesk_outbox_wait_seconds"] == 0, "a paused channel is no trouble"


def test_the_sweeps_lag(outside: Outside, scrape: Any) -> None:
    opened(outside.says(DANA, "hello?"))
    SLAClock.objects.filter(paused_at=None).update(
        due_at=Now() - timedelta(minutes=10), warn_at=Now() - timedelta(minutes=20)
    )
    assert 590 < scrape()["helpdesk_clocks_wait_seconds"] < 660
    sweep()
    found = scrape()
    assert found["helpdesk_clocks_wait_seconds"] == 0
    assert found['helpdesk_events_5m{verb="sla_breached"}'] >= 1
    assert found['helpdesk_events_5m{verb="opened"}'] == 1


def test_webhooks_and_channels(desk: Desk, outside: Outside, scrape: Any) -> None:
    good = Subscription.objects.create(name="a", url="https://a.example/", kinds=[])
    good.deliveries.create(kind="ping", not_before=Now() - timedelta(seconds=40))
    dead = Subscription.objects.create(
        name="b", url="https://b.example/", kinds=[], is_active=False, off_reason=OffReason.DEAD_END
    )
    dead.deliveries.create(kind="ping", not_before=Now() - timedelta(days=1))
    Subscription.objects.update(not_before=Now() - timedelta(seconds=30))
    Channel.objects.update(mode="pull", lease_until=Now() - timedelta(minutes=2))
    found = scrape()
    assert (found["helpdesk_subscriptions"], found["helpdesk_dead_ends"]) == (1, 1)
    assert 20 < found["helpdesk_webhooks_wait_seconds"] < 60
    assert (found["helpdesk_pulled"], found["helpdesk_pulled_by_nobody"]) == (1, 1)


def test_a_pulse_of_each_queue(scrape: Any, settings: Any) -> None:
    for queue in settings.QUEUES:
        pulse(queue)
    Pulse.objects.filter(queue="pull").update(at=Now() - timedelta(minutes=5))
    found = scrape()
    assert found['helpdesk_pulse_age_seconds{queue="celery"}'] < 60
    assert 290 < found['helpdesk_pulse_age_seconds{queue="pull"}'] < 360
    beats = settings.CELERY_BEAT_SCHEDULE.values()
    assert {tuple(each["args"]) for each in beats if "args" in each} == {
        (queue,) for queue in settings.QUEUES
    }


def test_it_costs_four_questions_however_often_it_is_asked(
    client: Client, outside: Outside, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(metrics, "KEPT", 60.0)
    for _ in range(5):
        outside.says(DANA, "hello?")
    monkeypatch.setattr(metrics.desk, "_until", 0.0)
    with CaptureQueriesContext(connection) as queries:
        client.get("/metrics", headers=BEARER)
        client.get("/metrics", headers=BEARER)
    assert len(queries) == 4


def test_figures_come_by_indexes_of_what_is_open(outside: Outside) -> None:
    """A count of everything would grow with the desk."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {figures._FIGURES}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    for index in (
        "update_open",
        "update_set_aside",
        "delivery_open",
        "webhook_queued",
        "attachment_pending",
    ):
        assert index in plan
    for table in (
        "connectors_inboundupdate",
        "tickets_delivery",
        "tickets_slaclock",
        "tickets_attachment",
    ):
        assert f"Seq Scan on {table}" not in plan


def test_without_the_database_the_process_still_tells_of_itself(
    scrape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("the server closed the connection")

    assert scrape()["helpdesk_database_up"] == 1
    monkeypatch.setattr(figures, "read", away)
    found = scrape()
    assert found["helpdesk_database_up"] == 0
    assert "helpdesk_live_clients" in found
    assert "helpdesk_inbox" not in found


# --- Requests


def test_requests_are_counted_by_route_never_by_address(
    client: Client, desk: Desk, outside: Outside, scrape: Any
) -> None:
    ticket = opened(outside.says(DANA, "canary of a question"))
    client.force_login(desk.alice)
    client.get(f"/tickets/{ticket.pk}/?q=canary")
    client.get("/files/canary-of-a-token/")
    client.generic("BREW", "/canary/")
    text = client.get("/metrics", headers=BEARER).content.decode()
    assert (
        'helpdesk_request_seconds_count{method="GET",route="tickets:ticket",status="200"}' in text
    )
    assert 'route="tickets:file",status="404"' in text
    assert 'method="other",route="none",status="404"' in text
    for word in ("canary", "alice", "BREW", "Dana", "Kite"):
        assert word not in text


def test_the_version_is_the_same_everywhere() -> None:
    base = Path(helpdesk.__file__).parent.parent
    assert f'version = "{helpdesk.__version__}"' in (base / "pyproject.toml").read_text()
    compose = yaml.safe_load((base / "docker-compose.yml").read_text())
    assert helpdesk.__version__ in compose["services"]["web"]["image"]


def test_the_proxy_does_not_let_it_out() -> None:
    base = Path(helpdesk.__file__).parent.parent
    assert "respond /metrics 404" in (base / "deploy" / "Caddyfile").read_text()
