"""The SLA sweep when 50,000 deadlines have passed at once, as after a long stop of the workers."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter, process_time

from django.db import connection

from benchmarks.measure import Asked, Figure, peak_memory
from tickets.sla.sweep import sweep

DUE = 50_000
NEW_TICKETS = """
    INSERT INTO tickets_ticket (subject, excerpt, status, category, priority, language, team_id, requester_id,
        channel_kind, is_public, last_speaker, last_message_at, next_due_at, created_at, version)
    SELECT 'late', '', 'open', 'other', 'normal', 'en', (SELECT min(id) FROM accounts_team),
        (SELECT min(id) FROM tickets_contact), 'telegram', false, 'they', now(), now() - interval '1 h', now(), 1
    FROM generate_series(1, %s)
    RETURNING number
"""
DUE_CLOCKS = f"""
    WITH late AS ({NEW_TICKETS})
    INSERT INTO tickets_slaclock (ticket_id, metric, budget, started_at, resumed_at, spent, due_at, warn_at, answers,
        former)
    SELECT number, 'first_response', interval '1 h', now() - interval '2 h', now() - interval '2 h', interval '0',
        now() - interval '1 h', now() - interval '72 min', '[]', '[]'
    FROM late
"""  # noqa: S608 - two constants of ours


def measure_sweep() -> Iterator[Figure]:
    """One round over 50,000 due clocks, and one that finds nothing."""
    sweep()  # what the seeding left near its deadline
    with connection.cursor() as cursor:
        cursor.execute(DUE_CLOCKS, [DUE])
        cursor.execute("analyze tickets_slaclock, tickets_ticket")
    yield _once(f"sweep: {DUE:,} due clocks", DUE)
    yield _once("sweep: nothing due", 0)


def _once(name: str, expected: int) -> Figure:
    with peak_memory() as peak, connection.execute_wrapper(asked := Asked()):
        started, used = perf_counter(), process_time()
        found = sweep()
        used, seconds = process_time() - used, perf_counter() - started
    assert found.breached >= expected, found  # time goes on: a few more may have passed
    return Figure(
        name,
        p50=seconds * 1000,
        queries=asked.queries,
        sql_ms=asked.seconds * 1000,
        cpu_ms=used * 1000,
        peak_mb=peak[0],
        more={"clocks/s": found.breached / seconds} if expected else {},
    )
