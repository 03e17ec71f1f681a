"""The whole desk as processes on servers of its own, for tests that kill them."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import psycopg
import redis
from psycopg.rows import dict_row

from connectors.sandbox import world
from tests.live import free_port
from tests.sandbox_process import SandboxProcess
from tests.services import OwnServices

CELERY = (sys.executable, "-m", "celery", "-A", "helpdesk")
UVICORN = (sys.executable, "-m", "uvicorn", "helpdesk.asgi:application", "--host", "127.0.0.1")
QUIET = ("--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "3")
PASSWORD = "a password, and a long one"
FIRST = """
from django.core.management import call_command
from accounts.models import Membership, Team, User
call_command("migrate", "--no-input", "--verbosity", "0")
for name, token in {bots!r}:
    call_command("channel", "add", "telegram", "--name", name, "--token", token, "--api-base", {address!r})
for name in ("agent", "other"):
    user = User.objects.create(email=f"{{name}}@desk.example", display_name=name.title(), undo_seconds=0)
    user.set_password({password!r})
    user.save()
    Membership.objects.create(user=user, team=Team.objects.get(), role="lead")
"""
LOST = """
from datetime import timedelta
from tickets.actions.delivery import find_lost
find_lost(patience=timedelta(0))
"""


class Desk:
    """Worker, puller, beat and web; its channels are the bots of a sandbox."""

    def __init__(self, services: OwnServices, sandbox: SandboxProcess, *, bots: int = 1) -> None:
        self.services, self.sandbox = services, sandbox
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        accounts = [(bot.name, bot.token) for bot in world.BOTS[:bots]]
        self.shell(FIRST.format(bots=accounts, address=sandbox.url, password=PASSWORD))
        self.worker = self._celery("worker", "-Q", "celery", "-c", "2")
        self.puller = self._celery("puller", "-Q", "pull", "-P", "threads", "-c", "4")
        beat = (*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", "")
        self.beat = services.spawn("beat", *beat, env=self._env("beat"))
        self.web = services.spawn(
            "web", *UVICORN, "--port", str(self.port), *QUIET, env=self._env("web")
        )
        wait_until(self.answers, 60, "the web process does not start")

    def _celery(self, name: str, *options: str) -> Any:
        quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING")
        argv = (*CELERY, "worker", "-n", f"{name}@%h", *quiet, *options)
        return self.services.spawn(name, *argv, env=self._env("worker"))

    def _env(self, role: str) -> dict[str, str]:
        # Not "test": the pool of connections and the limits belong to what is tried here.
        return {"ROLE": role, "ENVIRONMENT": "local", "SITE_URL": self.url, "PULL_TIMEOUT": "1"}

    # --- Faults

    def restart(self, name: str) -> None:
        """kill -9 of worker, puller, beat or web, and up again."""
        child = getattr(self, name)
        child.kill()
        child.start()

    def restart_valkey(self) -> None:
        """kill -9, and up again with what its append-only file kept."""
        self.services.kill_valkey()
        self.services.start_valkey()

    def restart_postgres(self) -> None:
        """kill -9 of the postmaster, and up again by crash recovery."""
        self.services.kill_postgres()
        self.services.start_postgres()

    def crash_postgres(self) -> None:
        """kill -9 of one backend: all sessions end at once."""
        wait_until(self.services.pair.postgres.ready, 60, "PostgreSQL does not recover")
        self.services.crash_postgres()

    def flush_valkey(self) -> None:
        """FLUSHALL."""
        with redis.Redis.from_url(self.services.pair.valkey.url()) as client:
            client.flushall()

    def stop(self) -> None:
        """kill -9 of everything that changes rows."""
        for child in (self.web, self.beat, self.puller, self.worker):
            child.kill()

    # --- Looking

    def answers(self) -> bool:
        """Whether the web process answers at all."""
        try:
            return httpx.get(f"{self.url}/livez", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def visitor(self) -> httpx.Client:
        """A browser that waits twenty seconds for an answer."""
        return httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    def sign_in(self, who: str = "agent") -> httpx.Client:
        """A browser in which this agent has signed in, with a password, as people do."""
        client = self.visitor()
        answer = self.try_to_sign_in(client, f"{who}@desk.example", PASSWORD)
        assert answer.status_code == 302, answer.text[-2000:]
        return client

    def try_to_sign_in(self, client: httpx.Client, email: str, password: str) -> httpx.Response:
        """Fill in the form."""
        page = client.get("/accounts/login/")
        return client.post(
            "/accounts/login/", data={"login": email, "password": password, **token_of(page)}
        )

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What a query gives; while PostgreSQL is away it is asked again."""
        until = time.monotonic() + 60
        while True:
            try:
                return read(self.services.pair.postgres.url("helpdesk"), query)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def count(self, table: str, where: str = "true") -> int:
        """How many rows."""
        (row,) = self.rows(f"select count(*) from {table} where {where}")
        return int(row["count"])

    def shell(self, code: str, env: Mapping[str, str] | None = None) -> str:
        """Run Python in the desk's own settings."""
        return self.services.manage("shell", "-c", code, env=env)

    def is_drained(self) -> bool:
        """Nothing waits in the inbox or the outbox."""
        waits = self.count("connectors_inboundupdate", "state = 'open'")
        return not waits + self.count("tickets_delivery", "state in ('queued', 'sending')")

    def find_lost(self) -> None:
        """What a dead worker left behind is found after minutes; here the worker is known to be dead."""
        self.worker.kill()
        self.shell(LOST)
        self.worker.start()


def token_of(page: httpx.Response) -> dict[str, str]:
    """The field that every form of the page carries."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert found, page.status_code
    return {"csrfmiddlewaretoken": found[1]}


def read(address: str, query: str) -> list[dict[str, Any]]:
    """The rows of a query on a connection of its own."""
    with psycopg.connect(address, connect_timeout=5) as connection:
        return connection.cursor(row_factory=dict_row).execute(query).fetchall()


def wait_until(is_so: Callable[[], bool], seconds: float, what: str = "it does not come") -> float:
    """Wait for it, and return the seconds that it took. Raises AssertionError when it does not come in time."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < seconds, what
        time.sleep(0.2)
    return time.monotonic() - started
