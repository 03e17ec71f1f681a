"""Rate limits that all processes share: token buckets in Valkey.

A bucket is one number, the time at which it will be empty again (the generic cell rate algorithm). Without Valkey
nothing stands still: each process then keeps buckets of its own, and fills them at a quarter of the pace, since
it does not see what the others send.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 86_400.0
ALONE_PACE = 0.25
_TIMEOUT = 1.0
_SULK = 1.0
_MOST_LOCAL = 10_000

# All or none: a token of the bot's bucket must not be lost because the chat's bucket is empty.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost = tonumber(ARGV[1])
local wait, empty_at = 0, {}
for i, key in ipairs(KEYS) do
  empty_at[i] = math.max(tonumber(redis.call('GET', key) or 0) or 0, now)
  wait = math.max(wait, empty_at[i] - tonumber(ARGV[2 * i + 1]) - now)
end
if wait > 0 then return math.ceil(wait) end
for i, key in ipairs(KEYS) do
  local value = empty_at[i] + tonumber(ARGV[2 * i]) * cost
  redis.call('SET', key, string.format('%.3f', value), 'PX', math.ceil(value - now))
end
return 0
"""
_PAUSE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local value = now + tonumber(ARGV[1]) + tonumber(ARGV[2])
value = math.max(value, tonumber(redis.call('GET', KEYS[1]) or 0) or 0)
redis.call('SET', KEYS[1], string.format('%.3f', value), 'PX', math.ceil(value - now))
return 0
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`burst` at once, then `per_second` (a fraction for slower ones). Equal keys are one bucket."""

    key: str
    per_second: float
    burst: int = 1

    @property
    def interval(self) -> float:
        """Milliseconds in which one token comes back."""
        return 1000 / self.per_second

    @property
    def slack(self) -> float:
        """Milliseconds by which a taker may be ahead of the even pace."""
        return self.interval * (self.burst - 1)


class Limits:
    """The buckets in one Valkey. Safe in threads and over forks; no method raises because Valkey is away."""

    def __init__(self, url: str) -> None:
        # One immediate try more: the pool's connection may be from before Valkey's restart.
        client: redis.Redis = redis.Redis.from_url(
            url,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 1),
        )
        self._take = client.register_script(_TAKE)
        self._pause = client.register_script(_PAUSE)
        self._alone = _Alone()
        self._away_until = 0.0

    def take(self, buckets: Sequence[Bucket], *, cost: int = 1) -> float:
        """Take `cost` tokens of every bucket and return 0.0, or take none and return the seconds to wait.

        A full bucket gives a cost above its burst, too, and is then empty for the longer.
        """
        numbers = [value for bucket in buckets for value in (bucket.interval, bucket.slack)]
        wait = self._run(self._take, [bucket.key for bucket in buckets], [cost, *numbers])
        return self._alone.take(buckets, cost) if wait is None else wait / 1000

    def pause(self, bucket: Bucket, seconds: float) -> None:
        """Give nothing from the bucket for `seconds` (a day at most); never shortens a longer pause."""
        seconds = min(seconds, LONGEST_PAUSE)
        if self._run(self._pause, [bucket.key], [seconds * 1000, bucket.slack]) is None:
            self._alone.pause(bucket, seconds)

    def _run(self, script: Any, keys: list[str], arguments: list[float]) -> int | None:
        """The script's answer, or None without Valkey, which is then left alone for a second."""
        if monotonic() < self._away_until:
            return None
        try:
            return int(script(keys=[f"limit:{key}" for key in keys], args=arguments))
        except (redis.RedisError, OSError) as error:
            self._away_until = monotonic() + _SULK
            log.warning("limits_without_valkey", error=type(error).__name__)
            return None


class _Alone:
    """The same buckets in this process, for the time without Valkey."""

    def __init__(self) -> None:
        self._empty_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, buckets: Sequence[Bucket], cost: int) -> float:
        now = monotonic() * 1000
        with self._lock:
            empty_at = {bucket: max(self._empty_at.get(bucket.key, 0.0), now) for bucket in buckets}
            wait = max((at - bucket.slack - now for bucket, at in empty_at.items()), default=0.0)
            if wait > 0:
                return wait / 1000
            self._forget(now)
            for bucket, at in empty_at.items():
                self._empty_at[bucket.key] = at + bucket.interval * cost / ALONE_PACE
        return 0.0

    def pause(self, bucket: Bucket, seconds: float) -> None:
        until = (monotonic() + seconds) * 1000 + bucket.slack
        with self._lock:
            self._empty_at[bucket.key] = max(until, self._empty_at.get(bucket.key, 0.0))

    def _forget(self, now: float) -> None:
        if len(self._empty_at) > _MOST_LOCAL:
            self._empty_at = {key: at for key, at in self._empty_at.items() if at > now}


@cache
def shared_limits() -> Limits:
    """The buckets of this installation, in `settings.REDIS_URL`."""
    from django.conf import settings

    return Limits(settings.REDIS_URL)
