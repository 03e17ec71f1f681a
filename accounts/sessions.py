"""Who a session belongs to, for what outlives or stands beside a request: the live stream, links to files."""

from __future__ import annotations

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from accounts.models import User


def user_of(session_key: str) -> User | None:
    """Whoever this session belongs to now; None when it has ended, or its user may not come in any more."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None
