"""Reading from a copy of the database (DATABASE_REPLICA_URL), which may be some seconds behind.

For reports and exports only: whoever has just changed something must see it, so everything else asks the server itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import connection

_is_reading: ContextVar[bool] = ContextVar("reading_from_replica", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Inside, questions go to the replica until something is written; within a transaction none does."""
    token = _is_reading.set("replica" in settings.DATABASES and not connection.in_atomic_block)
    try:
        yield
    finally:
        _is_reading.reset(token)


class Router:
    """Where Django sends a question. A row that came from the replica is saved on the server itself."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica" if _is_reading.get() else "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """From here on the replica may be behind what this request has done."""
        _is_reading.set(False)
        return "default"

    def allow_relation(self, *rows: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"
