"""Run as a script: ends the processes it was told of when its standard input ends.

Death signals exist on Linux only, and reach only direct children. The tether is a process at the
other end of a pipe: whatever ends the supervisor ends the pipe. Lines: `+PID SIGNAL` and `-PID`.
"""

from __future__ import annotations

import os
import signal
import sys
import time

PATIENCE = 6.0  # seconds between the polite signal and SIGKILL


def follow(lines: list[str], held: dict[int, int]) -> None:
    """Apply lines to the processes held (process group -> signal)."""
    for line in lines:
        words = line[1:].split()
        if line.startswith("+"):
            held[int(words[0])] = int(words[1])
        else:
            held.pop(int(words[0]), None)


def send(group: int, number: int) -> bool:
    """Signal a process group; False when it is gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def end_all(held: dict[int, int], patience: float = PATIENCE) -> None:
    """End every group politely, then without asking."""
    left = [group for group, number in held.items() if send(group, number)]
    deadline = time.monotonic() + patience
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [group for group in left if send(group, 0)]
    for group in left:
        send(group, signal.SIGKILL)


def main() -> None:
    held: dict[int, int] = {}
    for line in sys.stdin:
        follow([line.strip()], held)
    end_all(held)


if __name__ == "__main__":
    main()
