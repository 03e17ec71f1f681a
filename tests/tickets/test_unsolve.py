"""A hasty "solved" can be taken back, as a hasty reply can."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.cast import DANA, Desk, Outside, opened
from tickets.models import Delivery, DeliveryState, Question, Status, Ticket, TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(desk: Desk, outside: Outside, client: Client) -> Ticket:
    User.objects.update(undo_seconds=5)
    outside.at = int(timezone.now().timestamp()) - 60
    client.force_login(desk.alice)
    return opened(outside.says(DANA, "my withdrawal is pending"))


def press(client: Client, ticket: Ticket, what: str, **form: str) -> int:
    """Returns the answer's status."""
    return client.post(f"/tickets/{ticket.pk}/{what}/", form).status_code


def offers(client: Client, ticket: Ticket) -> bool:
    return "status/undo/" in client.get(f"/tickets/{ticket.pk}/").content.decode()


@pytest.mark.parametrize("status", [Status.NEW, Status.PENDING, Status.ON_HOLD])
def test_it_is_as_it_was(client: Client, ticket: Ticket, status: Status) -> None:
    if status != Status.NEW:
        press(client, ticket, "status", status=status)
    ticket.refresh_from_db()
    before = (ticket.status, ticket.solved_at, ticket.waiting_since, ticket.is_open)
    due = ticket.next_due_at
    assert not offers(client, ticket)

    press(client, ticket, "status", status="solved")
    assert offers(client, ticket)
    assert press(client, ticket, "status/undo") == 302

    ticket.refresh_from_db()
    assert (ticket.status, ticket.solved_at, ticket.waiting_since, ticket.is_open) == before
    assert (ticket.next_due_at is None) == (due is None)
    if due and ticket.next_due_at:
        assert abs(ticket.next_due_at - due) < timedelta(seconds=2)
    assert not offers(client, ticket)
    assert press(client, ticket, "status/undo") == 409


def test_the_requester_is_not_asked_whether_it_is_solved(client: Client, ticket: Ticket) -> None:
    press(client, ticket, "status", status="solved")
    question = ticket.questions.get(kind=Question.Kind.SOLVED)
    delivery = Delivery.objects.get(message=question.message)
    assert delivery.not_before > timezone.now() + timedelta(seconds=2)
    press(client, ticket, "status/undo")
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.CANCELLED


def test_it_is_nobody_elses(client: Client, desk: Desk, ticket: Ticket) -> None:
    press(client, ticket, "status", status="solved")
    client.force_login(desk.bob)
    assert not offers(client, ticket)
    assert press(client, ticket, "status/undo") == 409


def test_what_was_changed_since_stays(
    client: Client, outside: Outside, desk: Desk, ticket: Ticket
) -> None:
    press(client, ticket, "status", status="solved")
    outside.says(DANA, "no, it has still not arrived")
    assert not offers(client, ticket)
    assert press(client, ticket, "status/undo") == 409


def test_it_is_offered_for_a_moment_only(client: Client, ticket: Ticket) -> None:
    press(client, ticket, "status", status="solved")
    TicketEvent.objects.update(created_at=timezone.now() - timedelta(seconds=6))
    assert not offers(client, ticket)
