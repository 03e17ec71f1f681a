from __future__ import annotations


class DoorError(Exception):
    """The service could not be asked. `reason` is for the channel's page and holds no token and no payload."""

    def __init__(self, reason: str, *, retry_after: float = 0.0, code: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        """Seconds before the next try makes sense."""
        self.code = code
        """The status of the answer; 0 when there was none."""

    @property
    def is_refused_token(self) -> bool:
        """The service knows no such account: only a new token helps."""
        return self.code in (401, 404)

    @property
    def is_conflict(self) -> bool:
        """Somebody else gets what should come to us."""
        return self.code == 409
