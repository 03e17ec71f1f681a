"""Reading the ticket events and filling the outbox: every event once for every subscription that asks for it.

Events become visible out of order: a transaction may take an id, and commit after later ids were read. So what lies
above `settled` is read again each time (the outbox takes a pair of subscription and event only once), and `settled`
moves up to a mark only when no transaction is left that could still bring an id below it. Every transaction that writes
an event has locked or made the ticket's row before, so it had its transaction id before the event's.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Min

from tickets.models import TicketEvent
from webhooks.kinds import VERBS
from webhooks.models import Feed, Subscription

BATCH = 5000

_FILL = """
    INSERT INTO webhooks_webhookdelivery
        (uuid, subscription_id, event_id, kind, body, state, reason, tries, not_before, answer, created_at)
    SELECT gen_random_uuid(), subscription.id, event.id, told.kind, '', 'queued', '', 0, now(), '', now()
    FROM tickets_ticketevent AS event
    JOIN unnest(%s::text[], %s::text[]) AS told (verb, kind) ON told.verb = event.verb
    JOIN tickets_ticket AS ticket ON ticket.number = event.ticket_id
    JOIN webhooks_subscription AS subscription
        ON subscription.is_active
        AND event.id > subscription.after_event
        AND told.kind = ANY (subscription.kinds)
        AND (subscription.team_id IS NULL OR subscription.team_id = ticket.team_id)
    WHERE event.id > %s AND event.id <= %s
    ORDER BY event.id
    ON CONFLICT (subscription_id, event_id) DO NOTHING
"""
_NEXT = """
    SELECT max(id), pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    FROM (SELECT id FROM tickets_ticketevent WHERE id > %s ORDER BY id LIMIT %s) AS next
"""
_RUNNING = """
    SELECT pg_snapshot_xmin(now_running)::text::bigint, pg_snapshot_xmax(now_running)::text::bigint
    FROM pg_current_snapshot() AS now_running
"""


def latest_event() -> int:
    """Where a subscription begins that is switched on now."""
    return TicketEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def read() -> int:
    """Put what is new into the outbox; somebody else at it is left alone. Returns how many rows were queued."""
    queued, more = 0, True
    while more:
        found, more = _round()
        queued += found
    return queued


def _round() -> tuple[int, bool]:
    """One batch: how many rows were queued, and whether there may be more."""
    since = Subscription.objects.filter(is_active=True).aggregate(at=Min("after_event"))["at"]
    if since is None:
        return 0, False
    Feed.objects.get_or_create(pk=1)
    with transaction.atomic():
        feed = Feed.objects.select_for_update(skip_locked=True).filter(pk=1).first()
        if feed is None:
            return 0, False
        before = (feed.settled, feed.read, feed.mark)
        feed.settled = max(feed.settled, since)
        feed.read = max(feed.read, feed.settled)
        is_past = _is_past(feed.mark_xid)
        upto, xid = _next(feed.read)
        queued = _fill(feed.settled, upto) if upto > feed.settled else 0
        if is_past:  # asked before the rows were read, so they were all there
            feed.settled = max(feed.settled, feed.mark)
        if feed.mark <= feed.settled < upto:
            feed.mark, feed.mark_xid = upto, xid
        more, feed.read = upto - feed.read >= BATCH, upto
        if (feed.settled, feed.read, feed.mark) != before:
            feed.save()
    return queued, more


def _is_past(xid: int) -> bool:
    """Whether no transaction before this one runs any more."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING)
        oldest, following = cursor.fetchone()
    # One from the future is of another cluster: the database was restored, and nothing of then runs here.
    return bool(oldest >= xid or xid > following)


def _next(read: int) -> tuple[int, int]:
    """The last event of the next batch, and the transaction id that comes after all that run."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [read, BATCH])
        upto, xid = cursor.fetchone()
    return upto or read, xid


def _fill(settled: int, upto: int) -> int:
    verbs, kinds = zip(*((verb.value, kind.value) for verb, kind in VERBS.items()), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [list(verbs), list(kinds), settled, upto])
        return int(cursor.rowcount)
