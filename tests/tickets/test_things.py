"""What is no text is shown as what it is: in the thread in the viewer's language, in the queue in none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.cast import DANA, Desk, Outside, opened
from tests.telegram.builders import file

pytestmark = pytest.mark.django_db
PLACE = {"latitude": 41.0151, "longitude": 28.9795}


@pytest.mark.parametrize(
    ("fields", "subject", "shown"),
    [
        ({"voice": file(duration=12)}, "🎤 0:12", ["Voice message", "0:12"]),
        ({"location": PLACE}, "📍 41.0151, 28.9795", ["Location", "41.0151, 28.9795"]),
        (
            {"poll": {"question": "Which network?", "options": [{"text": "TRC20"}]}},
            "📊 Which network?",
            ["Poll", "Which network?", "TRC20"],
        ),
        (
            {"contact": {"first_name": "Emre", "phone_number": "+90 555 010"}},
            "👤 Emre · +90 555 010",
            ["Contact", "Emre", "+90 555 010"],
        ),
    ],
)
def test_it_is_shown_once_as_what_it_is(
    desk: Desk,
    outside: Outside,
    client: Client,
    fields: dict[str, Any],
    subject: str,
    shown: list[str],
) -> None:
    client.force_login(desk.alice)
    ticket = opened(outside.says(DANA, **fields))
    assert (ticket.subject, ticket.excerpt) == (subject, subject)
    page = client.get(ticket.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    thread = page.partition('id="thread"')[2]
    for words in shown:
        assert thread.count(words) == 1, words


def test_its_caption_is_shown_beside_it(desk: Desk, outside: Outside, client: Client) -> None:
    client.force_login(desk.alice)
    said = outside.says(DANA, video=file(duration=34), caption="the error on my screen")
    ticket = opened(said)
    assert ticket.excerpt == "the error on my screen"
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert "0:34" in page
    assert page.count("the error on my screen") >= 2


@pytest.mark.parametrize(
    ("language", "word"), [("fa", "پیام صوتی"), ("tr", "Sesli mesaj"), ("zh-hans", "语音")]
)
def test_the_thread_says_it_in_the_viewers_language(
    desk: Desk, outside: Outside, client: Client, language: str, word: str
) -> None:
    client.force_login(desk.alice)
    ticket = opened(outside.says(DANA, voice=file(duration=12)))
    desk.alice.ui_language = language
    desk.alice.save()
    page = client.get(ticket.get_absolute_url()).content.decode()
    assert word in page
    assert "0:12" in page
