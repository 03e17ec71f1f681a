"""Hints: "there may be work". They may be lost at any time; sweeps find what a lost one left behind."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def hint(task: Any, *args: Any) -> None:
    """Ask for `task(*args)` once the transaction is committed. Never raises: the broker may be away."""
    transaction.on_commit(lambda: send(task, *args), robust=True)


def send(task: Any, *args: Any) -> None:
    """Ask for the task now. `args` are ids, never contents."""
    try:
        task.apply_async(args=args, expires=10, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("hint_lost", task=task.name, error=type(error).__name__)
