"""PostgreSQL and Valkey for evaluation and tests, from wheels, under a supervisor of our own.

The settings import this module: it stays light. What `make run` started is found with `discover`.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from helpdesk.embedded.places import find_home

__all__ = ["discover"]


def discover(base_dir: Path) -> dict[str, str]:
    """The environment of the running `make run` of this checkout, or {} when none runs.

    The state file is trusted only while its supervisor lives: it holds the lock beside it.
    """
    home = find_home(base_dir)
    if home is None or not _is_held(home / "lock"):
        return {}
    try:
        state = home / "state.json"
        if state.stat().st_uid != os.geteuid():
            return {}
        return {str(name): str(value) for name, value in json.loads(state.read_text()).items()}
    except (OSError, ValueError):
        return {}


def _is_held(lock: Path) -> bool:
    try:
        with lock.open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
