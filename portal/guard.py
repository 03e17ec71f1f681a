"""Against machines that fill in forms: what makes a submit doubtful, and the work that settles the doubt.

Nobody is refused. Whole countries share the exits of a few VPNs, so an address that sends a lot proves little: it gets
a puzzle, which a browser solves by itself in a second or two. Valkey away, each process counts for itself.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files import File
from django.http import HttpRequest

from helpdesk import crypto
from portal.limits import within
from portal.stamps import Stamp

HOUR = 3600
QUICKEST = 3.0
"""Seconds. Nobody reads the form and writes a message in less."""
STALE = 24 * HOUR
BITS = 15
"""Leading zero bits: 33,000 tries on average, a second or two in a browser."""
PUZZLE_LASTS = HOUR
_PURPOSE = "puzzle"
PATIENCE = 60
"""Seconds that somebody without JavaScript waits instead; a few times an hour for one address."""

FILES = 100
"""Of usual size, in an hour for one address: each is kept, and a small one may be a picture that takes seconds to draw.
No puzzle settles more of them."""
USUAL = 4 * 2**20


def client_address(request: HttpRequest) -> str:
    """Whom to count: the address that our outermost proxy saw. With IPv6 one household has a whole /64, and is one."""
    seen = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if settings.TRUSTED_PROXIES and len(forwarded) >= settings.TRUSTED_PROXIES:
        seen = forwarded[-settings.TRUSTED_PROXIES].strip()
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_doubtful(request: HttpRequest, stamp: Stamp | None) -> bool:
    """No form of ours, one that lay too long or came back at once, a field that nobody sees, or one too many."""
    if stamp is None or request.POST.get("website"):
        return True
    quick = settings.FORM_LIMITS and stamp.age < QUICKEST
    return quick or stamp.age > STALE or not within("ip", client_address(request), per_hour=5)


def may_bring(request: HttpRequest, files: Sequence[File[Any]]) -> bool:
    """Whether this address may have these files stored now."""
    cost = sum(1 + (file.size or 0) // USUAL for file in files)
    return not cost or within("files", client_address(request), per_hour=FILES, cost=cost)


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Find a number so that SHA-256 of "sealed:number" starts with `bits` zero bits. It fits one form, so one use."""

    sealed: str
    bits: int = BITS
    patience: int = PATIENCE


def new_puzzle(stamp: Stamp) -> Puzzle:
    return Puzzle(crypto.seal(_PURPOSE, stamp.token_hash, time.time(), BITS))


def is_settled(request: HttpRequest, stamp: Stamp | None) -> bool:
    """Whether the puzzle of this very form was solved, or waited for."""
    sealed, solution = request.POST.get("puzzle", ""), request.POST.get("solution", "")
    try:
        token_hash, made_at, bits = crypto.unseal(_PURPOSE, sealed, ttl=PUZZLE_LASTS)
    except ValueError:
        return False
    if stamp is None or stamp.token_hash != token_hash:
        return False
    if is_solution(sealed, solution, bits):
        return True
    waited = time.time() - made_at >= PATIENCE
    return waited and within("slow", client_address(request), per_hour=6)


def is_solution(sealed: str, solution: str, bits: int) -> bool:
    if not (solution.isascii() and solution.isdigit() and len(solution) < 12):
        return False
    found = hashlib.sha256(f"{sealed}:{solution}".encode()).digest()
    return int.from_bytes(found) >> (256 - bits) == 0
