"""The queue's pages: in deadline order, without a gap or a repeat between them, whatever the position says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import Desk, Outside
from tickets.models import Contact, Ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def make_tickets(desk: Desk, outside: Outside) -> list[int]:
    """120 open tickets: pairs with one deadline, and the last twenty without any."""
    requester = Contact.objects.create(name="Dana")
    now = timezone.now()
    made = Ticket.objects.bulk_create(
        Ticket(
            subject=f"Ticket {i}",
            team=desk.team,
            requester=requester,
            channel_kind="telegram",
            last_message_at=now,
            next_due_at=now + HOUR * (1 + i // 2) if i < 100 else None,
        )
        for i in range(120)
    )
    return [ticket.number for ticket in made]


def walk(client: Client) -> list[int]:
    found: list[int] = []
    url = "/tickets/?view=open"
    while url:
        answer = client.get(url)
        found += [ticket.number for ticket in answer.context["rows"]]
        url = answer.context["older_url"]
    return found


def test_pages_join_without_a_seam(client: Client, desk: Desk, outside: Outside) -> None:
    numbers = make_tickets(desk, outside)
    client.force_login(desk.alice)
    assert walk(client) == numbers


@pytest.mark.parametrize(
    "mark",
    ["x", "-", "1-", "-1", "9" * 18 + "-5", "9" * 30 + "-1", "1-" + "9" * 30, "٣-٣", "1-1-1"],
)
def test_a_nonsense_position_is_the_first_page(
    client: Client, desk: Desk, outside: Outside, mark: str
) -> None:
    client.force_login(desk.alice)
    assert client.get("/tickets/", {"view": "open", "after": mark}).status_code == 200
