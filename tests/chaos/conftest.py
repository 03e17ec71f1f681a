"""A desk for all who leave it as it was, and the summary of a full run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos import figures
from tests.chaos.desk import Desk, wait_until
from tests.chaos.size import FULL
from tests.sandbox_process import SandboxProcess
from tests.services import OwnServices


@pytest.fixture(scope="package")
def standing_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """All its processes, on servers of its own, with one ticket."""
    with SandboxProcess(tmp_path_factory.mktemp("chaos")) as sandbox, OwnServices() as services:
        sandbox.limits(False)
        running = Desk(services, sandbox)
        sandbox.say("dana", "private", "my deposit is missing")
        try:
            wait_until(lambda: running.count("tickets_ticket") == 1, 120, "nobody takes it in")
        except AssertionError as error:
            error.add_note(services.log()[-5000:])
            raise
        yield running


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures, when it was a run for figures."""
    lines = figures.table()
    if not FULL or not lines:
        return
    terminalreporter.section("faults: figures")
    for line in lines:
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"written to {figures.save()}")
