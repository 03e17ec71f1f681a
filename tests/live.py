"""The web application as a process on this worker's test database, for browsers and event streams."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpdesk.embedded.process import Child, Spec, Tether, start_ready

if TYPE_CHECKING:
    from accounts.models import User

BASE_DIR = Path(__file__).resolve().parent.parent
READY_WITHIN = 60.0  # seconds: importing Django takes its time on a busy machine


class LiveApp:
    """uvicorn, as in production: pytest-django's own live server cannot stream."""

    def __init__(self, database: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = tempfile.NamedTemporaryFile(prefix="helpdesk-live-", suffix=".log")  # noqa: SIM115
        self._rope = Tether()
        self.process = Child(self._spec(database), self._rope, self._log.fileno())

    def start(self) -> None:
        """Start it and wait until it answers. Raises StartError, with what it printed."""
        try:
            start_ready(self.process, self._answers, READY_WITHIN, starts=1)
        except Exception as error:
            error.add_note(self.log())
            raise

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self._rope.close()
        self._log.close()

    def log(self) -> str:
        """What it has printed."""
        return Path(self._log.name).read_text(errors="replace")

    def cookies_of(self, user: User) -> list[dict[str, Any]]:
        """A signed-in session as cookies for Playwright's `context.add_cookies`."""
        from django.conf import settings
        from django.test import Client

        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        return [{"name": f"session_{self.port}", "value": value, "url": self.url}]

    def _spec(self, database: str) -> Spec:
        server, _ = os.environ["DATABASE_URL"].rsplit("/", 1)
        env = {
            **os.environ,
            "DATABASE_URL": f"{server}/{database}",
            "SITE_URL": self.url,
            "ROLE": "web",
        }
        where = ("--host", "127.0.0.1", "--port", str(self.port))
        quiet = ("--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "1")
        argv = (sys.executable, "-m", "uvicorn", "helpdesk.asgi:application", *where, *quiet)
        return Spec("web", argv, env, cwd=BASE_DIR)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/livez", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def free_port() -> int:
    """A port of this machine that nobody listens on at present."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
