"""The requester blocks the bot while an agent writes: the answer cannot leave, and its words are not lost."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import DANA, Desk, Outside, opened
from tickets.models import Conversation, Message

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_words_stay_in_the_composer(
    client: Client, desk: Desk, outside: Outside, headers: dict[str, str]
) -> None:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    route = Conversation.objects.get()
    Conversation.objects.update(closed_reason="blocked")
    client.force_login(desk.alice)
    form = {"text": "We found your deposit.", "audience": str(route.pk)}
    answer = client.post(f"/tickets/{ticket.pk}/replies/", form, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "We found your deposit." in page
    assert "There is no way to reach this person now." in page
    assert not Message.objects.filter(text__startswith="We found").exists()
