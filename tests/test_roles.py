"""Who may call what: every address of the site, in one table. An address without a row fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from connectors.models import UpdateState
from portal.actions.links import mint
from tests.cast import DANA, Desk, Outside, closed, opened
from tests.tickets.test_files import picture
from tickets.actions import files
from tickets.actions.reply import reply, routes
from tickets.models import Attachment, Ticket
from webhooks.models import Subscription

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROLES = ("anonymous", "carol", "alice", "bob", "admin")
"""Nobody, an agent of another team, an agent, a lead, an admin. An account that is closed is treated as nobody."""

NOBODY = "L 405"
ALL = "405"
NEVER = (NOBODY, NOBODY, NOBODY)
API = (
    "me teams topics contacts contact channels channel tickets ticket messages replies notes status assignment"
    " deliveries delivery retry attachment"
).split()
# GET POST PUT PATCH DELETE; three columns stand for GET, POST and all the others. In each: one status for everybody,
# two for anonymous and signed in, or one a role. L is a redirect to the sign-in page. POST sends an empty form.
TABLE: dict[str, tuple[str, ...]] = {
    "home": ("302", "302", "302"),
    "livez": ("200", ALL, ALL),
    "readyz": ("200", ALL, ALL),
    # --- allauth. Its form views take PUT for POST.
    "account_login": ("200 302", "200 302", "200 302", "405 302", "405 302"),
    "account_logout": ("302 200", "302", ALL),
    "account_inactive": ("200", ALL, ALL),
    "account_signup": ("200 302", "200 302", "200 302"),
    "account_reauthenticate": ("L 200", "L 200", "L 200", NOBODY, NOBODY),
    "account_email": ("404", "404", "404"),
    "account_email_verification_sent": ("200", ALL, ALL),
    "account_change_password": ("L 200", "L 200", "L 200", NOBODY, NOBODY),
    "account_set_password": ("L 302", "L 302", "L 302"),
    "account_reset_password": ("200", "200", "200", ALL, ALL),
    "account_confirm_login_code": ("302", "302", "302"),
    "account_confirm_email": ("200", "404", ALL),
    "account_reset_password_from_key_done": ("200", ALL, ALL),
    "account_reset_password_from_key": ("200", "200", "200"),
    "account_reset_password_done": ("200", ALL, ALL),
    "mfa_index": ("L 200", *NEVER[1:]),
    "mfa_authenticate": ("302", "302", "302"),
    "mfa_reauthenticate": ("L 302", "L 302", "L 302"),
    "mfa_activate_totp": ("L 302", "L 302", "L 302"),
    "mfa_deactivate_totp": ("L 404", "L 404", "L 404"),
    "mfa_view_recovery_codes": ("L 404", NOBODY, NOBODY),
    "mfa_generate_recovery_codes": ("L 302", "L 302", "L 302"),
    "mfa_download_recovery_codes": ("L 404", "L 404", "L 404"),
    "usersessions_list": ("L 200", "L 302", "L 302", NOBODY, NOBODY),
    # --- one's own
    "accounts:profile": ("L 200", "L 422", NOBODY),
    "accounts:availability": (NOBODY, "L 422", NOBODY),
    "accounts:welcome": (NOBODY, "L 302", NOBODY),
    "accounts:enter": ("404", "404", ALL),
    # --- what was set aside
    "connectors:updates": ("L 403 403 200 200", NOBODY, NOBODY),
    "connectors:replay": (NOBODY, "L 403 403 302 302", NOBODY),
    # --- what services post to us; the secret that they bring is all that counts
    "connectors:hook": (ALL, "401", ALL),
    # --- one's tokens, and what they open: the API itself looks at no cookie (see tests/api/test_roles.py)
    "accounts:tokens": ("L 200", "L 302", NOBODY),
    "accounts:revoke_token": (NOBODY, "L 404", NOBODY),
    "api:docs": ("L 200", NOBODY, NOBODY),
    "api:schema": ("401 200", "401 403", "401 403"),
    "api:unknown": ("404", "404", "404"),
    **{f"api:{name}": ("401", "401", "401") for name in API},
    # --- tickets
    "tickets:queue": ("L 200", NOBODY, NOBODY),
    "tickets:ticket": ("L 404 200 200 200", NOBODY, NOBODY),
    "tickets:replies": (NOBODY, "L 404 422 422 422", NOBODY),
    "tickets:notes": (NOBODY, "L 404 422 422 422", NOBODY),
    "tickets:status": (NOBODY, "L 404 422 422 422", NOBODY),
    "tickets:status_undo": (NOBODY, "L 404 409 409 409", NOBODY),
    "tickets:assignment": (NOBODY, "L 404 302 302 302", NOBODY),
    "tickets:undo": (NOBODY, "L 404 302 409 409", NOBODY),
    "tickets:retry": (NOBODY, "L 404 409 409 409", NOBODY),
    "tickets:edit": ("L 404 200 200 200", "L 404 422 422 422", NOBODY),
    "tickets:delete": (NOBODY, "L 404 409 409 409", NOBODY),
    "tickets:attachment": ("L 404 200 200 200", NOBODY, NOBODY),
    "tickets:preview": ("L 404 200 200 200", NOBODY, NOBODY),
    "tickets:file": ("404", ALL, ALL),
    "tickets:live": ("200", ALL, ALL),
}
# --- the requester's side: anybody, by what they know and not by who they are
TABLE |= {
    "portal:help": ("200", ALL, ALL),
    "portal:contact": ("200", "200", ALL),
    "portal:open": ("302", ALL, ALL),
    "portal:request": ("404", "404", ALL),
    "portal:lost": ("200", "422", ALL),
    "portal:mail": (ALL, "404", ALL),
    "portal:chat": (ALL, "404", ALL),
    "portal:attachment": ("404", ALL, ALL),
    "portal:preview": ("404", ALL, ALL),
    "portal:file": ("404", ALL, ALL),
    "portal:gone": ("404", "404", "404"),
}
# --- webhooks and the desk's own health: the admins' alone, whatever the method
OFF = "L 403 403 403 405"
SEEN = ("L 403 403 403 200", OFF, OFF)
DONE = (OFF, "L 403 403 403 302", OFF)
TABLE |= {
    "operations:status": ("L 403 403 403 200", NOBODY, NOBODY),
    # What touches a connector asks for the password once more.
    "connectors:channels": SEEN,
    "connectors:channel": SEEN,
    "connectors:channel_add": ("L 403 403 403 302", "L 403 403 403 422", OFF),
    "connectors:channel_edit": ("L 403 403 403 302", "L 403 403 403 422", OFF),
    "connectors:channel_test": DONE,
    "connectors:channel_mode": DONE,
    "connectors:channel_pause": DONE,
    "connectors:channel_resume": DONE,
    "connectors:channel_replay": DONE,
    "webhooks:subscriptions": SEEN,
    "webhooks:new": ("L 403 403 403 302", "L 403 403 403 302", OFF),
    "webhooks:subscription": SEEN,
    "webhooks:edit": ("L 403 403 403 200", "L 403 403 403 422", OFF),
    "webhooks:secret": DONE,
    "webhooks:pause": DONE,
    "webhooks:resume": DONE,
    "webhooks:ping": DONE,
    "webhooks:failed": (OFF, "L 403 403 403 422", OFF),
    "webhooks:remove": DONE,
    "webhooks:delivery": SEEN,
    "webhooks:resend": (OFF, "L 403 403 403 409", OFF),
}
STREAMS = {"tickets:live"}
"""Tested against a server, in tests/tickets/test_live.py."""
REPLACED = {"account_email"}
"""Named twice: our own route stands in front of theirs."""


def routes_of(patterns: list[Any], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from routes_of(each.url_patterns, inner)
        else:
            yield f"{namespace}{each.name or each.pattern}", each


def expected(name: str, method: str) -> list[str]:
    columns = TABLE[name]
    index = METHODS.index(method)
    column = columns[min(index, len(columns) - 1)]
    codes = column.split()
    return codes if len(codes) == len(ROLES) else [codes[0], *[codes[-1]] * (len(ROLES) - 1)]


@pytest.fixture
def addresses(desk: Desk, outside: Outside, settings: Any, tmp_path: Path) -> dict[str, list[Any]]:
    """Arguments for the routes that take some: rows of Alice's team."""
    settings.MEDIA_ROOT = tmp_path
    said = outside.says(DANA, "my dekont", photo=[{"file_id": "f", "width": 9, "height": 9}])
    ticket = opened(said)
    file = said.message.attachments.get()
    files._stored(file, picture())
    row = outside.keep(outside.said(DANA, "poison"))
    row.state = UpdateState.SET_ASIDE
    row.save()
    desk.alice.undo_seconds = 5
    answer = reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="soon")
    return {
        **webhook_arguments(),
        **links_to(ticket),
        **{f"tickets:{name}": [ticket.pk] for name in
           ("ticket", "replies", "notes", "status", "status_undo", "assignment")},
        "tickets:undo": [answer.pk],
        "tickets:retry": [answer.deliveries.get().pk],
        "tickets:edit": [answer.pk],
        "tickets:delete": [answer.pk],
        "tickets:attachment": [file.uuid],
        "tickets:preview": [file.uuid],
        "tickets:file": ["a-token-that-is-none"],
        "connectors:replay": [row.pk],
        "accounts:revoke_token": [888_888],
        **{f"api:{name}": [ticket.pk] for name in
           ("ticket", "messages", "replies", "notes", "status", "assignment", "contact", "channel",
            "delivery", "retry")},
        "api:attachment": [file.uuid],
        "api:unknown": ["v1/nowhere"],
        **{f"connectors:channel{name}": [outside.channel.pk] for name in
           ("", "_edit", "_test", "_mode", "_pause", "_resume", "_replay")},
        "connectors:hook": [outside.channel.key],
        "account_confirm_email": ["a-key"],
        "account_reset_password_from_key": ["1", "a-key"],
    }  # fmt: skip


def links_to(ticket: Ticket) -> dict[str, list[Any]]:
    """Arguments for the requester's side: an open link to a ticket, and no cookie for it."""
    identity = ticket.requester.identities.first()
    assert identity
    _link, token = mint(ticket=ticket, identity=identity)
    file = [ticket.pk, Attachment.objects.filter(message__ticket=ticket)[0].uuid]
    return {
        "portal:open": [token],
        **{f"portal:{name}": [ticket.pk] for name in ("request", "mail", "chat")},
        "portal:attachment": file,
        "portal:preview": file,
        "portal:file": ["a-token-that-is-none"],
        "portal:gone": ["nothing"],
    }


def webhook_arguments() -> dict[str, list[Any]]:
    """Of one that has a test on its way."""
    subscription = Subscription.objects.create(name="a", url="https://hooks.example/", kinds=[])
    delivery = subscription.deliveries.create(kind="ping")
    one = ("subscription", "edit", "secret", "pause", "resume", "ping", "failed", "remove")
    return {
        **{f"webhooks:{name}": [subscription.pk] for name in one},
        "webhooks:delivery": [delivery.pk],
        "webhooks:resend": [delivery.pk],
    }


def called(client: Client, method: str, address: str, **headers: str) -> str:
    answer: HttpResponseBase = client.generic(method, address, headers=headers)
    if answer.streaming:
        closed(answer)
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?"):
        return "L"
    return str(answer.status_code)


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names = [name for name, _route in routes_of(get_resolver().url_patterns)]
    assert set(names) == set(TABLE)
    twice = {name for name in names if names.count(name) > 1}
    assert twice == REPLACED


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in TABLE if name not in STREAMS])
def test_who_may_call_it(desk: Desk, addresses: dict[str, list[Any]], name: str) -> None:
    address = reverse(name, args=addresses.get(name, []))
    found = {
        (method, role): call_as(desk, role, method, address)
        for method in METHODS
        for role in (*ROLES, "gone")
    }
    wanted = {
        (method, role): code
        for method in METHODS
        for role, code in zip(ROLES, expected(name, method), strict=True)
    }
    wanted |= {(method, "gone"): wanted[method, "anonymous"] for method in METHODS}
    wrong = {key: (found[key], wanted[key]) for key in wanted if found[key] != wanted[key]}
    assert wrong == {}, "found, wanted"


def call_as(desk: Desk, role: str, method: str, address: str) -> str:
    """Call it, and take back what it has done. HEAD must say what GET says."""
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        if role != "anonymous":
            client.force_login(getattr(desk, role))
        code = called(client, method, address)
        if method == "GET":
            assert called(client, "HEAD", address) == code
        transaction.set_rollback(True)
    return code


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_without_the_token_of_the_form_nothing_is_changed(
    desk: Desk, addresses: dict[str, list[Any]], headers: dict[str, str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.admin)
    changeless = {"home", "accounts:enter", "account_email", "connectors:hook"}
    # No cookie opens these, so nobody can be made to send one.
    changeless |= {name for name in TABLE if name.startswith("api:")}
    taking_posts = {name for name in TABLE if expected(name, "POST")[-1] != ALL}
    for name in taking_posts - changeless:
        address = reverse(name, args=addresses.get(name, []))
        assert called(client, "POST", address, **headers) == "403", name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/accounts/email/", {"action_add": "", "email": "mallory@evil.example"}),
        ("/accounts/password/set/", {"password1": "x9!kk-long", "password2": "x9!kk-long"}),
        ("/accounts/2fa/totp/activate/", {"code": "123456"}),
    ],
)
def test_an_open_session_is_not_enough_to_take_an_account_over(
    desk: Desk, client: Client, address: str, form: dict[str, str]
) -> None:
    client.force_login(desk.alice)
    assert client.post(address, form).status_code in (302, 404)
    assert not EmailAddress.objects.exists()
    before = desk.alice.password
    desk.alice.refresh_from_db()
    assert desk.alice.password == before


@pytest.mark.django_db
def test_nobody_signs_up_by_themselves(client: Client) -> None:
    form = {"email": "a@b.example", "password1": "x9!kk-long-one", "password2": "x9!kk-long-one"}
    answer = client.post("/accounts/signup/", form)
    assert "_auth_user_id" not in client.session
    assert answer.status_code == 200
