"""A place in an order by time and number, as text for an address: pages begin there, however many rows come before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Position = tuple[datetime, int]


def mark(at: datetime, number: int) -> str:
    """The place of a row: microseconds since 1970, and its number among those of that instant."""
    return f"{(at - EPOCH) // MICROSECOND}-{number}"


def position(mark: str) -> Position | None:
    """The other way round; None for none and for nonsense."""
    micros, _dash, number = mark.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (micros, number)):
        return None
    try:
        return EPOCH + int(micros) * MICROSECOND, int(number)
    except OverflowError:
        return None
