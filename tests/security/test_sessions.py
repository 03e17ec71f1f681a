"""A session begins with a key of its own and ends everywhere at once; the second factor cannot be walked around."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver

from accounts.models import Membership, Role, User
from helpdesk.live import Tail
from tests.cast import PASSWORD, Desk
from tests.test_roles import routes_of
from tickets.views import live

pytestmark = pytest.mark.usefixtures("cheap_passwords")
LOGIN = "/accounts/login/"


def log_in(client: Client, who: str = "alice", password: str = PASSWORD, **more: str) -> Any:
    form = {"login": f"{who}@desk.example", "password": password, **more}
    return client.post(LOGIN, form)


def is_in(client: Client) -> bool:
    return client.get("/tickets/").status_code == 200


# --- Begin and end


@pytest.mark.django_db
def test_signing_in_makes_a_new_key(desk: Desk, client: Client) -> None:
    client.cookies["session_8000"] = "x" * 32  # fixated by somebody
    client.get(LOGIN)
    log_in(client)
    key = client.session.session_key
    assert key != "x" * 32
    assert is_in(client)
    thief = Client()
    thief.cookies["session_8000"] = "x" * 32
    assert not is_in(thief)

    token = client.cookies["csrf_8000"].value
    client.post("/accounts/logout/")
    log_in(client, "bob")
    assert client.session.session_key != key
    assert client.cookies["csrf_8000"].value != token


@pytest.mark.django_db
def test_signing_out_kills_the_session(desk: Desk, client: Client) -> None:
    log_in(client)
    copy = Client()
    copy.cookies.load({name: each.value for name, each in client.cookies.items()})
    assert is_in(copy)
    client.post("/accounts/logout/")
    assert not is_in(copy)
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_a_new_password_ends_all_sessions(desk: Desk) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    new = "an-entirely-new-one-8"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert not is_in(there)
    assert not is_in(here)
    log_in(here, password=new)
    assert is_in(here)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "form",
    [
        {"oldpassword": "wrong", "password1": "an-entirely-new-one-8"},
        {"password1": "an-entirely-new-one-8"},
        {"oldpassword": PASSWORD, "password1": "password"},
        {"oldpassword": PASSWORD, "password1": "short"},
        {"oldpassword": PASSWORD, "password1": "alice@desk.example"},
    ],
)
def test_a_password_is_not_changed_by_just_anybody(
    desk: Desk, client: Client, form: dict[str, str]
) -> None:
    log_in(client)
    client.post("/accounts/password/change/", {**form, "password2": form["password1"]})
    desk.alice.refresh_from_db()
    assert desk.alice.check_password(PASSWORD)
    assert is_in(client)


@pytest.mark.django_db
def test_a_closed_account_is_out_at_once(desk: Desk, client: Client) -> None:
    log_in(client)
    User.objects.filter(pk=desk.alice.pk).update(is_active=False)
    assert client.get("/tickets/").status_code == 302


@pytest.mark.django_db
def test_the_list_of_sessions_ends_only_ones_own(desk: Desk, client: Client) -> None:
    other, bobs = Client(), Client()
    for each, who in ((client, "alice"), (other, "alice"), (bobs, "bob")):
        log_in(each, who)
        each.get("/accounts/sessions/")
    client.post("/accounts/sessions/")
    assert is_in(client)
    assert not is_in(other)
    assert is_in(bobs)


@pytest.mark.django_db
def test_what_a_page_shows_stays_in_no_cache(desk: Desk, client: Client) -> None:
    log_in(client)
    for address in ("/tickets/", "/profile/", "/accounts/sessions/", "/tickets/999/"):
        assert client.get(address)["Cache-Control"] == "private, no-store", address


# --- The live stream ends with the session


def test_a_stream_looks_at_its_session_every_minute() -> None:
    assert live.RECHECK + live.PING <= 60


def _change_password(user: User) -> None:
    user.set_password("another-one-entirely")
    user.save()


def _close(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _sign_out(user: User) -> None:
    Session.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [_change_password, _close, _sign_out])
def test_a_stream_says_bye_when_its_session_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, end: Callable[[User], None]
) -> None:
    monkeypatch.setattr(live, "PING", 0.02)
    monkeypatch.setattr(live, "RECHECK", 0.05)
    monkeypatch.setattr(live, "tail", Tail(live.apart(live._News().read)))
    client = Client()
    client.force_login(desk.alice)
    key = str(client.session.session_key)

    async def listened() -> list[str]:
        heard = []
        async with asyncio.timeout(10):
            async for line in live._stream(key, 0, live.LATE):
                heard.append(line)
                if len(heard) == 2:
                    await live.apart(end)(desk.alice)
        return heard

    heard = asyncio.run(listened())
    assert heard[0] == ": hello\n\n"
    assert set(heard[1:-1]) == {": ping\n\n"}
    assert heard[-1] == "event: bye\ndata: signed out\n\n"


# --- The second factor of leads and admins


@pytest.fixture
def required(settings: Any) -> None:
    settings.REQUIRE_MFA = True


ENROL = "/accounts/2fa/totp/activate/"


def enrolled(user: User) -> str:
    """The secret of their new authenticator."""
    secret: str = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def code(secret: str) -> str:
    return str(
        totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("who", ["bob", "admin"])
@pytest.mark.parametrize("method", ["get", "head", "post", "options"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_leads_and_admins_must_enrol_first(
    desk: Desk, client: Client, who: str, method: str, headers: dict[str, str]
) -> None:
    client.force_login(getattr(desk, who))
    for address in (
        "/", "/tickets/", "/tickets/1/", "/tickets/1/replies/", "/profile/", "/updates/", "/live/", "/live/?after=0",
        "/enter/", "/availability/", "/welcome/", "//tickets/", "/tickets/?next=/accounts/", "/TICKETS/",
        "/attachments/00000000-0000-4000-8000-000000000000/", "/accountsx/", "/x/accounts/", "/%2e/accounts/",
    ):  # fmt: skip
        answer = getattr(client, method)(address, headers=headers)
        assert (answer.status_code, answer.get("Location")) == (302, ENROL), address


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("path", ["/accounts/../tickets/", "/accounts/%2e%2e/tickets/", "/livez/../tickets/",
                                  "/static/../tickets/", "/accounts//tickets/", "/livez/tickets/"])  # fmt: skip
def test_no_path_leads_around_it(desk: Desk, client: Client, path: str) -> None:
    client.force_login(desk.bob)
    assert client.get(path).status_code in (302, 404)
    assert b'id="queue"' not in client.get(path).content


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
def test_nothing_of_the_desk_is_open_without_it() -> None:
    """Every route that needs no second factor is allauth's or the health check."""
    from accounts.middleware import OPEN_WITHOUT_MFA
    from helpdesk.urls import urlpatterns

    ours = [str(each.pattern) for each in urlpatterns if str(each.pattern)]
    open_ones = [path for path in ours if f"/{path}".startswith(OPEN_WITHOUT_MFA)]
    assert sorted(open_ones) == ["accounts/", "accounts/email/", "livez", "readyz"]
    named = [name for name, _route in routes_of(get_resolver().url_patterns) if ":" in name]
    assert named, "the rest has a namespace and stands at the root"


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
def test_agents_need_none_until_they_lead(desk: Desk, client: Client) -> None:
    client.force_login(desk.alice)
    assert is_in(client)
    Membership.objects.filter(user=desk.alice).update(role=Role.LEAD)
    assert client.get("/tickets/")["Location"] == ENROL


@pytest.mark.django_db
@pytest.mark.usefixtures("required", "valkey")
def test_with_a_second_factor_the_password_alone_opens_nothing(desk: Desk, client: Client) -> None:
    secret = enrolled(desk.bob)
    assert log_in(client, "bob")["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    for wrong in ("000000", "", "x" * 5_000, "１２３４５６"):
        client.post("/accounts/2fa/authenticate/", {"code": wrong})
        assert not is_in(client)
    now = code(secret)
    assert client.post("/accounts/2fa/authenticate/", {"code": now}).status_code == 302
    assert is_in(client)

    again = Client()
    log_in(again, "bob")
    again.post("/accounts/2fa/authenticate/", {"code": now})
    assert not is_in(again), "a code works once"


@pytest.mark.django_db
@pytest.mark.usefixtures("required")
def test_codes_cannot_be_tried_out(desk: Desk, settings: Any, valkey: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.LOGIN_LIMITS
    secret = enrolled(desk.bob)
    for turn in range(5):
        client = Client(REMOTE_ADDR=f"198.51.100.{turn}")
        log_in(client, "bob")
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client = Client(REMOTE_ADDR="203.0.113.9")
    log_in(client, "bob")
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert not is_in(client), "not even the right one, for a quarter of an hour"


@pytest.mark.django_db
@pytest.mark.usefixtures("required", "valkey")
def test_a_second_factor_is_not_taken_off_by_an_open_session(desk: Desk, client: Client) -> None:
    enrolled(desk.bob)
    client.force_login(desk.bob)  # as one who found the desk unlocked
    answer = client.post("/accounts/2fa/totp/deactivate/")
    assert answer["Location"].startswith(
        ("/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/")
    )
    for path in ("/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/download/"):
        assert client.get(path).status_code in (302, 404)
    assert Authenticator.objects.filter(user=desk.bob).exists()
