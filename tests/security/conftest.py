"""The browser's fixtures, as the tests of the look have them."""

from __future__ import annotations

from tests.browser.conftest import (
    browser_context_args,
    browser_page,
    browser_type_launch_args,
    sign_in,
)

__all__ = ["browser_context_args", "browser_page", "browser_type_launch_args", "sign_in"]
