"""Fixtures for every test. PostgreSQL and Valkey run already: tests/plugin.py started them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import redis

from tests.live import LiveApp
from tests.services import OwnServices

if TYPE_CHECKING:
    from tests.cast import Desk, Outside
    from tests.sandbox_process import SandboxProcess
    from tickets.models import Channel


_COMMITS = {"transactional_db", "django_db_reset_sequences", "live_server"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order, after the shuffle: tests that commit rows come late, browser tests last.

    A committing test leaves the tables empty, those that migrations filled, too; it gets them back
    at its own start. Playwright's loop stays in the thread, and asyncio.run() refuses to run beside it.
    """
    for item in filter(_commits, items):
        item.fixturenames.append("django_db_serialized_rollback")  # type: ignore[attr-defined]
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None, _commits(item)))


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = marker is not None and bool(marker.kwargs.get("transaction"))
    return asked or not _COMMITS.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says, at DEBUG and with tracebacks."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root = logging.getLogger()
    handler.setFormatter(root.handlers[0].formatter if root.handlers else None)
    levels = {name: logging.getLogger(name).level for name in ("", "httpx", "httpcore")}
    root.addHandler(handler)
    yield out
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


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


@pytest.fixture(scope="session")
def _live_process(django_db_setup: None) -> Iterator[LiveApp]:
    from django.db import connection

    app = LiveApp(str(connection.settings_dict["NAME"]))
    try:
        app.start()
        yield app
    finally:
        app.close()


@pytest.fixture
def live_app(transactional_db: None, _live_process: LiveApp) -> LiveApp:
    """The web application under uvicorn, on this test's database: rows are committed, and gone afterwards."""
    return _live_process


@pytest.fixture
def desk(db: None) -> Desk:
    """Alice (agent) and Bob (lead) of one team, Carol (agent) of another, an admin, and one who is gone."""
    from tests.cast import people

    return people()


@pytest.fixture
def outside(desk: Desk) -> Outside:
    """A bot of Alice's team, and people who write to it."""
    from tests.cast import Outside, telegram_channel

    return Outside(telegram_channel(desk.team))


@pytest.fixture(scope="session")
def _sandbox_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    from tests.sandbox_process import SandboxProcess

    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture
def bot_api(_sandbox_running: SandboxProcess, valkey: redis.Redis) -> SandboxProcess:
    """A Bot API of our own, as it is in the beginning, and full token buckets."""
    _sandbox_running.reset()
    _sandbox_running.limits(False)
    return _sandbox_running


@pytest.fixture
def channel(desk: Desk, bot_api: SandboxProcess) -> Channel:
    """A channel of Alice's team whose service is `bot_api`."""
    from tests.cast import telegram_channel

    return telegram_channel(
        desk.team, token=bot_api.token, api_base=bot_api.url, mode="pull", config={}
    )
