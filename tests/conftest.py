"""Fixtures for every test. PostgreSQL and Valkey are there already: tests/plugin.py started them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.services import OwnServices


@pytest.fixture
def valkey() -> Iterator[redis.Redis]:
    """This worker's Valkey database, empty before and after the test."""
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def fault_services() -> Iterator[OwnServices]:
    """A PostgreSQL and a Valkey of this test's own, safe to kill (see tests/services.py)."""
    with OwnServices() as services:
        yield services
