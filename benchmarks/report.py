"""The figures as a table on the terminal and as JSON beside it."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from benchmarks.measure import Figure

RESULTS = Path(__file__).resolve().parent / "results"
COLUMNS = "p50 p95 queries sql_ms cpu_ms bytes peak_mb".split()
HEADS = "p50 ms|p95 ms|queries|SQL ms|CPU ms|bytes|peak MB".split("|")
WIDTH = 46


@dataclass
class Result:
    """One run."""

    size: int
    seeded_in: float
    """Seconds."""
    figures: list[Figure]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def head(result: Result) -> tuple[str, str]:
    """What stands over the rows."""
    title = f"{result.size:,} tickets, seeded in {result.seeded_in:.0f} s"
    line = f"{title:<{WIDTH}}" + "".join(f"{each:>10}" for each in HEADS)
    return line, "-" * len(line)


def row(figure: Figure) -> str:
    cells = "".join(f"{_cell(getattr(figure, column)):>10}" for column in COLUMNS)
    more = "  ".join(f"{name} {_cell(value)}" for name, value in figure.more.items())
    return f"{figure.name:<{WIDTH}}{cells}  {more}".rstrip()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 or value == round(value) else f"{value:,.1f}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def write(result: Result) -> Path:
    """As JSON; returns where."""
    at = datetime.now(UTC)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{at:%Y%m%d-%H%M%S}-{result.size}.json"
    told = {"at": at.isoformat(timespec="seconds"), "machine": _machine(), **asdict(result)}
    path.write_text(json.dumps(told, indent=1))
    return path


def _machine() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        (server,) = cursor.fetchone()
    return {
        "processors": os.cpu_count(),
        "kind": platform.machine(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "postgresql": server,
    }
