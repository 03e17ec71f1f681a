"""Encryption at rest for the few values that must be kept but never shown: connector tokens."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField  # only the stubs know it as generic


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    # A key of any length is stretched to Fernet's 32 bytes; the first one encrypts, all of them decrypt.
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.blake2b(key.encode(), digest_size=32).digest()))
            for key in keys
        ]
    )


def encrypt(value: str) -> str:
    """The value as an opaque token under the newest key."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(value.encode()).decode()


def decrypt(token: str, *, ttl: int | None = None) -> str:
    """The value again. Raises ValueError when no key fits, or when it is older than `ttl` seconds."""
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode(), ttl).decode()
    except InvalidToken as error:
        raise ValueError("No key in ENCRYPTION_KEYS fits this value, or it is too old.") from error


class EncryptedField(_TextField):
    """A text column that is encrypted in the database. It cannot be searched, and forms must never render it."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value
