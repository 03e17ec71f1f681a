"""Working time between two instants, and an instant after some working time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shifts.calendar import (
    CLOSED,
    ROUND_THE_CLOCK,
    WHOLE_DAY,
    Calendar,
    Day,
    NoWorkingTime,
    add_working_time,
    working_time,
)

H = 60
EIGHT_HOURS: Day = ((9 * H, 17 * H),)
SPLIT: Day = ((9 * H, 13 * H), (16 * H, 20 * H))
EVENING: Day = ((16 * H, 24 * H),)


def weekdays(zone: str, hours: Day, **holidays: Day) -> Calendar:
    """Open Monday to Friday; holidays as d2027_03_29=hours."""
    dates = {
        datetime.strptime(key, "d%Y_%m_%d").replace(tzinfo=UTC).date(): day
        for key, day in holidays.items()
    }
    return Calendar(zone, (hours,) * 5 + (CLOSED,) * 2, dates)


def daily(zone: str, hours: Day = WHOLE_DAY) -> Calendar:
    return Calendar(zone, (hours,) * 7)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"2027-{text}:00+00:00")


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


BERLIN = weekdays("Europe/Berlin", EIGHT_HOURS)
ISTANBUL_SPLIT = daily("Europe/Istanbul", SPLIT)
SHORT_EVE = weekdays(
    "Europe/Berlin", EIGHT_HOURS, d2027_12_24=((9 * H, 12 * H),), d2027_12_27=CLOSED
)
SUNDAY_OPENING = Calendar("UTC", (CLOSED,) * 7, {date(2027, 6, 6): EIGHT_HOURS})

# 2027: clocks go forward in Berlin on 28 March (02:00 -> 03:00) and back on 31 October (03:00 -> 02:00); in Cairo
# forward on 30 April (00:00 -> 01:00) and back at the midnight after 28 October (24:00 -> 23:00); in Havana back on
# 7 November (01:00 -> 00:00); on Lord Howe Island by half an hour on 4 April.
SUMS = [
    ("round the clock is plain time", ROUND_THE_CLOCK, "03-27T12:00", "03-28T12:30", 24.5),
    ("within one day", BERLIN, "03-01T09:00", "03-01T11:00", 2),
    ("before opening counts nothing", BERLIN, "03-01T05:00", "03-01T08:00", 0),
    ("over the night", BERLIN, "03-01T15:00", "03-02T09:00", 2),
    ("over the weekend", BERLIN, "03-05T15:00", "03-08T09:00", 2),
    ("on Saturday", BERLIN, "03-06T09:00", "03-06T15:00", 0),
    ("over the weekend when clocks go forward", BERLIN, "03-26T15:00", "03-29T08:00", 2),
    ("over the weekend when clocks go back", BERLIN, "10-29T14:00", "11-01T09:00", 2),
    ("a spring day has 23 hours", daily("Europe/Berlin"), "03-27T23:00", "03-28T22:00", 23),
    ("a night shift loses an hour", daily("Europe/Berlin", ((0, 8 * H),)), "03-27T20:00", "03-28T12:00", 7),
    ("a night shift gains an hour", daily("Europe/Berlin", ((0, 8 * H),)), "10-30T18:00", "10-31T12:00", 9),
    ("opening in the hour that is skipped", daily("Europe/Berlin", ((150, 240),)), "03-28T00:00", "03-28T12:00", 1),
    ("hours that are skipped whole", daily("Europe/Berlin", ((130, 170),)), "03-27T20:00", "03-28T12:00", 0),
    ("closing in the hour that is skipped", daily("Europe/Berlin", ((0, 150),)), "03-27T20:00", "03-28T12:00", 2),
    ("closing at a time that comes twice", daily("Europe/Berlin", ((0, 150),)), "10-30T20:00", "10-31T12:00", 2.5),
    ("opening at a time that comes twice", daily("Europe/Berlin", ((150, 240),)), "10-30T20:00", "10-31T12:00", 2.5),
    ("touching spans in the hour that comes twice", daily("Europe/Berlin", ((0, 150), (150, 1440))),
     "10-30T22:00", "10-31T23:00", 25),
    ("touching spans in the hour that is skipped", daily("Europe/Berlin", ((0, 150), (150, 1440))),
     "03-27T23:00", "03-28T22:00", 23),
    ("a day without its first hour", daily("Africa/Cairo"), "04-29T22:00", "04-30T21:00", 23),
    ("midnight put back to 23:00", daily("Africa/Cairo"), "10-27T21:00", "10-28T22:00", 25),
    ("a midnight that comes twice", daily("America/Havana", ((22 * H, 24 * H),)), "11-06T12:00", "11-07T12:00", 2),
    ("half an hour back", daily("Australia/Lord_Howe", ((0, 8 * H),)), "04-03T11:00", "04-04T02:00", 8.5),
    ("split day", ISTANBUL_SPLIT, "06-01T06:00", "06-01T17:00", 8),
    ("the break of a split day", ISTANBUL_SPLIT, "06-01T10:00", "06-01T13:00", 0),
    ("until midnight", daily("Asia/Shanghai", EVENING), "06-01T08:00", "06-02T08:00", 8),
    ("through midnight without a hole", daily("Asia/Tehran"), "06-01T20:00", "06-01T21:00", 1),
    ("a zone of half hours", daily("Asia/Tehran", EIGHT_HOURS), "06-01T05:00", "06-01T06:30", 1),
    ("a shortened holiday", SHORT_EVE, "12-24T08:00", "12-24T16:00", 3),
    ("holiday, weekend, holiday", SHORT_EVE, "12-24T10:00", "12-28T09:00", 2),
    ("open only on a special date", SUNDAY_OPENING, "01-01T00:00", "12-31T00:00", 8),
    ("end before start", BERLIN, "03-02T11:00", "03-02T09:00", 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "start", "end", "expected"), [row[1:] for row in SUMS], ids=[r[0] for r in SUMS]
)
def test_working_time(calendar: Calendar, start: str, end: str, expected: float) -> None:
    assert working_time(calendar, utc(start), utc(end)) == hours(expected)


ADDITIONS = [
    ("round the clock", ROUND_THE_CLOCK, "03-27T12:00", 24, "03-28T12:00"),
    ("ends at closing time, not at the next opening", BERLIN, "03-01T08:00", 8, "03-01T16:00"),
    ("goes on the next morning", BERLIN, "03-01T15:00", 2, "03-02T09:00"),
    ("started at night", BERLIN, "03-01T22:00", 1, "03-02T09:00"),
    ("nothing to add stays where it is", BERLIN, "03-06T12:00", 0, "03-06T12:00"),
    ("Friday to Monday as clocks go forward", BERLIN, "03-26T15:00", 3, "03-29T09:00"),
    ("Friday to Monday as clocks go back", BERLIN, "10-29T14:00", 2, "11-01T09:00"),
    (
        "through the spring night",
        daily("Europe/Berlin", ((0, 8 * H),)),
        "03-27T23:00",
        7,
        "03-28T06:00",
    ),
    (
        "through the autumn night",
        daily("Europe/Berlin", ((0, 8 * H),)),
        "10-30T22:00",
        9,
        "10-31T07:00",
    ),
    ("over the break of a split day", ISTANBUL_SPLIT, "06-01T09:00", 2, "06-01T14:00"),
    (
        "until midnight is the next day's 00:00",
        daily("UTC", EVENING),
        "06-01T16:00",
        8,
        "06-02T00:00",
    ),
    ("past a shortened day, a weekend and a holiday", SHORT_EVE, "12-24T10:00", 2, "12-28T09:00"),
    ("waits for a special date", SUNDAY_OPENING, "01-01T00:00", 8, "06-06T17:00"),
]


@pytest.mark.parametrize(
    ("calendar", "start", "amount", "expected"),
    [row[1:] for row in ADDITIONS],
    ids=[r[0] for r in ADDITIONS],
)
def test_add_working_time(calendar: Calendar, start: str, amount: float, expected: str) -> None:
    assert add_working_time(calendar, utc(start), hours(amount)) == utc(expected)


def test_instants_of_any_zone_come_out_in_utc() -> None:
    tehran = datetime(2027, 3, 1, 13, 30, tzinfo=timezone(timedelta(hours=3, minutes=30)))
    due = add_working_time(BERLIN, tehran, hours(1))
    assert due == utc("03-01T11:00")
    assert due.tzinfo is UTC


def test_no_working_time_ahead_is_an_error_that_says_so() -> None:
    with pytest.raises(NoWorkingTime, match="No working time ahead"):
        add_working_time(SUNDAY_OPENING, utc("06-06T10:00"), hours(8))
    with pytest.raises(NoWorkingTime):
        add_working_time(Calendar(week=(CLOSED,) * 7), utc("06-06T10:00"), hours(1))


def test_negative_working_time_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_time(BERLIN, utc("03-01T09:00"), hours(-1))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "../etc/passwd", "/etc/localtime"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="Unknown time zone"):
        Calendar(zone)


@pytest.mark.parametrize(
    "day", [((0, 1441),), ((-1, 60),), ((60, 60),), ((120, 60),), ((0, 90), (60, 120))]
)
def test_hours_that_cannot_be_are_refused(day: Day) -> None:
    with pytest.raises(ValueError, match="within one day"):
        daily("UTC", day)
    with pytest.raises(ValueError, match="within one day"):
        Calendar(holidays={date(2027, 1, 1): day})


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven"):
        Calendar(week=(WHOLE_DAY,) * 6)


ZONES = "UTC Europe/Berlin Asia/Tehran Asia/Shanghai Africa/Cairo America/Havana Australia/Lord_Howe Asia/Kathmandu"
minutes_of_day = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)
days = minutes_of_day.map(lambda cuts: tuple(zip(cuts[::2], cuts[1::2], strict=False)))
near_2027 = st.dates(date(2026, 12, 1), date(2028, 1, 31))
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES.split()),
    week=st.tuples(*[days] * 7).filter(any),
    holidays=st.dictionaries(near_2027, days, max_size=5),
)
instants = st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.timedeltas(timedelta(0), timedelta(hours=40))


@given(calendars, instants, amounts)
def test_what_was_added_is_what_is_measured(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    end = add_working_time(calendar, start, amount)
    assert working_time(calendar, start, end) == amount


@given(calendars, instants, amounts, amounts)
def test_more_working_time_never_ends_earlier(
    calendar: Calendar, start: datetime, less: timedelta, more: timedelta
) -> None:
    ends = [add_working_time(calendar, start, less), add_working_time(calendar, start, less + more)]
    assert start <= ends[0] <= ends[1]
    assert (ends[0] == ends[1]) == (not more)


@given(calendars, st.tuples(instants, instants, instants).map(sorted))
def test_working_time_adds_up_and_never_exceeds_plain_time(
    calendar: Calendar, at: list[datetime]
) -> None:
    first, second = working_time(calendar, at[0], at[1]), working_time(calendar, at[1], at[2])
    assert working_time(calendar, at[0], at[2]) == first + second
    assert timedelta(0) <= first <= at[1] - at[0]
