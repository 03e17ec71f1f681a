"""Mail addresses: one spelling, and a way to find one that is kept encrypted."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def normal(email: str) -> str:
    """One spelling for one mailbox, as far as that is safe: dots and tags are left alone."""
    return email.strip().lower()


def plain(email: str) -> str:
    """As mail servers know it, its host name in ASCII. Raises ValueError for one that they would not take or take
    for another: a quoted name, an encoded word, a bare number of the network.
    """
    name, _at, domain = email.rpartition("@")
    domain = domain.encode("idna").decode()
    found = f"{name}@{domain}"
    if any(each in found for each in ('"', "=?", "[")):
        raise ValueError("no plain address")
    try:
        validate_email(found)
    except ValidationError:
        raise ValueError("no host name of a mail server") from None
    return found


def mailbox(email: str) -> str:
    """What to count by: names that many services put into one mailbox are one. Never to find or join somebody by."""
    name, _at, domain = normal(email).rpartition("@")
    return digest(f"{name.partition('+')[0].replace('.', '')}@{domain}")


def digest(email: str) -> str:
    """A keyed hash under the newest key: without the key nobody can try addresses against it."""
    return _digest(email, settings.ENCRYPTION_KEYS[0])


def digests(email: str) -> list[str]:
    """The hashes under all keys, since rows outlive a change of keys."""
    return [_digest(email, key) for key in settings.ENCRYPTION_KEYS]


def _digest(email: str, key: str) -> str:
    return hmac.new(f"address:{key}".encode(), normal(email).encode(), hashlib.sha256).hexdigest()
