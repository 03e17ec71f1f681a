"""From the web into Telegram: who taps goes on with this request, and nobody gets anybody else's."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from helpdesk.crypto import token_hash
from portal.actions import requests
from tests.cast import ALICE, DANA, EMRE, MALLORY, Desk, Outside, contact_of, opened
from tests.portal.door import Visitor, page_of
from tickets.actions.reply import reply, routes
from tickets.models import (
    Contact,
    ContactIdentity,
    Message,
    PrivateInvitation,
    Ticket,
    Verb,
)

pytestmark = pytest.mark.django_db


def invited(visitor: Visitor, ticket: Ticket) -> str:
    """The payload of the link that the page gives."""
    answer = visitor.client.post(f"{page_of(ticket)}chat/")
    assert answer.status_code == 200
    found = re.search(r'href="https://t\.me/\w+\?start=([\w-]+)"', answer.content.decode())
    assert found
    return found[1]


def tap(outside: Outside, who: dict[str, object], payload: str) -> None:
    outside.says(who, f"/start {payload}")


def test_who_taps_goes_on_with_the_request(dana: Visitor, outside: Outside, desk: Desk) -> None:
    ticket = dana.asks(name="Dana on the web")
    tap(outside, DANA, invited(dana, ticket))

    ticket.refresh_from_db()
    assert ticket.requester == contact_of(DANA)
    assert sorted(each.kind for each in ticket.requester.identities.all()) == ["form", "telegram"]
    assert {each.verified_at for each in ticket.requester.identities.all()} == {None}
    assert Contact.objects.count() == 1, "one person, not two"
    assert ticket.events.filter(verb=Verb.WENT_PRIVATE).exists()
    assert f"#{ticket.pk}" in outside.texts(DANA)[-1]

    said = outside.says(DANA, "here is the TxID, in Telegram")

    assert said.ticket == ticket
    assert [each.channel.kind for each in routes(ticket)] == ["telegram", "form"]
    reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="thanks, Dana")
    page = dana.sees(ticket)
    assert "This request goes on in Telegram" in page and "Answer me on Telegram" not in page
    assert "here is the TxID" not in page and "thanks, Dana" not in page, (
        "what is there stays there"
    )
    assert "My deposit of 250 USDT" in page


def test_the_page_still_works_afterwards(dana: Visitor, outside: Outside, desk: Desk) -> None:
    ticket = dana.asks()
    tap(outside, DANA, invited(dana, ticket))
    assert dana.says(ticket, "and once more from the page").status_code == 302
    last = Message.objects.filter(kind="incoming").latest("pk")
    assert (last.ticket, last.contact, last.text) == (
        ticket, contact_of(DANA), "and once more from the page",
    )  # fmt: skip
    assert Ticket.objects.count() == 1


def test_somebody_with_tickets_of_their_own(dana: Visitor, outside: Outside, desk: Desk) -> None:
    own = opened(outside.says(DANA, "my older withdrawal, in Telegram"))
    ticket = dana.asks("asked on the web")
    tap(outside, DANA, invited(dana, ticket))

    assert set(contact_of(DANA).tickets.all()) == {own, ticket}
    assert outside.says(DANA, "about the one from the web").ticket == ticket
    page = dana.sees(ticket)
    assert "older withdrawal" not in page and str(own.pk) not in re.sub(r"data-\w+=\S+", "", page)
    assert dana.client.get(page_of(own)).status_code == 404


def test_a_link_is_for_one_person_once(dana: Visitor, outside: Outside) -> None:
    ticket = dana.asks()
    payload = invited(dana, ticket)
    tap(outside, DANA, payload)
    tap(outside, MALLORY, payload)

    ticket.refresh_from_db()
    assert ticket.requester == contact_of(DANA)
    assert not contact_of(MALLORY).tickets.exists()
    assert f"#{ticket.pk}" not in outside.texts(MALLORY)[-1]


def test_two_people_of_chats_are_never_joined(dana: Visitor, outside: Outside) -> None:
    """Even by a link that is fresh: whoever is known already keeps what is theirs."""
    ticket = dana.asks()
    tap(outside, DANA, invited(dana, ticket))
    theirs = opened(outside.says(EMRE, "çekim gelmedi"))
    later = PrivateInvitation.objects.get()
    PrivateInvitation.objects.filter(pk=later.pk).update(used_at=None, identity=None)
    payload = "x" * 43
    PrivateInvitation.objects.filter(pk=later.pk).update(token_hash=token_hash(payload))

    tap(outside, EMRE, payload)

    assert set(contact_of(EMRE).tickets.all()) == {theirs}
    assert set(contact_of(DANA).tickets.all()) == {ticket}
    later.refresh_from_db()
    assert later.used_at is None


def test_links_run_out_and_the_newest_counts(dana: Visitor, outside: Outside) -> None:
    ticket = dana.asks()
    first, second = invited(dana, ticket), invited(dana, ticket)
    tap(outside, DANA, first)
    ticket.refresh_from_db()
    assert ticket.requester != contact_of(DANA), "void since the second was made"
    expires = PrivateInvitation.objects.get().expires_at
    assert expires - timezone.now() <= timedelta(minutes=15)
    PrivateInvitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tap(outside, DANA, second)
    ticket.refresh_from_db()
    assert ticket.requester != contact_of(DANA)


def test_a_colleague_does_not_become_a_requester(dana: Visitor, outside: Outside) -> None:
    ticket = dana.asks()
    before = ticket.requester
    tap(outside, ALICE, invited(dana, ticket))
    ticket.refresh_from_db()
    assert ticket.requester == before
    assert not ContactIdentity.objects.filter(external_id=str(ALICE["id"])).exists()


def test_two_requests_of_one_person_keep_their_pages_apart(
    dana: Visitor, outside: Outside, desk: Desk
) -> None:
    other = Visitor("198.51.100.3")
    one, two = dana.asks("the first"), other.asks("the second")
    tap(outside, DANA, invited(dana, one))
    tap(outside, DANA, invited(other, two))
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.requester == two.requester
    pages = [each for each in routes(two) if each.channel.kind == "form"]
    assert len(pages) == 1
    reply(actor=desk.alice, ticket=two, conversation=pages[0], text="about the second")
    assert "about the second" not in dana.sees(one)


def test_without_a_bot_nothing_is_offered(dana: Visitor) -> None:
    ticket = dana.asks()
    assert "Telegram" not in dana.sees(ticket)
    assert dana.client.post(f"{page_of(ticket)}chat/").status_code == 302
    assert not PrivateInvitation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_request_is_held_while_words_come_to_it(
    dana: Visitor, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed between the look and the words, it would let them go on another ticket of the person it was joined to."""
    opened(outside.says(DANA, "where is my withdrawal?"))
    ticket = dana.asks()
    tap(outside, DANA, invited(dana, ticket))
    closings: list[bool] = []
    take_in = requests._take_in

    def slowly(*args: Any, **kwargs: Any) -> Ticket:
        thread = threading.Thread(target=lambda: closings.append(_closes_at_once(ticket)))
        thread.start()
        thread.join()
        return take_in(*args, **kwargs)

    monkeypatch.setattr(requests, "_take_in", slowly)
    assert dana.says(ticket, "from the page").status_code == 302
    assert closings == [False]
    assert Message.objects.get(text="from the page").ticket == ticket


def _closes_at_once(ticket: Ticket) -> bool:
    """Whether somebody else can close it now, without waiting for anything."""
    try:
        with transaction.atomic():
            Ticket.objects.select_for_update(nowait=True).get(pk=ticket.pk)
            Ticket.objects.filter(pk=ticket.pk).update(status="closed")
    except OperationalError:
        return False
    finally:
        connection.close()
    return True
