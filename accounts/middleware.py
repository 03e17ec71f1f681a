"""What a request is for this viewer: their language, their time zone, and whether they must set up a second factor."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation

from accounts.models import User
from accounts.tokens import lacks_second_factor

OPEN_WITHOUT_MFA = ("/accounts/", "/static/", "/livez", "/readyz")


class Viewer:
    """Runs after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            with translation.override(translation.get_language_from_request(request)):
                return self.get_response(request)
        if self._must_enrol(request, user):
            return redirect("mfa_activate_totp")
        with translation.override(user.ui_language), timezone.override(ZoneInfo(user.time_zone)):
            response = self.get_response(request)
        # After signing out, the browser's Back button must not show what customers wrote.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def _must_enrol(self, request: HttpRequest, user: User) -> bool:
        return not request.path.startswith(OPEN_WITHOUT_MFA) and lacks_second_factor(user)
