"""Installations in temporary directories."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.embedded.places import spare_directory


@pytest.fixture
def checkout() -> Iterator[Path]:
    """An empty checkout that every user may walk into, with a short path (sockets)."""
    yield from _checkout(0o755)


@pytest.fixture
def closed_checkout() -> Iterator[Path]:
    """A checkout in a place that only its owner may enter, like /root."""
    yield from _checkout(0o700)


def _checkout(mode: int) -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="hd-"))
    parent.chmod(mode)
    folder = parent / "checkout"
    folder.mkdir(mode=0o755)
    spare = spare_directory(folder)
    yield folder
    shutil.rmtree(parent, ignore_errors=True)
    shutil.rmtree(spare, ignore_errors=True)
