"""A page asks the database as often for much as for little."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import ALICE, DANA, GROUP, Desk, Outside, opened
from tickets.actions.reply import note, reply, routes
from tickets.models import Attachment, FileState, MessageVersion, Ticket

pytestmark = pytest.mark.django_db

QUEUE, TICKET = 8, 15
VIEWS = ("mine", "unassigned", "open", "due", "breached")


def asked(client: Client, address: str, **headers: str) -> int:
    client.get(address)  # the first call fills what is read once per process
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address, headers=headers).status_code == 200
    return len(queries)


def grow_queue(desk: Desk, outside: Outside, many: int) -> None:
    first = outside.at
    for number in range(many):
        person = {**DANA, "id": 10_000 + outside.at * 7 + number, "first_name": f"P{number}"}
        ticket = opened(outside.says(person, "my withdrawal is pending, hash 0x1"))
        Ticket.objects.filter(pk=ticket.pk).update(
            assignee=(None, desk.alice, desk.bob)[number % 3],
            next_due_at=timezone.now() + timedelta(minutes=20 * (number % 5) - 40),
        )
    assert outside.at > first


@pytest.mark.parametrize("view", VIEWS)
def test_the_queue(desk: Desk, outside: Outside, client: Client, view: str) -> None:
    client.force_login(desk.alice)
    grow_queue(desk, outside, 3)
    few = asked(client, f"/tickets/?view={view}")
    grow_queue(desk, outside, 30)
    many = asked(client, f"/tickets/?view={view}")
    assert few <= QUEUE
    assert many <= QUEUE
    assert asked(client, f"/tickets/?view={view}", **{"HX-Request": "true"}) <= QUEUE


def grow_ticket(desk: Desk, outside: Outside, ticket: Ticket, rounds: int) -> None:
    for number in range(rounds):
        photo: Any = [{"file_id": "f", "width": 9, "height": 9}]
        said = outside.said(DANA, photo=photo, caption=f"more {number}")
        outside.take(said)
        outside.take(outside.edited(said, f"more of it {number}"))
        asked = outside.says(
            DANA, f"@KiteHelpBot and here {number}", chat={**GROUP, "id": -7 - number}
        )
        outside.says(ALICE, "yes", chat={**GROUP, "id": -7 - number}, reply_to=asked.id)
        note(actor=desk.alice, ticket=ticket, text="ask finance")
        answer = reply(
            actor=(desk.alice, desk.bob)[number % 2],
            ticket=ticket, conversation=routes(ticket)[0], text="word " * 900,
        )  # fmt: skip
        answer.deliveries.filter(part=0).update(state="failed", reason="rejected")
        MessageVersion.objects.create(message=answer, text="x", replaced_at=timezone.now())
    Attachment.objects.update(state=FileState.STORED, preview="previews/a.webp", file="a.bin")


def test_the_ticket_page(desk: Desk, outside: Outside, client: Client) -> None:
    outside.at = int(timezone.now().timestamp()) - 900
    client.force_login(desk.alice)
    ticket = opened(outside.says(DANA, "my withdrawal is pending"))
    grow_ticket(desk, outside, ticket, 1)
    few = asked(client, f"/tickets/{ticket.pk}/")
    grow_ticket(desk, outside, ticket, 8)
    Ticket.objects.filter(requester=ticket.requester).exclude(pk=ticket.pk).update(status="solved")
    many = asked(client, f"/tickets/{ticket.pk}/")
    assert ticket.messages.count() > 25
    assert few <= TICKET
    assert many <= TICKET
    assert asked(client, f"/tickets/{ticket.pk}/", **{"HX-Request": "true"}) <= TICKET


def test_a_refused_reply_costs_no_more(desk: Desk, outside: Outside, client: Client) -> None:
    client.force_login(desk.alice)
    ticket = opened(outside.says(DANA, "my withdrawal is pending"))
    with CaptureQueriesContext(connection) as queries:
        assert client.post(f"/tickets/{ticket.pk}/replies/", {}).status_code == 422
    assert len(queries) <= TICKET


def test_set_aside_page(desk: Desk, outside: Outside, client: Client) -> None:
    client.force_login(desk.bob)
    rows = outside.keep_all([outside.said(DANA, "poison") for _ in range(20)])
    for row in rows:
        row.state = "set_aside"
        row.save()
    assert asked(client, "/updates/") <= QUEUE
