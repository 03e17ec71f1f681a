"""R3 and a part of R12. Valkey or PostgreSQL is away, empty or full: the desk says so, and goes on by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count

import httpx
import pytest
import redis

from tests.chaos.desk import PASSWORD, Desk, wait_until
from tests.chaos.figures import tell
from tests.chaos.size import FULL, sized

AWAY = sized(small=3.0, full=30.0)
"""Seconds of an outage."""
PAGES = ("/tickets/", "/profile/", "/updates/")
_numbers = count(1)
pytestmark = pytest.mark.timeout(sized(small=180, full=300))


@pytest.fixture(scope="module")
def desk(standing_desk: Desk) -> Desk:
    return standing_desk


@pytest.fixture(scope="module")
def agent(desk: Desk) -> Iterator[httpx.Client]:
    client = desk.sign_in()
    yield client
    client.close()


def looks(agent: httpx.Client, seconds: float) -> tuple[set[int], float]:
    """Ask for pages all the time: their statuses, and the longest wait."""
    statuses, longest, until = set(), 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        for page in PAGES:
            asked = time.monotonic()
            statuses.add(agent.get(page).status_code)
            longest = max(longest, time.monotonic() - asked)
    return statuses, longest


def said(desk: Desk) -> str:
    text = f"and here is number {next(_numbers)}"
    desk.sandbox.say("dana", "private", text)
    return text


def arrives(desk: Desk, text: str, within: float) -> float:
    """Seconds until it is a message of a ticket."""
    return wait_until(
        lambda: desk.count("tickets_message", f"text = '{text}'") == 1, within, f"{text} is lost"
    )


def comes_back(agent: httpx.Client) -> None:
    """The pool looks again after growing pauses; until it has found PostgreSQL it is 503, and never 500."""
    seen: list[int] = []

    def is_back() -> bool:
        seen.append(agent.get("/tickets/").status_code)
        return seen[-1] == 200

    took = wait_until(is_back, 60)
    tell("R12", "seconds of 503 after PostgreSQL was back", took, "<= 30")
    assert set(seen) <= {200, 503}
    assert [agent.get("/tickets/").status_code for _each in range(10)] == [200] * 10


def test_an_empty_valkey_costs_nobody_their_session(desk: Desk, agent: httpx.Client) -> None:
    desk.flush_valkey()
    assert agent.get("/tickets/").status_code == 200
    took = arrives(desk, said(desk), 60)
    tell("R3", "seconds from a message to its row after FLUSHALL", took, "<= 10")


def test_a_full_valkey_degrades_and_recovers(desk: Desk, agent: httpx.Client) -> None:
    valkey = redis.Redis.from_url(desk.services.pair.valkey.url())
    valkey.config_set("maxmemory", 1)
    try:
        statuses, _longest = looks(agent, AWAY)
        assert statuses == {200}
        text = said(desk)
        time.sleep(1)
    finally:
        valkey.config_set("maxmemory", 0)
        valkey.close()
    took = arrives(desk, text, 60)
    tell("R3", "seconds until the queue was refilled after a full Valkey", took, "<= 10")
    assert not FULL or took <= 10


def test_without_valkey_pages_come_and_signing_in_stays_shut(
    desk: Desk, agent: httpx.Client
) -> None:
    with desk.visitor() as stranger:
        desk.services.kill_valkey()
        try:
            statuses, longest = looks(agent, AWAY)
            refused = desk.try_to_sign_in(stranger, "agent@desk.example", PASSWORD)
            text = said(desk)
        finally:
            desk.services.start_valkey()
    assert statuses == {200}
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    took = arrives(desk, text, 60)
    tell("R3", "longest wait for a page without Valkey, ms", longest * 1000, "p95 < 1000")
    tell("R3", "seconds until the queue was refilled after the outage", took, "<= 10")
    assert not FULL or took <= 10
    desk.sign_in("other").close()


def test_without_postgresql_it_is_503_and_then_all_is_well(desk: Desk, agent: httpx.Client) -> None:
    desk.services.kill_postgres()
    try:
        refused = [agent.get(page) for page in (*PAGES, "/readyz")]
        alive = desk.answers()
    finally:
        desk.services.start_postgres()
    assert {each.status_code for each in refused} == {503}
    assert all(each.headers["Retry-After"] for each in refused[:-1])
    assert alive
    comes_back(agent)
    arrives(desk, said(desk), 60)


def test_a_crash_of_postgresql_is_over_when_it_is_over(desk: Desk, agent: httpx.Client) -> None:
    desk.crash_postgres()
    wait_until(desk.services.pair.postgres.ready, 60)
    comes_back(agent)
    arrives(desk, said(desk), 60)
