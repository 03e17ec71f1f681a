"""The one world of this process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from connectors.sandbox.stage import Sandbox


@cache
def the_sandbox() -> Sandbox:
    """Opened at first use, from the journal that the settings name."""
    return Sandbox(Path(settings.SANDBOX_JOURNAL))
