"""Token buckets: exact in Valkey, slower but never stuck without it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
import redis
from django.conf import settings

from helpdesk import limits as module
from helpdesk.limits import Bucket, Limits, shared_limits

NOWHERE = "redis://127.0.0.1:9/0"
FAST = Bucket("fast", per_second=1000, burst=100)
SLOW = Bucket("slow", per_second=0.5, burst=2)


@pytest.fixture
def limits(valkey: redis.Redis) -> Limits:
    return Limits(settings.REDIS_URL)


def test_a_burst_then_the_pace(limits: Limits) -> None:
    assert [limits.take([SLOW]) for _ in range(2)] == [0.0, 0.0]
    assert 1.9 < limits.take([SLOW]) <= 2.0


def test_refused_is_not_taken(limits: Limits) -> None:
    """Asking again and again must not put the answer off."""
    bucket = Bucket("b", per_second=10)
    assert limits.take([bucket]) == 0
    begin = monotonic()
    while wait := limits.take([bucket]):
        sleep(min(wait, 0.02))
    assert 0.05 < monotonic() - begin < 1


def test_all_or_none(limits: Limits) -> None:
    other = Bucket("other", per_second=0.5)
    assert limits.take([SLOW, other]) == 0
    assert limits.take([SLOW, other]) > 0
    assert limits.take([SLOW]) == 0


def test_a_cost_above_the_burst_is_given_and_paid_for(limits: Limits) -> None:
    assert limits.take([SLOW], cost=5) == 0
    assert 7.5 < limits.take([SLOW]) <= 8


def test_what_many_take_at_once_is_counted(limits: Limits) -> None:
    bucket = Bucket("many", per_second=0.01, burst=20)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: limits.take([bucket]), range(60)))
    assert results.count(0.0) == 20


def test_buckets_forget_themselves(limits: Limits, valkey: redis.Redis) -> None:
    limits.take([SLOW])
    lifetimes = [valkey.pttl(key) for key in valkey.scan_iter()]
    assert len(lifetimes) == 1
    assert 0 < lifetimes[0] <= 2001


def test_a_pause_holds_for_everybody_and_is_never_shortened(limits: Limits) -> None:
    limits.pause(FAST, 60)
    limits.pause(FAST, 1)
    assert 59 < Limits(settings.REDIS_URL).take([FAST]) <= 60


def test_a_pause_is_a_day_at_most(limits: Limits) -> None:
    limits.pause(FAST, 1e18)
    assert limits.take([FAST]) <= module.LONGEST_PAUSE


def test_a_flushed_valkey_starts_anew(limits: Limits, valkey: redis.Redis) -> None:
    limits.pause(SLOW, 60)
    valkey.flushdb()
    valkey.script_flush()
    assert limits.take([SLOW]) == 0


def test_rubbish_in_a_bucket_is_an_empty_bucket(limits: Limits, valkey: redis.Redis) -> None:
    valkey.set("limit:slow", "rubbish")
    assert limits.take([SLOW]) == 0


# --- Without Valkey ----------------------------------------------------------------------------------------------


def test_without_valkey_sending_goes_on_slower() -> None:
    alone = Limits(NOWHERE)
    bucket = Bucket("b", per_second=1)
    assert alone.take([bucket]) == 0
    assert 3.9 < alone.take([bucket]) <= 4


def test_without_valkey_a_pause_still_holds_here() -> None:
    alone = Limits(NOWHERE)
    alone.pause(FAST, 60)
    assert 59 < alone.take([FAST]) <= 60


def test_without_valkey_all_or_none() -> None:
    alone = Limits(NOWHERE)
    alone.pause(SLOW, 60)
    bucket = Bucket("b", per_second=0.1)
    assert alone.take([bucket, SLOW]) > 0
    assert alone.take([bucket]) == 0


def test_a_valkey_that_hangs_is_not_asked_each_time() -> None:
    alone = Limits(NOWHERE)
    alone.take([FAST])
    begin = monotonic()
    for _ in range(200):
        alone.take([FAST])
    assert monotonic() - begin < 0.5


def test_what_is_remembered_here_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_LOCAL", 50)
    alone = module._Alone()
    for number in range(300):
        alone.take([Bucket(f"b{number}", per_second=1e9)], 1)
    assert len(alone._empty_at) <= 52


def test_the_installations_buckets_are_made_once() -> None:
    assert shared_limits() is shared_limits()
