"""Words of a requester on a ticket: what they change in its row and its clocks."""

from __future__ import annotations

from django.db.models import Q

from readings import Reading
from tickets.actions.events import happened
from tickets.actions.rows import save
from tickets.models import Message, MessageKind, Speaker, Status, Ticket, Verb
from tickets.models.tickets import Priority
from tickets.sla.stored import Happening, record


def add_words(ticket: Ticket, message: Message, reading: Reading, *, first: bool = False) -> None:
    """Put the message on the ticket (whose row is held) and save both.

    Thanks, a sticker or a reaction after solving neither reopens nor starts a clock.
    """
    message.ticket = ticket
    save(message, "ticket")
    counts = first or reading.kind == "substance" or (reading.kind == "nudge" and ticket.is_open)
    show_last(ticket, message, Speaker.THEY)
    if message.conversation is not None and message.conversation.is_private:
        ticket.is_public = False
    happened(ticket, Verb.RECEIVED, message=message)
    if counts:
        _wake_up(ticket, message, reading)
    if counts and not first:
        record(ticket, Happening.INCOMING, at=message.sent_at)
    save(ticket)


def show_last(ticket: Ticket, message: Message, speaker: Speaker) -> None:
    """The queue row shows the latest words and who said them."""
    ticket.last_speaker = speaker
    ticket.last_message_at = max(ticket.last_message_at, message.sent_at)
    ticket.excerpt = message.line or ticket.excerpt


def show_latest(ticket: Ticket) -> None:
    """Put the row back to what stands now: something was taken back, or said in other words."""
    last = (
        ticket.messages.filter(Q(contact=None) | Q(contact=ticket.requester), deleted_at=None)
        .exclude(Q(kind=MessageKind.NOTE) | Q(automatic=True))
        .order_by("-sent_at", "-id")
        .first()
    )
    if last is None:
        return
    ticket.last_message_at = last.sent_at
    show_last(ticket, last, Speaker.THEY if last.kind == MessageKind.INCOMING else Speaker.US)


def _wake_up(ticket: Ticket, message: Message, reading: Reading) -> None:
    """Substance from the requester: it waits for us again."""
    if ticket.waiting_since is None:
        ticket.waiting_since = message.sent_at
    if reading.priority == "urgent" and ticket.priority != Priority.URGENT:
        happened(
            ticket, Verb.PRIORITY_CHANGED, old=ticket.priority, new=Priority.URGENT, automatic=True
        )
        ticket.priority = Priority.URGENT
        record(ticket, Happening.PLAN_CHANGED, at=message.sent_at)
    if ticket.status in (Status.SOLVED, Status.PENDING):
        verb = Verb.REOPENED if ticket.status == Status.SOLVED else Verb.STATUS_CHANGED
        happened(ticket, verb, old=ticket.status, new=Status.OPEN, automatic=True)
        ticket.status = Status.OPEN
        ticket.solved_at = None
