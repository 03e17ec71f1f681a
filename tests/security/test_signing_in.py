"""Coming in: who may, how often one may try, and what the answers give away."""

from __future__ import annotations

import re
from typing import Any

import pytest
import redis
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.cast import PASSWORD, Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_passwords")]
LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"
EVIL = ["https://evil.example/", "//evil.example", "/\\evil.example", "https:evil.example",
        "javascript:alert(1)", "http://testserver@evil.example/", "\thttps://evil.example",
        "///evil.example", "https://testserver.evil.example/", "/\t/evil.example"]  # fmt: skip


def log_in(client: Client, who: str = "alice", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": f"{who}@desk.example", "password": password}, **extra)


def is_in(client: Client) -> bool:
    return client.get("/tickets/").status_code == 200


def body(answer: Any) -> str:
    """Without what differs from answer to answer anyway."""
    return re.sub(r'(csrfmiddlewaretoken" value|data-now)="[^"]+"', "", answer.content.decode())


# --- What the answers give away


def test_an_unknown_address_and_a_wrong_password_are_the_same(desk: Desk) -> None:
    answers = [log_in(Client(), who, "wrong") for who in ("alice", "gone", "nobody")]
    texts = {
        body(answer).replace(f"{who}@desk", "@desk")
        for who, answer in zip(("alice", "gone", "nobody"), answers, strict=True)
    }
    assert len(texts) == 1
    assert {answer.status_code for answer in answers} == {200}


def test_an_unknown_address_costs_as_much_as_a_wrong_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Counted, not measured: hashing is what takes the time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    desk.alice.set_password(PASSWORD)
    desk.alice.save()
    hashed: list[str] = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify

    def counted_encode(self: Any, *args: Any, **kwargs: Any) -> Any:
        hashed.append("encode")
        return encode(self, *args, **kwargs)

    def counted_verify(self: Any, *args: Any, **kwargs: Any) -> Any:
        hashed.append("verify")
        return verify(self, *args, **kwargs)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted_encode)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted_verify)
    costs = {}
    for who in ("alice", "nobody"):
        hashed.clear()
        log_in(Client(), who, "wrong")
        costs[who] = len(hashed)
    assert costs == {"alice": 1, "nobody": 1}


def test_a_reset_tells_nobody_whether_there_is_an_account(desk: Desk) -> None:
    found = set()
    for who in ("alice", "gone", "nobody"):
        mail.outbox.clear()
        answer = Client().post(RESET, {"email": f"{who}@desk.example"})
        found.add((answer.status_code, answer["Location"]))
        assert len(mail.outbox) == 1, f"{who}: as slow as for the others"
        assert ("/password/reset/key/" in str(mail.outbox[0].body)) == (who == "alice")
    assert len(found) == 1


def test_a_reset_link_works_once_and_signs_nobody_in(desk: Desk, client: Client) -> None:
    client.post(RESET, {"email": "alice@desk.example"})
    (link,) = re.findall(r"http://testserver(\S+)", str(mail.outbox[0].body))
    page = client.get(link)
    assert page.status_code == 302
    assert link.rsplit("-", 1)[1] not in page["Location"], "the token is no longer in the address"
    new = "an-entirely-new-one-8"
    client.post(page["Location"], {"password1": new, "password2": new})
    assert not is_in(client)
    assert log_in(client, password=new).status_code == 302
    assert "_auth_user_id" not in Client().get(link).client.session
    again = Client()
    assert again.get(link).status_code == 200, "spent: a page that says so"
    assert "password1" not in body(again.get(link))


def test_the_host_of_a_reset_link_is_not_the_askers_to_choose(desk: Desk) -> None:
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
        Client().post(RESET, {"email": "alice@desk.example"}, headers=headers)
    assert [sent for sent in mail.outbox if "evil" in str(sent.body)] == []


# --- How often one may try


@pytest.fixture
def limits(settings: Any, valkey: redis.Redis) -> None:
    """As in production."""
    settings.ACCOUNT_RATE_LIMITS = settings.LOGIN_LIMITS


def refused(answer: Any) -> bool:
    return answer.status_code == 429 or "Too many failed login attempts" in body(answer)


@pytest.mark.usefixtures("limits")
def test_five_tries_an_account(desk: Desk) -> None:
    """From anywhere, however the address is written; then even the right password waits."""
    spelled = ["alice", "ALICE", " alice", "Alice", "aLiCe"]
    for turn, who in enumerate(spelled):
        assert not refused(log_in(Client(), who, "wrong", REMOTE_ADDR=f"198.51.100.{turn}"))
    assert refused(log_in(Client(), "alice", "wrong", REMOTE_ADDR="203.0.113.9"))
    client = Client()
    assert refused(log_in(client, "alice", PASSWORD, REMOTE_ADDR="203.0.113.9"))
    assert not is_in(client)
    assert log_in(Client(), "bob", REMOTE_ADDR="203.0.113.9").status_code == 302


@pytest.mark.usefixtures("limits")
def test_twenty_tries_an_address(desk: Desk) -> None:
    for turn in range(20):
        assert not refused(log_in(Client(), f"nobody{turn}", "wrong"))
    assert refused(log_in(Client(), "nobody99", "wrong"))
    assert log_in(Client(), "bob", REMOTE_ADDR="203.0.113.9").status_code == 302, "others may"


@pytest.mark.usefixtures("limits")
def test_a_good_login_between_gives_no_new_tries(desk: Desk) -> None:
    for _turn in range(4):
        log_in(Client(), "alice", "wrong")
    assert log_in(Client(), "alice").status_code == 302
    log_in(Client(), "alice", "wrong")
    assert refused(log_in(Client(), "alice", "wrong"))


@pytest.mark.usefixtures("limits")
def test_a_made_up_forwarded_address_gives_no_new_tries(desk: Desk, settings: Any) -> None:
    """Only what our own proxies say counts: none of them, then one."""
    for trusted, last in ((0, "10.9.9.9"), (1, "198.51.100.7")):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted
        for turn in range(20):
            forwarded = f"203.0.113.{turn}, {last}"
            log_in(Client(), f"x{trusted}{turn}", "w", headers={"X-Forwarded-For": forwarded})
        forwarded = f"203.0.113.77, {last}"
        answer = log_in(Client(), f"x{trusted}99", "w", headers={"X-Forwarded-For": forwarded})
        assert refused(answer), trusted


@pytest.mark.usefixtures("limits")
def test_too_many_requests_are_told_in_our_own_words(client: Client) -> None:
    answers = [client.post(LOGIN, {}) for _turn in range(61)]
    assert answers[59].status_code == 200
    assert answers[60].status_code == 429
    assert int(answers[60]["Retry-After"]) > 0
    assert "Too many tries" in body(answers[60])
    assert "Content-Security-Policy" in answers[60]


@pytest.mark.usefixtures("limits")
def test_resets_are_limited_by_address(desk: Desk) -> None:
    for turn in range(6):
        Client().post(RESET, {"email": "alice@desk.example"}, REMOTE_ADDR=f"198.51.100.{turn}")
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("limits")
def test_without_valkey_nobody_comes_in_and_nobody_is_thrown_out(desk: Desk, settings: Any) -> None:
    inside, outside = Client(), Client()
    inside.force_login(desk.alice)
    backend = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {"default": backend}

    answer = log_in(outside)

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "not possible for a moment" in body(answer)
    assert not is_in(outside)
    assert is_in(inside)


# --- Doors that must be shut


@pytest.mark.parametrize("target", EVIL)
def test_signing_in_leads_nowhere_else(desk: Desk, target: str) -> None:
    answer = Client().post(
        LOGIN, {"login": "alice@desk.example", "password": PASSWORD, "next": target}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_signing_in_leads_back(desk: Desk) -> None:
    form = {"login": "alice@desk.example", "password": PASSWORD, "next": "/tickets/?view=open"}
    assert Client().post(LOGIN, form)["Location"] == "/tickets/?view=open"


@pytest.mark.parametrize("target", EVIL)
def test_forms_lead_back_to_us_alone(desk: Desk, client: Client, target: str) -> None:
    client.force_login(desk.alice)
    headers = {"Referer": target}
    answer = client.post("/availability/", {"availability": "busy"}, headers=headers)
    assert answer["Location"] == "/"
    assert client.post("/welcome/", headers=headers)["Location"] == "/"
    assert client.post("/accounts/logout/", {"next": target})["Location"] == "/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_one_click_entrance_is_for_the_demo(desk: Desk, method: str) -> None:
    User.objects.update(is_demo=True)
    assert getattr(Client(), method)("/enter/", {"user": desk.alice.pk}).status_code == 404


def test_one_click_entrance_takes_no_real_and_no_closed_account(desk: Desk, settings: Any) -> None:
    settings.DEMO = True
    User.objects.filter(pk__in=[desk.bob.pk, desk.gone.pk]).update(is_demo=True)
    for who in (desk.alice, desk.admin, desk.gone):
        client = Client()
        assert client.post("/enter/", {"user": who.pk}).status_code == 404
        assert not is_in(client)
    client = Client()
    assert "alice" not in client.get("/enter/").content.decode().lower()
    assert client.post("/enter/", {"user": desk.bob.pk}).status_code == 302
    assert is_in(client)


def test_a_closed_account_stays_out(desk: Desk) -> None:
    client = Client()
    log_in(client, "gone")
    assert not is_in(client)


@pytest.mark.parametrize(
    "path", ["/accounts/signup/", "/accounts/login/code/confirm/", "/accounts/confirm-email/x/"]
)
def test_no_other_way_in(desk: Desk, path: str) -> None:
    before = User.objects.count()
    form = {"email": "m@evil.example", "password1": "x9!kk-long-1", "password2": "x9!kk-long-1"}
    client = Client()
    for form_or_none in (form, {**form, "code": "000000"}):
        client.post(path, form_or_none)
        client.get(path)
    assert User.objects.count() == before
    assert not is_in(client)


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_signs_nobody_out(desk: Desk, client: Client, method: str) -> None:
    client.force_login(desk.alice)
    getattr(client, method)("/accounts/logout/")
    assert is_in(client)
