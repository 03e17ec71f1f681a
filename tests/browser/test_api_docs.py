"""The page of the API draws its schema under our security policy, and its button calls the API with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.tokens import make_token
from tests.browser.desk import Desk

SCHEMA: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
OPERATIONS = sum(len(methods) for methods in SCHEMA["paths"].values())


@pytest.fixture
def refusals(browser_page: Page) -> list[str]:
    """What the policy kept the page from doing, and where else the page went."""
    found: list[str] = []
    browser_page.on(
        "request",
        lambda request: (
            found.append(request.url)
            if not request.url.startswith(("http://127.0.0.1", "data:", "blob:"))
            else None
        ),
    )
    browser_page.add_init_script(
        "window.refused = []; document.addEventListener('securitypolicyviolation',"
        " event => window.refused.push(event.violatedDirective + ' ' + event.blockedURI));"
    )
    return found


def test_the_docs_are_drawn_and_tried_out(
    browser_page: Page, refusals: list[str], sign_in: Callable[[User], None], live_app: Any
) -> None:
    desk = Desk()
    key = make_token(user=desk.mia, name="the page").key
    sign_in(desk.mia)
    browser_page.goto("/api/v1/docs/")
    expect(browser_page.get_by_text("List tickets", exact=True)).to_be_visible()
    expect(browser_page.locator(".opblock")).to_have_count(OPERATIONS)

    browser_page.get_by_role("button", name="Authorize").first.click()
    browser_page.get_by_label("auth-value").or_(
        browser_page.locator(".auth-container input")
    ).first.fill(f"Token {key}")
    browser_page.locator(".auth-btn-wrapper .authorize").click()
    browser_page.locator(".btn-done").click()
    browser_page.locator("#operations-me-me_retrieve .opblock-summary-control").click()
    browser_page.get_by_role("button", name="Try it out").click()
    browser_page.get_by_role("button", name="Execute").click()
    answer = browser_page.locator(".live-responses-table tbody .response-col_description").first
    expect(answer).to_contain_text("mia@desk.example")

    assert refusals == []
    assert browser_page.evaluate("window.refused") == []
