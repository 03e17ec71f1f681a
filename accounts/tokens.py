"""Keys for programs: made once, shown once, known afterwards only by their hash."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiToken, TokenScope, User
from helpdesk.crypto import new_token, token_hash
from helpdesk.errors import Invalid, NotAllowed

DEFAULT_DAYS = 90
MOST_DAYS = 365
MOST_ALIVE = 20
"""Keys of one person at a time."""
USED_EVERY = timedelta(minutes=1)
"""`last_used_at` is written no more often than this."""
_KEY = re.compile(r"hd_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NOBODYS = token_hash("")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A row and, this one time, its key."""

    row: ApiToken
    key: str


def make_token(
    *, user: User, name: str, scope: str = TokenScope.READ, days: int = DEFAULT_DAYS
) -> NewToken:
    """A key for `user` that ends after `days`. Raises NotAllowed, Invalid."""
    if not user.is_active:
        raise NotAllowed(_("This account is closed."))
    if lacks_second_factor(user):
        raise NotAllowed(_("Set up two-factor sign-in first."))
    if scope not in TokenScope.values or not 1 <= days <= MOST_DAYS or not name.strip():
        raise Invalid(_("A token needs a name, a scope, and an end within a year."))
    if user.api_tokens.filter(revoked_at=None, expires_at__gt=Now()).count() >= MOST_ALIVE:
        raise Invalid(_("That is enough tokens for one person. Revoke one that is not needed."))
    prefix = secrets.token_hex(6)
    key = f"hd_{prefix}_{new_token()}"
    row = ApiToken.objects.create(
        user=user,
        name=name.strip()[:60],
        prefix=prefix,
        key_hash=token_hash(key),
        scope=scope,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return NewToken(row, key)


def token_of(key: str) -> ApiToken | None:
    """The living token with this key, and its user. Unknown, ended, revoked and closed all take the same way."""
    match = _KEY.fullmatch(key)
    row = (
        ApiToken.objects.select_related("user")
        .filter(revoked_at=None, expires_at__gt=Now(), user__is_active=True)
        .filter(prefix=match[1] if match else "")
        .first()
    )
    fits = secrets.compare_digest(token_hash(key), row.key_hash if row else _NOBODYS)
    return row if row is not None and fits else None


def note_use(token: ApiToken) -> None:
    """Remember that it was used: now and then, so that reading costs no write."""
    stale = timezone.now() - USED_EVERY
    if token.last_used_at is None or token.last_used_at < stale:
        ApiToken.objects.filter(pk=token.pk).filter(
            Q(last_used_at=None) | Q(last_used_at__lt=stale)
        ).update(last_used_at=Now())


def revoke(token: ApiToken) -> None:
    """End it now. Doing it twice does no harm."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now())


def lacks_second_factor(user: User) -> bool:
    """Whether somebody must set up a second factor before anything else."""
    return bool(settings.REQUIRE_MFA and user.is_lead and not is_mfa_enabled(user))


class EndsTokens:
    """As a password validator, for its hook: a new password ends what was made under the old one.

    A mere upgrade of the stored hash does not come this way.
    """

    def validate(self, password: str, user: Any = None) -> None:
        return None

    def password_changed(self, password: str, user: Any = None) -> None:
        if isinstance(user, User) and user.pk:
            user.api_tokens.filter(revoked_at=None).update(revoked_at=Now())

    def get_help_text(self) -> str:
        return _("A new password ends your API tokens.")
