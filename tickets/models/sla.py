"""The promise, and the clocks that measure it. What moves a clock is in `tickets.sla.clock`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from shifts.models import WorkingCalendar
from tickets.sla.clock import Metric

METRICS = [
    (Metric.FIRST_RESPONSE.value, _("First response")),
    (Metric.NEXT_RESPONSE.value, _("Next response")),
    (Metric.RESOLUTION.value, _("Resolution")),
]
PRIORITIES = [
    ("low", _("Low")),
    ("normal", _("Normal")),
    ("high", _("High")),
    ("urgent", _("Urgent")),
]


class SLAPolicy(models.Model):
    """A promise for one team, or for every team that has none of its own. Without any row the built-in one holds."""

    name = models.CharField(max_length=80, unique=True)
    team = models.OneToOneField(
        Team, models.CASCADE, null=True, blank=True, related_name="sla_policy"
    )
    calendar = models.ForeignKey(WorkingCalendar, models.PROTECT, related_name="sla_policies")
    is_default = models.BooleanField(default=False)
    planned_by = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="sla_policy_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(team=None), name="sla_policy_default_has_no_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SLATarget(models.Model):
    """How much working time one metric may take at one priority. A metric without a row is not promised."""

    policy = models.ForeignKey(SLAPolicy, models.CASCADE, related_name="targets")
    metric = models.CharField(max_length=16, choices=METRICS)
    priority = models.CharField(max_length=8, choices=PRIORITIES)
    budget = models.DurationField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "metric", "priority"], name="sla_target_once"
            ),
            models.CheckConstraint(
                condition=Q(budget__gt=timedelta(0)), name="sla_target_budget_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.priority}: {self.budget}"


class SLAClock(models.Model):
    """One measurement of one ticket: what `tickets.sla.clock.Clock` is, field by field.

    `due_at` stays when the clock is met; it is null exactly while paused.
    """

    ticket = models.ForeignKey(
        "tickets.Ticket", models.CASCADE, related_name="clocks", db_index=False
    )
    metric = models.CharField(max_length=16, choices=METRICS)
    budget = models.DurationField()
    started_at = models.DateTimeField()
    resumed_at = models.DateTimeField()
    spent = models.DurationField(default=timedelta)
    paused_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    warn_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    met_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    # What an exact way back needs when an answer is undone or never arrives.
    answers: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    former: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("SLA clock")
        verbose_name_plural = _("SLA clocks")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "metric"], name="sla_clock_once_per_metric"),
            models.CheckConstraint(
                condition=Q(budget__gt=timedelta(0), spent__gte=timedelta(0)),
                name="sla_clock_time_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, due_at__isnull=False, warn_at__isnull=False)
                | Q(paused_at__isnull=False, due_at=None, warn_at=None),
                name="sla_clock_due_unless_paused",
            ),
        ]
        indexes = [
            # What the sweep claims: rows leave these indexes once they are met, warned of or breached.
            models.Index(
                "due_at",
                name="sla_clock_to_breach",
                condition=Q(due_at__isnull=False, met_at=None, breached_at=None),
            ),
            models.Index(
                "warn_at",
                name="sla_clock_to_warn",
                condition=Q(warn_at__isnull=False, met_at=None, breached_at=None, warned_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} of #{self.ticket_id}"
