"""Keeping what a webhook brings. It may come twice, forty at a time and in any order: each update is one row."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from connectors import pausing
from connectors.inbox import id_if_refused, store
from connectors.models import InboundUpdate, UpdateState
from connectors.raw import Raw
from connectors.registry import door
from helpdesk.hints import send
from tickets.models import Channel

BODY_LIMIT = 4 * 2**20
"""Bytes. Telegram's updates are a thousandth of that; a larger one is noted and not kept."""
_NOTED_FOR = timedelta(seconds=10)
"""The channel's row says when it was last heard to this precision: forty at a time must not queue for it."""


def take_in(channel: Channel, body: bytes) -> None:
    """Store one update and ask for it to be handled. Raises OperationalError or InterfaceError without a database.

    Whatever else is wrong with it, it is kept or set aside: a refusal would bring it again for a day.
    """
    from connectors.tasks import drain_inbox

    if len(body) > BODY_LIMIT:
        _set_aside(channel, body)
    else:
        _keep(channel, door(channel.kind).read(body.decode("utf-8", "replace")))
    _note(channel)
    send(drain_inbox)


def _keep(channel: Channel, raw: Raw) -> None:
    if not channel.is_active:
        pausing.hold(channel, raw)
        return
    with transaction.atomic():
        store(channel, [raw])


def _set_aside(channel: Channel, body: bytes) -> None:
    row = InboundUpdate(
        channel=channel,
        external_id=id_if_refused(hashlib.sha256(body).hexdigest()),
        state=UpdateState.SET_ASIDE,
        reason=f"larger than {BODY_LIMIT // 2**20} MB",
    )
    InboundUpdate.objects.bulk_create([row], ignore_conflicts=True)


def _note(channel: Channel) -> None:
    heard = channel.last_update_at
    if heard and timezone.now() - heard < _NOTED_FOR and not channel.last_error:
        return
    stale = Q(last_update_at=None) | Q(last_update_at__lt=Now() - _NOTED_FOR) | ~Q(last_error="")
    Channel.objects.filter(stale, pk=channel.pk).update(last_update_at=Now(), last_error="")
