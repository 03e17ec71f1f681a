"""Every address of the API against every kind of caller, in one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, TokenScope
from accounts.tokens import make_token, revoke
from api.urls import version_1
from tests.cast import DANA, Desk, Outside, closed, opened
from tests.tickets.test_files import picture
from tickets.actions import files
from tickets.actions.reply import reply, routes

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CALLERS = ("carol", "alice", "bob", "admin", "reader")
"""With a token: an agent of another team, an agent, a lead, an admin, and the agent's token that only reads."""
NOBODYS = ("none", "gone", "ended", "revoked", "wrong", "cookie")
"""All of these get 401, whatever they ask for."""

READ, NEVER = "200", "405 405 405 405 403"
ROW = "404 200 200 200 200"
# GET POST PUT: one status for everybody, or one a caller. PATCH and DELETE are nowhere; OPTIONS tells nothing.
TABLE: dict[str, tuple[str, str, str]] = {
    "schema": (READ, NEVER, NEVER),
    "me": (READ, NEVER, NEVER),
    "teams": (READ, NEVER, NEVER),
    "topics": (READ, NEVER, NEVER),
    "contacts": (READ, NEVER, NEVER),
    "contact": (ROW, NEVER, NEVER),
    "channels": (READ, NEVER, NEVER),
    "channel": (ROW, NEVER, NEVER),
    "tickets": (READ, "400 201 201 201 403", NEVER),
    "ticket": (ROW, NEVER, NEVER),
    "messages": (ROW, NEVER, NEVER),
    "replies": ("405", "404 201 201 201 403", NEVER),
    "notes": ("405", "404 201 201 201 403", NEVER),
    "status": ("405", NEVER, "404 200 200 200 403"),
    "assignment": ("405", NEVER, "404 200 200 200 403"),
    "deliveries": (READ, NEVER, NEVER),
    "delivery": (ROW, NEVER, NEVER),
    "retry": ("405", "404 409 409 409 403", NEVER),
    "attachment": (ROW, NEVER, NEVER),
}


def expected(name: str, method: str) -> list[str]:
    columns = (*TABLE[name], NEVER, NEVER, "405")
    codes = columns[METHODS.index(method)].split()
    return codes if len(codes) == len(CALLERS) else codes * len(CALLERS)


@pytest.fixture
def keys(desk: Desk) -> dict[str, str]:
    made = {name: make_token(user=getattr(desk, name), name="x", scope="write")
            for name in ("carol", "alice", "bob", "admin")}  # fmt: skip
    made["reader"] = make_token(user=desk.alice, name="x", scope=TokenScope.READ)
    made["ended"] = make_token(user=desk.admin, name="x", scope="write")
    ApiToken.objects.filter(pk=made["ended"].row.pk).update(expires_at="2020-01-01T00:00:00Z")
    made["revoked"] = make_token(user=desk.admin, name="x", scope="write")
    revoke(made["revoked"].row)
    desk.gone.is_active = True
    made["gone"] = make_token(user=desk.gone, name="x", scope="write")
    desk.gone.is_active = False
    found = {name: f"Token {each.key}" for name, each in made.items()}
    return found | {"none": "", "wrong": f"{found['admin'][:-3]}xyz"}


@pytest.fixture
def scene(
    desk: Desk, outside: Outside, settings: Any, tmp_path: Path
) -> dict[str, tuple[list[Any], Any]]:
    """Arguments of a route, and a body that is right."""
    settings.MEDIA_ROOT = tmp_path
    said = outside.says(DANA, "my dekont", photo=[{"file_id": "f", "width": 9, "height": 9}])
    ticket = opened(said)
    file = said.message.attachments.get()
    files._stored(file, picture())
    answer = reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="soon")
    delivery, channel = answer.deliveries.get(), outside.channel
    new = {"contact": ticket.requester_id, "channel": channel.pk, "text": "x"}
    return {
        "contact": ([ticket.requester_id], None),
        "channel": ([channel.pk], None),
        "tickets": ([], new),
        "ticket": ([ticket.pk], None),
        "messages": ([ticket.pk], None),
        "replies": ([ticket.pk], {"text": "x"}),
        "notes": ([ticket.pk], {"text": "x"}),
        "status": ([ticket.pk], {"status": "pending"}),
        "assignment": ([ticket.pk], {"assignee": desk.bob.pk}),
        "delivery": ([delivery.pk], None),
        "retry": ([delivery.pk], {}),
        "attachment": ([file.uuid], None),
    }


def called(key: str, method: str, address: str, body: Any, user: Any = None) -> Any:
    """The answer, and what it did taken back."""
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": key} if key else {}
    with transaction.atomic():
        if user is not None:
            client.force_login(user)
        answer: Any = client.generic(
            method, address, b"" if body is None else json.dumps(body).encode(),
            content_type="application/json" if body is not None else "", headers=headers,
        )  # fmt: skip
        if answer.streaming:
            closed(answer)
        transaction.set_rollback(True)
    return answer


def test_every_address_has_a_row() -> None:
    assert {each.name for each in version_1} - {"docs"} == set(TABLE)


@pytest.mark.django_db
@pytest.mark.parametrize("name", TABLE)
def test_who_may_call_it(
    desk: Desk, keys: dict[str, str], scene: dict[str, tuple[list[Any], Any]], name: str
) -> None:
    arguments, body = scene.get(name, ([], None))
    address = reverse(f"api:{name}", args=arguments)
    found, wanted = {}, {}
    for method in METHODS:
        sent = body if method in ("POST", "PUT") else None
        for caller, code in zip(CALLERS, expected(name, method), strict=True):
            found[method, caller] = called(keys[caller], method, address, sent).status_code
            wanted[method, caller] = int(code)
        for caller in NOBODYS:
            if (name, caller) == ("schema", "cookie"):
                continue
            user = desk.admin if caller == "cookie" else None
            answer = called(keys.get(caller, ""), method, address, sent, user)
            found[method, caller], wanted[method, caller] = answer.status_code, 401
            assert answer["WWW-Authenticate"] == 'Token realm="api"'
            assert answer.json()["detail"] == "A valid token is needed."
    wrong = {key: (found[key], wanted[key]) for key in wanted if found[key] != wanted[key]}
    assert wrong == {}, "found, wanted"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token ",
        "Bearer {}",
        "{}",
        "Basic {}",
        "Token {} x",
        "Token {}\u00e9",
        "Token Token {}",
    ],
)
def test_the_header_is_written_one_way(keys: dict[str, str], header: str) -> None:
    key = keys["alice"].partition(" ")[2]
    assert called(header.format(key), "GET", "/api/v1/me/", None).status_code == 401
    assert called(f"token   {key} ", "GET", "/api/v1/me/", None).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/api/", "/api/v1/", "/api/v2/tickets/", "/api/v1/tickets", "/api/v1/x/y", "/api/v1/%0a/"],
)
def test_unknown_addresses_are_told_to_programs(address: str) -> None:
    for method in METHODS:
        answer = called("", method, address, None)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["title"] == "Not Found"


@pytest.mark.django_db
def test_rights_are_looked_at_anew_each_time(
    desk: Desk, keys: dict[str, str], settings: Any
) -> None:
    def code(caller: str) -> int:
        return int(called(keys[caller], "GET", "/api/v1/me/", None).status_code)

    assert code("bob") == 200
    settings.REQUIRE_MFA = True
    assert (code("bob"), code("alice")) == (403, 200)
    Authenticator.objects.create(user=desk.bob, type=Authenticator.Type.TOTP, data={})
    assert code("bob") == 200
    desk.bob.is_active = False
    desk.bob.save()
    assert code("bob") == 401


@pytest.mark.django_db
def test_a_lead_who_became_an_agent_sees_less(
    desk: Desk, keys: dict[str, str], scene: dict[str, tuple[list[Any], Any]]
) -> None:
    address = reverse("api:ticket", args=scene["ticket"][0])
    assert called(keys["admin"], "GET", address, None).status_code == 200
    desk.admin.is_admin = False
    desk.admin.save()
    assert called(keys["admin"], "GET", address, None).status_code == 404
