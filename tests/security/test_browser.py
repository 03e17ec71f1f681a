"""The same words in a real browser: nothing opens, nothing is loaded, nothing is refused by the policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.utils import timezone
from playwright.sync_api import Dialog, Page, Request, expect

from accounts.models import User
from tests.cast import DANA, PASSWORD, Outside, opened, people, telegram_channel
from tests.live import LiveApp
from tests.security.payloads import PAYLOADS
from tests.security.test_names import TOWER
from tickets.actions.reply import note
from tickets.models import Audience, Contact, Message, MessageKind, Ticket

pytestmark = pytest.mark.browser
SignIn = Callable[[User], None]
WATCH = """
  addEventListener("securitypolicyviolation", (event) => console.error(`refused ${event.violatedDirective}`))
"""
FOREIGN = """
  [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes].filter((attribute) =>
    /^on|^style$|^srcdoc$/i.test(attribute.name)
    || /^\\s*(javascript|data|vbscript):/i.test(attribute.value) && attribute.name !== 'value'
    || /canary|evil/.test(attribute.value) && !/^(title|href|value|hx-get|data-name)$/.test(attribute.name)
  ).map((attribute) => element.outerHTML.slice(0, 200)))
"""
STRANGE = (
    "script:not([src^='/static/']), style, iframe, object, embed, base, form:not([method]), svg script, math, "
    "meta[http-equiv], link:not([href^='/static/']), marquee, video, audio, portal, custom-element, [popover], "
    "main img, main template, hx-partial, [hx-sse\\:connect]:not(#live), [hx-get^='/canary'], [data-hx-get]"
)


@pytest.fixture
def outside(live_app: LiveApp) -> Outside:
    return Outside(telegram_channel(people().team))


@pytest.fixture
def bob(outside: Outside) -> User:
    User.objects.update(welcomed_at=timezone.now())
    return User.objects.get(email="bob@desk.example")


@pytest.fixture
def watched(browser_page: Page) -> Iterator[Page]:
    """A page that must open no dialog and load nothing that was typed. Its console is watched already."""
    happened: list[str] = []

    def closed(dialog: Dialog) -> None:
        happened.append(dialog.message)
        dialog.dismiss()

    def loaded(sent: Request) -> None:
        if re.search("canary|evil", sent.url.partition("?")[0]):
            happened.append(sent.url)

    browser_page.on("dialog", closed)
    browser_page.on("request", loaded)
    browser_page.add_init_script(WATCH)
    yield browser_page
    assert happened == []


def whole(page: Page) -> None:
    """Nothing on it was made by words."""
    assert page.evaluate(FOREIGN) == []
    assert page.locator(STRANGE).count() == 0


def hostile_ticket(outside: Outside) -> Ticket:
    """Each of the payloads is a message of it."""
    ticket = opened(outside.says(DANA, "my withdrawal has not arrived"))
    last = ticket.messages.filter(kind="incoming").latest("pk")
    Message.objects.bulk_create(
        Message(
            ticket=ticket, conversation=last.conversation, contact=last.contact, kind=MessageKind.INCOMING,
            audience=Audience.PRIVATE, text=words, sent_at=last.sent_at + timedelta(seconds=turn),
        )
        for turn, words in enumerate(PAYLOADS)
    )  # fmt: skip
    return ticket


def hostile_queue(ticket: Ticket) -> None:
    """Each of the payloads is a subject and a name."""
    contacts = Contact.objects.bulk_create(Contact(name=words[:128]) for words in PAYLOADS)
    Ticket.objects.bulk_create(
        Ticket(
            subject=words[:160], excerpt=words[-160:], team=ticket.team, requester=contact, channel_kind="telegram",
            language="en", last_message_at=timezone.now(), next_due_at=timezone.now() + timedelta(hours=turn % 5),
        )
        for turn, (words, contact) in enumerate(zip(PAYLOADS, contacts, strict=True))
    )  # fmt: skip


def test_words_stay_words(outside: Outside, bob: User, sign_in: SignIn, watched: Page) -> None:
    ticket = hostile_ticket(outside)
    sign_in(bob)

    with watched.expect_response(lambda answer: "/live/" in answer.url):
        watched.goto(f"/tickets/{ticket.pk}/")
    while watched.locator("#earlier").count():
        shown = watched.locator(".message").count()
        watched.locator("#earlier").click()
        expect(watched.locator(".message").nth(shown)).to_be_attached()

    expect(watched.get_by_text("<script>alert(1)</script>", exact=True).first).to_be_visible()
    whole(watched)
    # By the live stream and htmx, too, which swap and process what arrives.
    note(
        actor=User.objects.get(email="alice@desk.example"),
        ticket=ticket,
        text=PAYLOADS[0] + PAYLOADS[11] + " late",
    )
    expect(watched.get_by_text("late").first).to_be_visible()
    for words in (
        "<img src=x onerror=alert(1)><b hx-get=/canary hx-trigger=load>",
        "{{ 7 }}'\"></textarea><svg onload=alert(1)>",
    ):
        watched.fill("#reply-text", words)
        watched.press("#reply-text", "Control+Enter")
        expect(watched.locator(".message--reply", has_text=words)).to_be_visible()
    whole(watched)
    watched.mouse.move(400, 400)
    watched.keyboard.press("Tab")
    whole(watched)


def test_names_and_subjects_stay_words(
    outside: Outside, bob: User, sign_in: SignIn, watched: Page
) -> None:
    ticket = opened(outside.says(DANA, "my withdrawal has not arrived"))
    hostile_queue(ticket)
    sign_in(bob)
    for view in ("open", "due", "unassigned"):
        watched.goto(f"/tickets/?view={view}&x=%22%3E%3Cimg%20src=/canary%3E")
        expect(watched.locator("[data-row]:visible").first).to_be_visible()
        whole(watched)
    later = watched.get_by_role("link", name="Later ones")
    for _page in range(3):
        later.click()
        watched.wait_for_load_state()
        whole(watched)
    hostile = Ticket.objects.filter(subject__startswith="</title>").earliest("pk")
    watched.goto(hostile.get_absolute_url())
    expect(watched).to_have_title(re.compile("</title>"))
    whole(watched)


def test_a_tower_of_marks_buries_nothing(
    outside: Outside, bob: User, sign_in: SignIn, watched: Page
) -> None:
    ticket = opened(outside.says({**DANA, "first_name": TOWER[:60]}, f"withdrawal {TOWER} end"))
    sign_in(bob)
    for path in ("/tickets/?view=open", f"/tickets/{ticket.pk}/"):
        watched.goto(path)
        expect(watched.locator("#main")).to_be_visible()
        assert watched.evaluate("document.documentElement.scrollWidth <= innerWidth")
    message = watched.locator(".message--incoming .message__text").first.bounding_box()
    assert message is not None
    assert message["height"] < 200


def code_of(secret: str) -> str:
    return str(
        totp.format_hotp_value(
            totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time())))
        )
    )


def enter_code(page: Page, secret: str, leads_to: re.Pattern[str]) -> None:
    """Twice, if the half minute ends in between."""
    for _try in range(2):
        page.fill("[name=code]", code_of(secret))
        page.locator("main form button").first.click()
        page.wait_for_load_state()
        if leads_to.search(page.url):
            return
    raise AssertionError(page.url)


def sign_in_with_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", "bob@desk.example")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def test_a_second_factor_is_set_up_and_asked_for(bob: User, watched: Page) -> None:
    sign_in_with_password(watched)
    watched.goto("/accounts/2fa/totp/activate/")
    assert "/accounts/reauthenticate/" in watched.url, "whose desk is it?"
    watched.fill("[name=password]", PASSWORD)
    watched.get_by_role("button", name="Confirm").click()
    watched.wait_for_url(re.compile("/totp/activate/"))
    expect(watched.locator("main img")).to_be_visible()
    assert watched.locator("main img").evaluate(
        "(image) => image.complete && image.naturalWidth > 0"
    )
    secret = watched.locator("main input[disabled], main input[readonly]").first.input_value()
    enter_code(watched, secret, re.compile("/2fa/(recovery-codes/)?$"))
    watched.goto("/profile/")
    watched.locator(".menu summary", has=watched.locator(".avatar--me")).click()
    watched.get_by_role("button", name="Sign out").click()
    watched.wait_for_url(re.compile("/accounts/login/"))

    watched.go_back()
    expect(watched.locator("[name=login]")).to_be_visible()

    sign_in_with_password(watched)
    assert "/2fa/authenticate/" in watched.url
    watched.goto("/tickets/")
    assert "/2fa/authenticate/" in watched.url, "no way around it"
    enter_code(watched, secret, re.compile("/tickets/"))
    expect(watched.locator("#queue")).to_be_visible()
