"""Hints: "there may be work". They may be lost at any time; sweeps find what a lost one left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from redis import RedisError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Sending:
    task: Any
    args: tuple[Any, ...]

    def __call__(self) -> None:
        send(self.task, *self.args)


def hint(task: Any, *args: Any) -> None:
    """Ask for `task(*args)` when the transaction is committed. Never raises: the broker may be away."""
    after_commit(_Sending(task, args))


def after_commit(act: Callable[[], None]) -> None:
    """Do it once when the transaction is committed, however often it is asked for."""
    if not any(waiting == act for _savepoints, waiting, *_ in connection.run_on_commit):
        transaction.on_commit(act, robust=True)


def send(task: Any, *args: Any) -> None:
    """Ask for the task now. `args` are ids, never contents."""
    try:
        task.apply_async(args=args, expires=10, retry=False)
    except (OperationalError, RedisError, OSError) as error:  # RedisError: its memory is full
        log.warning("hint_lost", task=task.name, error=type(error).__name__)
