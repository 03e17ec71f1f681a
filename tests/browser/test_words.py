"""From the desk to the phone and back: a reply is changed and deleted, a button pressed, a rating given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from connectors import draining, pulling
from tests.browser.desk import Desk
from tests.sandbox_process import SandboxProcess
from tickets.actions import delivery as outbox
from tickets.models import Channel, Delivery, DeliveryState, Rating, Status, Ticket, Topic

SignIn = Callable[[User], None]


class Wire:
    """What worker and puller do between the desk and the phone."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def carry(self) -> None:
        pulling.pull(self.channel.pk, seconds=0.05)
        while draining.drain_batch():
            pass
        for _try in range(50):  # the pace lets one chat have a message a second
            outbox.drain()
            if not Delivery.objects.filter(state=DeliveryState.QUEUED).exists():
                return
            time.sleep(0.1)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path) as process:
        yield process


@pytest.fixture
def desk(live_app: object) -> Desk:
    return Desk()


@pytest.fixture
def wire(desk: Desk, sandbox: SandboxProcess, settings: object) -> Wire:
    settings.PULL_TIMEOUT = 0  # type: ignore[attr-defined]
    desk.channel.token, desk.channel.api_base = sandbox.token, sandbox.url
    desk.channel.mode = Channel.Mode.PULL
    desk.channel.save()
    sandbox.limits(False)
    Topic.objects.update_or_create(
        slug="kyc", defaults={"category": "account", "names": {"en": "Identity check"}}
    )
    return Wire(desk.channel)


@pytest.fixture
def phone(context: BrowserContext, sandbox: SandboxProcess) -> Page:
    page = context.new_page()
    page.goto(f"{sandbox.url}/?as=dana")
    return page


def test_from_the_first_word_to_the_rating(
    desk: Desk,
    wire: Wire,
    sandbox: SandboxProcess,
    sign_in: SignIn,
    browser_page: Page,
    phone: Page,
) -> None:
    User.objects.filter(pk=desk.mia.pk).update(undo_seconds=0)
    phone.get_by_label("Message", exact=True).fill("something is odd with my screen")
    phone.keyboard.press("Enter")
    expect(phone.locator(".message--own")).to_have_count(1)
    wire.carry()
    expect(phone.get_by_role("button", name="Identity check")).to_be_visible()
    phone.get_by_role("button", name="Identity check").click()
    expect(phone.locator(".toast")).to_be_hidden()
    wire.carry()
    expect(phone.locator(".toast")).to_have_text("Noted: Identity check.")
    expect(phone.locator(".keyboard__button")).to_have_count(0)

    ticket = Ticket.objects.get()
    sign_in(desk.mia)
    page = browser_page
    page.goto(f"/tickets/{ticket.pk}/")
    page.get_by_label("Reply", exact=True).last.fill("Please restrat the app.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Please restrat the app.")).to_be_visible()
    wire.carry()
    expect(phone.get_by_text("Please restrat the app.")).to_be_visible()
    expect(page.locator(".delivery--sent").last).to_be_visible()

    menu = page.locator(".message--reply:not(.message--automatic) .message__menu")
    menu.locator("summary").click()
    menu.get_by_role("link", name="Edit").click()
    field = page.get_by_label("Edit the reply").last
    expect(field).to_be_focused()
    field.fill("Please restart the app.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message__body").get_by_text("Please restart the app.")).to_be_visible()
    wire.carry()
    expect(phone.get_by_text("Please restart the app.")).to_be_visible()
    expect(phone.get_by_text("Please restrat the app.")).to_have_count(0)

    page.get_by_role("button", name="Solve", exact=True).click()
    expect(page.locator("#status-menu .status--solved").first).to_be_visible()
    wire.carry()
    phone.get_by_role("button", name="Yes").click()
    expect(phone.get_by_text("1 is bad")).to_have_count(0)
    wire.carry()
    phone.get_by_role("button", name="5", exact=True).click()
    wire.carry()
    expect(phone.locator(".toast")).to_have_text("Thank you: 5 of 5.")
    assert Rating.objects.get().score == 5
    expect(page.locator("#side")).to_contain_text("5 of 5")
    ticket.refresh_from_db()
    assert ticket.status == Status.SOLVED


def test_a_reply_is_deleted_without_a_script_too(
    desk: Desk,
    wire: Wire,
    sandbox: SandboxProcess,
    sign_in: SignIn,
    browser_page: Page,
    phone: Page,
) -> None:
    from tickets.actions import reply as replying

    sandbox.say("dana", "private", "my withdrawal is pending")
    wire.carry()
    ticket = Ticket.objects.get()
    User.objects.filter(pk=desk.mia.pk).update(undo_seconds=0)
    desk.mia.refresh_from_db()
    replying.reply(
        actor=desk.mia,
        ticket=ticket,
        conversation=replying.routes(ticket)[0],
        text="For somebody else.",
    )
    wire.carry()
    expect(phone.get_by_text("For somebody else.")).to_be_visible()
    sign_in(desk.mia)
    page = browser_page
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator(".message__menu summary").click()
    page.get_by_role("button", name="Delete it for everybody").click()
    expect(page.get_by_text("Being deleted there")).to_be_visible()
    wire.carry()
    expect(page.get_by_text("Deleted there")).to_be_visible()
    expect(phone.get_by_text("For somebody else.")).to_have_count(0)
