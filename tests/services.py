"""PostgreSQL and Valkey for tests, started from the wheels in a temporary directory."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql

from helpdesk.embedded.pair import Pair, Passwords
from helpdesk.embedded.places import lay_out_in
from helpdesk.embedded.process import Child, Spec, Tether

BASE_DIR = Path(__file__).resolve().parent.parent


class OwnServices:
    """A cluster and a Valkey of a test's own, which it may kill, flush and start again.

    >>> with OwnServices() as services:
    ...     services.manage("migrate")
    ...     worker = services.spawn("worker", ".venv/bin/celery", "-A", "helpdesk", "worker")
    ...     services.kill_valkey(); services.start_valkey()
    """

    def __init__(self, *, durable: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="helpdesk-test-"))
        self._log = (self.folder / "services.log").open("ab")
        self._rope = Tether()
        self._spawned: list[Child] = []
        places = lay_out_in(self.folder, BASE_DIR)
        self.pair = Pair(places, Passwords.random(), self._child, durable=durable)

    def __enter__(self) -> OwnServices:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Start both services and wait until they answer."""
        self.pair.start()

    def close(self) -> None:
        """Kill what was spawned and both services, and remove their directory."""
        for child in (*self._spawned, self.pair.valkey_child, self.pair.postgres_child):
            child.kill()
        self._rope.close()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def env(self, database: str = "helpdesk") -> dict[str, str]:
        """The whole environment for a process that shall use these services."""
        return {
            **os.environ,
            "DATABASE_URL": self.pair.postgres.url(database),
            "REDIS_URL": self.pair.valkey.url(),
            "FILES_ROOT": str(self.folder / "files"),
        }

    def log(self) -> str:
        """What the services and the spawned processes have printed."""
        return (self.folder / "services.log").read_text(errors="replace")

    # --- Processes of ours on these services

    def manage(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run manage.py and return what it printed. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command,
            env={**self.env(), **(env or {})},
            cwd=BASE_DIR,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def spawn(self, name: str, *argv: str, env: Mapping[str, str] | None = None) -> Child:
        """Start a process in a group of its own; `.kill()` is kill -9 to all of it, `.start()` runs it again."""
        spec = Spec(name, argv, {**self.env(), **(env or {})}, cwd=BASE_DIR)
        child = self._child(spec)
        child.start()
        self._spawned.append(child)
        return child

    def _child(self, spec: Spec) -> Child:
        return Child(spec, self._rope, self._log)

    # --- Faults

    def kill_postgres(self) -> None:
        """kill -9 of the postmaster; its backends follow by themselves."""
        self.pair.postgres_child.kill()

    def crash_postgres(self) -> None:
        """kill -9 of one backend: PostgreSQL ends all sessions, recovers and goes on."""
        with psycopg.connect(self.pair.postgres.url("postgres"), autocommit=True) as connection:
            row = connection.execute("select pg_backend_pid()").fetchone()
            assert row
            os.kill(row[0], signal.SIGKILL)

    def start_postgres(self) -> None:
        """Start it again and wait for crash recovery."""
        self.pair.start_postgres()

    def kill_valkey(self) -> None:
        """kill -9."""
        self.pair.valkey_child.kill()

    def start_valkey(self) -> None:
        """Start it again; it has what its append-only file kept."""
        self.pair.start_valkey()

    def new_database(self, name: str, template: str = "helpdesk") -> str:
        """A copy of a database that nobody uses at present; returns its address."""
        statement = sql.SQL("create database {} template {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with psycopg.connect(self.pair.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)
        return self.pair.postgres.url(name)
