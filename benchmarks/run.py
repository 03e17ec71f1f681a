"""The whole run: fill, measure part by part, and gather what came out."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from benchmarks import api, intake, live, pages, report, sweep
from benchmarks.measure import Figure
from benchmarks.seed import Desk, fill


def run(size: int, parts: tuple[str, ...]) -> report.Result:
    """Fill the empty database with `size` tickets and measure the `parts`, telling each figure when it is there."""
    started = monotonic()
    desk = fill(size)
    result = report.Result(size, monotonic() - started, [])
    for line in report.head(result):
        report.say(line)
    for figure in _measured(desk, parts):
        report.say(report.row(figure))
        result.figures.append(figure)
    return result


def _measured(desk: Desk, parts: tuple[str, ...]) -> Iterator[Figure]:
    if "pages" in parts:
        yield from pages.measure_pages(desk)
    if "api" in parts:
        yield from api.measure_api(desk)
    if "live" in parts:
        yield live.measure_live(desk)
    if "intake" in parts:
        yield from intake.measure_intake(desk)
    if "sweep" in parts:
        yield from sweep.measure_sweep()
