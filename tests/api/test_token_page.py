"""The page where people make their tokens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken
from accounts.tokens import make_token, token_of
from tests.cast import PASSWORD, Desk

pytestmark = pytest.mark.django_db
FORM = {"name": "billing", "scope": "read", "days": "90"}
KEY = re.compile(r"hd_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


@pytest.fixture
def signed_in(desk: Desk) -> Client:
    """Alice, who has just typed her password."""
    client = Client()
    client.force_login(desk.alice)
    sent = {"password": PASSWORD, "next": "/profile/tokens/"}
    assert client.post("/accounts/reauthenticate/", sent).status_code == 302
    return client


def test_it_is_shown_once(desk: Desk, signed_in: Client) -> None:
    answer = signed_in.post("/profile/tokens/", FORM)
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "private, no-store"
    (key,) = set(KEY.findall(answer.content.decode()))
    row = token_of(key)
    assert row is not None
    assert (row.user, row.scope, row.name) == (desk.alice, "read", "billing")
    again = signed_in.get("/profile/tokens/").content.decode()
    assert row.prefix in again
    assert not KEY.search(again)


@pytest.mark.parametrize(
    "wrong", [{"days": "366"}, {"days": "x"}, {"scope": "all"}, {"name": ""}, {"name": "a\u202eb"}]
)
def test_what_it_refuses(signed_in: Client, wrong: dict[str, str]) -> None:
    assert signed_in.post("/profile/tokens/", {**FORM, **wrong}).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_form_makes_no_token_of_somebody_else(desk: Desk, signed_in: Client) -> None:
    more: Any = {"user": desk.bob.pk, "prefix": "x", "key_hash": "x", "expires_at": "2999-01-01"}
    assert signed_in.post("/profile/tokens/", {**more, **FORM}).status_code == 201
    row = ApiToken.objects.get()
    assert row.user == desk.alice
    assert row.expires_at.year < 2900


def test_revoking(desk: Desk, signed_in: Client) -> None:
    own, other = (make_token(user=user, name="x") for user in (desk.alice, desk.bob))
    assert signed_in.post(f"/profile/tokens/{other.row.pk}/revoke/").status_code == 404
    assert signed_in.post(f"/profile/tokens/{own.row.pk}/revoke/").status_code == 302
    assert token_of(own.key) is None
    assert token_of(other.key) == other.row


def test_an_old_session_is_asked_for_the_password_first(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.alice)
    answer = client.post("/profile/tokens/", FORM)
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    assert not ApiToken.objects.exists()
    # Then it goes on where it was interrupted.
    done = client.post(answer["Location"], {"password": PASSWORD})
    assert done.status_code == 201
    assert KEY.search(done.content.decode())
    assert ApiToken.objects.get().user == desk.alice


def test_a_new_password_ends_them(desk: Desk, signed_in: Client) -> None:
    key = make_token(user=desk.alice, name="x").key
    new = "another horse, and more"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert signed_in.post("/accounts/password/change/", form).status_code == 302
    assert token_of(key) is None
