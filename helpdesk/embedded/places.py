"""Where an installation keeps its data, sockets and secrets, and whom it runs its services as."""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

# The kernel refuses socket paths over 107 bytes (103 on macOS); the longest name is 17 of them.
_LONGEST_RUN_PATH = 85


class PlaceError(Exception):
    """A directory cannot be used safely; the message says which and what to do."""


@dataclass(frozen=True)
class Account:
    """A user to drop to. PostgreSQL refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Places:
    """The directories of one installation.

    `home` is the supervisor's own (secrets, state, lock, files); `services` and `run` (sockets)
    belong to `account`, or to the supervisor's user when it is None; `spare` takes copies of programs.
    """

    home: Path
    services: Path
    run: Path
    spare: Path
    account: Account | None


def service_account() -> Account | None:
    """The user for PostgreSQL and Valkey when we are root (HELPDESK_SERVICE_USER or nobody), else None."""
    if os.geteuid() != 0:
        return None
    name = os.environ.get("HELPDESK_SERVICE_USER", "nobody")
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise PlaceError(f"HELPDESK_SERVICE_USER: there is no user {name!r}.") from error
    if entry.pw_uid == 0:
        raise PlaceError("HELPDESK_SERVICE_USER: PostgreSQL refuses to run as root.")
    return Account(entry.pw_uid, entry.pw_gid)


def spare_directory(base_dir: Path) -> Path:
    """Outside the checkout, where every user may pass; one per checkout."""
    digest = hashlib.sha256(os.fsencode(base_dir.resolve())).hexdigest()[:12]
    return Path("/var/tmp") / f"helpdesk-{digest}"  # noqa: S108 - made and checked by own_directory


def find_home(base_dir: Path) -> Path | None:
    """The home of an existing installation, or None."""
    candidates = (base_dir / ".local", spare_directory(base_dir))
    return next((path for path in candidates if (path / "lock").exists()), None)


def lay_out(base_dir: Path) -> Places:
    """Choose and make the directories for this checkout. Raises PlaceError."""
    account = service_account()
    spare = spare_directory(base_dir)
    home = _make_home(base_dir / ".local", spare)
    return _arrange(home, spare, account)


def lay_out_in(folder: Path, base_dir: Path) -> Places:
    """The same inside a folder that the caller made and will remove. Raises PlaceError."""
    if service_account():
        folder.chmod(0o711)
    return _arrange(folder, spare_directory(base_dir), service_account())


def reachable(path: Path) -> bool:
    """Whether a user who owns nothing may walk down to this path."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def own_directory(path: Path, account: Account | None, mode: int = 0o700) -> Path:
    """Make a directory for this user, or accept it if it is already theirs. Raises PlaceError.

    In a shared place like /var/tmp somebody else may have made it first: that is refused.
    """
    uid = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=0o700)
        if account:
            os.chown(path, account.uid, account.gid)
    except FileExistsError:
        pass
    except OSError as error:
        raise PlaceError(f"{path}: {error.strerror}.") from error
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise PlaceError(f"{path}: exists, but is not a directory of user {uid}. Remove it.")
    if stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)
    return path


def _make_home(wanted: Path, spare: Path) -> Path:
    try:
        return own_directory(wanted, None, 0o711)
    except PlaceError:
        if wanted.exists():
            raise
        return own_directory(spare, None, 0o711)


def _arrange(home: Path, spare: Path, account: Account | None) -> Places:
    services = home
    if account and not reachable(home):
        services = own_directory(spare, None, 0o711)
    short = len(os.fsencode(services / "run")) <= _LONGEST_RUN_PATH
    sockets = services if short else own_directory(spare, None, 0o711)
    own_directory(sockets / "run", account)
    return Places(home, services, sockets / "run", spare, account)
