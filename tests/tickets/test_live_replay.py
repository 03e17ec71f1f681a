"""A page that was away for long: it hears of the latest events, and that there were more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import DANA, Outside, opened
from tickets.models import TicketEvent, Verb
from tickets.views import live

pytestmark = pytest.mark.django_db


def events(outside: Outside, count: int) -> list[int]:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    made = TicketEvent.objects.bulk_create(
        TicketEvent(ticket=ticket, verb=Verb.RECEIVED) for _ in range(count)
    )
    return [event.pk for event in made]


def test_the_latest_are_told_oldest_first(outside: Outside) -> None:
    made = events(outside, 600)
    told = [change.pk for change in live.latest(made[0], timedelta(seconds=60))]
    assert told == made[-live.MOST_REPLAYED :]


def test_what_the_page_has_seen_is_not_told_again_but_for_the_overlap(outside: Outside) -> None:
    made = events(outside, 3)
    TicketEvent.objects.update(created_at="2020-01-01T00:00:00Z")
    assert [change.pk for change in live.latest(made[0], timedelta(seconds=60))] == made[1:]
