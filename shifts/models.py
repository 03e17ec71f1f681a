"""Working calendars and their holidays, as stored."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from shifts.calendar import WHOLE_DAY, Calendar, Day, Span, check_day, check_zone

SHAPE = "Opening hours are a list of start and end minutes."


def validate_zone(name: str) -> None:
    try:
        check_zone(name)
    except ValueError as error:
        raise ValidationError(_("Unknown time zone.")) from error


def validate_day(spans: object) -> None:
    """`spans` as JSON: a list of [start, end] in minutes after local midnight."""
    try:
        check_day(_day(spans))
    except ValueError as error:
        raise ValidationError(str(error)) from error


def validate_week(days: object) -> None:
    """`days` as JSON: seven lists of [start, end], Monday first."""
    if not isinstance(days, list) or len(days) != 7:
        raise ValidationError(_("Give the hours of seven days, Monday first."))
    for spans in days:
        validate_day(spans)
    if not any(days):
        raise ValidationError(_("Open at least once a week: a deadline must come some day."))


def open_all_week() -> list[list[Span]]:
    return [list(WHOLE_DAY) for _day_of_week in range(7)]


def _day(spans: object) -> Day:
    match spans:
        case [*pairs]:
            return tuple(_span(pair) for pair in pairs)
    raise ValueError(SHAPE)


def _span(pair: object) -> Span:
    match pair:
        case [int(start), int(end)]:
            return int(start), int(end)
    raise ValueError(SHAPE)


class WorkingCalendar(models.Model):
    """When time counts. Round the clock unless hours say otherwise."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_zone]
    )
    hours = models.JSONField(
        _("hours"),
        default=open_all_week,
        validators=[validate_week],
        help_text=_("Per weekday, Monday first: [start, end] in minutes after local midnight."),
    )
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_calendar"
            ),
            models.CheckConstraint(
                condition=Exact(
                    Func(
                        F("hours"),
                        function="jsonb_array_length",
                        output_field=models.IntegerField(),
                    ),
                    7,
                ),
                name="calendar_hours_of_seven_days",
            ),
            models.CheckConstraint(condition=~Q(hours=[[]] * 7), name="calendar_open_some_day"),
        ]

    def __str__(self) -> str:
        return self.name

    def as_calendar(self) -> Calendar:
        """The pure value that sums are made with, holidays included (one query unless prefetched)."""
        return Calendar(
            zone=self.time_zone,
            week=tuple(_day(spans) for spans in self.hours),
            holidays={holiday.date: _day(holiday.hours) for holiday in self.holidays.all()},
        )


class Holiday(models.Model):
    """A date with hours of its own: closed, or shortened."""

    calendar = models.ForeignKey(WorkingCalendar, on_delete=models.CASCADE, related_name="holidays")
    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=80)
    hours = models.JSONField(_("hours"), default=list, blank=True, validators=[validate_day])

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="one_holiday_per_date"),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.name}"
