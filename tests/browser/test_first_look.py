"""The sign-in page opens in a real browser under the strict security policy, in every language's letters."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page


def test_sign_in_page_is_clean(browser_page: Page) -> None:
    answer = browser_page.goto("/accounts/login/")

    assert answer is not None
    assert answer.status == 200
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert browser_page.locator("input[type=password]").is_visible()


@pytest.mark.parametrize("letter", ["提", "پ", "ğ"])
def test_letters_are_not_boxes(browser_page: Page, letter: str) -> None:
    """A missing glyph is drawn like any other missing glyph; a private-use character is surely one."""
    draw = """letter => {
        const canvas = document.createElement('canvas');
        canvas.width = canvas.height = 60;
        const pen = canvas.getContext('2d');
        pen.font = '40px sans-serif';
        pen.fillText(letter, 5, 45);
        return canvas.toDataURL();
    }"""
    browser_page.goto("/accounts/login/")

    assert browser_page.evaluate(draw, letter) != browser_page.evaluate(draw, "\ue999")
