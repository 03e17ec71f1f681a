"""How fast a bot may send: token buckets with Telegram's figures, which it does not publish exactly."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

PER_CHAT = (5.0, 1.0)
PER_GROUP = (20.0, 20 / 60)
PER_BOT = (30.0, 30.0)


@dataclass
class Bucket:
    """Holds up to `size` tokens and gains `rate` of them a second."""

    size: float
    rate: float
    level: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.at = self.size, time.monotonic()

    def missing(self, wanted: int) -> float:
        """Seconds until `wanted` tokens are there; 0.0 if they are."""
        now = time.monotonic()
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, min(float(wanted), self.size) - self.level) / self.rate


class Limits:
    """All buckets of all bots."""

    def __init__(self) -> None:
        self.on = True
        self._buckets: dict[str, Bucket] = {}

    def take(self, bot_id: int, chat_key: str, *, group: bool, messages: int) -> int:
        """0 if they may go now; else the seconds to wait, and nothing is taken."""
        if not self.on:
            return 0
        sizes = {f"{bot_id}": PER_BOT, f"{bot_id}|{chat_key}": PER_CHAT}
        if group:
            sizes[f"{bot_id}|{chat_key}|minute"] = PER_GROUP
        buckets = [self._buckets.setdefault(key, Bucket(*size)) for key, size in sizes.items()]
        wait = max(bucket.missing(messages) for bucket in buckets)
        if wait > 0:
            return math.ceil(wait)
        for bucket in buckets:
            bucket.level -= messages
        return 0

    def forget(self) -> None:
        """Fill every bucket again."""
        self._buckets.clear()
