"""The admins' pages: a secret is seen once, an address that leads inside is refused, what was given up goes again."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import DANA, PASSWORD, Desk, Outside
from tests.webhooks.conftest import Subscribe
from tests.webhooks.receiver import Receiver, Say
from webhooks.kinds import Kind
from webhooks.models import OffReason, Subscription, WebhookDelivery
from webhooks.tasks import work

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


@pytest.fixture
def admin(desk: Desk, client: Client) -> Client:
    client.force_login(desk.admin)
    return client


@pytest.fixture
def sure(desk: Desk, client: Client) -> Client:
    """An admin who has just typed the password."""
    client.force_login(desk.admin)
    typed = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert typed.status_code == 302
    return client


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name server that knows one public host."""

    def look_up(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        if host != "hooks.example":
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", look_up)
        yield


def form(**fields: Any) -> dict[str, Any]:
    return {"name": "Billing", "url": "https://hooks.example/x", "kinds": [Kind.OPENED]} | fields


def test_the_secret_is_shown_once_and_kept_closed(sure: Client, public: None) -> None:
    answer = sure.post("/webhooks/new/", form())
    assert answer.status_code == 201
    subscription = Subscription.objects.get()
    assert SECRET.findall(answer.content.decode()) == [subscription.secret]
    assert answer["Cache-Control"] == "private, no-store"
    with connection.cursor() as cursor:
        cursor.execute("select secret from webhooks_subscription")
        assert subscription.secret not in cursor.fetchone()[0]
    for page in ("", f"{subscription.pk}/", f"{subscription.pk}/edit/"):
        assert not SECRET.search(sure.get(f"/webhooks/{page}").content.decode())
    again = sure.post(f"/webhooks/{subscription.pk}/secret/").content.decode()
    (new,) = SECRET.findall(again)
    assert new != subscription.secret
    subscription.refresh_from_db()
    assert (subscription.secret, bool(subscription.former_secret)) == (new, True)


def test_who_has_not_just_signed_in_must_do_so_first(admin: Client, subscribe: Subscribe) -> None:
    subscription = subscribe()
    for address in ("new/", f"{subscription.pk}/secret/"):
        answer = admin.post(f"/webhooks/{address}", form())
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    before = subscription.secret
    subscription.refresh_from_db()
    assert (Subscription.objects.count(), subscription.secret) == (1, before)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/", "https://hooks.example:8443/", "https://unknown.example/",
     "https://u:p@hooks.example/", "javascript:alert(1)", "ftp://hooks.example/", ""],
)  # fmt: skip
def test_addresses_that_are_refused_in_the_form(sure: Client, public: None, url: str) -> None:
    answer = sure.post("/webhooks/new/", form(url=url))
    assert answer.status_code == 422
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "a\u202eb"},
        {"name": "a\nb"},
        {"kinds": []},
        {"kinds": ["ping"]},
        {"team": "9"},
    ],
)
def test_what_else_a_form_refuses(sure: Client, public: None, fields: dict[str, Any]) -> None:
    assert sure.post("/webhooks/new/", form(**fields)).status_code == 422


def test_a_form_changes_what_it_shows_and_nothing_else(
    admin: Client, subscribe: Subscribe, public: None
) -> None:
    subscription = subscribe(failures=3, failing_since=Now())
    more = {"is_active": "", "secret": "mine", "after_event": "0", "off_reason": "gone"}
    answer = admin.post(f"/webhooks/{subscription.pk}/edit/", form(**more))
    assert answer.status_code == 302
    found = Subscription.objects.get()
    assert (found.name, found.url, found.kinds) == ("Billing", form()["url"], [Kind.OPENED])
    assert (found.secret, found.is_active, found.off_reason) == (subscription.secret, True, "")
    assert (found.failures, found.failing_since) == (0, None), "another address, a clean sheet"


def test_a_test_is_sent_and_what_was_answered_is_shown_as_text(
    admin: Client, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe()
    receiver.say = Say(body=b"<script>alert(1)</script>\x00\xff\xe2\x80\xaeexe")
    page = admin.post(f"/webhooks/{subscription.pk}/ping/")["Location"]
    work()
    assert receiver.got[0].said["event"] == "ping"
    shown = admin.get(page).content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown
    assert "\u202e" not in shown


def test_the_log_is_filtered_and_paged(
    admin: Client, outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.OPENED, Kind.RECEIVED])
    outside.says(DANA, "hello?")
    work()
    page = f"/webhooks/{subscription.pk}/"
    assert admin.get(page).content.count(b"<tr>") == 3
    assert admin.get(f"{page}?kind=ticket.opened").content.count(b"<tr>") == 2
    assert b"Nothing in the log" in admin.get(f"{page}?state=failed").content
    for rubbish in ("state=nonsense&kind='", "before=x", f"before={'9' * 30}"):
        assert admin.get(f"{page}?{rubbish}").content.count(b"<tr>") == 3
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(subscription=subscription, kind="ping") for _ in range(60)
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        first = admin.get(page).content.decode()
    assert first.count("<tr>") == 51
    assert len(queries) <= 8
    older = re.search(r'href="\?([^"]*before=[^"]*)"', first)
    assert older
    assert admin.get(f"{page}?{older[1].replace('&amp;', '&')}").content.count(b"<tr>") == 13


def test_what_was_given_up_goes_again(
    admin: Client, outside: Outside, subscribe: Subscribe, receiver: Receiver
) -> None:
    subscription = subscribe(kinds=[Kind.RECEIVED])
    for _ in range(3):
        outside.says(DANA, "hello?")
    receiver.say = Say(status=410)
    work()
    assert len(receiver.got) == 1
    page = f"/webhooks/{subscription.pk}/"
    assert b"410" in admin.get(page).content
    assert admin.post(f"{page}failed/", {"span": "hour"}).status_code == 409, "it is off"
    assert admin.post(f"{page}resume/").status_code == 302
    old = WebhookDelivery.objects.order_by("pk")[0]
    WebhookDelivery.objects.filter(pk=old.pk).update(
        state="failed", created_at=Now() - timedelta(days=2)
    )
    receiver.say = Say()
    WebhookDelivery.objects.update(state="failed")
    admin.post(f"{page}failed/", {"span": "hour"})
    work()
    assert len(receiver.got) == 3
    admin.post(f"/webhooks/deliveries/{old.pk}/resend/")
    work()
    assert receiver.got[3].headers["Webhook-Id"] == str(old.uuid)
    assert admin.post(f"{page}failed/", {"span": "century"}).status_code == 422


def test_a_dead_end_is_seen(admin: Client, subscribe: Subscribe) -> None:
    subscription = subscribe(is_active=False, off_reason=OffReason.DEAD_END, off_at=Now())
    assert b"Switched off" in admin.get("/webhooks/").content
    assert b"notice--danger" in admin.get(f"/webhooks/{subscription.pk}/").content
    assert admin.post(f"/webhooks/{subscription.pk}/ping/").status_code == 409


def test_removed_with_its_log(admin: Client, subscribe: Subscribe) -> None:
    subscription = subscribe()
    subscription.deliveries.create(kind="ping")
    admin.post(f"/webhooks/{subscription.pk}/remove/")
    assert not WebhookDelivery.objects.exists()
    assert b"No webhooks yet" in admin.get("/webhooks/").content
