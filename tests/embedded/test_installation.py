"""One supervisor per checkout, secrets that stay, and `discover` for other commands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpdesk.embedded import discover, installation
from helpdesk.embedded.installation import AlreadyRunning, Installation
from helpdesk.embedded.places import lay_out
from tests.embedded.running import needs_root

STATE = {"SITE_URL": "http://127.0.0.1:8000", "DATABASE_URL": "postgres://x"}


def begin(checkout: Path) -> Installation:
    return Installation(lay_out(checkout))


def end(running: Installation) -> None:
    running._lock.close()


def test_discover_finds_a_running_one_and_no_other(checkout: Path) -> None:
    assert discover(checkout) == {}
    running = begin(checkout)
    assert discover(checkout) == {}
    running.publish(STATE)
    assert discover(checkout) == STATE
    running.withdraw()
    assert discover(checkout) == {}
    end(running)


def test_state_of_a_killed_supervisor_is_not_trusted(checkout: Path) -> None:
    killed = begin(checkout)
    killed.publish(STATE)
    end(killed)
    assert discover(checkout) == {}


def test_state_that_is_broken_counts_as_none(checkout: Path) -> None:
    running = begin(checkout)
    running.publish(STATE)
    (checkout / ".local" / "state.json").write_text("{")
    assert discover(checkout) == {}
    end(running)


@needs_root
def test_state_that_somebody_else_wrote_is_not_trusted(checkout: Path) -> None:
    running = begin(checkout)
    running.publish(STATE)
    shutil.chown(checkout / ".local" / "state.json", "nobody")
    assert discover(checkout) == {}
    end(running)


def test_only_one_runs_and_the_other_is_told_where(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "_LOCK_PATIENCE", 0.1)
    running = begin(checkout)
    running.publish(STATE)
    with pytest.raises(AlreadyRunning, match=r"http://127\.0\.0\.1:8000"):
        begin(checkout)
    end(running)
    end(begin(checkout))


def test_secrets_are_private_and_stay(checkout: Path) -> None:
    first = begin(checkout)
    end(first)
    again = begin(checkout)
    end(again)
    assert first.secrets == again.secrets
    assert len(set(first.secrets.values())) == 5
    assert (checkout / ".local" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_each_installation_has_its_own_secrets(checkout: Path) -> None:
    found: list[str] = []
    for name in ("one", "two"):
        (checkout / name).mkdir()
        one = begin(checkout / name)
        found += one.secrets.values()
        end(one)
    assert len(set(found)) == len(found)


def test_reset_forgets_everything(checkout: Path) -> None:
    running = begin(checkout)
    running.publish(STATE)
    home = checkout / ".local"
    for name in ("postgres", "files", "sandbox"):
        (home / name).mkdir()
        (home / name / "content").write_text("x")
    running.erase()
    end(running)
    assert {path.name for path in home.iterdir()} == {"lock", "run"}
