"""`manage.py runlocal` as a whole, in a copy of this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import psycopg
import pytest

from helpdesk.embedded import discover
from tests.embedded.running import alive, descendants, eventually, needs_proc
from tests.live import free_port

BASE_DIR = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "tests", "docs", "__pycache__", "requirements")
READY_WITHIN = 90.0  # seconds, on a busy machine


class Running:
    """A started `manage.py runlocal`, its output in a file."""

    def __init__(self, checkout: Path, **environ: str) -> None:
        self.checkout = checkout
        self.port = free_port()
        self.output = checkout / "output"
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "runlocal"],
                cwd=checkout,
                env={**inherited, "PORT": str(self.port), "DEMO": "0", **environ},
                stdout=out,
                stderr=out,
            )
        assert eventually(
            lambda: "Ready" in self.said() or self.process.poll() is not None, READY_WITHIN
        )
        assert "Ready" in self.said(), self.said()

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def status_of(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return int(answer.status)


@pytest.fixture
def copy(checkout: Path) -> Path:
    """What a fresh clone holds."""
    return Path(shutil.copytree(BASE_DIR, checkout, ignore=LEFT_OUT, dirs_exist_ok=True))


@needs_proc
def test_it_runs_leaves_nothing_at_kill_9_and_finds_its_data_again(copy: Path) -> None:
    desk = Running(copy)
    try:
        assert desk.status_of("/livez") == desk.status_of("/readyz") == 200
        found = discover(copy)
        assert found["SITE_URL"] == f"http://127.0.0.1:{desk.port}"
        with psycopg.connect(found["DATABASE_URL"]) as connection:
            connection.execute("create table kept as select 42 as answer")
        below = descendants(desk.process.pid)
        assert len(below) > 10
    finally:
        desk.process.kill()
        desk.process.wait()
    assert eventually(lambda: not alive(below), 15), alive(below)
    assert discover(copy) == {}

    again = Running(copy)
    try:
        with psycopg.connect(discover(copy)["DATABASE_URL"]) as connection:
            assert connection.execute("select answer from kept").fetchone() == (42,)
        below = descendants(again.process.pid)
    finally:
        again.process.terminate()
        status = again.process.wait(20)
    assert status == 0
    assert not alive(below)
    assert again.said().endswith("stopping ...\nstopped; the data stays.\n")
