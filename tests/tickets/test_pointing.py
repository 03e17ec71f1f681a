"""`/ticket` in answer to one's own words makes a request of those words."""

from __future__ import annotations

import pytest

from tests.cast import DANA, EMRE, GROUP, Outside, opened

pytestmark = pytest.mark.django_db
SAID = "my deposit of 500 USDT is missing since monday"


def test_the_words_pointed_at_are_the_request(outside: Outside) -> None:
    said = outside.says(DANA, SAID, chat=GROUP)
    assert said.ticket is None, "chatter"
    ticket = opened(outside.says(DANA, "/ticket", chat=GROUP, reply_to=said.id))
    assert (ticket.subject, ticket.excerpt) == (SAID, SAID)
    assert ticket.topic and ticket.topic.slug == "deposit_not_arrived"
    assert said.message.ticket == ticket


def test_words_of_somebody_else_are_not_theirs(outside: Outside) -> None:
    said = outside.says(EMRE, SAID, chat=GROUP)
    ticket = opened(outside.says(DANA, "/ticket", chat=GROUP, reply_to=said.id))
    assert ticket.subject == "/ticket"
    assert said.message.ticket is None


def test_words_behind_the_command_win(outside: Outside) -> None:
    said = outside.says(DANA, "hello everybody", chat=GROUP)
    ticket = opened(outside.says(DANA, "/ticket " + SAID, chat=GROUP, reply_to=said.id))
    assert ticket.subject == SAID
    assert said.message.ticket is None


def test_in_private_the_words_stay_where_they_were(outside: Outside) -> None:
    said = outside.says(DANA, SAID)
    first = opened(said)
    second = opened(outside.says(DANA, "/ticket", reply_to=said.id))
    assert second != first
    assert second.subject == SAID
    assert said.message.ticket == first
