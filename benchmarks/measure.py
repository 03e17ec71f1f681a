"""One item: do it often, and note times, queries, processor time, bytes and memory."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, quantiles
from time import perf_counter, process_time
from typing import Any

from django.db import connection

ROUNDS = 40
_PARENT, _OWN_TIME = 1, 11
"""Fields of /proc/PID/stat after the name: the parent, and user and system time, own and of ended children."""
WARM_UP = 3


@dataclass
class Figure:
    """What one item costs. Times in milliseconds, memory in MB; None where it has no meaning."""

    name: str
    p50: float | None = None
    p95: float | None = None
    queries: float | None = None
    sql_ms: float | None = None
    cpu_ms: float | None = None
    bytes: int | None = None
    peak_mb: float | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """What only this item has, by name: a rate, a count."""


@dataclass
class Asked:
    """How often the database was asked, and for how long we waited for its answers."""

    queries: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.seconds += perf_counter() - started


def measure(name: str, act: Callable[[], int], *, rounds: int = ROUNDS) -> Figure:
    """Call `act` (which returns the bytes of its answer) until it is warm, then `rounds` times."""
    for _ in range(WARM_UP):
        act()
    walls, size = [], 0
    with peak_memory() as peak, connection.execute_wrapper(asked := Asked()):
        used = process_time()
        for _ in range(rounds):
            started = perf_counter()
            size = act()
            walls.append((perf_counter() - started) * 1000)
        used = process_time() - used
    return Figure(
        name,
        *middle_and_tail(walls),
        queries=asked.queries / rounds,
        sql_ms=asked.seconds * 1000 / rounds,
        cpu_ms=used * 1000 / rounds,
        bytes=size,
        peak_mb=peak[0],
    )


def middle_and_tail(values: list[float]) -> tuple[float, float]:
    """p50 and p95."""
    if len(values) < 2:
        return mean(values), mean(values)
    hundredths = quantiles(values, n=100, method="inclusive")
    return hundredths[49], hundredths[94]


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """The most memory that this process held inside, in MB; on systems without /proc since it began."""
    reset, status = Path("/proc/self/clear_refs"), Path("/proc/self/status")
    found = [0.0]
    if reset.exists():
        reset.write_text("5")
    try:
        yield found
    finally:
        found[0] = (
            int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
            if status.exists()
            else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        )


def server_seconds() -> float:
    """Processor seconds that PostgreSQL has used so far, all of its processes; 0.0 on systems without /proc."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    if not Path(f"/proc/{pid}/stat").exists():
        return 0.0
    main = _stat(Path(f"/proc/{pid}"))[_PARENT]
    # Whatever has ended counts among its parent's children.
    ticks = sum(map(int, _stat(Path(f"/proc/{main}"))[_OWN_TIME : _OWN_TIME + 4]))
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = _stat(each)
            if stat[_PARENT] == main:
                ticks += sum(map(int, stat[_OWN_TIME : _OWN_TIME + 2]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(process: Path) -> list[str]:
    """The fields after the name, which may hold blanks."""
    return (process / "stat").read_text().rpartition(")")[2].split()
