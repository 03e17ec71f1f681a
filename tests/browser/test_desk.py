"""The desk in a real browser: what moves by itself, what stays put, and what works without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from accounts.models import User
from tests.browser.desk import Desk
from tests.live import LiveApp
from tickets.actions import reply as replying
from tickets.models import Delivery, DeliveryState, Message, Status

SignIn = Callable[[User], None]
SOON = 2_000  # milliseconds within which an open page shows what has happened


@pytest.fixture
def desk(live_app: LiveApp) -> Desk:
    return Desk()


def hear(page: Page, path: str) -> None:
    """Open a page and wait until its stream stands."""
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.goto(path)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_axe_finds_nothing(
    desk: Desk, sign_in: SignIn, page: Page, language: str, theme: str
) -> None:
    """On the plain page: axe itself tries inline styles, which the security policy refuses."""
    ticket = desk.write("My withdrawal 0x" + "ab" * 32 + " has not arrived")
    desk.write("تتر را به آدرس اشتباه فرستادم", name="رضا", number=502)
    replying.note(actor=desk.mia, ticket=ticket, text="Seen on the node.")
    User.objects.filter(pk=desk.grace.pk).update(
        ui_language=language, theme=theme, welcomed_at=None
    )
    sign_in(desk.grace)

    for path in (
        "/tickets/?view=open",
        "/tickets/?view=breached",
        f"/tickets/{ticket.pk}/",
        "/profile/",
        "/updates/",
        "/accounts/password/change/",
        "/tickets/999999/",
    ):
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert found == [], (path, [(each["id"], each["nodes"][0]["html"]) for each in found])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("path", ["/tickets/?view=open", "/tickets/{}/", "/profile/"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_nothing_sticks_out_on_a_phone(
    desk: Desk, sign_in: SignIn, browser_page: Page, path: str, language: str
) -> None:
    ticket = desk.write("A subject that is far too long for a phone, " + "and goes on and on " * 5)
    User.objects.filter(pk=desk.mia.pk).update(ui_language=language)
    sign_in(desk.mia)
    browser_page.set_viewport_size({"width": 390, "height": 844})

    browser_page.goto(path.format(ticket.pk))

    assert browser_page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_new_ticket_appears_by_itself(desk: Desk, sign_in: SignIn, browser_page: Page) -> None:
    sign_in(desk.mia)
    hear(browser_page, "/tickets/?view=unassigned")
    expect(browser_page.get_by_text("All quiet")).to_be_visible()

    desk.write("Where is my deposit?")

    expect(browser_page.locator("[data-row]")).to_have_count(1, timeout=SOON)
    expect(browser_page.locator("#view-unassigned .view__count")).to_have_text("1")
    expect(browser_page.locator("#announce")).to_have_text("New tickets in the queue.")


def test_rows_stay_put_under_the_focus_until_asked(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    first = desk.write("The first question")
    sign_in(desk.mia)
    hear(browser_page, "/tickets/?view=unassigned")
    browser_page.keyboard.press("j")

    desk.write("The second question", name="Kirill", number=502)

    expect(browser_page.locator("#pill")).to_contain_text("1 new", timeout=SOON)
    expect(browser_page.locator("[data-row]")).to_have_count(1)
    browser_page.keyboard.press(".")
    expect(browser_page.locator("[data-row]")).to_have_count(2)
    expect(browser_page.locator("#pill")).to_be_hidden()
    expect(browser_page.locator(f"#row-{first.pk} .row__link")).to_be_focused()


def test_taking_from_the_queue_stays_in_the_queue(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    browser_page.goto("/tickets/?view=open")

    browser_page.keyboard.press("j")
    browser_page.keyboard.press("i")

    expect(browser_page.locator(f"#row-{ticket.pk} .avatar--me")).to_be_visible()
    assert "view=open" in browser_page.url


def test_what_one_types_survives_what_arrives(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    hear(browser_page, f"/tickets/{ticket.pk}/")
    browser_page.keyboard.press("r")
    browser_page.keyboard.type("Let me look")

    desk.write("Hello??")

    expect(browser_page.locator(".message", has_text="Hello??")).to_be_visible(timeout=SOON)
    expect(browser_page.locator("#reply-text")).to_be_focused()
    expect(browser_page.locator("#reply-text")).to_have_value("Let me look")
    browser_page.reload()
    expect(browser_page.locator("#reply-text")).to_have_value("Let me look")


def test_a_reply_is_sent_and_taken_back(desk: Desk, sign_in: SignIn, browser_page: Page) -> None:
    ticket = desk.write("Where is my deposit?")
    User.objects.filter(pk=desk.mia.pk).update(undo_seconds=20)
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")
    browser_page.keyboard.press("r")
    browser_page.keyboard.type("It is on its way.")

    browser_page.keyboard.press("Control+Enter")

    sent = browser_page.locator(".message--reply", has_text="It is on its way.")
    expect(sent.get_by_role("button", name=re.compile(r"Undo \d+"))).to_be_visible()
    expect(browser_page.locator("#reply-text")).to_have_value("")
    sent.get_by_role("button", name="Undo").click()
    expect(browser_page.locator("#reply-text")).to_have_value("It is on its way.")
    assert Delivery.objects.get(message__author=desk.mia).state == DeliveryState.CANCELLED


def test_two_replies_in_a_row_are_two_messages(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    """Each needs a submission id of its own, though the form is not drawn anew."""
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")

    for words in ("The first answer.", "The second answer."):
        browser_page.fill("#reply-text", words)
        browser_page.press("#reply-text", "Control+Enter")
        expect(browser_page.locator(".message--reply", has_text=words)).to_be_visible()

    assert ticket.messages.filter(author=desk.mia).count() == 2


def test_a_colleague_who_was_faster_is_told_before_sending(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    hear(browser_page, f"/tickets/{ticket.pk}/")
    browser_page.fill("#reply-text", "Let me look")

    replying.reply(
        actor=desk.grace, ticket=ticket, conversation=replying.routes(ticket)[0], text="Found it."
    )

    notice = browser_page.get_by_text("Grace Osei has replied while you were writing")
    expect(notice).to_be_visible(timeout=SOON)


def test_a_refusal_is_said_and_loses_nothing(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")
    browser_page.fill("#reply-text", "x" * 16_001)

    browser_page.press("#reply-text", "Control+Enter")

    expect(browser_page.locator("#composer .errorlist li")).to_have_count(1)
    expect(browser_page.locator("#composer .errorlist")).to_contain_text("16000")
    expect(browser_page.locator("#reply-text")).to_have_value("x" * 16_001)
    assert not Message.objects.filter(author=desk.mia).exists()


def test_signed_out_elsewhere_leads_to_the_door(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")
    browser_page.fill("#reply-text", "Kept in this browser")
    browser_page.context.clear_cookies(name=re.compile("^session"))

    browser_page.press("#reply-text", "Control+Enter")

    browser_page.wait_for_url(re.compile("/accounts/login/"))
    assert f"next=/tickets/{ticket.pk}/" in browser_page.url
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")
    expect(browser_page.locator("#reply-text")).to_have_value("Kept in this browser")


def test_a_stream_that_fails_at_first_is_tried_again(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    """htmx itself would swap the refusal into the page and never come back."""
    answers = iter([503, 503])

    def refuse(route: Route) -> None:
        status = next(answers, None)
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, content_type="text/html", body="<p>Out of order</p>")

    desk.write("Where is my deposit?")
    sign_in(desk.mia)
    browser_page.route("**/live/*", refuse)
    hear(browser_page, "/tickets/?view=open")

    with browser_page.expect_response(lambda answer: "/live/" in answer.url and answer.ok):
        expect(browser_page.locator("[data-row]")).to_have_count(1)
        expect(browser_page.get_by_text("Out of order")).to_have_count(0)
    expect(browser_page.locator("#offline")).to_be_hidden()
    desk.write("And mine?", name="Kirill", number=502)
    expect(browser_page.locator("[data-row]")).to_have_count(2, timeout=SOON)


def test_a_broken_line_is_shown_and_loses_no_words(desk: Desk, sign_in: SignIn, page: Page) -> None:
    """On the plain page: a failed request is an error on the console, too."""
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    hear(page, f"/tickets/{ticket.pk}/")
    page.context.set_offline(True)
    page.fill("#reply-text", "It is on its way.")

    page.press("#reply-text", "Control+Enter")

    expect(page.locator(".toast--error")).to_contain_text("did not reach us")
    expect(page.locator("#reply-text")).to_have_value("It is on its way.")
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_hostile_words_stay_words(desk: Desk, sign_in: SignIn, browser_page: Page) -> None:
    words = """<img src=x onerror=alert(1)> "'><b hx-get=/livez hx-trigger=load>{{ 7 }}</b><script>alert(2)</script>"""
    ticket = desk.write(words, name=words[:60])
    replying.note(actor=desk.mia, ticket=ticket, text=words)
    sign_in(desk.mia)
    happened: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        happened.append(dialog.message)
        dialog.dismiss()

    browser_page.on("dialog", dismissed)
    browser_page.on("request", lambda sent: happened.append(sent.url))

    for path in ("/tickets/?view=open", f"/tickets/{ticket.pk}/"):
        browser_page.goto(path)
        expect(browser_page.get_by_text("onerror=alert(1)").first).to_be_visible()
        assert browser_page.locator("img, [hx-get='/livez'], main script").count() == 0
    assert [each for each in happened if each in "12" or each.endswith("/livez")] == []


def test_letters_go_by_their_place_on_the_keyboard(
    desk: Desk, sign_in: SignIn, browser_page: Page
) -> None:
    ticket = desk.write("Where is my deposit?")
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")
    press = "init => document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...init}))"

    browser_page.evaluate(press, {"key": "ق", "code": "KeyR", "isComposing": True})
    expect(browser_page.locator("#reply-text")).not_to_be_focused()
    browser_page.evaluate(press, {"key": "ق", "code": "KeyR"})
    expect(browser_page.locator("#reply-text")).to_be_focused()


def test_keys_can_be_turned_off(desk: Desk, sign_in: SignIn, browser_page: Page) -> None:
    ticket = desk.write("Where is my deposit?")
    User.objects.filter(pk=desk.mia.pk).update(single_keys=False)
    sign_in(desk.mia)
    browser_page.goto(f"/tickets/{ticket.pk}/")

    browser_page.keyboard.press("e")
    browser_page.keyboard.press("r")

    expect(browser_page.locator("#reply-text")).not_to_be_focused()
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


def test_everything_works_without_a_script(desk: Desk, live_app: LiveApp, browser: Browser) -> None:
    ticket = desk.write("Where is my deposit?")
    context = browser.new_context(base_url=live_app.url, java_script_enabled=False)
    context.add_cookies(live_app.cookies_of(desk.mia))  # type: ignore[arg-type]
    page = context.new_page()

    page.goto("/tickets/?view=unassigned")
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("link", name="Where is my deposit?").or_(
        page.get_by_role("link", name="Mine")
    ).first.click()
    page.goto(f"/tickets/{ticket.pk}/")
    page.locator("#reply-text").fill("It is on its way.")
    page.get_by_role("button", name="Send to Dana Whitfield").click()
    expect(page.locator(".message--reply", has_text="It is on its way.")).to_be_visible()
    page.get_by_text("Note", exact=True).first.click()
    page.locator("#note-text").fill("Checked the node.")
    page.get_by_role("button", name="Leave a note").click()
    expect(page.locator(".message--note", has_text="Checked the node.")).to_be_visible()
    page.get_by_role("button", name="Solve", exact=True).click()
    expect(page.locator("#status-menu summary")).to_contain_text("Solved")

    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (desk.mia, Status.SOLVED)
    context.close()
