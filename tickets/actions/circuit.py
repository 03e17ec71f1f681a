"""A service that does not answer is left alone: after five calls in a row the whole channel rests.

Then one call at a time tries whether it is back. Without this each waiting message would find out for itself, and
each that times out would be one more of which nobody knows whether it arrived. A refusal is an answer.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from tickets.models import Channel

log = structlog.get_logger(__name__)

OPENS_AFTER = 5
FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=1)
PROBE_TAKES = timedelta(seconds=30)
"""Longer than a call: so long nobody else tries, even if whoever does has died."""
_MOST_COUNTED = 1000


def is_rested(path: str = "") -> Q:
    """The channels (at `path` from the rows in question) that may be called now."""
    return Q(**{f"{path}rest_until": None}) | Q(**{f"{path}rest_until__lte": Now()})


def may_call(channel: Channel) -> bool:
    """Whether this call may go; for a channel that has rested it is the one that tries. Call it in the claim."""
    if channel.failed_calls < OPENS_AFTER:
        return True
    mine = Channel.objects.filter(is_rested(), pk=channel.pk)
    return bool(mine.update(rest_until=Now() + PROBE_TAKES))


def answered(channel: Channel) -> None:
    """The service is there."""
    if channel.failed_calls:
        Channel.objects.filter(pk=channel.pk).update(failed_calls=0, rest_until=None)


def unanswered(channel: Channel) -> None:
    """One more call without an answer: from the fifth on the channel rests, longer each time, at most a minute."""
    with transaction.atomic():
        row = Channel.objects.select_for_update(no_key=True).only("failed_calls").get(pk=channel.pk)
        failed = min(row.failed_calls + 1, _MOST_COUNTED)
        over = failed - OPENS_AFTER
        rest = min(FIRST_REST * 2 ** min(over, 10), LONGEST_REST) if over >= 0 else None
        Channel.objects.filter(pk=row.pk).update(
            failed_calls=failed, rest_until=Now() + rest if rest else None
        )
    if rest:
        log.warning("channel_rests", channel=row.pk, failed=failed, seconds=rest.total_seconds())
