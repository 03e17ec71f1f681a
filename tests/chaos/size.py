"""How much of it: small within the suite, full by `make chaos` (CHAOS_SIZE=full)."""

from __future__ import annotations

import os
from typing import TypeVar

FULL = os.environ.get("CHAOS_SIZE") == "full"
MESSAGES = int(os.environ.get("CHAOS_MESSAGES") or (100_000 if FULL else 600))
"""What the storm brings in all."""

T = TypeVar("T")


def sized(*, small: T, full: T) -> T:
    """The value for this run. What a machine's speed decides is asserted at full size only."""
    return full if FULL else small
