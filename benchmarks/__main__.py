"""Start a PostgreSQL and a Valkey of our own, fill them with `SIZE` tickets, measure, print, and remove them.

SIZE=200000 python -m benchmarks           everything
SIZE=10000 python -m benchmarks pages live  only these parts
"""

from __future__ import annotations

import os
import sys

import django

from helpdesk.locale import compile_all
from tests.services import OwnServices

PARTS = ("pages", "api", "live", "intake", "sweep")
FOREIGN = (
    "SITE_URL ALLOWED_HOSTS CACHE_URL BROKER_URL PUBSUB_URL TRUSTED_PROXIES FILES_HOST DB_POOL "
    "REQUIRE_MFA DEMO"
).split()


def main() -> None:
    size = int(os.environ.get("SIZE") or 10_000)
    parts = tuple(sys.argv[1:]) or PARTS
    if unknown := set(parts) - set(PARTS):
        sys.exit(f"Unknown: {' '.join(sorted(unknown))}. There are: {' '.join(PARTS)}")
    compile_all()
    with OwnServices(durable=True) as services:
        _enter(services)
        services.manage("migrate")
        django.setup()
        # Only now: the models want settings, the settings want the services.
        from benchmarks import report
        from benchmarks.run import run

        report.say(f"\n{report.write(run(size, parts))}")


def _enter(services: OwnServices) -> None:
    """This process and its children use these services and no others."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        "ENVIRONMENT": "local",
        "SECRET_KEY": "a-key-for-benchmarks-and-for-nothing-else",
        "TELEGRAM_API_BASE": "http://127.0.0.1:9",
    }
    os.environ |= services.env()


if __name__ == "__main__":
    main()
