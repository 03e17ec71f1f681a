"""The one world of this process."""

from __future__ import annotations

from functools import cache

from connectors.sandbox.settings import SANDBOX_JOURNAL
from connectors.sandbox.stage import Sandbox


@cache
def the_sandbox() -> Sandbox:
    """Opened at first use, from the journal that the settings name."""
    return Sandbox(SANDBOX_JOURNAL)
