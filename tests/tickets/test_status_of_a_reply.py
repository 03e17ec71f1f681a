"""A status that was set by a reply ("send and solve") falls with the reply, unless somebody has set another since."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from tests.cast import DANA, Desk, Outside
from tickets.actions import delivery, reply
from tickets.actions.status import change_status
from tickets.models import Delivery, DeliveryState, Message, Status, Ticket

pytestmark = pytest.mark.django_db


def solved_by_reply(desk: Desk, outside: Outside) -> Message:
    ticket = outside.says(DANA, "My withdrawal has not arrived").ticket
    assert ticket is not None
    desk.alice.undo_seconds = 10
    route = reply.routes(ticket)[0]
    return reply.reply(
        actor=desk.alice, ticket=ticket, conversation=route, text="It has.", then=Status.SOLVED
    )


def ticket_of(message: Message) -> Ticket:
    assert message.ticket is not None
    return Ticket.objects.get(pk=message.ticket.pk)


def test_undo_opens_the_ticket_again(desk: Desk, outside: Outside) -> None:
    message = solved_by_reply(desk, outside)
    assert ticket_of(message).status == Status.SOLVED
    reply.undo(actor=desk.alice, message=message)
    ticket = ticket_of(message)
    assert (ticket.status, ticket.solved_at) == (Status.OPEN, None)
    assert ticket.next_due_at is not None
    assert ticket.last_speaker == "they"


def test_a_failure_for_good_opens_the_ticket_again(desk: Desk, outside: Outside) -> None:
    message = solved_by_reply(desk, outside)
    part = Delivery.objects.get(message=message)
    Delivery.objects.filter(pk=part.pk).update(state=DeliveryState.SENDING, claimed_at=Now())
    delivery.finish(part, DeliveryState.FAILED, reason="blocked")
    assert ticket_of(message).status == Status.OPEN


def test_a_later_status_stays(desk: Desk, outside: Outside) -> None:
    message = solved_by_reply(desk, outside)
    change_status(actor=desk.bob, ticket=ticket_of(message), status=Status.ON_HOLD)
    reply.undo(actor=desk.alice, message=message)
    assert ticket_of(message).status == Status.ON_HOLD
