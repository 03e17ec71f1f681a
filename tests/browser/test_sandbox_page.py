"""The phone in a real browser: live, without leaving the page, under the strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox of the test's own."""
    with SandboxProcess(tmp_path) as process:
        yield process


@pytest.fixture
def browser_context_args(sandbox: SandboxProcess) -> dict[str, Any]:
    """Relative addresses lead to the sandbox, not to the desk."""
    return {"base_url": sandbox.url, "viewport": {"width": 1280, "height": 800}}


def test_a_conversation_without_leaving_the_page(
    sandbox: SandboxProcess, browser_page: Page
) -> None:
    page, reza = browser_page, world.person("reza").id
    page.goto("/?as=reza")
    page.get_by_label("Message", exact=True).fill("سلام")
    page.keyboard.press("Enter")
    expect(page.locator(".bubble__text")).to_have_text("سلام")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    (update,) = sandbox.call("getUpdates").json()["result"]
    page.get_by_label("Message", exact=True).fill("half a th")
    sandbox.call("getUpdates", offset=update["update_id"] + 1)
    expect(page.locator(".ticks--fetched")).to_have_count(1)
    sandbox.call("sendMessage", chat_id=reza, text="بررسی می‌کنیم")
    expect(page.locator(".bubble__text")).to_have_count(2)
    expect(page.get_by_label("Message", exact=True)).to_have_value("half a th")


def test_reply_and_edit_from_the_menu(sandbox: SandboxProcess, browser_page: Page) -> None:
    page = browser_page
    sandbox.say("dana", "en", "is it down?")
    page.goto("/?as=sunita&chat=en")
    page.locator(".message").hover()
    page.locator(".message__menu summary").click()
    page.get_by_role("button", name="Reply").click()
    page.keyboard.type("not for em")
    page.keyboard.press("Enter")
    expect(page.locator(".message--own .bubble__quote")).to_contain_text("is it down?")
    page.locator(".message--own").hover()
    page.locator(".message--own summary").click()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Message", exact=True).fill("not for me")
    page.keyboard.press("Enter")
    expect(page.locator(".message--own .bubble__text")).to_have_text("not for me")
    expect(page.locator(".message--own .bubble__meta")).to_contain_text("edited")


def test_a_tapped_deep_link_goes_on_in_private(sandbox: SandboxProcess, browser_page: Page) -> None:
    page = browser_page
    button = {"text": "继续私聊", "url": "https://t.me/KaviraHelpBot?start=signed-1"}
    page.goto("/?as=haoran&chat=zh")
    markup = {"inline_keyboard": [[button]]}
    sandbox.call("sendMessage", chat_id=world.CHINESE.id, text="您好", reply_markup=markup)
    page.get_by_role("button", name="继续私聊").click()
    page.wait_for_url("**chat=private**")
    expect(page.locator(".message--own .bubble__text")).to_have_text("/start signed-1")


def test_a_scene_fills_the_open_chat_and_marks_the_other_phones(
    sandbox: SandboxProcess, browser_page: Page
) -> None:
    page = browser_page
    page.goto("/?as=sunita&chat=en")
    page.get_by_text("60×").click()
    page.get_by_label("Play: A seed in the group").click()
    expect(page.locator(".playing__title")).to_have_text("A seed in the group")
    expect(page.locator(".message").nth(3)).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".playing")).to_have_count(0)
    sandbox.call("sendMessage", chat_id=world.person("dana").id, text="hello")
    expect(page.locator(".face[data-unread] .face__name")).to_have_text("Dana Whitfield")


def test_nothing_is_wider_than_a_phone(sandbox: SandboxProcess, browser_page: Page) -> None:
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    sandbox.say("reza", "private", world.TX_REZA)
    page.goto("/?as=reza")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("complementary", name="People")).to_be_hidden()
    page.get_by_role("button", name="رضا").click()
    expect(page.get_by_role("complementary", name="People")).to_be_visible()


@pytest.mark.parametrize("address", ["/?as=mehmet&chat=tr&thread=7", "/?as=reza&list=1"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    sandbox: SandboxProcess, page: Page, scheme: Literal["light", "dark"], address: str
) -> None:
    sandbox.say("mehmet", "tr", "para gelmedi", thread="p2p")
    sandbox.say("elif", "tr", "bakıyorum", thread="p2p")
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    assert Axe().run(page).response["violations"] == []
