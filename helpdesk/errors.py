"""Domain errors: what an action may refuse. `helpdesk.middleware.DomainErrors` turns them into HTTP answers."""

from __future__ import annotations


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
