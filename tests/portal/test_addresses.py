"""Mail addresses as strangers type them: one mailbox has many spellings, and some of them no mail server takes."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from django.core import mail

from portal import guard
from portal.actions.mailing import send_due_links
from portal.models import Address
from tests.cast import Desk
from tests.portal.door import EMAIL, Visitor, hidden, send
from tests.portal.test_request import answered, by_mail
from tickets.models import Delivery, DeliveryState

pytestmark = pytest.mark.django_db

NO_MAILBOX = (
    f"a@{'é' * 62}.com",
    "a@\u00ad.com",
    "a@\u2024.com",
    "a@\ufdfa.com",
    '"a\x01"@mail.example',
    '"a@b.example,c"@mail.example',
    "=?utf-8?q?dana?=@mail.example",
    "a@[127.0.0.1]",
)


@pytest.fixture
def _counted(settings: Any, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FORM_LIMITS = True
    monkeypatch.setattr(guard, "is_doubtful", lambda *args: False)


def asks_for_links(email: str) -> int:
    visitor = Visitor("198.51.100.9")
    page = visitor.client.get("/help/requests/").content.decode()
    sent = {"email": email, "stamp": hidden(page, "stamp")}
    return visitor.client.post("/help/requests/", sent).status_code


@pytest.mark.parametrize("email", NO_MAILBOX)
def test_what_no_mail_server_would_take_is_said_at_the_form(dana: Visitor, email: str) -> None:
    assert dana.send(dana.form(email=email)).status_code == 422
    assert asks_for_links(email) == 422


def test_a_foreign_host_name_is_kept_as_servers_know_it(dana: Visitor) -> None:
    dana.asks(email="dana@bücher.example")
    dana.asks(email="dana@ｍail.example")
    assert [each.email for each in Address.objects.order_by("pk")] == [
        "dana@xn--bcher-kva.example",
        EMAIL,
    ]


def test_an_address_that_cannot_be_written_holds_nobody_up(dana: Visitor) -> None:
    """One from before the form was strict: its own mail fails, and the worker goes on."""
    for turn in range(2):
        dana.asks(f"number {turn}")
    first = Address.objects.order_by("pk")[0]
    first.email = NO_MAILBOX[0]
    first.save()
    send()
    assert [each.to for each in mail.outbox] == [[EMAIL]]
    assert not Delivery.objects.filter(state=DeliveryState.SENDING).exists()


@pytest.mark.usefixtures("_counted")
def test_one_mailbox_by_many_spellings_is_counted_as_one(form_door: Any) -> None:
    spellings = (EMAIL, "Dana@mail.example", "dana+a@mail.example", "d.ana+b@mail.example")
    for turn, email in enumerate((*spellings, "dana@ｍail.example", "DANA+c@MAIL.example")):
        Visitor(f"203.0.113.{turn}").asks(f"bomb {turn}", email=email)
    send()
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("_counted")
def test_strangers_cannot_use_up_the_news_of_a_proven_address(dana: Visitor, desk: Desk) -> None:
    ticket = dana.asks()
    send()
    by_mail().says(ticket, "it is me")
    for _turn in range(5):
        assert asks_for_links(EMAIL) == 200
    send_due_links()
    mail.outbox.clear()
    answered(desk, ticket)
    assert len(mail.outbox) == 1


def test_the_mail_server_gets_one_address_and_one_line(dana: Visitor) -> None:
    for email in ("a@mail.example\r\nBcc: b@mail.example", "a@mail.example,b@mail.example"):
        assert dana.send(dana.form(email=email)).status_code == 422
