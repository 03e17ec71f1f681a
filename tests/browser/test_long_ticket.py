"""A long ticket in a real browser: earlier messages come above, and stay there when something new arrives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.desk import Desk
from tests.live import LiveApp
from tickets.models import Audience, Message, MessageKind, Ticket

SignIn = Callable[[User], None]


@pytest.fixture
def long(live_app: LiveApp) -> tuple[Desk, Ticket]:
    """A question of now, after a hundred and twenty earlier words."""
    desk = Desk()
    ticket = desk.write("And what now?")
    begins = timezone.now() - timedelta(hours=3)
    Message.objects.bulk_create(
        Message(
            ticket=ticket, kind=MessageKind.INCOMING, audience=Audience.PRIVATE, contact=ticket.requester,
            text=f"line {at} of many", sent_at=begins + timedelta(minutes=at),
        )
        for at in range(120)
    )  # fmt: skip
    return desk, ticket


def test_earlier_ones_come_above_and_stay(
    long: tuple[Desk, Ticket], sign_in: SignIn, browser_page: Page
) -> None:
    desk, ticket = long
    page = browser_page
    sign_in(desk.mia)
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.goto(f"/tickets/{ticket.pk}/")
    messages = page.locator(".message")
    expect(messages).to_have_count(50)
    page.locator("#earlier").scroll_into_view_if_needed()
    seen = page.locator(".message", has_text="line 75 of many")
    before = seen.bounding_box()

    page.locator("#earlier").click()
    expect(messages).to_have_count(100)
    after = seen.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 50

    desk.write("Is anybody there?")
    expect(page.locator(".message", has_text="Is anybody")).to_be_attached(timeout=4_000)
    expect(messages).to_have_count(101)

    page.keyboard.press("n")
    page.keyboard.type("asking finance")
    page.keyboard.press("Control+Enter")
    expect(messages).to_have_count(102)


def test_a_refresh_that_was_asked_for_before_drops_none_of_them(
    long: tuple[Desk, Ticket], sign_in: SignIn, browser_page: Page
) -> None:
    desk, ticket = long
    page = browser_page
    sign_in(desk.mia)
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.goto(f"/tickets/{ticket.pk}/")
    answers: list[str] = []
    page.on(
        "response", lambda answer: answers.append(answer.url) if "from=" in answer.url else None
    )

    page.evaluate(
        "document.getElementById('earlier').click();"
        "document.getElementById('ticket-live').dispatchEvent(new CustomEvent('refresh'))"
    )
    expect(page.locator(".message")).to_have_count(100)
    for _turn in range(60):  # the link's answer, the late one, and the one asked for instead
        if len(answers) > 2:
            break
        page.wait_for_timeout(50)
    expect(page.locator(".message")).to_have_count(100)


def test_without_a_script_it_is_a_link_and_a_message_has_an_address(
    long: tuple[Desk, Ticket], sign_in: SignIn, browser_page: Page
) -> None:
    desk, ticket = long
    sign_in(desk.mia)
    browser_page.route("**/*.js", lambda route: route.abort())
    browser_page.goto(f"/tickets/{ticket.pk}/")
    browser_page.locator("#earlier").click()
    expect(browser_page.locator(".message")).to_have_count(100)

    early = ticket.messages.get(text="line 2 of many")
    browser_page.goto(early.get_absolute_url())
    expect(browser_page.locator(f"#message-{early.pk}")).to_be_in_viewport()
