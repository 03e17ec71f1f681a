"""Refusals as Telegram words them."""

from __future__ import annotations

from connectors.sandbox.state import Json


class Refusal(Exception):
    """`{"ok": false, "error_code": ..., "description": ...}`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def as_json(self) -> Json:
        """The body of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad_request(words: str) -> Refusal:
    """400."""
    return Refusal(400, f"Bad Request: {words}")


def forbidden(words: str) -> Refusal:
    """403."""
    return Refusal(403, f"Forbidden: {words}")


def too_many_requests(seconds: int) -> Refusal:
    """429 with the seconds to wait."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
