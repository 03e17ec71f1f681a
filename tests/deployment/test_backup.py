"""The restore drill: a backup by one command, a blank desk, a restore by one command, everything compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from helpdesk import backup
from tests.cast import DANA, EMRE, Outside

BASE_DIR = Path(__file__).resolve().parents[2]
OTHER_KEY = "Vb7mK2xQ9wLr4TzN8cYd6HsJ3pGf5RaE"
TEXTS = "select * from tickets_message order by id"


class Place:
    """A database of this test's cluster and a folder of files: what `manage.py` is pointed at."""

    def __init__(self, database: str, files: Path) -> None:
        server, _old = os.environ["DATABASE_URL"].rsplit("/", 1)
        self.url, self.files = f"{server}/{database}", files

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """manage.py as a process, for a worker's role."""
        ours = {"DATABASE_URL": self.url, "FILES_ROOT": str(self.files), "ROLE": "worker"}
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            env={**os.environ, **ours, **env}, cwd=BASE_DIR, capture_output=True, text=True,
        )  # fmt: skip

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as opened:
            return opened.execute(query).fetchall()

    def contents(self) -> dict[str, bytes]:
        found = (path for path in self.files.rglob("*") if path.is_file())
        return {str(path.relative_to(self.files)): path.read_bytes() for path in found}


@pytest.fixture
def desk_with_files(transactional_db: None, outside: Outside, tmp_path: Path) -> Place:
    """Two people have written, in three scripts, and two files lie there."""
    outside.says(DANA, "where is my deposit?")
    outside.says(EMRE, "نقلِ پول من کجاست؟ 我的存款在哪里")
    place = Place(str(connection.settings_dict["NAME"]), tmp_path / "files")
    (place.files / "2026").mkdir(parents=True)
    (place.files / "2026" / "proof.png").write_bytes(bytes(range(256)) * 300)
    (place.files / "2026" / "سند.pdf").write_bytes(b"%PDF-")
    return place


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Place]:
    """A database that has nothing yet, and no files."""
    name = f"{connection.settings_dict['NAME']}_drill"
    server = Place("postgres", tmp_path)
    with psycopg.connect(server.url, autocommit=True) as opened:
        opened.execute(
            sql.SQL("create database {} template template0").format(sql.Identifier(name))
        )
    yield Place(name, tmp_path / "restored")
    with psycopg.connect(server.url, autocommit=True) as opened:
        opened.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_everything_is_back_and_nothing_goes_over_it(
    desk_with_files: Place, blank: Place, tmp_path: Path
) -> None:
    made = desk_with_files.run("backup", str(tmp_path / "on-%Y"))
    assert made.returncode == 0, made.stderr
    (saved,) = tmp_path.glob("on-2*")
    assert saved.stat().st_mode & 0o077 == 0
    tables = json.loads((saved / backup.MANIFEST).read_text())["tables"]
    assert tables["tickets_ticket"][0] == 2
    before = desk_with_files.rows(TEXTS)
    assert tables["tickets_message"][0] == len(before) > 2

    done = blank.run("restore", str(saved), ENCRYPTION_KEYS=OTHER_KEY)
    assert done.returncode == 0, done.stderr
    assert "Restored and compared" in done.stdout
    waited = desk_with_files.rows("select id from tickets_delivery where state = 'queued'")
    assert f"{len(waited)} parts of replies waited to be sent." in done.stdout
    ends = blank.rows("select distinct state, reason from tickets_delivery")
    assert ends == [("unknown", "restored")], "nobody knows whether they have been sent since"
    assert "ENCRYPTION_KEYS are not those of the backup" in done.stderr
    assert blank.rows(TEXTS) == before
    assert blank.contents() == desk_with_files.contents() != {}
    # Sequences, too: what comes next gets a new number.
    (added,) = blank.rows("select nextval(pg_get_serial_sequence('accounts_team', 'id'))")
    assert added > max(desk_with_files.rows("select id from accounts_team"))

    again = blank.run("restore", str(saved))
    assert again.returncode
    assert "The database is not blank" in again.stderr
    over = desk_with_files.run("backup", str(saved))
    assert over.returncode
    assert "exists already" in over.stderr


def test_other_rows_than_the_manifest_says_are_found_out(
    desk_with_files: Place, blank: Place, tmp_path: Path, settings: Any
) -> None:
    settings.FILES_ROOT = desk_with_files.files
    backup.save(tmp_path / "saved")
    manifest = json.loads((tmp_path / "saved" / backup.MANIFEST).read_text())
    manifest["tables"]["tickets_ticket"][1] += "1"
    (tmp_path / "saved" / backup.MANIFEST).write_text(json.dumps(manifest))

    done = blank.run("restore", str(tmp_path / "saved"))

    assert done.returncode
    assert "not what the manifest says: tickets_ticket." in done.stderr


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder that looks like a backup."""
    folder = tmp_path / "saved"
    folder.mkdir()
    for name in (backup.DUMP, backup.FILES):
        (folder / name).write_bytes(b"something long enough")
    manifest = {
        "format": backup.FORMAT, "tables": {}, "files": 0, "key_check": "",
        "sha256": {name: backup._sha256(folder / name) for name in (backup.DUMP, backup.FILES)},
    }  # fmt: skip
    (folder / backup.MANIFEST).write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("name", [backup.DUMP, backup.FILES])
def test_a_damaged_part_is_refused_before_anything_happens(saved: Path, name: str) -> None:
    assert backup.read(saved)
    (saved / name).write_bytes(b"something long ehough")
    with pytest.raises(backup.BackupError, match=f"{name}: not what the manifest says"):
        backup.read(saved)


def test_a_folder_without_a_whole_manifest_is_no_backup(saved: Path) -> None:
    text = (saved / backup.MANIFEST).read_text()
    for wrong in (text[:-9], "[]", '{"format": 1}', text.replace('"format": 1', '"format": 2')):
        (saved / backup.MANIFEST).write_text(wrong)
        with pytest.raises(backup.BackupError, match=r"no backup|another version"):
            backup.read(saved)
    (saved / backup.MANIFEST).unlink()
    with pytest.raises(backup.BackupError, match="no backup"):
        backup.read(saved)


def test_no_backup_goes_through_a_pooler(settings: Any, tmp_path: Path) -> None:
    settings.DB_POOL = "pgbouncer"
    with pytest.raises(backup.BackupError, match="PgBouncer"):
        backup.save(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_password_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"NAME": "desk", "HOST": "db", "PASSWORD": "hush", "OPTIONS": {"sslmode": "require"}}
    seen: dict[str, Any] = {}

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        seen.update(options, command=command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(backup, "_find", Path)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(backup, "connection", SimpleNamespace(settings_dict=config))
    backup._run("pg_dump", "--format=custom")

    assert "hush" not in " ".join(seen["command"])
    told = {"PGHOST": "db", "PGPASSWORD": "hush", "PGDATABASE": "desk", "PGSSLMODE": "require"}
    assert told.items() <= seen["env"].items()
