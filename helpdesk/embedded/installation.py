"""One installation of `make run`: its lock, its secrets, and the state it shows to other commands."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from helpdesk.embedded.places import Places

_LOCK_PATIENCE = 3.0  # seconds: `discover` holds the lock for an instant


class AlreadyRunning(Exception):
    """Another supervisor holds this checkout."""


class Installation:
    """Held by one supervisor at a time."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._state = places.home / "state.json"
        self._lock = self._take_lock()
        self.secrets = self._load_secrets()

    def publish(self, environment: Mapping[str, str]) -> None:
        """Let `discover` find this environment while we live."""
        _write_private(self._state, json.dumps(dict(environment), indent=1))

    def withdraw(self) -> None:
        """No longer be found."""
        self._state.unlink(missing_ok=True)

    def erase(self) -> None:
        """Remove data, files and secrets; the next start is a first start."""
        for place in (self.places.home, self.places.services):
            for name in ("postgres", "postgres.new", "valkey", "files", "sandbox"):
                shutil.rmtree(place / name, ignore_errors=True)
        for name in ("secrets.json", "state.json"):
            (self.places.home / name).unlink(missing_ok=True)

    def _take_lock(self) -> IO[str]:
        handle = (self.places.home / "lock").open("a")
        deadline = time.monotonic() + _LOCK_PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except BlockingIOError:
                if time.monotonic() > deadline:
                    handle.close()
                    raise AlreadyRunning(self._address_of_other()) from None
                time.sleep(0.1)

    def _address_of_other(self) -> str:
        try:
            return str(json.loads(self._state.read_text())["SITE_URL"])
        except (OSError, ValueError, KeyError):
            return "another terminal"

    def _load_secrets(self) -> dict[str, str]:
        """Random, made once; later versions may add names."""
        path = self.places.home / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        wanted = {**_fresh_secrets(), **known}
        if wanted != known:
            _write_private(path, json.dumps(wanted, indent=1))
        return wanted


def _fresh_secrets() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DEMO_PASSWORD": "-".join(secrets.token_hex(2) for _ in range(4)),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "VALKEY_PASSWORD": secrets.token_urlsafe(24),
    }


def _write_private(path: Path, text: str) -> None:
    """Write a file that only we may read, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    draft.rename(path)
