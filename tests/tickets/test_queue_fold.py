"""Overdue tickets: the ten worst always, the rest on request, by htmx or by a plain link."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.cast import Desk, Outside
from tickets.models import Contact, Ticket

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def late(desk: Desk, many: int) -> list[int]:
    """Overdue tickets, the worst first."""
    requester, now = Contact.objects.create(name="Dana"), timezone.now()
    made = Ticket.objects.bulk_create(
        Ticket(
            subject=f"Late {at}", team=desk.team, requester=requester, channel_kind="telegram",
            last_message_at=now, next_due_at=now - timedelta(minutes=many - at),
        )
        for at in range(many)
    )  # fmt: skip
    return [ticket.number for ticket in made]


def numbers(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'id="row-(\d+)"', html)]


def fold(html: str) -> str:
    found = re.search(r'id="fold" href="([^"]+)"', html)
    return found[1].replace("&amp;", "&") if found else ""


def test_the_ten_worst_stand_there_and_a_link_shows_the_rest(
    client: Client, desk: Desk, outside: Outside
) -> None:
    every = late(desk, 24)
    client.force_login(desk.alice)

    page = client.get("/tickets/?view=open").content.decode()
    assert numbers(page) == every[:10]
    assert re.search(r'Breached <span class="number">24</span>', page)

    whole = client.get(fold(page)).content.decode()
    assert numbers(whole) == every
    assert numbers(client.get(fold(whole)).content.decode()) == every[:10]


def test_a_live_refresh_keeps_it_unfolded(client: Client, desk: Desk, outside: Outside) -> None:
    """The fragment says that it is unfolded; the page's refresh sends that along."""
    every = late(desk, 12)
    client.force_login(desk.alice)
    page = client.get("/tickets/?view=open&breached=all").content.decode()
    live = re.search(r'id="queue"[^>]*hx-get="([^"]+)" hx-include="#rows \[name=breached\]"', page)
    assert live and "breached" not in live[1]
    assert '<input type="hidden" name="breached" value="all">' in page
    refreshed = client.get(f"{live[1]}&breached=all", headers=HTMX).content.decode()
    assert numbers(refreshed) == every


def test_ten_need_no_fold(client: Client, desk: Desk, outside: Outside) -> None:
    every = late(desk, 10)
    client.force_login(desk.alice)
    page = client.get("/tickets/?view=open").content.decode()
    assert numbers(page) == every and not fold(page)


def test_a_hundred_are_the_most(client: Client, desk: Desk, outside: Outside) -> None:
    every = late(desk, 103)
    client.force_login(desk.alice)
    page = client.get("/tickets/?view=open&breached=all").content.decode()
    assert numbers(page) == every[:100]
    assert '<span class="number">99+</span>' in page


def test_only_those_of_the_view(client: Client, desk: Desk, outside: Outside) -> None:
    every = late(desk, 22)
    Ticket.objects.filter(pk__in=every[::2]).update(assignee=desk.alice)
    client.force_login(desk.alice)
    assert numbers(client.get("/tickets/?breached=all").content.decode()) == every[::2]
    assert numbers(client.get("/tickets/?view=breached&breached=all").content.decode()) == every
