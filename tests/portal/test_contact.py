"""The form: a plain POST becomes a ticket, once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from helpdesk.crypto import token_hash
from portal import stamps
from portal.actions import requests
from portal.models import Address, Link
from tests.cast import Desk
from tests.portal.door import CONTACT, EMAIL, Visitor, form_channel, page_of, token_on
from tests.readings.secret_makers import phrase
from tickets.models import (
    Attachment,
    Contact,
    ContactIdentity,
    Message,
    Ticket,
    TicketEvent,
)

pytestmark = pytest.mark.django_db


def test_a_form_becomes_a_ticket(dana: Visitor, desk: Desk) -> None:
    file = SimpleUploadedFile("dekont.pdf", b"%PDF-1.4 x")

    ticket = dana.asks(topic="deposit_not_arrived", name=" Dana  R ", files=[file])

    assert (ticket.channel_kind, ticket.team, ticket.is_public) == ("form", desk.team, False)
    assert ticket.topic and ticket.topic.slug == "deposit_not_arrived"
    assert ticket.subject.startswith("My deposit of 250 USDT")
    assert ticket.requester.name == "Dana R"
    message = ticket.messages.get(kind="incoming")
    assert message.text == "My deposit of 250 USDT has not arrived"
    assert [each.content_type for each in message.attachments.all()] == ["application/pdf"]
    assert ticket.clocks.count() >= 2
    assert {"opened", "received"} <= {event.verb for event in ticket.events.all()}
    assert ticket.messages.filter(automatic=True).count() == 1, "the acknowledgement"


def test_an_urgent_topic_is_urgent_at_once(dana: Visitor) -> None:
    page = dana.client.get(CONTACT).content.decode()
    assert page.index("I think I was hacked") < page.index("My deposit hasn&#x27;t arrived")

    assert dana.asks("help please", topic="account_compromised").priority == "urgent"


def test_the_page_of_the_request_opens_by_a_cookie_for_it_alone(dana: Visitor) -> None:
    ticket = dana.asks()
    other = Visitor().asks("another problem")

    page = dana.sees(ticket)

    assert "My deposit of 250 USDT has not arrived" in page
    assert Link.objects.get(token_hash=token_hash(token_on(page))).ticket == ticket
    cookie = dana.client.cookies["request"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        page_of(ticket),
        True,
        "Lax",
    )
    assert dana.client.get(page_of(other)).status_code == 404
    assert Client().get(page_of(ticket)).status_code == 404


def test_a_closed_form_says_so(client: Client, desk: Desk) -> None:
    assert "closed at the moment" in client.get(CONTACT).content.decode()
    assert client.post(CONTACT, {"text": "hello"}).status_code == 200
    form_channel(desk.team, is_active=False)
    assert "closed at the moment" in client.get(CONTACT).content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"text": ""}, "id_text_error"),
        ({"email": "no address"}, "id_email_error"),
        ({"topic": "no-such-topic"}, "id_topic_error"),
        ({"name": "x" * 81}, "id_name_error"),
        ({"text": "x" * 10_001}, "id_text_error"),
        ({"files": [SimpleUploadedFile("a.txt", b"")]}, "id_files_error"),
    ],
)
def test_what_was_typed_stays(dana: Visitor, wrong: dict[str, Any], complaint: str) -> None:
    answer = dana.send(dana.form(**{"name": "Dana", "text": "it is all here", **wrong}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert ("it is all here" in page) is ("text" not in wrong)
    assert ("choose your files again" in page) is ("files" in wrong)
    assert not Ticket.objects.exists()


def test_too_many_files_and_too_large_ones(dana: Visitor, settings: Any) -> None:
    settings.FILE_SIZE_LIMIT = 10
    large = dana.send(dana.form(files=[SimpleUploadedFile("a.txt", b"x" * 11)]))
    many = dana.send(dana.form(files=[SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]))
    assert (large.status_code, many.status_code) == (422, 422)
    assert not Ticket.objects.exists() and not Message.objects.exists()


def test_secrets_are_hidden_before_anything_is_stored(dana: Visitor) -> None:
    secret = " ".join(phrase("english", 12, 7))

    ticket = dana.asks(f"my words are {secret}", name="Dana", files=[])

    message = ticket.messages.get(kind="incoming")
    assert secret not in message.text
    assert message.masked == ["seed_phrase"]
    assert (ticket.priority, ticket.topic and ticket.topic.slug) == ("urgent", "secret_exposed")
    with connection.cursor() as cursor:
        for table in (
            "tickets_message",
            "tickets_ticket",
            "tickets_delivery",
            "tickets_ticketevent",
        ):
            cursor.execute(
                f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", [f"%{secret}%"]
            )
            assert cursor.fetchone()[0] == 0, table
    assert secret not in dana.sees(ticket)


def test_an_address_is_a_claim_and_joins_nobody(dana: Visitor) -> None:
    first, second = dana.asks(), Visitor().asks("the same address, somebody else")

    assert first.requester != second.requester
    assert Address.objects.filter(verified_at=None).count() == 2
    assert Contact.objects.filter(name__contains="mail.example").count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, '') FROM portal_address AS t")
        assert EMAIL not in cursor.fetchone()[0]


def test_nothing_but_the_fields_is_read(dana: Visitor, desk: Desk) -> None:
    more: dict[str, Any] = {
        "status": "closed", "priority": "low", "team": desk.other_team.pk, "assignee": desk.alice.pk, "requester": 1,
        "verified_at": "2026-01-01", "is_admin": "1", "external_id": "x", "masked": "x", "automatic": "1",
        "receipt_due": "0", "language": "tr", "kind": "note", "audience": "desk", "channel": 9, "id": 77,
    }  # fmt: skip
    ticket = dana.asks(**more)
    assert (ticket.status, ticket.priority, ticket.team, ticket.assignee) == (
        "new", "normal", desk.team, None,
    )  # fmt: skip
    assert ticket.messages.get(kind="incoming").audience == "private"
    assert ticket.language == "en"
    assert Address.objects.get().verified_at is None


# --- Once


def test_sent_twice_it_is_one_request_and_one_page(dana: Visitor) -> None:
    form = dana.form()
    first = dana.send(form)
    shown = dana.client.get(first["Location"]).content.decode()
    second = dana.send({**form, "text": "changed after going back"})

    assert first["Location"] == second["Location"]
    again = dana.client.get(second["Location"]).content.decode()
    assert token_on(shown) == token_on(again)
    assert (Ticket.objects.count(), Link.objects.count(), Contact.objects.count()) == (1, 1, 1)
    assert Message.objects.filter(kind="incoming").count() == 1


def test_after_a_crash_nothing_is_half_there(
    dana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the files, before the commit: the same form then opens the request."""
    form = dana.form(files=[SimpleUploadedFile("a.txt", b"x")])

    def dies(*args: Any, **kwargs: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(requests, "digest", dies)
        with pytest.raises(SystemExit):
            dana.send(form)
    assert not (Ticket.objects.exists() or ContactIdentity.objects.exists())
    assert not Attachment.objects.exists()

    assert dana.send({**form, "files": []}).status_code == 302
    assert Ticket.objects.count() == 1


def test_a_stamp_is_ours_or_none() -> None:
    stamp = stamps.new_stamp()
    assert stamps.read_stamp(stamp.sealed()) == stamp
    for wrong in ("", "x", stamp.key, stamp.sealed()[:-2], stamp.sealed().swapcase()):
        assert stamps.read_stamp(wrong) is None
    assert stamp.key not in stamp.sealed()
    assert stamp.place not in (stamp.key, stamp.token_hash)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one(dana: Visitor) -> None:
    form = dana.form()
    found: list[str] = []

    def send() -> None:
        found.append(Visitor().send(form)["Location"])
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 6 and len(set(found)) == 1
    assert (Ticket.objects.count(), Link.objects.count(), Contact.objects.count()) == (1, 1, 1)
    assert Message.objects.filter(kind="incoming").count() == 1
    assert Address.objects.count() == 1


# --- Reading


def test_looking_changes_nothing_and_makes_no_session(dana: Visitor) -> None:
    ticket = dana.asks()
    events = TicketEvent.objects.count()
    token = token_on(dana.sees(ticket))
    for method in ("get", "head"):
        for address in ("/help/", CONTACT, page_of(ticket), f"/help/requests/open/{token}/"):
            assert getattr(dana.client, method)(address).status_code in (200, 302)
    assert (TicketEvent.objects.count(), Link.objects.count()) == (events, 1)
    assert Message.objects.filter(kind="incoming").count() == 1
    anybody = Client()
    anybody.get("/help/")
    assert not anybody.cookies, "the landing page needs none"
    anybody.get(CONTACT)
    assert [name for name in anybody.cookies if "session" in name] == []


@pytest.mark.parametrize(
    ("lang", "words", "direction"),
    [("fa", "به ما بنویسید", "rtl"), ("tr", "Bize yazın", "ltr"), ("zh", "联系我们", "ltr")],
)
def test_in_their_language(dana: Visitor, lang: str, words: str, direction: str) -> None:
    page = dana.client.get(f"{CONTACT}?lang={lang}").content.decode()
    assert words in page and f'dir="{direction}"' in page
    assert words in dana.client.get(CONTACT).content.decode(), "kept"
    assert "Write to us" in dana.client.get(f"{CONTACT}?lang=en").content.decode()
    asked = Client(HTTP_ACCEPT_LANGUAGE="fa-IR,fa;q=0.9").get(CONTACT).content.decode()
    assert 'dir="rtl"' in asked
    assert "Write to us" in Client().get(f"{CONTACT}?lang=xx").content.decode()


def test_the_first_visit_is_small(dana: Visitor) -> None:
    page = dana.client.get(CONTACT).content
    assert b"htmx" not in page
    static = Path("static")
    parts = [*static.glob("css/**/*.css"), static / "js/help.js", static / "img/mark.svg"]
    assert len(page) + sum(part.stat().st_size for part in parts) < 100_000
