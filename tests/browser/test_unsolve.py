"""The key `e` solves; for a moment a button takes it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.desk import Desk
from tests.live import LiveApp

SignIn = Callable[[User], None]


@pytest.fixture
def desk(live_app: LiveApp) -> Desk:
    return Desk()


def test_e_solves_and_undo_takes_it_back(desk: Desk, sign_in: SignIn, browser_page: Page) -> None:
    ticket = desk.write("Where is my deposit?")
    User.objects.filter(pk=desk.mia.pk).update(undo_seconds=20)
    sign_in(desk.mia)
    page = browser_page
    page.goto(f"/tickets/{ticket.pk}/")
    page.keyboard.press("n")
    page.keyboard.type("half a thought")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    status, undo = page.locator("#status-menu summary"), page.locator(".ticket-header [data-undo]")
    expect(status).to_contain_text("Solved")
    expect(undo).to_be_visible()
    page.keyboard.press("e")
    expect(status).to_contain_text("Solved")

    undo.get_by_role("button").click()

    expect(status).to_contain_text("New")
    expect(undo).to_have_count(0)
    expect(page.locator("#note-text")).to_have_value("half a thought")


def test_the_offer_ends(desk: Desk, sign_in: SignIn, browser_page: Page) -> None:
    ticket = desk.write("Where is my deposit?")
    User.objects.filter(pk=desk.mia.pk).update(undo_seconds=2)
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")
    browser_page.keyboard.press("e")
    expect(browser_page.locator("#status-menu summary")).to_contain_text("Solved")
    expect(browser_page.locator(".ticket-header [data-undo]")).to_be_hidden()
