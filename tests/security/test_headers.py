"""What every answer carries, what names a host may have, and that reading changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core.asgi import get_asgi_application
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.urls.resolvers import RegexPattern

from helpdesk.asgi import App, BodyLimit
from tests.cast import DANA, PASSWORD, Desk, Outside, opened
from tests.live import LiveApp
from tests.security.test_settings import GOOD, loaded
from tests.test_roles import STREAMS, TABLE, routes_of
from tickets.models import Ticket

BAD_HOSTS = [
    "evil.example", "testserver.evil.example", "testserver@evil.example", "testserver/evil", "evil.example:80",
    "testserver:80:evil.example", "[::1]", "", "testserver,evil.example", "test_server", "127.0.0.1.evil.example",
]  # fmt: skip


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    return opened(outside.says(DANA, "my withdrawal has not arrived"))


def guarded(answer: Any) -> None:
    """The marks that keep a browser from doing harm with whatever this is."""
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "Server" not in answer.headers or "Python" not in answer.headers["Server"]
    assert "X-Powered-By" not in answer.headers


@pytest.mark.django_db
def test_every_answer_is_guarded(desk: Desk, ticket: Ticket) -> None:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(desk.bob)
    page = f"/tickets/{ticket.pk}/"
    found = {
        200: client.get(page),
        302: Client().get(page),
        403: client.post(f"{page}notes/", {"text": "x"}),
        404: client.get("/tickets/999/"),
        405: client.get(f"{page}notes/"),
        400: client.get(page, headers={"Host": "evil.example"}),
    }
    for status, answer in found.items():
        assert answer.status_code == status
        guarded(answer)
    fragment = client.get(page, headers={"HX-Request": "true"})
    guarded(fragment)
    assert "HX-Request" in fragment["Vary"], "a page must not be kept for its fragment"
    for address in ("/livez", "/readyz", "/accounts/login/"):
        guarded(client.get(address))


@pytest.mark.django_db
def test_a_page_that_breaks_is_guarded_and_tells_nothing(
    desk: Desk, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("s3cret-of-the-inside")

    monkeypatch.setattr("tickets.views.queue.views", broken)
    client = Client(raise_request_exception=False)
    client.force_login(desk.alice)
    answer = client.get("/tickets/")
    assert answer.status_code == 500
    guarded(answer)
    assert "s3cret" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


async def _asked(method: str, path: str, headers: dict[str, str], content: bytes) -> httpx.Response:
    application = BodyLimit(cast(App, get_asgi_application()))  # with the settings of the test
    transport = httpx.ASGITransport(cast(Any, application), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.request(method, path, headers=headers, content=content)


def at_the_door(method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
    """Through the whole ASGI application, as a server calls it."""
    return async_to_sync(_asked)(method, path, headers, content)


@pytest.mark.django_db
def test_what_comes_from_before_django_is_guarded(settings: Any) -> None:
    settings.BODY_SIZE_LIMIT = 1000
    large = at_the_door("POST", "/accounts/login/", b"x" * 1001)
    assert large.status_code == 413
    guarded(large)
    style = at_the_door("GET", "/static/css/app.css")
    assert style.status_code == 200
    guarded(style)


@pytest.mark.django_db
@pytest.mark.parametrize("https", [False, True])
def test_a_foreign_host_is_refused_and_guarded(settings: Any, https: bool) -> None:
    settings.SECURE_SSL_REDIRECT = https
    answer = at_the_door("GET", "/accounts/login/", host="evil.example")
    assert answer.status_code == 400
    guarded(answer)
    assert "evil" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("host", BAD_HOSTS)
def test_nobody_chooses_our_name(client: Client, host: str) -> None:
    for headers in ({"Host": host}, {"Host": host, "X-Forwarded-Host": "testserver"}):
        answer = client.get("/accounts/login/", headers=headers)
        assert answer.status_code == 400
    forwarded = client.get("/", headers={"X-Forwarded-Host": host or "x"})
    assert forwarded["Location"] == "/tickets/"


@pytest.mark.django_db
def test_https_is_believed_of_a_trusted_proxy_alone(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    claim = {"X-Forwarded-Proto": "https"}
    assert Client().get("/accounts/login/", headers=claim).status_code == 301
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 31_536_000
    answer = Client().get("/accounts/login/", headers=claim)
    assert answer.status_code == 200
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")


def test_proxies_decide_what_is_believed() -> None:
    none, one = loaded([GOOD, GOOD | {"TRUSTED_PROXIES": "1"}])
    assert none["SECURE_PROXY_SSL_HEADER"] is None
    assert one["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


@pytest.mark.django_db
@pytest.mark.parametrize("https", [False, True])
def test_flags_of_the_cookies(desk: Desk, settings: Any, https: bool) -> None:
    """The names and the secure flag come from the settings; see test_settings for what these are."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = https
    if https:
        settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    client = Client()
    client.get("/accounts/login/", secure=https)
    form = {"login": "alice@desk.example", "password": PASSWORD}
    client.post("/accounts/login/", form, secure=https)
    names = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    for name in names:
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
        assert bool(cookie["secure"]) is https, name
    assert set(client.cookies) <= {*names, "messages"}


# --- Reading changes nothing; writing wants the token


def _state() -> dict[str, Any]:
    """All rows of our own tables. (allauth mirrors a user's own address in a table of its own once it looks.)"""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label in "accounts tickets connectors shifts mfa".split():
            found[model._meta.label] = json.dumps(
                list(model._base_manager.order_by("pk").values()), default=str
            )
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_changes_nothing(desk: Desk, ticket: Ticket, settings: Any, method: str) -> None:
    settings.DEMO = True
    client = Client(raise_request_exception=False)
    client.force_login(desk.admin)
    before = _state()
    for name, address in _addresses(ticket):
        if name in STREAMS:
            continue
        query = "?status=solved&assignee=1&availability=away&user=1&text=x&next=//evil.example"
        client.generic(method, address + query)
    assert _state() == before


def _addresses(ticket: Ticket) -> Iterator[tuple[str, str]]:
    given = {"tickets:undo": [ticket.messages.earliest("pk").pk]}
    for name, route in routes_of(get_resolver().url_patterns):
        if name in TABLE:
            yield name, reverse(name, args=given.get(name) or _arguments(route, ticket))


def _arguments(route: URLPattern, ticket: Ticket) -> list[Any]:
    """Something that fits each gap of the address; the ticket's own number where one is asked for."""
    if isinstance(route.pattern, RegexPattern):
        return ["x"] * route.pattern.regex.groups
    fitting = {"int": 1, "uuid": "00000000-0000-4000-8000-000000000000"}
    return [
        ticket.pk if name == "number" else fitting.get(type(gap).__name__[:-9].lower(), "x")
        for name, gap in route.pattern.converters.items()
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_token_of_somebody_elses_does_not_fit(
    desk: Desk, ticket: Ticket, headers: dict[str, str]
) -> None:
    """Without one: tests/test_roles.py. Here: wrong, foreign, from another site."""
    client, mallory = (Client(enforce_csrf_checks=True) for _ in range(2))
    client.force_login(desk.alice)
    mallory.get("/accounts/login/")
    foreign = mallory.cookies["csrf_8000"].value
    address = f"/tickets/{ticket.pk}/status/"
    client.get(f"/tickets/{ticket.pk}/")
    for token in ("", "x", "x" * 64, foreign, "\x00" * 32):
        answer = client.post(
            address, {"status": "solved", "csrfmiddlewaretoken": token}, headers=headers
        )
        assert answer.status_code == 403
        sent = client.post(
            address,
            {"status": "solved"},
            headers={**headers, "X-CSRFToken": token.strip("\x00") or "x"},
        )
        assert sent.status_code == 403
    own = client.cookies["csrf_8000"].value
    from_outside = {**headers, "X-CSRFToken": own, "Origin": "https://evil.example"}
    assert client.post(address, {"status": "solved"}, headers=from_outside).status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == "new"
    answer = client.post(address, {"status": "solved"}, headers={**headers, "X-CSRFToken": own})
    assert answer.status_code in (200, 302)


@pytest.mark.django_db
def test_signing_in_wants_the_token_too(desk: Desk, settings: Any) -> None:
    settings.DEMO = True
    client = Client(enforce_csrf_checks=True)
    form = {"login": "alice@desk.example", "password": PASSWORD, "user": str(desk.alice.pk)}
    for address in ("/accounts/login/", "/enter/", "/accounts/password/reset/"):
        assert client.post(address, form).status_code == 403


def test_a_web_socket_is_turned_away_without_a_trace(live_app: LiveApp) -> None:
    before = live_app.log()
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    answer = httpx.get(f"{live_app.url}/live/", headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert live_app.log() == before
