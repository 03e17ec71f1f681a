"""Secrets: what is kept encrypted, what is given away sealed, and tokens of which only the hash is kept."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
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


def seal(purpose: str, *values: Any) -> str:
    """JSON values in a token that nobody else can read or make, and that opens for the same purpose only."""
    return encrypt(json.dumps([purpose, *values]))


def unseal(purpose: str, token: str, *, ttl: int | None = None) -> list[Any]:
    """The values again. Raises ValueError for what was not sealed for this, or is older than `ttl` seconds."""
    said = json.loads(decrypt(token, ttl=ttl))
    if not isinstance(said, list) or said[:1] != [purpose]:
        raise ValueError("It was sealed for another purpose.")
    return said[1:]


def new_token() -> str:
    """256 random bits in 43 letters that an address can carry."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token. It needs no salt: nobody guesses 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


class EncryptedField(_TextField):
    """A text column that is encrypted in the database. It cannot be searched, and forms must never render it."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value
