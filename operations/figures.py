"""How much waits, and for how long: read from PostgreSQL, which every process shares, by its partial indexes.

Each of these queries reads what is open, never what is done; so they cost the same in a desk of a million tickets.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.db import connection

MOST_COUNTED = 100_000
"""Counting ends there: "a hundred thousand wait" is enough to know."""
WINDOW = 300
"""Seconds that `recent` looks back."""

_FIGURES = f"""
    SELECT
        (SELECT count(*) FROM
            (SELECT FROM connectors_inboundupdate WHERE state = 'open' LIMIT {MOST_COUNTED}) AS rows),
        (SELECT min(not_before) FROM connectors_inboundupdate WHERE state = 'open'),
        (SELECT count(*) FROM
            (SELECT FROM connectors_inboundupdate WHERE state = 'set_aside' LIMIT {MOST_COUNTED}) AS rows),
        (SELECT count(*) FROM
            (SELECT FROM tickets_delivery WHERE state IN ('queued', 'sending') LIMIT {MOST_COUNTED}) AS rows),
        (SELECT min(delivery.not_before)
            FROM tickets_delivery AS delivery
            JOIN tickets_conversation AS conversation ON conversation.id = delivery.conversation_id
            JOIN tickets_channel AS channel ON channel.id = conversation.channel_id AND channel.is_active
            WHERE delivery.state IN ('queued', 'sending')),
        (SELECT count(*) FROM
            (SELECT FROM webhooks_webhookdelivery WHERE state = 'queued' LIMIT {MOST_COUNTED}) AS rows),
        (SELECT min(greatest(delivery.not_before, subscription.not_before))
            FROM webhooks_webhookdelivery AS delivery
            JOIN webhooks_subscription AS subscription
                ON subscription.id = delivery.subscription_id AND subscription.is_active
            WHERE delivery.state = 'queued'),
        (SELECT count(*) FROM webhooks_subscription WHERE is_active),
        (SELECT count(*) FROM webhooks_subscription WHERE off_reason IN ('dead_end', 'gone')),
        (SELECT count(*) FROM
            (SELECT FROM tickets_attachment WHERE state = 'pending' LIMIT {MOST_COUNTED}) AS rows),
        (SELECT min(due_at) FROM tickets_slaclock
            WHERE due_at < now() AND met_at IS NULL AND breached_at IS NULL),
        (SELECT count(*) FROM tickets_channel WHERE is_active AND mode = 'pull'),
        (SELECT count(*) FROM tickets_channel WHERE is_active AND mode = 'pull'
            AND (lease_until IS NULL OR lease_until < now() - interval '1 minute')),
        (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
        current_setting('max_connections')::int
"""  # noqa: S608 - of our own numbers


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, and waits in seconds: how long the oldest that could have gone on has waited; 0.0 when none does."""

    inbox: int
    inbox_wait: float
    set_aside: int
    outbox: int
    outbox_wait: float
    webhooks: int
    webhooks_wait: float
    subscriptions: int
    dead_ends: int
    files: int
    clocks_wait: float
    """How late the sweep is with the oldest deadline that has passed."""
    pulled: int
    pulled_by_nobody: int
    connections: int
    most_connections: int


def read() -> Figures:
    """All of them, in one question."""
    names = [field.name for field in fields(Figures)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
        cursor.execute(_FIGURES)
        values = dict(zip(names, cursor.fetchone(), strict=True))
    for name in names:
        if name.endswith("_wait"):
            since = values[name]
            values[name] = max((now - since).total_seconds(), 0.0) if since else 0.0
    return Figures(**values)


def recent() -> dict[str, int]:
    """How often each thing happened to tickets in the last five minutes, by verb."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT verb, count(*) FROM tickets_ticketevent"
            " WHERE created_at > now() - %s * interval '1 second' GROUP BY verb",
            [WINDOW],
        )
        return dict(cursor.fetchall())


def pulses() -> dict[str, float]:
    """Queue -> seconds since something last came through it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue, extract(epoch FROM now() - at)::float FROM operations_pulse ORDER BY queue"
        )
        return {queue: max(age, 0.0) for queue, age in cursor.fetchall()}
