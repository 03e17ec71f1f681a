"""A changed policy or calendar is noticed however it was changed, and its clocks are planned anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Team
from shifts.models import Holiday, WorkingCalendar
from tests.tickets.sla_rows import clock_of, make_policy, make_ticket
from tests.tickets.sla_stories import NORMAL
from tickets.models import SLATarget, Ticket
from tickets.sla.changes import replan_changed
from tickets.sla.happenings import Happening
from tickets.sla.stored import record

pytestmark = pytest.mark.django_db(transaction=True)


def opened(team: Team) -> Ticket:
    now = timezone.now()
    ticket = make_ticket(team, at=now)
    with transaction.atomic():
        record(ticket, Happening.OPENED, at=now)
        ticket.save()
    return ticket


def due(ticket: Ticket) -> datetime:
    at = clock_of(ticket).due_at
    assert at is not None
    return at


def test_a_longer_promise_moves_the_deadline_once() -> None:
    team = Team.objects.create(name="Support")
    calendar = WorkingCalendar.objects.create(name="Round the clock")
    make_policy(team, calendar, {"normal": NORMAL})
    ticket = opened(team)
    replan_changed()
    before = due(ticket)
    target = SLATarget.objects.get(metric="first_response", priority="normal")
    target.budget += timedelta(hours=2)
    target.save()
    assert replan_changed() == 1
    assert due(ticket) == before + timedelta(hours=2)
    assert replan_changed() == 0


def test_a_holiday_in_the_calendar_is_a_change() -> None:
    team = Team.objects.create(name="Support")
    calendar = WorkingCalendar.objects.create(name="Round the clock")
    make_policy(team, calendar, {"normal": NORMAL})
    ticket = opened(team)
    replan_changed()
    before = due(ticket)
    Holiday.objects.create(calendar=calendar, date=timezone.now().date(), name="Nowruz")
    Holiday.objects.create(
        calendar=calendar, date=(timezone.now() + timedelta(days=1)).date(), name="Nowruz"
    )
    assert replan_changed() == 1
    assert due(ticket) >= before + timedelta(hours=20)
