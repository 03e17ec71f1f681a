"""What a run has measured: a table at its end, and JSON for whoever compares two runs."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
_rows: list[tuple[str, str, Any, str]] = []


def tell(row: str, what: str, value: float, bar: str = "") -> None:
    """Note one figure of a row of the plan ("R1"); `bar` is what it should be, in words."""
    _rows.append((row, what, round(value, 2), bar))


def table() -> list[str]:
    """The figures as lines, in the order of the rows."""
    rows = sorted(_rows, key=lambda row: int(row[0].removeprefix("R")))
    wide = max((len(what) for _row, what, _value, _bar in rows), default=0)
    return [f"{row:<4} {what:<{wide}} {value:>12,} {bar}" for row, what, value, bar in rows]


def save() -> Path:
    """Write them to a file of this run, and return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / time.strftime("chaos-%Y%m%d-%H%M%S.json")
    told = [dict(zip(("row", "what", "value", "bar"), row, strict=True)) for row in _rows]
    load = os.getloadavg()
    path.write_text(json.dumps({"figures": told, "cores": os.cpu_count(), "load": load}, indent=1))
    return path
