"""What every page of webhooks begins with: they are the admins' alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from accounts import capabilities
from accounts.models import User

View = Callable[..., HttpResponse]


def admins_only(view: View) -> View:
    """Signed in, and allowed to manage webhooks; whether a row exists is nobody else's to learn."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        capabilities.require(actor(request), capabilities.WEBHOOKS_MANAGE)
        return view(request, *args, **kwargs)

    return checked


def actor(request: HttpRequest) -> User:
    return cast(User, request.user)
