"""Headless Chromium of the system, against the application under uvicorn."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.live import LiveApp

if TYPE_CHECKING:
    from accounts.models import User

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--no-sandbox",  # tests run as root in containers, and load only our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium from the system; Playwright's own builds are not downloaded."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("Chromium is not installed, and CI must not skip the browser tests.")
    if found is None:
        pytest.skip("Chromium is not installed: make test installs it as root, through apt.")
    return {**browser_type_launch_args, "executable_path": found, "args": _FLAGS}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], live_app: LiveApp) -> dict[str, Any]:
    """Relative addresses lead to the application."""
    return {
        **browser_context_args,
        "base_url": live_app.url,
        "viewport": {"width": 1280, "height": 800},
    }


@pytest.fixture
def browser_page(page: Page) -> Iterator[Page]:
    """A page on the application; a script error or a refusal by the security policy fails the test."""
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # An answer of 4xx is logged as an error, too, and may be just what a test asks for;
        # so is a request that a newer one has replaced.
        expected = (
            message.text.startswith("Failed to load resource") or "AbortError" in message.text
        )
        if message.type == "error" and not expected:
            problems.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    assert problems == []


@pytest.fixture
def sign_in(context: BrowserContext, live_app: LiveApp) -> Callable[[User], None]:
    """Make the browser a user's: `sign_in(alice)`, then `browser_page.goto("/tickets/")`."""

    def as_user(user: User) -> None:
        context.add_cookies(live_app.cookies_of(user))  # type: ignore[arg-type]

    return as_user
