"""Stored calendars: what they refuse, and the value that sums are made with."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from shifts.calendar import CLOSED, ROUND_THE_CLOCK, WHOLE_DAY, Calendar
from shifts.models import Holiday, WorkingCalendar

pytestmark = pytest.mark.django_db

NINE_TO_FIVE = [[540, 1020]]
OFFICE = [NINE_TO_FIVE] * 5 + [[], []]


def test_a_new_calendar_is_open_round_the_clock() -> None:
    calendar = WorkingCalendar(name="Always")
    calendar.full_clean()
    calendar.save()
    calendar.refresh_from_db()
    assert calendar.as_calendar() == ROUND_THE_CLOCK


def test_hours_and_holidays_become_one_value() -> None:
    calendar = WorkingCalendar(name="Office", time_zone="Asia/Tehran", hours=OFFICE)
    calendar.full_clean()
    calendar.save()
    closed = Holiday(calendar=calendar, date=date(2027, 3, 21), name="Nowruz")
    short = Holiday(calendar=calendar, date=date(2027, 3, 20), name="Eve", hours=[[540, 720]])
    for holiday in (closed, short):
        holiday.full_clean()
        holiday.save()
    calendar.refresh_from_db()
    assert calendar.as_calendar() == Calendar(
        zone="Asia/Tehran",
        week=(((540, 1020),),) * 5 + (CLOSED,) * 2,
        holidays={date(2027, 3, 21): CLOSED, date(2027, 3, 20): ((540, 720),)},
    )
    assert not calendar.as_calendar().always_open
    assert calendar.as_calendar().hours_on(date(2027, 3, 22)) != WHOLE_DAY


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "Europe"),
        ("hours", {}),
        ("hours", "all day"),
        ("hours", [NINE_TO_FIVE] * 6),
        ("hours", [[]] * 7),
        ("hours", [NINE_TO_FIVE] * 6 + [["09:00", "17:00"]]),
        ("hours", [NINE_TO_FIVE] * 6 + [[[540]]]),
        ("hours", [NINE_TO_FIVE] * 6 + [[[540.5, 600]]]),
        ("hours", [NINE_TO_FIVE] * 6 + [[[0, 1441]]]),
        ("hours", [NINE_TO_FIVE] * 6 + [[[600, 540]]]),
        ("hours", [NINE_TO_FIVE] * 6 + [[[0, 600], [540, 700]]]),
        ("hours", [NINE_TO_FIVE] * 6 + [None]),
    ],
)
def test_nonsense_is_refused_at_its_field(field: str, value: Any) -> None:
    calendar = WorkingCalendar(name="Odd", **{field: value})
    with pytest.raises(ValidationError) as refused:
        calendar.full_clean()
    assert list(refused.value.message_dict) == [field]


def test_odd_holiday_hours_are_refused() -> None:
    calendar = WorkingCalendar.objects.create(name="Office", hours=OFFICE)
    holiday = Holiday(calendar=calendar, date=date(2027, 3, 21), name="Odd", hours=[[0, 5000]])
    with pytest.raises(ValidationError) as refused:
        holiday.full_clean()
    assert list(refused.value.message_dict) == ["hours"]


@pytest.mark.parametrize("hours", [[], [[]] * 7, [NINE_TO_FIVE] * 8, {"mon": []}])
def test_the_database_refuses_weeks_that_cannot_be(hours: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkingCalendar.objects.create(name="Odd", hours=hours)


def test_the_database_refuses_a_second_default_and_a_second_holiday_on_a_date() -> None:
    first = WorkingCalendar.objects.create(name="First", is_default=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkingCalendar.objects.create(name="Second", is_default=True)
    Holiday.objects.create(calendar=first, date=date(2027, 1, 1), name="New Year")
    with pytest.raises(IntegrityError), transaction.atomic():
        Holiday.objects.create(calendar=first, date=date(2027, 1, 1), name="Again")
