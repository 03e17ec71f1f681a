"""The queue narrowed by its address, with the filters that the API has."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.cast import DANA, EMRE, Desk, Outside, opened
from tests.tickets.test_queries import QUEUE, asked
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def tickets(outside: Outside) -> list[Ticket]:
    """A withdrawal and a deposit, both open."""
    return [
        opened(outside.says(DANA, "my withdrawal is pending, hash 0x1")),
        opened(outside.says(EMRE, "where is my deposit, hash 0x2")),
    ]


def shown(client: Client, query: str) -> tuple[set[int], Any]:
    answer = client.get(f"/tickets/?{query}")
    assert answer.status_code == 200
    context: Any = answer.context
    html = answer.content.decode()
    return {
        pk for pk in Ticket.objects.values_list("pk", flat=True) if f'href="/tickets/{pk}/"' in html
    }, context


def test_rows_counts_and_addresses_are_narrowed(
    desk: Desk, client: Client, tickets: list[Ticket]
) -> None:
    client.force_login(desk.alice)
    one, two = tickets
    assert one.category != two.category
    found, context = shown(client, "view=open")
    assert found == {one.pk, two.pk}
    assert context["narrowed"] == []
    found, context = shown(client, f"view=open&category={two.category}&status=new&status=open")
    assert found == {two.pk}
    assert context["narrowed"] == ["status=new", "status=open", f"category={two.category}"]
    assert {tab.slug: tab.count for tab in context["views"]}["open"] == 1
    assert all(f"category={two.category}" in tab.url for tab in context["views"])
    assert context["whole_url"] == "/tickets/?view=open"
    assert f"category={two.category}" in context["live_url"]


def test_nonsense_narrows_nothing(desk: Desk, client: Client, tickets: list[Ticket]) -> None:
    client.force_login(desk.alice)
    for query in ("status=x", "team=888888", "assignee=<b>", "topic=%00", "created_after=now"):
        found, context = shown(client, f"view=open&{query}")
        assert found == {each.pk for each in tickets}
        assert context["narrowed"] == []


def test_a_filter_opens_no_other_team_s_tickets(
    desk: Desk, client: Client, tickets: list[Ticket]
) -> None:
    client.force_login(desk.carol)
    for query in (f"team={desk.team.pk}", f"assignee={desk.alice.pk}", "status=new"):
        assert shown(client, f"view=open&{query}")[0] == set()


def test_it_costs_two_questions_at_most(desk: Desk, client: Client, tickets: list[Ticket]) -> None:
    client.force_login(desk.alice)
    address = "/tickets/?view=open"
    plain = asked(client, address)
    assert plain <= QUEUE
    assert asked(client, f"{address}&status=new&priority=high&assignee=me") == plain
    assert asked(client, f"{address}&team={desk.team.pk}&topic=kyc") <= plain + 2
