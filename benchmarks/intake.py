"""How many updates a second the desk stores and works on, with one and with two worker processes."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean
from time import monotonic, process_time
from typing import Any

import django
from django.db import connection

BASE_DIR = Path(__file__).resolve().parent.parent
UPDATES = 1_500
MIXED = 10_000
WORKERS = (1, 2)

if __name__ != "__main__":
    from benchmarks.crowd import Crowd
    from benchmarks.incoming import People
    from benchmarks.measure import Figure, server_seconds
    from benchmarks.seed import Desk
    from connectors.models import InboundUpdate, UpdateState


def measure_intake(desk: Desk) -> Iterator[Figure]:
    """Updates stored, then drained: those of a community, and those of new people who each open a ticket."""
    crowd, people = Crowd(desk), People(desk)
    crowd.gather()
    people.write(200)  # warms what is read once
    _drain(1)
    for name, write, many in (
        (f"intake: {MIXED:,} of a community", crowd.write, MIXED),
        (f"intake: {UPDATES:,} new tickets", people.write, UPDATES),
    ):
        for workers in WORKERS:
            storing = _cost(partial(write, many))
            draining = _cost(partial(_drain, workers))
            title = f"{name}, {workers} worker{'s' if workers > 1 else ''}"
            yield _figure(title, many, storing, draining)


@dataclass
class Cost:
    """What something took: seconds, processor seconds here and of PostgreSQL, and what it gave."""

    wall: float
    cpu: float
    server: float
    result: Any


def _cost(act: Callable[[], Any]) -> Cost:
    started, used, served = monotonic(), process_time(), server_seconds()
    result = act()
    return Cost(monotonic() - started, process_time() - used, server_seconds() - served, result)


def _figure(name: str, many: int, storing: Cost, draining: Cost) -> Figure:
    told = draining.result
    handled, slowest = sum(each["handled"] for each in told), max(each["seconds"] for each in told)
    failed = InboundUpdate.objects.exclude(reason="").exclude(state=UpdateState.DONE)
    assert handled == many, (handled, failed.values_list("reason", flat=True).first())
    return Figure(
        name,
        queries=sum(each["queries"] for each in told) / handled,
        sql_ms=1000 * sum(each["sql"] for each in told) / handled,
        cpu_ms=1000 * (used := sum(each["cpu"] for each in told)) / handled,
        peak_mb=mean(each["peak_mb"] for each in told),
        more={
            "stored/s": many / storing.wall,
            "drained/s": handled / slowest,
            "both/s": handled / (storing.wall + slowest),
            # Of all processes together, for storing and draining: what the machine has to give for one message.
            "CPU ms in all": 1000 * (storing.cpu + storing.server + used + draining.server) / many,
            "of it PostgreSQL": 1000 * (storing.server + draining.server) / many,
        },
    )


def _drain(workers: int) -> list[dict[str, float]]:
    """Processes that drain until nothing is left; all are ready before the first begins."""
    argv = [sys.executable, "-m", "benchmarks.intake"]
    started = [
        subprocess.Popen(
            argv, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(workers)
    ]
    for each in started:
        assert each.stdout
        each.stdout.readline()
    for each in started:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    return [json.loads(each.communicate()[0]) for each in started]


def work() -> None:
    """One worker process: say that it is ready, wait for the word, drain, tell."""
    django.setup()
    import readings
    from benchmarks.measure import Asked
    from connectors import draining

    warm = readings.read("Hello, my withdrawal is pending.")
    assert warm.topic  # its word lists are loaded
    assert warm.kind
    connection.ensure_connection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    started, used = monotonic(), process_time()
    with connection.execute_wrapper(asked := Asked()):
        handled = draining.drain(seconds=600)
    told = {
        "handled": handled,
        "seconds": monotonic() - started,
        "cpu": process_time() - used,
        "queries": asked.queries,
        "sql": asked.seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    work()
