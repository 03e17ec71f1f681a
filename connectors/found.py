"""What a service says when it is asked how things stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """About a channel as a whole."""

    config: dict[str, Any]
    """As `Channel.config`."""
    hook_url: str = ""
    hook_error: str = ""
    """Why the service could not deliver lately; empty if it could."""
    hook_error_at: datetime | None = None
    waiting: int = 0
    """Updates that it has not yet handed over."""


@dataclass(frozen=True, slots=True)
class Rights:
    """About one group: what we are there, in the service's word, and what we may do."""

    status: str
    may_delete: bool = False
    may_restrict: bool = False
