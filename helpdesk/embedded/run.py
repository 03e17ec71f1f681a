"""`manage.py runlocal`: PostgreSQL, Valkey and every process of ours in one terminal. Evaluation only."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from helpdesk.embedded import plan
from helpdesk.embedded.installation import AlreadyRunning, Installation
from helpdesk.embedded.pair import Pair, Passwords
from helpdesk.embedded.places import PlaceError, lay_out
from helpdesk.embedded.postgres import DataError
from helpdesk.embedded.process import Child, StartError
from helpdesk.embedded.programs import ProgramError
from helpdesk.embedded.supervisor import Supervisor
from helpdesk.locale import compile_all

_REFUSALS = (AlreadyRunning, DataError, PlaceError, plan.PlanError, ProgramError, StartError)
_WEB_WITHIN = 60.0  # seconds


def main(arguments: list[str], base_dir: Path) -> int:
    """Run until a signal ends it; the exit status."""
    parser = argparse.ArgumentParser("runlocal", description=__doc__)
    parser.add_argument(
        "--reset", action="store_true", help="remove all data of this installation, and stop"
    )
    options = parser.parse_args(arguments)
    try:
        installation = Installation(lay_out(base_dir))
        if options.reset:
            installation.erase()
            print("Removed. The next `make run` is a first start.")
            return 0
        return _Run(base_dir, installation).until_signal()
    except AlreadyRunning as error:
        print(f"This checkout is running already: {error}", file=sys.stderr)
    except _REFUSALS as error:
        print(f"helpdesk: {error}", file=sys.stderr)
    return 1


class _Stop(BaseException):
    """A signal asked us to end. Not an Exception: nothing on the way may swallow it."""


def _on_signal(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _on_impatience)
    raise _Stop


def _on_impatience(number: int, frame: FrameType | None) -> None:
    os._exit(1)  # the tether and the death signals end the rest


class _Run:
    """One start of the installation, from the banner to the last process."""

    def __init__(self, base_dir: Path, installation: Installation) -> None:
        self.base_dir = base_dir
        self.installation = installation
        self.ports = plan.choose_ports(os.environ)
        self.supervisor = Supervisor()
        self.say = self.supervisor.printer.say
        self.pair = self._make_pair() if plan.uses_own_services(os.environ) else None
        self.shown = self._environment()

    def until_signal(self) -> int:
        """Start, watch, stop. Returns the exit status."""
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, _on_signal)
        try:
            self._start()
            self.supervisor.watch()
        except _Stop:
            self.say("stopping ...")
            return 0
        finally:
            self.installation.withdraw()
            self.supervisor.stop(self._services())
            self.say("stopped; the data stays.")

    def _start(self) -> None:
        began = time.monotonic()
        self.say(plan.banner(os.environ, self.shown, self.ports))
        compile_all(self.base_dir / "locale")
        self._start_services()
        self.installation.publish(self.shown)
        env = {**os.environ, **self.shown}
        for step in plan.steps(self.base_dir, env):
            self.supervisor.run_once(step)
        for spec in plan.processes(self.base_dir, env, self.ports):
            self.supervisor.keep(self.supervisor.child(spec))
        if self._answers():
            self.say(f"Ready after {time.monotonic() - began:.0f} s: {self.shown['SITE_URL']}")
        else:
            self.say("The web process does not answer yet; its own lines say why.")

    def _start_services(self) -> None:
        if self.pair:
            self.pair.start()
            for child in self._services():
                self.supervisor.keep(child)

    def _services(self) -> tuple[Child, ...]:
        """In the order in which they stop."""
        return (self.pair.valkey_child, self.pair.postgres_child) if self.pair else ()

    def _make_pair(self) -> Pair:
        secrets = self.installation.secrets
        passwords = Passwords(secrets["POSTGRES_PASSWORD"], secrets["VALKEY_PASSWORD"])
        return Pair(self.installation.places, passwords, self.supervisor.child)

    def _environment(self) -> dict[str, str]:
        services = {}
        if self.pair:
            services = {
                "DATABASE_URL": self.pair.postgres.url(),
                "REDIS_URL": self.pair.valkey.url(),
            }
        files = self.installation.places.home / "files"
        return plan.environment(os.environ, self.ports, self.installation.secrets, files, services)

    def _answers(self) -> bool:
        """Wait until the desk answers."""
        deadline = time.monotonic() + _WEB_WITHIN
        address = f"{self.ports.url(self.ports.web)}/livez"
        while time.monotonic() < deadline:
            self.supervisor.look()
            if _fetch(address):
                return True
            time.sleep(0.1)
        return False


def _fetch(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
