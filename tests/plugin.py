"""Loaded by `-p tests.plugin`, before Django's settings: services, environment, network block.

The controller (or the only process) starts one PostgreSQL and one Valkey; each xdist worker gets a
database and a Valkey database number of its own.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from typing import Any

import pytest

from helpdesk.locale import compile_all
from tests.services import OwnServices

_OURS = ("HELPDESK_TEST_DATABASE_URL", "HELPDESK_TEST_REDIS_URL")
# Whatever this shell points at, the tests must not reach it.
_FOREIGN = (
    "SITE_URL ALLOWED_HOSTS CACHE_URL BROKER_URL PUBSUB_URL HOST PORT ROLE DEMO REQUIRE_MFA TRUSTED_PROXIES FILES_HOST "
    "DATABASE_URL_DIRECT DATABASE_REPLICA_URL DB_POOL SANDBOX_URL STATIC_ROOT ENCRYPTION_KEYS DEMO_PASSWORD "
    "WEBHOOK_ALLOWED_NETWORKS METRICS_TOKEN STORAGE S3_BUCKET S3_ENDPOINT S3_REGION S3_ACCESS_KEY S3_SECRET_KEY "
    "SENTRY_DSN INBOX_DRAINS"
).split()
_SECRETS = "SECRET_KEY DATABASE_URL REDIS_URL EMAIL_URL".split()
_LOCAL = ("127.0.0.1", "::1", "localhost", "", None)
_services: OwnServices | None = None
_look_up = socket.getaddrinfo


class OutsideLookup(RuntimeError):
    """A test asked for the address of a host outside this machine."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> Generator[None, Any, Any]:
    """Runs around pytest-django's hook, which reads the settings."""
    if not {"--help", "-h", "--version", "-V"} & set(args):
        compile_all()
        _start_services()
        _set_environment(_database_number())
        socket.getaddrinfo = _look_up_local
    try:
        return (yield)
    except BaseException:  # settings that do not load end pytest without pytest_unconfigure
        pytest_unconfigure()
        raise


def pytest_unconfigure() -> None:
    """Stop what this process started."""
    socket.getaddrinfo = _look_up
    if _services is not None:
        _services.close()


def _start_services() -> None:
    global _services
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the controller's environment names them
    _services = OwnServices(durable=False)
    _services.start()
    os.environ[_OURS[0]] = _services.pair.postgres.url()
    os.environ[_OURS[1]] = _services.pair.valkey.url()
    os.environ["FILES_ROOT"] = str(_services.folder / "files")


def _database_number() -> int:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) + 1 if worker else 0


def _set_environment(number: int) -> None:
    for name in (*_FOREIGN, *_SECRETS):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        # Browser tests use Playwright's loop and the ORM in one thread.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        "ENVIRONMENT": "test",
        "SECRET_KEY": "a-key-for-tests-and-for-nothing-else",
        "DATABASE_URL": os.environ[_OURS[0]],
        "REDIS_URL": os.environ[_OURS[1]].replace("?db=0", f"?db={number}"),
        "TELEGRAM_API_BASE": "http://127.0.0.1:9",
    }


def _look_up_local(host: Any, *args: Any, **options: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in _LOCAL:
        raise OutsideLookup(f"Tests may not look up {name!r}.")
    return _look_up(host, *args, **options)
