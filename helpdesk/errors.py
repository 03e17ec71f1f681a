"""Domain errors: what an action may refuse. `helpdesk.middleware.DomainErrors` turns them into HTTP answers."""

from __future__ import annotations

import errno

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_AWAY = ("08", "53", "55", "57", "58")
"""SQLSTATE classes: no connection, no resources (a full disk), lock not to be had, shutdown, I/O."""


def is_database_away(error: BaseException | None) -> bool:
    """Whether PostgreSQL could not be asked, or could not answer now: trying again later makes sense."""
    if not isinstance(error, DatabaseError):
        return False
    code = getattr(error.__cause__, "sqlstate", None) or ""
    if not code:
        return isinstance(error, (OperationalError, InterfaceError))
    return (
        code[:2] in _AWAY or code == "25006"
    )  # only for reading: a standby, or a primary on its way out


def may_work_later(error: BaseException | None) -> bool:
    """Whether it is the database, or the disk for files (full or read-only), that cannot do it now."""
    return is_database_away(error) or (isinstance(error, OSError) and error.errno in _NO_ROOM)


class DomainError(Exception):
    """A refusal that a person may read. `status` is the HTTP status of the answer."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(DomainError):
    """The person sees the row but may not do this with it."""

    status = 403


class Conflict(DomainError):
    """The row has changed since the person looked."""

    status = 409


class Invalid(DomainError):
    """What was asked makes no sense for this row."""

    status = 422
