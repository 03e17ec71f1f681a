"""A long ticket: the latest fifty messages, earlier ones by a link, and nothing that was shown drops out again."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import DANA, Desk, Outside, contact_of, opened
from tickets.actions.reply import note
from tickets.keyset import mark
from tickets.models import Audience, Message, MessageKind, Status, Ticket, TicketEvent, Verb
from tickets.views.timeline import MOST_MESSAGES

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SHOWN = re.compile(r'<article class="[^"]*" id="message-(\d+)"')
EARLIER = re.compile(r'id="earlier" href="([^"]+)"')
START = re.compile(r'name="from" id="thread-start" value="([^"]*)"')


def talk(ticket: Ticket, many: int, *, ends: datetime) -> list[int]:
    """Incoming messages, ten seconds apart but three in each moment, the oldest first."""
    contact = contact_of(DANA)
    made = Message.objects.bulk_create(
        Message(
            ticket=ticket, kind=MessageKind.INCOMING, audience=Audience.PRIVATE, contact=contact, text=f"line {at}",
            sent_at=ends - timedelta(seconds=10 * ((many - at) // 3)),
        )
        for at in range(many)
    )  # fmt: skip
    return [message.pk for message in made]


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    found = opened(outside.says(DANA, "my withdrawal is pending"))
    found.messages.all().delete()
    return found


def shown(page: str) -> list[int]:
    return [int(pk) for pk in SHOWN.findall(page)]


def read(client: Client, address: str, **headers: str) -> str:
    return client.get(address, headers=headers).content.decode()


def test_two_hundred_are_read_page_by_page_through_plain_links(
    client: Client, desk: Desk, ticket: Ticket
) -> None:
    every = talk(ticket, 200, ends=timezone.now())
    client.force_login(desk.alice)
    page = read(client, f"/tickets/{ticket.pk}/")
    for many in (50, 100, 150):
        assert shown(page) == every[-many:]
        found = EARLIER.search(page)
        assert found
        page = read(client, found[1])
    assert shown(page) == every
    assert not EARLIER.search(page)


def test_a_short_one_has_no_link(client: Client, desk: Desk, ticket: Ticket) -> None:
    every = talk(ticket, 50, ends=timezone.now())
    client.force_login(desk.alice)
    page = read(client, f"/tickets/{ticket.pk}/")
    assert shown(page) == every
    assert not EARLIER.search(page)
    assert START.findall(page) == [""]


def test_a_refresh_keeps_what_was_loaded_and_adds_what_came(
    client: Client, desk: Desk, ticket: Ticket
) -> None:
    every = talk(ticket, 120, ends=timezone.now() - timedelta(minutes=1))
    client.force_login(desk.alice)
    address = f"/tickets/{ticket.pk}/"
    first = read(client, address)
    new = note(actor=desk.bob, ticket=ticket, text="one more").pk

    (start,) = START.findall(first)
    refreshed = read(client, f"{address}?from={start}", **HTMX)
    assert shown(refreshed) == [*every[-50:], new]

    answer = client.post(
        f"{address}notes/", {"text": "and mine", "from": start}, headers=HTMX
    ).content.decode()
    assert shown(answer)[:51] == [*every[-50:], new]
    assert len(shown(answer)) == 52


def test_a_message_has_an_address_that_shows_it(client: Client, desk: Desk, ticket: Ticket) -> None:
    every = talk(ticket, 120, ends=timezone.now())
    client.force_login(desk.alice)
    for pk in (every[3], every[64], every[-2]):
        address = Message.objects.get(pk=pk).get_absolute_url()
        assert address.endswith(f"#message-{pk}")
        assert pk in shown(read(client, address))


def test_of_the_events_those_between_the_shown_messages(
    client: Client, desk: Desk, ticket: Ticket
) -> None:
    now = timezone.now()
    talk(ticket, 120, ends=now)
    TicketEvent.objects.all().delete()
    for status, at in ((Status.ON_HOLD, now - timedelta(days=1)), (Status.SOLVED, now)):
        event = TicketEvent.objects.create(
            ticket=ticket, verb=Verb.STATUS_CHANGED, actor=desk.bob, payload={"new": status}
        )
        TicketEvent.objects.filter(pk=event.pk).update(created_at=at)
    client.force_login(desk.alice)
    page = read(client, f"/tickets/{ticket.pk}/")
    assert "Bob set it to Solved" in page
    assert "Bob set it to On hold" not in page
    whole = read(client, f"/tickets/{ticket.pk}/?from=0-0")
    assert "Bob set it to On hold" in whole


def test_there_is_an_end_to_what_one_page_shows(client: Client, desk: Desk, ticket: Ticket) -> None:
    every = talk(ticket, MOST_MESSAGES + 10, ends=timezone.now())
    client.force_login(desk.alice)
    page = read(client, f"/tickets/{ticket.pk}/?from=0-0")
    assert shown(page) == every[-MOST_MESSAGES:]
    assert not EARLIER.search(page)
    assert "Only the latest messages are shown." in page


@pytest.mark.parametrize("start", ["x", "-", "9" * 18 + "-1", "1-" + "9" * 30, "%00", "", "1-1-1"])
def test_a_nonsense_start_is_none(client: Client, desk: Desk, ticket: Ticket, start: str) -> None:
    every = talk(ticket, 60, ends=timezone.now())
    client.force_login(desk.alice)
    assert shown(read(client, f"/tickets/{ticket.pk}/?from={start}")) == every[-50:]


def test_a_start_in_the_middle_of_a_moment_shows_no_more(
    client: Client, desk: Desk, ticket: Ticket
) -> None:
    every = talk(ticket, 90, ends=timezone.now())
    middle = Message.objects.get(pk=every[7])
    client.force_login(desk.alice)
    page = read(client, f"/tickets/{ticket.pk}/?from={mark(middle.sent_at, middle.pk)}")
    assert shown(page) == every[7:]


def test_it_asks_the_database_no_more_often(client: Client, desk: Desk, ticket: Ticket) -> None:
    talk(ticket, 200, ends=timezone.now())
    Message.objects.update(edited_at=timezone.now())
    client.force_login(desk.alice)
    for address in (f"/tickets/{ticket.pk}/", f"/tickets/{ticket.pk}/?from=0-0"):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= 15
