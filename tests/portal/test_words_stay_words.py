"""Words stay words on the requester's pages and on the agents': the same elements, whatever was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from tests.cast import Desk
from tests.portal.door import EMAIL, Visitor, page_of, send
from tests.security.dom import shape
from tests.security.payloads import PAYLOADS
from tests.security.scene import PLAIN
from tests.security.test_xss import _without_errors, differing, text_of
from tests.tickets.test_files import picture
from tickets.actions.reply import reply, routes
from tickets.models import Attachment, Contact, Message, Ticket, Topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(dana: Visitor, desk: Desk) -> Ticket:
    """A request with a file, a picture and an answer."""
    files = [SimpleUploadedFile("a.pdf", b"%PDF-1"), SimpleUploadedFile("b.png", picture("PNG"))]
    asked = dana.asks(PLAIN, name=PLAIN, files=files)
    reply(actor=desk.alice, ticket=asked, conversation=routes(asked)[0], text=PLAIN)
    send()
    return asked


def test_on_the_page_of_the_request(dana: Visitor, ticket: Ticket) -> None:
    def draw(words: str) -> str:
        Message.objects.update(text=words, placeholder=words[:60])
        Attachment.objects.update(name=words[:255])
        User.objects.update(public_alias=words[:40], display_name=words[:80])
        Contact.objects.update(name=words[:128])
        Ticket.objects.update(subject=words[:160])
        whole, part = (
            dana.sees(ticket),
            dana.client.get(page_of(ticket), headers={"HX-Request": "1"}),
        )
        return whole + text_of(part)

    for seen in ("message__text", "attachment--image", "a.pdf"):
        assert seen in dana.sees(ticket)
    assert list(differing(draw, PAYLOADS[::8])) == []


def test_in_forms_that_come_back(dana: Visitor, ticket: Ticket) -> None:
    def draw(words: str) -> str:
        given = {"text": words, "name": words, "email": words, "topic": words, "stamp": words,
                 "website": words, "puzzle": words, "solution": words}  # fmt: skip
        forms = [
            dana.send(given),
            dana.client.post("/help/requests/", given),
            dana.client.post(page_of(ticket), {"text": words, "submission": words}),
            dana.client.get("/help/contact/", {"lang": words, "text": words, words: words}),
            dana.client.get("/help/requests/open/x/", {"token": words}),
        ]
        assert {form.status_code for form in forms} <= {200, 404, 422}
        return "".join(text_of(form) for form in forms)

    spread = tuple(payload for payload in PAYLOADS if len(payload) < 300)[1::12]
    assert list(differing(_without_errors(draw), spread)) == []


def test_through_the_real_door(dana: Visitor, desk: Desk) -> None:
    """As form, file name and answer, to the requester's page, the agents' and the mail."""
    bob = Client()
    bob.force_login(desk.bob)
    plain = dana.asks(PLAIN, name=PLAIN, files=[SimpleUploadedFile("a.txt", b"x")])
    dana.says(plain, PLAIN)
    pages = (dana.sees(plain), text_of(bob.get(plain.get_absolute_url())))
    known = [{tag for tag, *_rest in shape(page)} | {"a", "/a", "bdi", "/bdi"} for page in pages]
    for payload in PAYLOADS[5::20]:
        file = SimpleUploadedFile("x", b"x")
        file.name = payload.replace("/", "")[:99] or "x"
        visitor = Visitor()
        ticket = visitor.asks(f"{payload} x", name=payload[:80], files=[file])
        visitor.says(ticket, f"more {payload}")
        seen = (visitor.sees(ticket), text_of(bob.get(ticket.get_absolute_url())))
        for page, tags in zip(seen, known, strict=True):
            assert {tag for tag, *_rest in shape(page)} <= tags, payload
    send()
    letters = "".join(f"{letter.subject}{letter.body}" for letter in mail.outbox)
    assert len(mail.outbox) > 8 and {letter.to[0] for letter in mail.outbox} == {EMAIL}
    assert not any(mark in letters for mark in ("<", "alert", "canary", "{{"))


@pytest.mark.parametrize(
    "email",
    [
        "a@b.example\nBcc: victim@mail.example",
        "a@b.example\r\nSubject: x",
        "a@b.example,victim@mail.example",
        '"<script>alert(1)</script>"@b.example>',
        "a@b.example%0aBcc:victim@mail.example",
        "Dana <a@b.example>",
        "a@-b.example",
        "x" * 250 + "@b.example",
    ],
)
def test_an_address_is_an_address(dana: Visitor, email: str) -> None:
    answer = dana.send(dana.form(email=email))
    assert answer.status_code == 422
    assert not Ticket.objects.exists()


def test_names_of_topics_are_words_too(dana: Visitor) -> None:
    def draw(words: str) -> str:
        Topic.objects.update(names={"en": words})
        Topic.objects.filter(slug="kyc").update(slug="kyc-of-ours")
        return text_of(dana.client.get("/help/contact/"))

    assert list(differing(draw, PAYLOADS[::24])) == []


def test_odd_characters_in_a_name_are_seen(dana: Visitor, desk: Desk) -> None:
    bob = Client()
    bob.force_login(desk.bob)
    file: Any = SimpleUploadedFile("x", b"x")
    file.name = "invoice\u202efdp.exe"
    ticket = dana.asks("look", name="Support\u200b\u202eteam", files=[file])
    agents = text_of(bob.get(ticket.get_absolute_url()))
    assert "Support⟨200B⟩⟨202E⟩team" in agents
    assert "\u202e" not in agents + dana.sees(ticket)
