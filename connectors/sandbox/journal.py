"""What happened, one JSON line each, in a file that is only ever added to.

The sandbox plays the outside world, so it must not forget what it has admitted to: a line is with the kernel before
anybody gets an answer, and survives a kill -9 of the process.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class JournalBusy(RuntimeError):
    """Another sandbox process has this journal open."""


class Journal:
    """The open file. One process at a time, by an advisory lock that the kernel drops with the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab+", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise JournalBusy(f"{path} is in use by another sandbox.") from error

    def replay(self) -> Iterator[Event]:
        """Every event so far. A last line that was cut off is dropped: nobody was ever told of it."""
        self._file.seek(0)
        good = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                self._file.truncate(good)
                return
            good += len(line)
            yield json.loads(line)

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()

    def write(self, *events: Event) -> None:
        """Add the events in one piece."""
        data = b"".join(_line(event) for event in events)
        while data:
            data = data[self._file.write(data) :]


def _line(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def read(path: Path) -> list[Event]:
    """The events of a journal that somebody else may be writing."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]
