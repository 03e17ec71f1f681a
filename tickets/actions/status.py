"""Status and assignment of a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import capabilities
from accounts.models import User
from helpdesk.errors import Conflict, Invalid
from tickets.actions.events import happened, locked
from tickets.actions.questions import follow_status
from tickets.models import Message, Status, Ticket, TicketEvent, Verb
from tickets.sla.stored import Happening, record

HAPPENING: Final = {
    Status.NEW: Happening.OPEN,
    Status.OPEN: Happening.OPEN,
    Status.PENDING: Happening.PENDING,
    Status.ON_HOLD: Happening.ON_HOLD,
    Status.SOLVED: Happening.SOLVED,
    Status.CLOSED: Happening.CLOSED,
}
CHOICES: Final = (Status.OPEN, Status.PENDING, Status.ON_HOLD, Status.SOLVED)
"""What an agent may set. `new` is how a ticket starts, `closed` how it ends by itself."""


STATUS_VERBS: Final = (Verb.STATUS_CHANGED, Verb.REOPENED)


def set_status(
    ticket: Ticket,
    status: Status,
    *,
    actor: User | None,
    at: datetime,
    message: Message | None = None,
    hold: timedelta = timedelta(0),
) -> None:
    """Change a held ticket's status, on the strength of a reply if `message` is given; the caller saves it.

    What it asks the requester waits for `hold`, so that it can be taken back.
    """
    happened(
        ticket, Verb.STATUS_CHANGED, actor=actor, message=message, old=ticket.status, new=status
    )
    ticket.status = status
    ticket.solved_at = at if status in (Status.SOLVED, Status.CLOSED) else None
    record(ticket, HAPPENING[status], at=at)
    follow_status(ticket, at=at + hold, asks=actor is not None, message=message)


def restore_status(ticket: Ticket, message: Message, *, at: datetime) -> None:
    """The reply never arrived: what was set on its strength goes back, unless the status has changed since."""
    change = ticket.events.filter(verb=Verb.STATUS_CHANGED, message=message).order_by("-pk").first()
    if change is not None and ticket.status == change.payload["new"]:
        set_status(ticket, Status(change.payload["old"]), actor=None, at=at)


def change_status(*, actor: User, ticket: Ticket, status: str) -> Ticket:
    """Set the status. Raises NotAllowed, and Invalid for a status that cannot be set."""
    capabilities.require(actor, capabilities.TICKET_STATUS, ticket.team_id)
    if status not in CHOICES:
        raise Invalid(_("That is not a status you can set."))
    with transaction.atomic():
        ticket = locked(ticket.pk)
        if ticket.status == status:
            return ticket
        if ticket.status == Status.CLOSED:
            raise Invalid(_("A closed ticket stays closed."))
        hold = timedelta(seconds=actor.undo_seconds)
        set_status(ticket, Status(status), actor=actor, at=timezone.now(), hold=hold)
        ticket.save()
    return ticket


def unsolve(*, actor: User, ticket: Ticket) -> Ticket:
    """Take a hasty "solved" of the actor's back, if nothing has changed it since. Raises NotAllowed, Conflict."""
    capabilities.require(actor, capabilities.TICKET_STATUS, ticket.team_id)
    with transaction.atomic():
        ticket = locked(ticket.pk)
        change = ticket.events.filter(verb__in=STATUS_VERBS).order_by("-pk").first()
        if change is None or not can_unsolve(change, ticket, actor):
            raise Conflict(_("The status has changed since."))
        set_status(ticket, Status(change.payload["old"]), actor=actor, at=timezone.now())
        ticket.save()
    return ticket


def can_unsolve(change: TicketEvent, ticket: Ticket, actor: User) -> bool:
    """Whether the latest change of the status was their "solved". One that came with a reply goes with the reply."""
    return (
        ticket.status == Status.SOLVED
        and change.actor_id == actor.pk
        and change.message_id is None
        and change.payload.get("new") == ticket.status
    )


def assign(
    *, actor: User, ticket: Ticket, assignee: User | None, expected: int | bool | None = False
) -> Ticket:
    """Give the ticket to somebody of its team, or to nobody.

    `expected` is the assignee's id (or None) that the actor saw; anything else now raises Conflict. False does not ask.
    Raises NotAllowed, Invalid, Conflict.
    """
    own = assignee is not None and assignee.pk == actor.pk
    capabilities.require(
        actor,
        capabilities.TICKET_ASSIGN_SELF if own else capabilities.TICKET_ASSIGN,
        ticket.team_id,
    )
    if assignee is not None and not may_own(assignee, ticket):
        raise Invalid(_("They are not in this ticket's team."))
    with transaction.atomic():
        ticket = locked(ticket.pk)
        if ticket.assignee_id == (assignee.pk if assignee else None):
            return ticket
        if expected is not False and ticket.assignee_id != expected:
            raise Conflict(_("Somebody else has taken it in the meantime."))
        happened(
            ticket,
            Verb.ASSIGNED,
            actor=actor,
            old=ticket.assignee_id,
            name=assignee.display_name if assignee else "",
        )
        ticket.assignee = assignee
        ticket.save(update_fields=["assignee", "version"])
    return ticket


def may_own(user: User, ticket: Ticket) -> bool:
    """Whether the ticket can be theirs: an active member of its team."""
    return user.is_active and user.memberships.filter(team_id=ticket.team_id).exists()
