"""Run as a script: drop to an account, ask to die with the parent, become the program.

A script of its own and not a `preexec_fn`, since that is unsafe beside threads. It imports nothing
of ours: python -I -S launch.py PARENT SIGNAL UID GID PROGRAM ARGUMENTS...
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def drop_to(uid: int, gid: int) -> None:
    """Become this user for good; -1 keeps the present one."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def die_with(parent: int, signal: int) -> None:
    """Ask Linux for `signal` when the parent ends; leave at once if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: list[str]) -> None:
    parent, signal, uid, gid = (int(word) for word in arguments[:4])
    drop_to(uid, gid)
    die_with(parent, signal)  # after drop_to: a change of user clears it
    os.umask(0o077)
    os.execv(arguments[4], arguments[4:])  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
