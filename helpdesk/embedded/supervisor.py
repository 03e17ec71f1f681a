"""Keeps child processes running, shows what they print, and stops them in order."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, NoReturn, TextIO

from helpdesk.embedded.process import Child, Spec, StartError, Tether

_TICK = 0.2  # seconds
_LONGEST_PAUSE = 15.0
_SOUND_AFTER = 30.0  # a child that ran so long starts again without a longer pause
_COLOURS = ("36", "33", "35", "32", "34", "96", "95")


class Printer:
    """Whole lines from many threads, each with the name of who said it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._colours = itertools.cycle(_COLOURS)
        self._by_name: dict[str, str] = {}
        self._coloured = out.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """A line of our own."""
        # A closed terminal must not stop the reading: the children would block.
        with self._lock, contextlib.suppress(OSError):
            self._out.write(f"{text}\n")
            self._out.flush()

    def relay(self, spec: Spec, stream: IO[bytes]) -> None:
        """Print the lines of a stream until it ends; runs in a thread of its own."""
        hushed = re.compile(spec.hush or r"(?!)")
        with stream:
            for raw in stream:
                line = raw.decode(errors="replace").rstrip()
                if line and not hushed.search(line):
                    self.say(f"{self._label(spec.name)} {line}")

    def _label(self, name: str) -> str:
        label = f"{name:<9}|"
        if not self._coloured:
            return label
        colour = self._by_name.setdefault(name, next(self._colours))
        return f"\033[{colour}m{label}\033[0m"


@dataclass
class _Watch:
    """A child, and when it may start again after a death."""

    child: Child
    pause: float = 0.5
    started: float = 0.0
    again_at: float | None = None


class Supervisor:
    """The direct parent of everything that `make run` runs. Use it from the main thread."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.printer = Printer(out)
        self.rope = Tether()
        self._watched: list[_Watch] = []

    def child(self, spec: Spec) -> Child:
        """A child whose lines are shown; not started yet."""
        return _Heard(spec, self.rope, self.printer)

    def keep(self, child: Child) -> None:
        """Start it unless it runs, and again whenever it dies."""
        if not child.running():
            child.start()
        self._watched.append(_Watch(child, started=time.monotonic()))

    def run_once(self, spec: Spec) -> None:
        """Run a command to its end. Raises StartError if it fails."""
        child = self.child(spec)
        child.start()
        while child.running():
            time.sleep(0.02)
        if child.exit_code():
            raise StartError(f"{spec.name} failed; its own lines above say why.")

    def watch(self) -> NoReturn:
        """Restart what dies, for ever; an exception (a signal's) ends it."""
        while True:
            self.look()
            time.sleep(_TICK)

    def look(self) -> None:
        """Start again what has died and waited its pause."""
        for watch in self._watched:
            self._look_after(watch)

    def stop(self, services: tuple[Child, ...] = ()) -> None:
        """Stop what is kept, all at once, but for `services`: these after it, in their order."""
        others = [watch.child for watch in self._watched if watch.child not in services]
        with ThreadPoolExecutor(max(len(others), 1)) as threads:
            list(threads.map(Child.stop, others))
        for child in services:
            child.stop()
        self.rope.close()

    def _look_after(self, watch: _Watch) -> None:
        now = time.monotonic()
        if watch.again_at is None:
            if not watch.child.running():
                self._plan_restart(watch, now)
        elif now >= watch.again_at:
            watch.again_at, watch.started = None, now
            watch.child.start()

    def _plan_restart(self, watch: _Watch, now: float) -> None:
        watch.pause = (
            0.5 if now - watch.started > _SOUND_AFTER else min(watch.pause * 2, _LONGEST_PAUSE)
        )
        watch.again_at = now + watch.pause
        spec, code = watch.child.spec, watch.child.exit_code()
        self.printer.say(f"{spec.name} ended (exit {code}); starting it again in {watch.pause:g} s")


class _Heard(Child):
    """A child whose output goes to the printer."""

    def __init__(self, spec: Spec, rope: Tether, printer: Printer) -> None:
        super().__init__(spec, rope, subprocess.PIPE)
        self._printer = printer

    def start(self) -> None:
        super().start()
        assert self.process and self.process.stdout
        listener = (self.spec, self.process.stdout)
        threading.Thread(target=self._printer.relay, args=listener, daemon=True).start()
