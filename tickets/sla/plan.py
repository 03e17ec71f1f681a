"""What is promised to a ticket: its team's policy, else the default one, else the built-in promise around the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Final

from django.db.models import F, Q

from shifts.calendar import ROUND_THE_CLOCK, Calendar
from tickets.models import SLAPolicy
from tickets.sla.clock import Metric


def _budgets(first: int, following: int, resolution: int) -> dict[Metric, timedelta]:
    """In minutes."""
    minutes = zip(Metric, (first, following, resolution), strict=True)
    return {metric: timedelta(minutes=amount) for metric, amount in minutes}


BUILT_IN: Final[Mapping[str, Mapping[Metric, timedelta]]] = {
    "urgent": _budgets(5, 10, 4 * 60),
    "high": _budgets(15, 30, 8 * 60),
    "normal": _budgets(60, 2 * 60, 24 * 60),
    "low": _budgets(4 * 60, 8 * 60, 72 * 60),
}


class TicketPlan:
    """The plan for one team and priority; asks the database only for what is used, once."""

    def __init__(self, team_id: int, priority: str) -> None:
        self.team_id = team_id
        self.priority = priority

    @cached_property
    def policy(self) -> SLAPolicy | None:
        policies = SLAPolicy.objects.filter(Q(team=self.team_id) | Q(is_default=True))
        return policies.select_related("calendar").order_by(F("team").asc(nulls_last=True)).first()

    @cached_property
    def calendar(self) -> Calendar:
        return self.policy.calendar.as_calendar() if self.policy else ROUND_THE_CLOCK

    @cached_property
    def budgets(self) -> Mapping[Metric, timedelta]:
        if self.policy is None:
            return BUILT_IN[self.priority]
        targets = self.policy.targets.filter(priority=self.priority)
        return {
            Metric(metric): budget for metric, budget in targets.values_list("metric", "budget")
        }
