"""When time counts: weekly opening hours in a zone, less holidays. Pure: no ORM, no current time.

Instants go in and come out as aware UTC datetimes. Hours are wall-clock minutes of a local day, so sums go through
local time: Python subtracts wall clocks inside one zone and would call a 23-hour day 24.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Span = tuple[int, int]
"""Minutes after local midnight, half-open; 1440 is the midnight that ends the day."""
Day = tuple[Span, ...]

MINUTES_A_DAY = 24 * 60
CLOSED: Day = ()
WHOLE_DAY: Day = ((0, MINUTES_A_DAY),)
ZERO = timedelta(0)
ONE_DAY = timedelta(days=1)
LAST_DAY = date.max - 2 * ONE_DAY
"""Its midnights can be written in every zone."""


class NoWorkingTime(Exception):
    """The calendar does not hold that much working time after the start."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours, Monday first, and the dates that differ. Raises ValueError for hours or a zone that cannot be."""

    zone: str = "UTC"
    week: tuple[Day, ...] = (WHOLE_DAY,) * 7
    holidays: Mapping[date, Day] = field(default_factory=dict, hash=False)
    """A date's own hours instead of its weekday's; empty when closed."""

    def __post_init__(self) -> None:
        check_zone(self.zone)
        if len(self.week) != 7:
            raise ValueError("A week has seven days.")
        for day in (*self.week, *self.holidays.values()):
            check_day(day)

    @property
    def always_open(self) -> bool:
        """True for 24x7 without holidays: working time is then plain time."""
        return not self.holidays and all(day == WHOLE_DAY for day in self.week)

    def hours_on(self, day: date) -> Day:
        """Opening hours of a local date."""
        return self.holidays.get(day, self.week[day.weekday()])

    def last_day(self) -> date:
        """The last local date that may be open at all."""
        return LAST_DAY if any(self.week) else max(self.holidays, default=date.min)


def check_zone(name: str) -> None:
    """Raise ValueError unless `name` is a known IANA zone."""
    try:
        ZoneInfo(name)
    except (
        ZoneInfoNotFoundError,
        OSError,
        ValueError,
    ) as error:  # OSError: "Europe" names a directory
        raise ValueError(f"Unknown time zone: {name!r}.") from error


def check_day(day: Day) -> None:
    """Raise ValueError unless the spans lie within one day, in order, without overlap."""
    closed_at = 0
    for start, end in day:
        if not closed_at <= start < end <= MINUTES_A_DAY:
            raise ValueError(
                "Opening hours must lie within one day, in order, and must not overlap."
            )
        closed_at = end


ROUND_THE_CLOCK = Calendar()


def working_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time between two aware instants; zero when `end` is not after `start`."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if calendar.always_open:
        return max(end - start, ZERO)
    total = ZERO
    for opens, closes in _stretches(calendar, start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def add_working_time(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """The first instant, in UTC, by which `amount` of working time has passed since `start`.

    Raises NoWorkingTime when the calendar holds less than that ahead, ValueError for a negative amount.
    """
    start = start.astimezone(UTC)
    if amount < ZERO:
        raise ValueError("Working time to add must not be negative.")
    if calendar.always_open or not amount:
        return start + amount
    for opens, closes in _stretches(calendar, start):
        if closes - opens >= amount:
            return opens + amount
        amount -= closes - opens
    raise NoWorkingTime(f"No working time ahead for another {amount}.")


def _stretches(calendar: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches after `start` in UTC, in order, the first one cut to begin no earlier than `start`."""
    zone = ZoneInfo(calendar.zone)
    # A day early: where clocks go back over midnight, an instant's local date is not the one whose hours cover it.
    day = start.astimezone(zone).date() - ONE_DAY
    last = calendar.last_day()
    while day <= last:
        for opens, closes in _day_in_utc(calendar.hours_on(day), day, zone):
            if max(opens, start) < closes:
                yield max(opens, start), closes
        day += ONE_DAY


def _day_in_utc(hours: Day, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    midnight = datetime.combine(day, time())
    for start, end in hours:
        yield (
            _instant(midnight + timedelta(minutes=start), zone),
            _instant(midnight + timedelta(minutes=end), zone),
        )


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks in the zone read `wall` or later.

    So a time that occurs twice is its first occurrence, and one that is skipped is the moment of the change: touching
    spans neither overlap nor leave a hole on any day.
    """
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(instant, zone) == wall:
        return instant
    # Skipped. Read with the offsets before and after the change, it brackets the change.
    earliest = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds = range(int((instant - earliest).total_seconds()))
    passed = bisect_left(
        seconds, wall, key=lambda after: _wall(earliest + timedelta(seconds=after), zone)
    )
    return earliest + timedelta(seconds=passed)


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
