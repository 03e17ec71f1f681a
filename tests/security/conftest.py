"""The browser's fixtures, as the tests of the look have them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from tests import cast
from tests.browser.conftest import (
    browser_context_args,
    browser_page,
    browser_type_launch_args,
    sign_in,
)

_CHEAP = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture
def cheap_passwords(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in costs nothing: for tests that do it often."""
    settings.PASSWORD_HASHERS = [_CHEAP, *settings.PASSWORD_HASHERS]
    cheap = make_password(cast.PASSWORD)
    monkeypatch.setattr(cast, "_password_hash", lambda: cheap)


__all__ = ["browser_context_args", "browser_page", "browser_type_launch_args", "sign_in"]
