"""Writing down what happened. Called by every action, inside its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpdesk import live
from helpdesk.hints import after_commit
from tickets.actions.rows import insert
from tickets.models import Message, Ticket, TicketEvent, Verb

if TYPE_CHECKING:
    from accounts.models import User


def locked(number: int) -> Ticket:
    """The ticket, held until the transaction ends. Raises Ticket.DoesNotExist."""
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("requester", "team")
        .get(pk=number)
    )


def happened(
    ticket: Ticket,
    verb: Verb,
    *,
    actor: User | None = None,
    message: Message | None = None,
    **payload: Any,
) -> TicketEvent:
    """Write one event, raise the ticket's version, and wake the live pages after the commit.

    The caller holds the ticket's row and saves it afterwards.
    """
    ticket.version += 1
    event = TicketEvent(ticket=ticket, verb=verb, actor=actor, message=message, payload=payload)
    insert(event)
    after_commit(live.wake)
    return event
