"""R5. Machines that disagree about the time: what waits goes by the database's clock, and no deadline moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from django.db import connection
from django.test import Client
from django.utils import timezone

from connectors import draining
from connectors.models import InboundUpdate, UpdateState
from helpdesk.templatetags.look import elapsed
from tests.cast import DANA, GROUP, Desk, Outside, opened
from tests.chaos.figures import tell
from tickets.actions import delivery as outbox
from tickets.actions.outbox import enqueue_removal
from tickets.actions.reply import reply, routes
from tickets.models import Delivery, Message, Ticket, TicketEvent, Verb
from tickets.sla.clock import Metric
from tickets.sla.plan import BUILT_IN
from tickets.sla.sweep import sweep

pytestmark = pytest.mark.django_db
SKEWS = [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=1), timedelta(days=-1)]
SECOND = timedelta(seconds=1)
ODD_MOMENTS = [
    datetime(2028, 2, 29, 23, 59, 30, tzinfo=UTC),  # a leap day ends
    datetime(2026, 3, 29, 0, 59, 30, tzinfo=UTC),  # Berlin's clocks go forward
    datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC),  # and back
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
]


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        found: datetime = cursor.fetchone()[0]
        return found


@pytest.fixture(params=SKEWS, ids=str)
def skewed(request: pytest.FixtureRequest) -> Iterator[time_machine.Traveller]:
    """This process's clock is wrong by so much; PostgreSQL's is right."""
    with time_machine.travel(timezone.now() + request.param, tick=True) as traveller:
        yield traveller


def test_what_comes_in_is_taken_in_at_once(outside: Outside, skewed: object) -> None:
    outside.keep(outside.said(DANA, "my deposit is missing"))
    while draining.drain(seconds=20):
        pass
    assert not InboundUpdate.objects.exclude(state=UpdateState.DONE).exists()
    assert Message.objects.filter(kind="incoming").count() == 1


def test_what_goes_out_waits_for_its_author_and_no_longer(
    desk: Desk, outside: Outside, skewed: object
) -> None:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    acknowledgement = Delivery.objects.get()
    assert abs(acknowledgement.not_before - database_now()) < 5 * SECOND
    desk.alice.undo_seconds = 20
    message = reply(
        actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="On its way."
    )
    held = message.deliveries.get().not_before - database_now()
    assert 10 * SECOND < held <= 20 * SECOND


def test_a_removal_does_not_wait(outside: Outside, skewed: object) -> None:
    said = outside.says(DANA, "hello everybody", chat=GROUP)
    enqueue_removal(said.message)
    removal = outbox.claim()
    assert removal is not None
    assert removal.operation == "delete"


def test_deadlines_are_told_once_by_the_databases_clock(outside: Outside, skewed: object) -> None:
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    later = database_now() + timedelta(hours=1)
    ticket.clocks.update(due_at=later, warn_at=later)
    assert sweep().breached == 0
    ticket.clocks.update(due_at=database_now() - SECOND)
    assert sweep().breached == ticket.clocks.count()
    assert sweep().breached == 0
    assert TicketEvent.objects.filter(verb=Verb.SLA_BREACHED).count() == ticket.clocks.count()


@pytest.mark.parametrize("moment", ODD_MOMENTS, ids=str)
@pytest.mark.parametrize("skew", [timedelta(0), *SKEWS[:2]], ids=str)
def test_a_deadline_is_the_budget_after_the_words(
    outside: Outside, moment: datetime, skew: timedelta
) -> None:
    """By the time at which the requester spoke, as the service says it: our own clock has no part in it."""
    outside.at = int(moment.timestamp())
    with time_machine.travel(moment + skew):
        ticket = opened(outside.says(DANA, "my deposit is missing"))
    clock = ticket.clocks.get(metric="first_response")
    spoken = Message.objects.get(kind="incoming").sent_at
    assert clock.due_at is not None
    wrong = abs(clock.due_at - spoken - BUILT_IN[ticket.priority][Metric.FIRST_RESPONSE])
    tell("R5", f"error of a deadline at {moment:%d %B %Y}, skew {skew}, s", wrong.total_seconds())
    assert wrong <= SECOND


def test_no_page_tells_of_a_negative_time(desk: Desk, outside: Outside, client: Client) -> None:
    """Rows from a machine whose clock is ahead."""
    ticket = opened(outside.says(DANA, "my deposit is missing"))
    ahead = timezone.now() + timedelta(minutes=10)
    Ticket.objects.update(last_message_at=ahead, waiting_since=ahead)
    client.force_login(desk.alice)
    page = client.get(f"/tickets/{ticket.number}/").content.decode()
    assert "my deposit is missing" in page
    assert re.findall(r">-\d+[dhms]<", page) == []
    assert elapsed(timedelta(minutes=-10)) == "0m"


@pytest.mark.parametrize(
    ("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_phone_may_be_wrong_by_one_step(steps: int, fits: bool) -> None:
    secret = totp.generate_totp_secret()
    with time_machine.travel(timezone.now(), tick=False):
        code = totp.format_hotp_value(
            totp.hotp_value(secret, int(timezone.now().timestamp()) // 30 + steps)
        )
        assert totp.validate_totp_code(secret, code) is fits
