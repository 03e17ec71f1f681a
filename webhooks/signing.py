"""The Standard Webhooks convention: who holds the secret can tell that a request is ours, whole, and of now."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from webhooks.models import PREFIX


def headers(identifier: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """What goes with the body. While two secrets hold, there is a signature of each."""
    signatures = [signature(secret, identifier, timestamp, body) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Helpdesk-Webhooks/1",
        "Webhook-Id": identifier,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(signatures),
    }


def signature(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body`. `timestamp` is in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    said = f"{identifier}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
