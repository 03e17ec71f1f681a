"""Which processes run below another, and waiting for what becomes true."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="drops from root to another user")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def descendants(pid: int) -> set[int]:
    """All processes below this one."""
    parents = {child: _stat(child)[1] for child in _all_pids()}
    found, level = set[int](), {pid}
    while level:
        level = {child for child, parent in parents.items() if int(parent) in level}
        found |= level
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie does not."""
    return {pid for pid in pids if _stat(pid)[0] != "Z"}


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> tuple[str, str]:
    """State and parent; gone counts as a zombie of nobody."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
    except (OSError, ValueError):
        return "Z", "0"
    return state, parent
