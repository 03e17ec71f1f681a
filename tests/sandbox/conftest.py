"""One sandbox for a module's tests, put back to its beginning before each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A running sandbox."""
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: SandboxProcess) -> SandboxProcess:
    """The running sandbox, where nothing has happened yet."""
    process.reset()
    return process


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox of the test's own, which it may kill."""
    with SandboxProcess(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A small PNG."""
    target = io.BytesIO()
    Image.new("RGB", (640, 400), "teal").save(target, "PNG")
    return target.getvalue()
