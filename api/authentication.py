"""Who calls: by `Authorization: Token ...` alone. A browser's cookie opens nothing here, so nothing can be forged."""

from __future__ import annotations

from typing import Any

import structlog
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiToken, TokenScope, User
from accounts.tokens import lacks_second_factor, note_use, token_of
from helpdesk.limits import Bucket, shared_limits

PER_SECOND, BURST = 10, 100
"""Calls of one token."""


class TokenAuthentication(BaseAuthentication):
    """Missing, wrong, ended and revoked tokens, and those of closed accounts, all get the same 401."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        word, _blank, key = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "token":
            return None
        token = token_of(key.strip())
        if token is None:
            raise AuthenticationFailed
        structlog.contextvars.bind_contextvars(token=token.prefix)
        note_use(token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Token realm="api"'


class StaffSession(SessionAuthentication):
    """For reading the schema beside its page: a person who is signed in to the desk."""

    def authenticate_header(self, request: Request) -> str:
        return 'Token realm="api"'


class ScopePermission(BasePermission):
    """A token that only reads changes nothing; a person who must set up a second factor does that first."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not isinstance(user, User):
            return False
        if lacks_second_factor(user):
            raise PermissionDenied(_("Set up two-factor sign-in first."))
        may_write = isinstance(request.auth, ApiToken) and request.auth.scope == TokenScope.WRITE
        if request.method not in SAFE_METHODS and not may_write:
            raise PermissionDenied(_("This token may only read."))
        return True


class TokenLimit(BaseThrottle):
    """A bucket per token, shared by all processes; without Valkey each keeps a slower one of its own."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return True
        bucket = Bucket(f"api:{token.pk}", PER_SECOND, BURST)
        self.seconds = shared_limits().take([bucket])
        return self.seconds == 0

    def wait(self) -> float:
        return max(self.seconds, 1.0)
