"""What was said in one second stands in the order in which it was said; an edit shows in the queue's row."""

from __future__ import annotations

import pytest

from tests.cast import DANA, Desk, Outside, opened
from tickets.models import Ticket
from tickets.views.timeline import timeline

pytestmark = pytest.mark.django_db


def test_six_lines_in_one_second_keep_their_order(desk: Desk, outside: Outside) -> None:
    lines = ["hi", "my withdrawal", "is stuck", "since noon", "please", "???"]
    at = outside.at + 1
    said = [outside.says(DANA, line, date=at) for line in lines]
    ticket = Ticket.objects.get(pk=opened(said[-1]).pk)
    items = [item for day in timeline(ticket, desk.alice).days for item in day["items"]]
    messages = [item["message"] for item in items if item["type"] == "message"]
    assert [each.text for each in messages if each.contact_id] == lines


def test_an_edit_of_the_last_words_shows_in_the_row(outside: Outside) -> None:
    outside.says(DANA, "my withdrawal has not arrived")
    said = outside.says(DANA, "the hash is 0xabc")
    edited = outside.take(outside.edited(said.update, "the hash is 0xdef"))
    assert Ticket.objects.get(pk=opened(edited).pk).excerpt == "the hash is 0xdef"
