from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an admin: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """For pages of the desk itself (`app` is empty) a demo's people are not asked: they came in by a click."""
        if settings.DEMO and not app and getattr(self.request.user, "is_demo", False):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))
