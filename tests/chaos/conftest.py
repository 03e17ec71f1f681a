"""The summary of a full run."""

from __future__ import annotations

from typing import Any

from tests.chaos import figures
from tests.chaos.size import FULL


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The figures, when it was a run for figures."""
    lines = figures.table()
    if not FULL or not lines:
        return
    terminalreporter.section("faults: figures")
    for line in lines:
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"written to {figures.save()}")
