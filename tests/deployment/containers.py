"""The services of docker-compose.yml without containers: each one's exact command, as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from helpdesk.embedded.places import own_directory
from helpdesk.embedded.process import Child, Spec, Tether
from tests.deployment.compose import BASE_DIR, SERVICES, copy_of_the_image, environment
from tests.live import free_port
from tests.services import OwnServices

LONG = ("web", "worker", "puller", "webhooks", "beat")
WITHIN = 60.0  # seconds, on a busy machine
_BUILD = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "SITE_URL": "http://127.0.0.1",
    "SECRET_KEY": os.urandom(32).hex(),
}
_POOLER = """\
[databases]
* = host={sockets}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = 8
max_client_conn = 200
stats_users = helpdesk
"""


class Containers:
    """The tree of the image, its secrets, and the processes on `services`, reached at `url`."""

    def __init__(self, folder: Path, services: OwnServices) -> None:
        self.folder, self.services = folder, services
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tree = copy_of_the_image(folder / "app")
        self._rope = Tether()
        self._log = (folder / "containers.log").open("ab")
        self._children: list[Child] = []
        self._build()
        self._make_secrets()

    def migrate(self) -> None:
        """The one-shot job, on the server itself."""
        self._write_secret("database_url", self.services.pair.postgres.url())
        self.run("migrate", SERVICES["migrate"]["command"], {})

    def start(self, database_url: str, pool: str = "psycopg") -> None:
        """All that run long; healthy when it returns."""
        self._write_secret("database_url", database_url)
        values = {"SITE_URL": self.url, "DB_POOL": pool}
        for name in LONG:
            command = tuple(SERVICES[name]["command"])
            spec = Spec(name, self._argv(command), self.environment(name, values), cwd=self.tree)
            self._keep(Child(spec, self._rope, self._log))
        for name in LONG:
            self.eventually(partial(self.healthy, name), f"{name} is healthy")

    def stop(self) -> None:
        """End every process, as after a power cut."""
        for child in self._children:
            child.kill()
        self._children.clear()
        for alive in self.folder.glob("alive-*"):
            alive.unlink()

    def close(self) -> None:
        self.stop()
        self._rope.close()
        self._log.close()

    def healthy(self, name: str) -> bool:
        """What the service's own health check says."""
        _cmd, *command = SERVICES[name]["healthcheck"]["test"]
        env = self.environment(name, {"SITE_URL": self.url})
        return not subprocess.run(self._argv(command), env=env, cwd=self.tree).returncode

    def run(self, name: str, command: list[str], values: Mapping[str, str], said: str = "") -> str:
        """A command in a container of this service, to its end. Raises AssertionError with what it printed."""
        env = self.environment(name, {"SITE_URL": self.url, **values})
        done = subprocess.run(
            self._argv(command), env=env, cwd=self.tree, input=said, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_pooler(self, program: str) -> str:
        """PgBouncer in transaction mode before the database; its port in an address."""
        postgres, account = self.services.pair.postgres, self.services.pair.places.account
        place = own_directory(self.services.folder / "pooler", account)
        port = free_port()
        config, users = place / "pgbouncer.ini", place / "users"
        users.write_text(f'"helpdesk" "{postgres.password}"\n')
        config.write_text(_POOLER.format(sockets=postgres.places.run, port=port, users=users))
        if account:
            for path in (config, users):
                os.chown(path, account.uid, account.gid)
        argv = (program, "--quiet", str(config))
        spec = Spec("pgbouncer", argv, {"PATH": "/usr/bin:/bin"}, account=account)
        self._keep(Child(spec, self._rope, self._log))
        return f"postgres://helpdesk:{postgres.password}@127.0.0.1:{port}"

    def environment(self, name: str, values: Mapping[str, str]) -> dict[str, str]:
        """The container's, its places and its port moved to ours; nothing of this shell's."""
        env = environment(name, values)
        moved = {
            variable: value.replace("/run/secrets", str(self.folder / "secrets"))
            for variable, value in env.items()
        }
        moved |= {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "STATIC_ROOT": str(self.folder / "static"),
            "FILES_ROOT": str(self.folder / "files"),
            "ALIVE_FILE": str(self.folder / f"alive-{name}"),
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }
        if "UVICORN_PORT" in env:
            moved |= {"UVICORN_HOST": "127.0.0.1", "UVICORN_PORT": str(self.port)}
        return moved

    def eventually(self, condition: Callable[[], object], what: str) -> None:
        """Wait until it is true. Raises AssertionError with what the processes have printed."""
        deadline = time.monotonic() + WITHIN
        while not condition():
            printed = Path(self._log.name).read_text(errors="replace")[-3000:]
            assert time.monotonic() < deadline, f"not in time: {what}\n{printed}"
            time.sleep(0.2)

    def _keep(self, child: Child) -> None:
        child.start()
        self._children.append(child)

    def _argv(self, command: list[str] | tuple[str, ...]) -> tuple[str, ...]:
        first, *rest = command
        return (sys.executable if first == "python" else first, *rest)

    def _build(self) -> None:
        """The last RUN of the Dockerfile's first stage."""
        env = {**_BUILD, "PATH": os.environ["PATH"], "STATIC_ROOT": str(self.folder / "static")}
        dockerfile = (BASE_DIR / "Dockerfile").read_text()
        for words in ("compilelocale", "collectstatic --no-input --verbosity 0"):
            assert f"manage.py {words}" in dockerfile
            command = [sys.executable, "manage.py", *words.split()]
            subprocess.run(command, env=env, cwd=self.tree, check=True)

    def _make_secrets(self) -> None:
        script = str(BASE_DIR / "deploy" / "make-secrets.sh")
        subprocess.run(
            ["sh", script, str(self.folder / "secrets")], check=True, capture_output=True
        )
        self._write_secret("redis_url", self.services.pair.valkey.url())

    def _write_secret(self, name: str, value: str) -> None:
        (self.folder / "secrets" / name).write_text(value)
