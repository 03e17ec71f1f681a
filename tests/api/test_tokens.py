"""Tokens: made once, kept as a hash, dead when they should be."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import ApiToken
from accounts.tokens import MOST_ALIVE, make_token, note_use, revoke, token_of
from helpdesk.errors import Invalid, NotAllowed
from tests.cast import Desk

pytestmark = pytest.mark.django_db


def test_the_key_is_kept_nowhere(desk: Desk) -> None:
    made = make_token(user=desk.alice, name="billing")
    stored = str(ApiToken.objects.filter(pk=made.row.pk).values().get())
    assert made.key[16:] not in stored
    assert made.row.prefix in made.key
    assert token_of(made.key) == made.row


def test_no_two_keys_are_alike(desk: Desk) -> None:
    keys = {make_token(user=desk.alice, name=f"{n}").key for n in range(5)}
    assert len({key[16:] for key in keys}) == 5
    assert {len(key[16:]) for key in keys} == {43}


def test_only_the_very_key_fits(desk: Desk) -> None:
    key = make_token(user=desk.alice, name="billing").key
    other = make_token(user=desk.alice, name="other").key
    mixed = key[:16] + other[16:]
    swapped = key.swapcase()
    for wrong in (
        "",
        "hd_",
        key[:-1],
        f"{key}x",
        f" {key}",
        swapped,
        mixed,
        "ü" * 60,
        "x" * 10_000,
    ):
        assert token_of(wrong) is None, wrong


def test_what_ends_it(desk: Desk) -> None:
    made = [make_token(user=desk.alice, name=f"{n}") for n in range(3)]
    revoke(made[0].row)
    ApiToken.objects.filter(pk=made[1].row.pk).update(expires_at=timezone.now())
    assert [token_of(each.key) for each in made] == [None, None, made[2].row]
    desk.alice.is_active = False
    desk.alice.save()
    assert token_of(made[2].key) is None


def test_a_new_password_ends_it_and_an_upgraded_hash_does_not(desk: Desk, settings: Any) -> None:
    made = make_token(user=desk.alice, name="billing")
    others = make_token(user=desk.bob, name="billing")
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    before = desk.alice.password
    assert desk.alice.check_password("correct horse, and more")
    desk.alice.refresh_from_db()
    assert desk.alice.password != before
    assert token_of(made.key) == made.row

    desk.alice.set_password("another horse, and more")
    desk.alice.save()
    assert token_of(made.key) is None
    assert token_of(others.key) == others.row


def test_use_is_noted_once_a_minute(desk: Desk) -> None:
    row = make_token(user=desk.alice, name="billing").row
    note_use(row)
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    note_use(row)
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    row.refresh_from_db()
    note_use(row)
    row.refresh_from_db()
    assert row.last_used_at is not None
    assert row.last_used_at >= first


def test_leads_need_their_second_factor_first(desk: Desk, settings: Any) -> None:
    settings.REQUIRE_MFA = True
    for person in (desk.bob, desk.admin):
        with pytest.raises(NotAllowed):
            make_token(user=person, name="billing")
    assert make_token(user=desk.alice, name="billing").key
    Authenticator.objects.create(user=desk.bob, type=Authenticator.Type.TOTP, data={})
    assert make_token(user=desk.bob, name="billing").key


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 366}, {"scope": "all"}, {"name": "  "}])
def test_bounds(desk: Desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        make_token(user=desk.alice, **{"name": "billing", **wrong})
    with pytest.raises(NotAllowed):
        make_token(user=desk.gone, name="billing")


def test_nobody_hoards_them(desk: Desk) -> None:
    rows = [make_token(user=desk.alice, name="billing").row for _ in range(MOST_ALIVE)]
    with pytest.raises(Invalid):
        make_token(user=desk.alice, name="billing")
    revoke(rows[0])
    assert make_token(user=desk.alice, name="billing").key


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("apitoken", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_command(desk: Desk) -> None:
    key = told("create", "ALICE@desk.example", "--scope", "write", "--days", "7").strip()
    row = token_of(key)
    assert row is not None
    assert (row.user, row.scope, row.name) == (desk.alice, "write", "command line")
    assert row.expires_at < timezone.now() + timedelta(days=7, seconds=1)
    assert row.prefix in told("list")
    assert key not in told("list", "alice@desk.example")
    assert told("list", "bob@desk.example") == ""
    told("revoke", row.prefix)
    assert token_of(key) is None
    assert "over" in told("list")


@pytest.mark.parametrize(
    "wrong",
    [["create", "nobody@desk.example"], ["create", "gone@desk.example"], ["revoke", "x"],
     ["create", "alice@desk.example", "--days", "366"]],
)  # fmt: skip
def test_the_command_refuses(desk: Desk, wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        told(*wrong)
