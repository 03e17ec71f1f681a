"""One child process: started with its leash on, stopped in steps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from helpdesk.embedded import tether
from helpdesk.embedded.places import Account

_HERE = Path(__file__).parent
_PYTHON = (sys.executable, "-I", "-S")
READY_WITHIN = 120.0  # seconds: crash recovery of a big database takes its time
STARTS = 12

Output = int | IO[bytes]


class StartError(Exception):
    """A service did not come up."""


@dataclass(frozen=True)
class Spec:
    """What to run. `stops` are (signal, seconds to wait) in order; SIGKILL comes after the last.

    Lines that match `hush` are not shown in the terminal.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    account: Account | None = None
    stops: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 5.0),)
    orphan_signal: signal.Signals = signal.SIGTERM
    hush: str = ""


class Tether:
    """Our end of the pipe to the process that ends what we leave behind (see tether.py)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [*_PYTHON, str(_HERE / "tether.py")],
            stdin=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )

    def hold(self, group: int, number: int) -> None:
        self._say(f"+{group} {number}")

    def release(self, group: int) -> None:
        self._say(f"-{group}")

    def close(self) -> None:
        """End it; whatever it still holds ends, too."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:  # killed by hand: the death signals are left
            pass


class Child:
    """A process in a group of its own, so that Ctrl-C reaches only the supervisor.

    Start it from the main thread: Linux sends death signals when the starting *thread* ends.
    """

    def __init__(self, spec: Spec, rope: Tether, output: Output | None = None) -> None:
        self.spec = spec
        self._rope = rope
        self._output = output
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of a started child."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it; it must not run already."""
        account = self.spec.account or Account(-1, -1)
        leash = (os.getpid(), int(self.spec.orphan_signal), account.uid, account.gid)
        self.process = subprocess.Popen(
            [*_PYTHON, str(_HERE / "launch.py"), *map(str, leash), *self.spec.argv],
            env=dict(self.spec.env),
            cwd=self.spec.cwd or "/",
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT if self._output is not None else None,
            process_group=0,
        )
        self._rope.hold(self.pid, int(self.spec.orphan_signal))

    def exit_code(self) -> int | None:
        """None while it runs; otherwise how it ended."""
        if self.process is None:
            return 0
        known = self.process.returncode
        code = self.process.poll()
        if code is not None and known is None:
            tether.send(
                self.pid, signal.SIGKILL
            )  # what it left behind, while its number is still its own
            self._rope.release(self.pid)
        return code

    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.exit_code() is None

    def signal(self, number: signal.Signals) -> None:
        """Signal the program itself, not its group."""
        if self.process is not None and self.running():
            self.process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within so many seconds."""
        deadline = time.monotonic() + seconds
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.running()

    def stop(self) -> None:
        """Ask in the steps of its spec, then kill the whole group. Returns when it is gone."""
        for number, seconds in self.spec.stops:
            self.signal(number)
            if self.wait(seconds):
                break
        self.kill()

    def kill(self) -> None:
        """kill -9 to the whole group, what it left behind included. Returns when it is gone."""
        while self.running():
            tether.send(self.pid, signal.SIGKILL)
            time.sleep(0.01)


def start_ready(
    child: Child, ready: Callable[[], bool], within: float = READY_WITHIN, starts: int = STARTS
) -> None:
    """Start a service and wait until it answers. Raises StartError.

    After a kill -9 of an earlier supervisor the old service may still be ending: starting again
    is the cure, so a few early deaths are forgiven.
    """
    deadline = time.monotonic() + within
    for attempt in range(starts):
        child.start()
        while child.running() and time.monotonic() < deadline:
            if ready():
                return
            time.sleep(0.03)
        if child.running():
            break
        time.sleep(min(0.1 * 2**attempt, 2.0))
    child.stop()
    raise StartError(f"{child.spec.name} did not come up; its own lines above say why.")
