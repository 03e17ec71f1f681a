"""Mail addresses: one spelling, and a way to find one that is kept encrypted."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def normal(email: str) -> str:
    """One spelling for one mailbox, as far as that is safe: dots and tags are left alone."""
    return email.strip().lower()


def digest(email: str) -> str:
    """A keyed hash under the newest key: without the key nobody can try addresses against it."""
    return _digest(email, settings.ENCRYPTION_KEYS[0])


def digests(email: str) -> list[str]:
    """The hashes under all keys, since rows outlive a change of keys."""
    return [_digest(email, key) for key in settings.ENCRYPTION_KEYS]


def _digest(email: str, key: str) -> str:
    return hmac.new(f"address:{key}".encode(), normal(email).encode(), hashlib.sha256).hexdigest()
