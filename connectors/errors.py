from __future__ import annotations


class DoorError(Exception):
    """The service could not be asked. `reason` is for the channel's page and holds no token and no payload."""

    def __init__(self, reason: str, *, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        """Seconds before the next try makes sense."""
