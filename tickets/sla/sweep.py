"""Deadlines that come near or pass: each is claimed once, however many sweeps run, and told as one event.

A sweep never waits: a ticket whose row an action holds is left to the next round. (Events need a share of the ticket's
row, and actions take ticket, then clocks; a sweep that waited would sooner or later stand in a deadlock.) The database
has the only clock here, so that machines need not agree on the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from helpdesk import live
from helpdesk.hints import after_commit
from tickets.models import TicketEvent, Verb
from tickets.sla.rows import deadline_facts

BATCH: Final = 1000

BREACH: Final = """
    WITH due AS (
        SELECT clock.id
        FROM tickets_slaclock AS clock JOIN tickets_ticket AS ticket ON ticket.number = clock.ticket_id
        WHERE clock.due_at < now() AND clock.met_at IS NULL AND clock.breached_at IS NULL
        ORDER BY clock.due_at
        LIMIT %s
        FOR NO KEY UPDATE OF clock SKIP LOCKED
        FOR KEY SHARE OF ticket SKIP LOCKED
    )
    UPDATE tickets_slaclock AS clock
    SET breached_at = clock.due_at
    FROM due WHERE clock.id = due.id
    RETURNING clock.ticket_id, clock.metric, clock.due_at
"""
WARN: Final = """
    WITH due AS (
        SELECT clock.id
        FROM tickets_slaclock AS clock JOIN tickets_ticket AS ticket ON ticket.number = clock.ticket_id
        WHERE clock.warn_at <= now() AND clock.due_at >= now()
            AND clock.met_at IS NULL AND clock.breached_at IS NULL AND clock.warned_at IS NULL
        ORDER BY clock.warn_at
        LIMIT %s
        FOR NO KEY UPDATE OF clock SKIP LOCKED
        FOR KEY SHARE OF ticket SKIP LOCKED
    )
    UPDATE tickets_slaclock AS clock
    SET warned_at = now()
    FROM due WHERE clock.id = due.id
    RETURNING clock.ticket_id, clock.metric, clock.due_at
"""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many deadlines were told to be near, and missed."""

    warned: int
    breached: int


def sweep() -> SweepResult:
    """Claim every deadline that is near or missed by the database's clock. Safe to run twice at once."""
    breached = _claim_all(BREACH, Verb.SLA_BREACHED)
    warned = _claim_all(WARN, Verb.SLA_WARNED)
    return SweepResult(warned=warned, breached=breached)


def _claim_all(claim: str, verb: Verb) -> int:
    total = 0
    while claimed := _claim_batch(claim, verb):
        total += claimed
    return total


def _claim_batch(claim: str, verb: Verb) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(claim, [BATCH])
            rows: list[tuple[int, str, datetime]] = cursor.fetchall()
        TicketEvent.objects.bulk_create(
            TicketEvent(ticket_id=number, verb=verb, payload=deadline_facts(metric, due_at))
            for number, metric, due_at in rows
        )
        if rows:
            after_commit(live.wake)
    return len(rows)
