"""The public form and the tracking page in Chromium: with scripts, and without any."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from accounts.models import User
from tests.browser.desk import Desk
from tests.live import LiveApp
from tests.portal.door import form_channel, send
from tests.readings.secret_makers import phrase
from tickets.actions.reply import reply, routes
from tickets.models import Attachment, Channel, Message, Ticket, Topic

FILE: FilePayload = {"name": "dekont.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 x"}
SPOILT = "document.getElementById('id_website').value = 'http://spam.example'"


@pytest.fixture
def desk(live_app: LiveApp) -> Desk:
    """A desk with a form and a bot; its topics again, if a test before has emptied the tables."""
    found = Desk()
    if not Topic.objects.exists():
        import_module("tickets.migrations.0002_topics").add_topics(apps, None)
    form_channel(found.team)
    Channel.objects.filter(kind="telegram").update(config={"username": "kite_bot"})
    User.objects.filter(pk=found.mia.pk).update(public_alias="Mia", undo_seconds=0)
    found.mia.refresh_from_db()
    return found


@pytest.fixture
def plain_page(browser: Browser, live_app: LiveApp) -> Iterator[Page]:
    """A browser without JavaScript."""
    context = browser.new_context(base_url=live_app.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def fill(page: Page, text: str = "My deposit of 250 USDT has not arrived") -> None:
    page.fill("#id_text", text)
    page.fill("#id_email", "dana@mail.example")
    page.fill("#id_name", "Dana")


def press_send(page: Page) -> None:
    page.locator("form[enctype] button").click()


def latest() -> Ticket:
    return Ticket.objects.latest("pk")


def answered(desk: Desk, ticket: Ticket, text: str) -> None:
    reply(actor=desk.mia, ticket=ticket, conversation=routes(ticket)[0], text=text)
    send()


def whole_way(page: Page, desk: Desk) -> None:
    """Ask, read the answer, answer, with a file each way; what every browser must be able to do."""
    page.goto("/help/")
    page.get_by_role("link", name=re.compile("Write to us")).click()
    page.get_by_label("My deposit hasn't arrived").check()
    fill(page)
    page.set_input_files("#id_files", [FILE])
    press_send(page)
    page.wait_for_url(re.compile(r"/help/requests/\d+/$"))
    expect(page.get_by_role("heading", name=re.compile("Keep this link"))).to_be_visible()
    expect(page.get_by_text("dekont.pdf")).to_be_visible()
    ticket = latest()
    assert ticket.topic is not None and ticket.topic.slug == "deposit_not_arrived"

    answered(desk, ticket, "We found it. Which wallet?")
    page.reload()
    expect(page.locator(".message--incoming", has_text="Which wallet?")).to_contain_text("Mia")
    page.fill("#id_text", "The one that ends in 7f")
    press_send(page)
    expect(page.locator(".message--reply", has_text="ends in 7f")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_text("dekont.pdf").click()
    assert download.value.path().read_bytes() == FILE["buffer"]
    assert (Ticket.objects.count(), Attachment.objects.count()) == (1, 1)
    assert Message.objects.filter(kind="incoming", ticket=ticket).count() == 2


def test_the_whole_way(desk: Desk, browser_page: Page) -> None:
    whole_way(browser_page, desk)


def test_the_whole_way_without_scripts(desk: Desk, plain_page: Page) -> None:
    whole_way(plain_page, desk)


def test_an_answer_arrives_by_itself(desk: Desk, browser_page: Page) -> None:
    browser_page.clock.install()
    browser_page.goto("/help/contact/")
    fill(browser_page)
    press_send(browser_page)
    browser_page.wait_for_url("**/help/requests/**")
    browser_page.fill("#id_text", "half a sentence")
    answered(desk, latest(), "Here is news")

    browser_page.clock.run_for(16_000)

    expect(browser_page.locator(".message", has_text="Here is news")).to_be_visible()
    expect(browser_page.locator("#id_text")).to_have_value("half a sentence")
    expect(browser_page.locator("#announce")).to_have_text(
        "There is something new in your request."
    )


def test_the_puzzle_is_solved_by_the_browser(desk: Desk, browser_page: Page) -> None:
    answers: list[int] = []
    browser_page.on("response", lambda answer: answers.append(answer.status))
    browser_page.goto("/help/contact/")
    fill(browser_page, "caught in the honey")
    browser_page.evaluate(SPOILT)
    press_send(browser_page)
    browser_page.wait_for_url(re.compile(r"/help/requests/\d+/$"), timeout=60_000)
    expect(browser_page.get_by_text("caught in the honey")).to_be_visible()
    assert 429 in answers
    assert Ticket.objects.count() == 1


def test_with_files_the_puzzle_waits_for_them(desk: Desk, browser_page: Page) -> None:
    browser_page.goto("/help/contact/")
    fill(browser_page, "with a file")
    browser_page.set_input_files("#id_files", [FILE])
    browser_page.evaluate(SPOILT)
    press_send(browser_page)
    expect(browser_page.get_by_text("Please choose your files again")).to_be_visible()
    expect(browser_page.get_by_text("Done. Press Send once more.")).to_be_visible(timeout=60_000)
    expect(browser_page.locator("#id_text")).to_have_value("with a file")
    browser_page.set_input_files("#id_files", [FILE])
    press_send(browser_page)
    expect(browser_page.get_by_text("dekont.pdf")).to_be_visible()


def test_drafts_survive_and_hold_no_secret(desk: Desk, browser_page: Page) -> None:
    secret = " ".join(phrase("english", 12, 3))
    browser_page.goto("/help/contact/")
    browser_page.fill("#id_text", f"It happened so:\n{secret}\nand then")
    kept = browser_page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert secret not in kept
    browser_page.fill("#id_text", "It happened on Monday")
    browser_page.reload()
    expect(browser_page.locator("#id_text")).to_have_value("It happened on Monday")
    press_send(browser_page)
    browser_page.wait_for_url("**/help/requests/**")
    assert browser_page.evaluate("sessionStorage.length") == 0, "it has arrived"
    browser_page.goto("/help/contact/")
    expect(browser_page.locator("#id_text")).to_have_value("")


def test_what_is_wrong_is_said_at_its_field(desk: Desk, browser_page: Page) -> None:
    browser_page.goto("/help/contact/")
    browser_page.fill("#id_email", "no address")
    press_send(browser_page)
    text = browser_page.locator("#id_text")
    expect(text).to_be_focused()
    expect(text).to_have_attribute("aria-invalid", "true")
    assert "id_text_error" in str(text.get_attribute("aria-describedby"))
    expect(browser_page.locator("#id_email_error")).to_be_visible()
    expect(browser_page.locator("#id_email")).to_have_value("no address")


def test_the_back_button_makes_no_second_request(desk: Desk, browser_page: Page) -> None:
    browser_page.goto("/help/contact/")
    fill(browser_page)
    stamp = browser_page.locator("[name=stamp]").get_attribute("value")
    press_send(browser_page)
    browser_page.wait_for_url("**/help/requests/**")
    browser_page.goto("/help/contact/")
    browser_page.evaluate("stamp => document.querySelector('[name=stamp]').value = stamp", stamp)
    fill(browser_page)
    press_send(browser_page)
    browser_page.wait_for_url("**/help/requests/**")
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("fa", "dark")])
def test_axe_finds_nothing(
    desk: Desk, browser: Browser, live_app: LiveApp, language: str, theme: str
) -> None:
    context: BrowserContext = browser.new_context(
        base_url=live_app.url,
        color_scheme=theme,  # type: ignore[arg-type]
        viewport={"width": 390, "height": 844},
    )
    page = context.new_page()
    page.goto(f"/help/contact/?lang={language}")

    def clean() -> None:
        found = Axe().run(page).response["violations"]
        assert found == [], [(each["id"], each["nodes"][0]["html"]) for each in found]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        sizes = "[...document.querySelectorAll('input:not([type=hidden],[type=radio],[type=file]), textarea')]"
        assert page.evaluate(
            f"{sizes}.every((field) => parseFloat(getComputedStyle(field).fontSize) >= 16)"
        )

    clean()
    press_send(page)
    page.wait_for_load_state()
    clean()
    fill(page)
    page.evaluate(SPOILT)
    page.set_input_files("#id_files", [FILE])
    press_send(page)
    page.wait_for_selector("#puzzle")
    clean()
    page.goto("/help/contact/")
    fill(page)
    press_send(page)
    page.wait_for_url("**/help/requests/**")
    clean()
    answered(desk, latest(), "An answer with 0x" + "ab" * 32)
    page.locator("form[action$='chat/'] button").click()
    page.wait_for_load_state()
    clean()
    for path in ("/help/", "/help/requests/", "/help/requests/1/"):
        page.goto(path)
        clean()
    context.close()


def test_the_pages_are_strict_and_light(
    desk: Desk, browser_page: Page, sign_in: Callable[[User], None]
) -> None:
    loaded: list[int] = []
    browser_page.on("requestfinished", lambda sent: loaded.append(sent.sizes()["responseBodySize"]))
    answer = browser_page.goto("/help/contact/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    browser_page.wait_for_load_state("networkidle")
    assert sum(loaded) < 100_000
    assert {cookie["name"].split("_")[0] for cookie in browser_page.context.cookies()} == {"csrf"}
