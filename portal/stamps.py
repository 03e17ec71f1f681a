"""The stamp in a form: who made it and when, and the key that makes two submits of it one.

The key is 256 random bits of ours, sealed so that nobody can choose their own. The request is stored once under what
derives from it, and it is the secret of the tracking link, of which only the hash is kept. So whatever is sent again
(a double click, the back button, a proxy, after a crash between commit and answer) gets the same request and the same
page, and no secret has to be stored for that.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from helpdesk import crypto

_PURPOSE = "form"


@dataclass(frozen=True, slots=True)
class Stamp:
    """`made_at` in seconds since 1970."""

    key: str
    made_at: float

    @property
    def age(self) -> float:
        """Seconds."""
        return time.time() - self.made_at

    @property
    def token_hash(self) -> str:
        return crypto.token_hash(self.key)

    @property
    def place(self) -> str:
        """What names the request's conversation and its requester; it tells nothing of the key."""
        return hashlib.sha256(f"place:{self.key}".encode()).hexdigest()[:32]

    def sealed(self) -> str:
        return crypto.seal(_PURPOSE, self.key, self.made_at)


def new_stamp() -> Stamp:
    return Stamp(crypto.new_token(), time.time())


def read_stamp(sealed: str) -> Stamp | None:
    """The stamp of a form of ours; None for anything else."""
    try:
        key, made_at = crypto.unseal(_PURPOSE, sealed)
    except ValueError:
        return None
    return Stamp(key, made_at)
