"""The sweep over the channels' health: what a page shows was found here, and a page never asks outside."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from connectors.errors import DoorError
from connectors.models import ChannelHealth, Standing
from connectors.registry import KINDS, door
from connectors.settling import settle
from tickets.models import Channel, Conversation, ConversationKind

log = structlog.get_logger(__name__)

FRESH = timedelta(minutes=3)
RIGHTS_FRESH = timedelta(hours=1)
AT_ONCE = 5
GROUPS_AT_ONCE = 10


def look_due() -> int:
    """Look at the channels that were not looked at for a while. Returns how many."""
    channels = Channel.objects.filter(is_active=True, kind__in=KINDS).exclude(
        mode=Channel.Mode.FEED
    )
    rows = [ChannelHealth(channel=channel) for channel in channels.filter(health=None)]
    ChannelHealth.objects.bulk_create(rows, ignore_conflicts=True)
    due = list(channels.filter(health__in=_stale()).order_by("health__checked_at")[:AT_ONCE])
    return sum(_claim(channel) for channel in due)


def look_soon(channel_id: int) -> None:
    """Something is odd: look at the next sweep."""
    ChannelHealth.objects.filter(channel=channel_id).update(checked_at=None)


def _stale() -> QuerySet[ChannelHealth]:
    return ChannelHealth.objects.filter(Q(checked_at=None) | Q(checked_at__lt=Now() - FRESH))


def _claim(channel: Channel) -> bool:
    """Two sweeps find the same rows, and one of them looks."""
    mine = bool(_stale().filter(channel=channel).update(checked_at=Now()))
    if mine:
        look_at(channel)
    return mine


def look_at(channel: Channel) -> ChannelHealth:
    """Ask the service now, keep what it says, and set right what only we can have left half done."""
    try:
        found = door(channel.kind).look(channel)
    except DoorError as error:
        return _keep(channel, error=error.reason[:200], is_refused=error.is_refused_token)
    hook = settle(channel, found)
    if channel.config != found.config:
        channel.config = found.config
        channel.save(update_fields=["config"])
    _look_at_groups(channel)
    return _keep(
        channel,
        answered_at=Now(),
        error="",
        is_refused=False,
        hook=hook,
        hook_error=found.hook_error,
        hook_error_at=found.hook_error_at,
        waiting=found.waiting,
    )


def _keep(channel: Channel, **facts: object) -> ChannelHealth:
    ChannelHealth.objects.bulk_create([ChannelHealth(channel=channel)], ignore_conflicts=True)
    ChannelHealth.objects.filter(channel=channel).update(checked_at=Now(), **facts)
    return ChannelHealth.objects.get(channel=channel)


def _look_at_groups(channel: Channel) -> None:
    """A few at a time, those first that nobody looked at for longest."""
    groups = (
        Conversation.objects.filter(channel=channel)
        .reachable()
        .exclude(kind=ConversationKind.PRIVATE)
        .values_list("external_id", flat=True)
        .distinct()
    )
    known = set(Standing.objects.filter(channel=channel).values_list("external_id", flat=True))
    Standing.objects.bulk_create(
        (Standing(channel=channel, external_id=chat) for chat in set(groups) - known),
        ignore_conflicts=True,
    )
    due = Standing.objects.filter(channel=channel, external_id__in=set(groups)).filter(
        Q(checked_at=None) | Q(checked_at__lt=Now() - RIGHTS_FRESH)
    )
    for standing in due.order_by(F("checked_at").asc(nulls_first=True))[:GROUPS_AT_ONCE]:
        if not _look_at_group(channel, standing):
            break


def _look_at_group(channel: Channel, standing: Standing) -> bool:
    """Whether the service answered. Noted before the call: a group that cannot be asked waits for its next turn."""
    row = Standing.objects.filter(pk=standing.pk)
    row.update(checked_at=Now())
    try:
        found = door(channel.kind).rights(channel, standing.external_id)
    except DoorError as error:
        log.info("rights_not_known", channel=channel.pk, reason=error.reason)
        return bool(error.code)
    row.update(status=found.status, may_delete=found.may_delete, may_restrict=found.may_restrict)
    return True
