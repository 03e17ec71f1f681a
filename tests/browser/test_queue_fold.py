"""The fold of the overdue ones in a real browser: it opens in its place, and stays open when something happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.desk import Desk
from tests.live import LiveApp
from tickets.models import Ticket

SignIn = Callable[[User], None]
PATH = "/tickets/?view=open"


@pytest.fixture
def late(live_app: LiveApp) -> tuple[Desk, list[Ticket]]:
    """Fourteen overdue tickets, the worst first."""
    desk = Desk()
    first = desk.write("The first of many")
    due = timezone.now() - timedelta(hours=9)
    Ticket.objects.filter(pk=first.pk).update(next_due_at=due)
    copies = Ticket.objects.bulk_create(
        Ticket(
            subject=f"Late {at}", team=desk.team, requester=first.requester, channel_kind="telegram",
            last_message_at=due, next_due_at=due + timedelta(minutes=at),
        )
        for at in range(1, 14)
    )  # fmt: skip
    return desk, [first, *copies]


def test_it_opens_in_place_under_the_keys_and_stays_open(
    late: tuple[Desk, list[Ticket]], sign_in: SignIn, browser_page: Page
) -> None:
    desk, tickets = late
    page = browser_page
    sign_in(desk.mia)
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.goto(PATH)
    rows, fold = page.locator("[data-row]"), page.locator("#fold")
    expect(rows).to_have_count(10)

    fold.focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(14)
    expect(fold).to_be_focused()
    fold.evaluate("link => link.blur()")
    for ticket in tickets:
        page.keyboard.press("j")
        expect(page.locator(f"#row-{ticket.pk} .row__link")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(f"#row-{tickets[-2].pk} .row__link")).to_be_focused()
    page.evaluate("document.activeElement.blur()")

    desk.write("A new one", name="Kirill", number=502)
    expect(rows).to_have_count(15, timeout=4_000)

    fold.click()
    expect(rows).to_have_count(11)


def test_a_refresh_that_was_asked_for_before_does_not_close_it(
    late: tuple[Desk, list[Ticket]], sign_in: SignIn, browser_page: Page
) -> None:
    desk, tickets = late
    page = browser_page
    sign_in(desk.mia)
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.goto(PATH)
    answers: list[str] = []
    page.on(
        "response", lambda answer: answers.append(answer.url) if "view=" in answer.url else None
    )

    page.evaluate(
        "document.getElementById('fold').click();"
        "document.getElementById('queue').dispatchEvent(new CustomEvent('refresh'))"
    )
    expect(page.locator("[data-row]")).to_have_count(len(tickets))
    for _turn in range(60):  # the fold's answer, the late one, and the one asked for instead
        if len(answers) > 2:
            break
        page.wait_for_timeout(50)
    expect(page.locator("[data-row]")).to_have_count(len(tickets))


def test_it_is_a_plain_link_without_a_script(
    late: tuple[Desk, list[Ticket]], sign_in: SignIn, browser_page: Page
) -> None:
    desk, tickets = late
    sign_in(desk.mia)
    browser_page.route("**/*.js", lambda route: route.abort())
    browser_page.goto(PATH)
    browser_page.locator("#fold").click()
    expect(browser_page.locator("[data-row]")).to_have_count(len(tickets))
    assert "breached=all" in browser_page.url
