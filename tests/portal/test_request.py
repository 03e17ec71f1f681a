"""The tracking page: what the requester sees, says and gets, and what never shows there."""

from __future__ import annotations

import re
import smtplib
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from helpdesk.crypto import new_token, token_hash
from helpdesk.errors import Invalid
from portal.actions.mailing import send_due_links
from portal.models import LINK_LASTS, Address, Link, LinkRequest
from portal.words import STANDING
from tests.cast import DANA, Desk, Outside, closed, opened
from tests.portal.door import EMAIL, Visitor, hidden, links_of, page_of, send, token_on
from tests.readings.secret_makers import phrase
from tests.tickets.test_files import picture
from tickets.actions.on_behalf import open_on_behalf
from tickets.actions.reply import note, reply, routes, undo
from tickets.models import (
    Attachment,
    Audience,
    Channel,
    Delivery,
    DeliveryState,
    Message,
    MessageKind,
    Status,
    Ticket,
    Verb,
)

pytestmark = pytest.mark.django_db


def answered(desk: Desk, ticket: Ticket, text: str = "We look into it", **fields: Any) -> Message:
    """Alice answers into the request's own page, and the worker has done its work."""
    message = reply(
        actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text=text, **fields
    )
    send()
    return message


def mailed_link(number: int = -1) -> str:
    """The token in a mail of the outbox."""
    return token_on(str(mail.outbox[number].body))


def by_mail() -> Visitor:
    """Somebody who has opened the link of the last mail."""
    visitor = Visitor("198.51.100.4")
    assert visitor.client.get(f"/help/requests/open/{mailed_link()}/").status_code == 302
    return visitor


# --- Links


def test_the_link_of_the_first_page_opens_it_anywhere(dana: Visitor) -> None:
    ticket = dana.asks()
    token = token_on(dana.sees(ticket))
    elsewhere = Client()

    answer = elsewhere.get(f"/help/requests/open/{token}/")

    assert (answer.status_code, answer["Location"]) == (302, page_of(ticket))
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    page = elsewhere.get(page_of(ticket))
    assert page.status_code == 200 and token not in page.content.decode(), "shown once only"
    assert token not in dana.client.cookies["request"].value


def test_wrong_tokens_are_one_404(dana: Visitor) -> None:
    ticket = dana.asks()
    token = token_on(dana.sees(ticket))
    wrong = [
        "x", token[:-1], token + "x", token.swapcase(), token.upper(), token_hash(token), "A" * 43, "é" * 43,
        token + "%00", "%20" + token, "x" * 10_000, "null", "None", "[]", "0", token.replace(token[0], "١", 1),
    ]  # fmt: skip
    answers = [Client().get(f"/help/requests/open/{each}/") for each in [*wrong, ""]]
    assert {answer.status_code for answer in answers} == {404}
    assert b"This page opens by its link" in answers[0].content
    bodies = {re.sub(rb'data-now="\d+"', b"", answer.content) for answer in answers}
    assert len(bodies) == 1
    assert not any(answer.cookies for answer in answers)
    assert Client().get("/help/requests/open//").status_code == 404
    assert Client().get(f"/help/requests/open/?token={token}").status_code == 404


def test_only_hashes_are_kept(dana: Visitor) -> None:
    ticket = dana.asks()
    token = token_on(dana.sees(ticket))
    send()
    assert [link.token_hash for link in links_of(ticket)] == [
        token_hash(token),
        token_hash(mailed_link()),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for (table,) in cursor.fetchall():
            for secret in (token, mailed_link()):
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{secret}%"]
                )
                assert cursor.fetchone()[0] == 0, table


def test_links_run_out(dana: Visitor) -> None:
    ticket = dana.asks()
    token = token_on(dana.sees(ticket))
    past = timezone.now() - LINK_LASTS - timedelta(hours=1)
    Link.objects.update(created_at=past)
    assert dana.client.get(page_of(ticket)).status_code == 200, "the request is alive"
    Ticket.objects.filter(pk=ticket.pk).update(last_message_at=past)
    assert dana.client.get(page_of(ticket)).status_code == 404
    assert Client().get(f"/help/requests/open/{token}/").status_code == 404


def test_a_cookie_opens_its_own_request_only(dana: Visitor) -> None:
    mine, other = dana.asks(), Visitor().asks("somebody else's")
    value = dana.client.cookies["request"].value
    for path in ("", "mail/", "chat/", f"files/{uuid.uuid4()}/"):
        thief = Client()
        thief.cookies["request"] = value
        send_it = thief.post if path in ("mail/", "chat/") else thief.get
        assert send_it(page_of(other) + path).status_code == 404
    for wrong in ("", "x", value[:-3], value.swapcase(), "e30="):
        thief = Client()
        thief.cookies["request"] = wrong
        assert thief.get(page_of(mine)).status_code == 404


def test_a_number_tells_nothing(dana: Visitor) -> None:
    ticket = dana.asks()
    known, unknown = Client().get(page_of(ticket)), Client().get("/help/requests/999999999/")
    strip = re.compile(rb'data-now="\d+"')
    assert known.status_code == unknown.status_code == 404
    assert strip.sub(b"", known.content) == strip.sub(b"", unknown.content)


# --- What is seen


def test_the_answer_is_seen_once_it_has_left(dana: Visitor, desk: Desk) -> None:
    ticket = dana.asks()
    desk.alice.undo_seconds, desk.alice.public_alias = 5, "Mia"
    message = reply(
        actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="take this back"
    )
    assert "take this back" not in dana.sees(ticket)
    undo(actor=desk.alice, message=message)
    send()
    assert "take this back" not in dana.sees(ticket)
    desk.alice.undo_seconds = 0
    desk.alice.save()

    answered(desk, ticket, "We look into it")

    page = dana.sees(ticket)
    assert "We look into it" in page and "Mia" in page
    assert desk.alice.display_name not in page, "a real name never leaves the desk"
    assert "We are working on it." in page
    fragment = dana.client.get(page_of(ticket), headers={"HX-Request": "true"}).content.decode()
    assert "We look into it" in fragment and "<html" not in fragment


def test_what_is_never_seen(dana: Visitor, desk: Desk, outside: Outside) -> None:
    ticket = dana.asks()
    note(actor=desk.alice, ticket=ticket, text="a note among ourselves")
    third = opened(outside.says(DANA, "words of a third person"))
    Message.objects.filter(ticket=third).update(ticket=ticket)
    public = Message.objects.filter(ticket=ticket, contact=third.requester).get()
    public.pk, public.external_id, public.audience = None, "p", Audience.PUBLIC
    public.text = "public words of a third"
    public.save()
    Delivery.objects.all().delete()
    deleted = answered(desk, ticket, "deleted words")
    Message.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    chat = public.conversation
    assert chat is not None
    private = Message.objects.create(
        ticket=ticket, conversation=chat, kind=MessageKind.REPLY, audience=Audience.PRIVATE,
        author=desk.alice, text="to the third alone", sent_at=timezone.now(),
    )  # fmt: skip
    Delivery.objects.create(
        message=private, conversation=chat, operation="send_text", state=DeliveryState.SENT
    )

    page = dana.sees(ticket)

    for words in ("a note among", "words of a third", "deleted words", "to the third alone"):
        assert words not in page, words


@pytest.mark.parametrize("status", Status.values)
def test_where_it_stands_in_plain_words(dana: Visitor, status: str) -> None:
    ticket = dana.asks()
    Ticket.objects.filter(pk=ticket.pk).update(status=status, solved_at=timezone.now())
    page = dana.sees(ticket)
    assert str(STANDING[status]) in page
    assert ('id="answer"' in page) is (status != "closed")


# --- What is said


def test_more_words_go_on_the_same_ticket_once(dana: Visitor, desk: Desk) -> None:
    ticket = dana.asks()
    answered(desk, ticket, then=Status.PENDING)
    form = {"text": "Here is the TxID", "submission": str(uuid.uuid4())}
    for _turn in range(3):
        assert dana.client.post(page_of(ticket), form).status_code == 302

    ticket.refresh_from_db()
    said = ticket.messages.filter(kind="incoming").order_by("pk")
    assert [message.text for message in said][1:] == ["Here is the TxID"]
    assert (ticket.status, ticket.last_speaker) == ("open", "they")
    assert Ticket.objects.count() == 1
    assert "Here is the TxID" in dana.sees(ticket)


def test_a_solved_request_wakes_up_and_a_closed_one_says_no(dana: Visitor) -> None:
    ticket = dana.asks()
    Ticket.objects.filter(pk=ticket.pk).update(status="solved", solved_at=timezone.now())
    dana.says(ticket, "it is not solved")
    ticket.refresh_from_db()
    assert ticket.status == "open"

    page = dana.sees(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(status="closed")
    form = {"text": "too late", "submission": str(uuid.uuid4())}
    assert 'id="answer"' in page
    assert dana.client.post(page_of(ticket), form).status_code == 409
    assert Ticket.objects.count() == 1 and not Message.objects.filter(text="too late").exists()


def test_an_empty_answer_keeps_the_page(dana: Visitor) -> None:
    ticket = dana.asks()
    assert dana.says(ticket, "  ").status_code == 422
    large = dana.says(ticket, "typed", files=[SimpleUploadedFile("a.txt", b"")])
    assert large.status_code == 422 and "typed" in large.content.decode()
    wrong = dana.client.post(page_of(ticket), {"text": "x", "submission": "no uuid"})
    assert wrong.status_code == 422


def test_secrets_in_an_answer_are_hidden(dana: Visitor) -> None:
    secret = " ".join(phrase("english", 12, 9))
    ticket = dana.asks()
    dana.says(ticket, f"take them: {secret}")
    assert not Message.objects.filter(text__contains=secret).exists()
    ticket.refresh_from_db()
    assert ticket.priority == "urgent"
    assert "We hid a secret here" in dana.sees(ticket)


# --- Files


def test_files_of_the_request_are_served_to_its_holder_alone(dana: Visitor, desk: Desk) -> None:
    evil = SimpleUploadedFile("a.html", b"<script>alert(1)</script>")
    ticket = dana.asks(files=[evil, SimpleUploadedFile("shot.png", picture("PNG"))])
    html, shot = Attachment.objects.order_by("pk")
    other = Visitor("198.51.100.9")
    others = other.asks("another request")

    page = dana.sees(ticket)
    answer = dana.client.get(f"{page_of(ticket)}files/{html.uuid}/")
    shown = dana.client.get(f"{page_of(ticket)}previews/{shot.uuid}/")

    assert f"previews/{shot.uuid}/" in page and f"previews/{html.uuid}/" not in page
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert shown["Content-Type"] == "image/webp"
    for client, number in ((other.client, others), (other.client, ticket), (Client(), ticket)):
        for kind in ("files", "previews"):
            address = f"{page_of(number)}{kind}/{shot.uuid}/"
            assert client.get(address).status_code == 404
    on_the_note = note(actor=desk.alice, ticket=ticket, text="internal")
    Attachment.objects.filter(pk=html.pk).update(message=on_the_note)
    assert dana.client.get(f"{page_of(ticket)}files/{html.uuid}/").status_code == 404
    closed(answer)
    closed(shown)


def test_files_come_from_their_own_host(dana: Visitor, settings: Any) -> None:
    settings.FILES_HOST = "files.example"
    settings.ALLOWED_HOSTS = ["testserver", "files.example"]
    ticket = dana.asks(files=[SimpleUploadedFile("a.pdf", b"%PDF-1")])
    file = Attachment.objects.get()

    led = dana.client.get(f"{page_of(ticket)}files/{file.uuid}/")

    assert led["Location"].startswith("http://files.example/files/requests/")
    path = led["Location"].removeprefix("http://files.example")
    there = Client().get(path, headers={"Host": "files.example"})
    assert there.status_code == 200 and there["Content-Disposition"].startswith("attachment")
    closed(there)
    assert Client().get(path).status_code == 404, "not on the host of the pages"
    Link.objects.all().delete()
    assert Client().get(path, headers={"Host": "files.example"}).status_code == 404


# --- Mail


def test_one_neutral_mail_to_an_address_that_nobody_has_proven(dana: Visitor, desk: Desk) -> None:
    ticket = dana.asks("<b>my words</b> evil.example", name="Evil Name")
    send()
    first = mail.outbox[0]
    assert first.to == [EMAIL] and first.subject == f"Your request #{ticket.pk}"
    for words in ("my words", "evil.example", "Evil Name"):
        assert words not in f"{first.subject}{first.body}{first.extra_headers}"

    message = answered(desk, ticket)

    assert len(mail.outbox) == 1, "no other until they have acted by the link"
    assert message.deliveries.get().state == "sent", "the page has it"
    ticket.refresh_from_db()
    assert ticket.events.filter(verb=Verb.DELIVERED).exists()


def test_opening_the_mailed_link_proves_nothing_acting_does(dana: Visitor, desk: Desk) -> None:
    ticket = dana.asks()
    send()
    reader = by_mail()
    page = reader.sees(ticket)
    assert Address.objects.get().verified_at is None
    assert "Shall we send you an e-mail" in page and "Shall we" not in dana.sees(ticket)
    assert dana.client.post(f"{page_of(ticket)}mail/").status_code == 302
    assert Address.objects.get().verified_at is None, "the first page proves no mailbox"

    reader.client.post(f"{page_of(ticket)}mail/")

    assert Address.objects.get().verified_at is not None
    answered(desk, ticket)
    assert mail.outbox[-1].subject == f"There is an answer to your request #{ticket.pk}"
    assert "We look into it" not in mail.outbox[-1].body
    assert by_mail().sees(ticket).count("We look into it") == 1


def test_answering_by_the_mailed_link_proves_the_address(dana: Visitor) -> None:
    ticket = dana.asks()
    send()
    by_mail().says(ticket, "and one thing more")
    assert Address.objects.get().verified_at is not None


def test_without_an_address_the_page_is_the_delivery(dana: Visitor, desk: Desk) -> None:
    ticket = dana.asks(email="")
    message = answered(desk, ticket)
    assert message.deliveries.get().state == "sent"
    assert mail.outbox == [] and not Address.objects.exists()


def test_a_mail_server_that_is_away(
    dana: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana.asks()

    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", away)
        send()
    receipt = Delivery.objects.get()
    assert (receipt.state, receipt.reason, receipt.tries) == ("queued", "unavailable", 1)
    assert Link.objects.filter(mailed=True).count() == 0, "its link never left"
    Delivery.objects.update(not_before=timezone.now(), reason="")
    send()
    assert len(mail.outbox) == 1


def test_an_address_that_does_not_exist_is_final(
    dana: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = dana.asks()
    Address.objects.update(receipt_due=False, verified_at=timezone.now())

    def refuses(*args: Any, **kwargs: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({EMAIL: (550, b"no such user")})

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", refuses)
        message = answered(desk, ticket)

    delivery = message.deliveries.get()
    assert (delivery.state, delivery.reason) == ("failed", "rejected")
    assert "We look into it" in dana.sees(ticket), "the page shows it all the same"
    assert routes(ticket), "and can be used further"


# --- A lost link


def test_a_lost_link_is_sent_again(dana: Visitor) -> None:
    ticket = dana.asks()
    Visitor().asks("of another address", email="other@mail.example")
    asked = ask(EMAIL.upper())
    send_due_links()
    (letter,) = mail.outbox
    assert letter.to == [EMAIL.upper()]
    assert letter.body.count("/help/requests/open/") == 1
    assert by_mail().sees(ticket)
    assert asked.status_code == 200


def ask(email: str) -> Any:
    visitor = Visitor()
    page = visitor.client.get("/help/requests/").content.decode()
    return visitor.client.post("/help/requests/", {"email": email, "stamp": hidden(page, "stamp")})


def test_known_and_unknown_addresses_get_the_same_answer(dana: Visitor) -> None:
    dana.asks()
    strip = re.compile(rb'data-now="\d+"')
    known, unknown = ask(EMAIL), ask("nobody@mail.example")
    assert strip.sub(b"", known.content) == strip.sub(b"", unknown.content)
    assert LinkRequest.objects.count() == 2, "the same work, too"
    send_due_links()
    assert [letter.to for letter in mail.outbox] == [[EMAIL]]
    assert not LinkRequest.objects.exists()


def test_a_link_by_a_token_of_ours_is_random() -> None:
    tokens = {new_token() for _turn in range(200)}
    assert len(tokens) == 200 and {len(token) for token in tokens} == {43}


def test_nothing_else_is_opened_on_the_page_of_a_request(
    dana: Visitor, desk: Desk, form_door: Channel
) -> None:
    """A page shows its own request alone: words of another ticket there would be read by nobody."""
    ticket = dana.asks()
    with pytest.raises(Invalid):
        open_on_behalf(
            actor=desk.bob, channel=form_door, requester=ticket.requester, text="something else"
        )
    assert Ticket.objects.count() == 1
