"""The care for channels in a real browser: from pulled to webhook, with a message that comes by it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from connectors.models import ChannelHealth, InboundUpdate, Standing
from tests.browser.desk import Desk
from tests.live import LiveApp
from tests.sandbox_process import SandboxProcess
from tickets.models import Channel, Conversation

SignIn = Callable[[User], None]
PASSWORD = "three words in a row"


@pytest.fixture
def desk(live_app: LiveApp) -> Desk:
    """Grace is an admin with a password."""
    desk = Desk()
    desk.grace.is_admin = True
    desk.grace.set_password(PASSWORD)
    desk.grace.save()
    return desk


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path) as process:
        yield process


def show_who_you_are(page: Page) -> None:
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main button, form button").first.click()


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("fa", "light")])
def test_axe_finds_nothing_and_nothing_sticks_out(
    desk: Desk, sign_in: SignIn, page: Page, language: str, theme: str
) -> None:
    User.objects.filter(pk=desk.grace.pk).update(ui_language=language, theme=theme)
    now = timezone.now()
    Channel.objects.update(mode="webhook", last_update_at=now - timedelta(hours=5))
    ChannelHealth.objects.create(
        channel=desk.channel, checked_at=now, hook="ours", hook_error="502 Bad Gateway",
        hook_error_at=now, waiting=4,
    )  # fmt: skip
    for number, status in enumerate(("administrator", "member")):
        Standing.objects.create(channel=desk.channel, external_id=f"-{number}", status=status)
        Conversation.objects.create(
            channel=desk.channel,
            external_id=f"-{number}",
            kind="group",
            title="کاویرا · Kavira " * 6,
        )
    sign_in(desk.grace)
    page.goto("/channels/add/")
    show_who_you_are(page)
    for path in ("/channels/", f"/channels/{desk.channel.pk}/", "/channels/add/",
                 f"/channels/{desk.channel.pk}/edit/"):  # fmt: skip
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
        found = Axe().run(page).response["violations"]
        assert found == [], (path, [(each["id"], each["nodes"][0]["html"]) for each in found])


def test_from_pulled_to_a_webhook_with_the_password_in_between(
    desk: Desk, sign_in: SignIn, browser_page: Page, sandbox: SandboxProcess
) -> None:
    Channel.objects.update(mode="pull", api_base=sandbox.url)
    desk.channel.refresh_from_db()
    desk.channel.token = sandbox.token
    desk.channel.save()
    sign_in(desk.grace)
    browser_page.goto("/channels/")
    browser_page.get_by_role("link", name="Desk bot").click()
    browser_page.get_by_role("button", name="Test it").click()
    expect(browser_page.get_by_text("It answers, as @KaviraHelpBot.")).to_be_visible()

    browser_page.get_by_role("button", name="Change to a webhook").click()
    show_who_you_are(browser_page)

    expect(browser_page.get_by_text("None was lost.")).to_be_visible()
    expect(browser_page.get_by_role("button", name="Change to pulling")).to_be_visible()
    sandbox.say("dana", "private", "by the other door")
    until = time.monotonic() + 10
    while not InboundUpdate.objects.filter(raw__contains="by the other door").exists():
        assert time.monotonic() < until, sandbox.call("getWebhookInfo").text
        time.sleep(0.05)


def test_a_wrong_token_keeps_the_other_words(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    sign_in(desk.grace)
    browser_page.goto("/channels/add/")
    show_who_you_are(browser_page)
    browser_page.get_by_label("Name").fill("The second bot")
    browser_page.get_by_label("Token").fill("not a token")
    browser_page.get_by_role("button", name="Connect").click()

    expect(browser_page.get_by_text("This is not a bot token.")).to_be_visible()
    expect(browser_page.get_by_label("Name")).to_have_value("The second bot")
    expect(browser_page.get_by_label("Token")).to_have_value("")
