"""Pulling one channel: a lease keeps a second puller away, and the cursor moves only with what it passes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from threading import Event
from time import monotonic

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from connectors import looking
from connectors.errors import DoorError
from connectors.inbox import store
from connectors.raw import Raw
from connectors.registry import door
from helpdesk.hints import send
from tickets.models import Channel

log = structlog.get_logger(__name__)

SLACK = 5
"""Seconds that a lease outlives the long poll under it: so long a killed puller's channel stands still, and no longer.

A poll that is slower still loses the lease to another puller; then it commits nothing, and nothing is lost.
"""


_ending = Event()


def end_soon() -> None:
    """This process is about to end: pullers stop after the poll at hand and give their leases back."""
    _ending.set()


def ready_to_pull() -> list[int]:
    """Ids of the channels that nobody pulls now."""
    return list(_free().values_list("pk", flat=True))


def _free() -> QuerySet[Channel]:
    return Channel.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=Now()), is_active=True, mode=Channel.Mode.PULL
    )


def pull(channel_id: int, *, seconds: float = 60.0) -> int:
    """Pull this channel for about `seconds`, if nobody else does. Returns how many updates were stored."""
    owner = uuid.uuid4()
    if not _take(channel_id, owner):
        return 0
    stored, rest, end = 0, 0.0, monotonic() + seconds
    try:
        while monotonic() < end and not _ending.is_set() and _renew(channel_id, owner):
            stored += _pull_once(channel_id, owner)
    except DoorError as error:
        rest = error.retry_after
        _note(channel_id, owner, error)
    finally:
        _release(channel_id, owner, rest)
    return stored


def _take(channel_id: int, owner: uuid.UUID) -> bool:
    return bool(_free().filter(pk=channel_id).update(lease_owner=owner, lease_until=_lease()))


def _renew(channel_id: int, owner: uuid.UUID) -> bool:
    mine = Channel.objects.filter(
        pk=channel_id, lease_owner=owner, is_active=True, mode=Channel.Mode.PULL
    )
    return bool(mine.update(lease_until=_lease()))


def _release(channel_id: int, owner: uuid.UUID, rest: float) -> None:
    """Let go, or keep everybody away for `rest` seconds after the service refused us."""
    until = Now() + timedelta(seconds=rest) if rest else None
    Channel.objects.filter(pk=channel_id, lease_owner=owner).update(
        lease_owner=None, lease_until=until
    )


def _lease() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.PULL_TIMEOUT + SLACK)


def _pull_once(channel_id: int, owner: uuid.UUID) -> int:
    channel = Channel.objects.get(pk=channel_id)
    if not channel.config.get("id"):
        channel.config = door(channel.kind).describe(channel)
        channel.save(update_fields=["config"])
    raws, cursor = door(channel.kind).fetch(channel, wait=settings.PULL_TIMEOUT)
    return _commit(channel, owner, raws, cursor)


def _commit(channel: Channel, owner: uuid.UUID, raws: list[Raw], cursor: int) -> int:
    """Store and move the cursor in one transaction, if the lease is still ours: else the new owner gets them again."""
    from connectors.tasks import drain_inbox

    with transaction.atomic():
        mine = Channel.objects.filter(pk=channel.pk, lease_owner=owner).update(
            cursor=cursor, last_update_at=Now() if raws else channel.last_update_at, last_error=""
        )
        if not mine:
            return 0
        store(channel, raws)
    if raws:
        send(drain_inbox)
    return len(raws)


def _note(channel_id: int, owner: uuid.UUID, error: DoorError) -> None:
    """Not for a channel that is pulled no more: to be cut off by its new webhook is no error."""
    mine = Channel.objects.filter(pk=channel_id, lease_owner=owner, mode=Channel.Mode.PULL)
    if mine.update(last_error=error.reason[:200], last_error_at=timezone.now()):
        log.warning("pull_failed", channel=channel_id, reason=error.reason)
    if error.is_conflict:
        looking.look_soon(channel_id)
