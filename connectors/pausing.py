"""Pausing a channel: nothing of it is taken in or sent, and nothing is lost.

What is pulled waits at the service, which keeps it for a day. What a webhook brings is stored and held here: to refuse
it would lose it after that day, and teach the service to come less often.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from connectors.inbox import store
from connectors.models import InboundUpdate, UpdateState
from connectors.raw import Raw
from helpdesk.hints import hint
from tickets.models import Channel

_UNTIL_RESUMED = timedelta(days=36_500)


def pause(channel: Channel) -> None:
    """The puller gives up after the poll at hand; what is in the inbox already is still handled."""
    Channel.objects.filter(pk=channel.pk).update(is_active=False)


def resume(channel: Channel) -> None:
    """Go on, with what was held first."""
    from connectors.tasks import drain_inbox

    with transaction.atomic():
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        Channel.objects.filter(pk=channel.pk).update(is_active=True)
        _held(channel).update(not_before=Now())
        hint(drain_inbox)


def hold(channel: Channel, raw: Raw) -> None:
    """Store what came in while paused, to be handled after `resume`."""
    with transaction.atomic():
        # Shut out `resume`: what is stored beside it would be held for good.
        paused = not Channel.objects.select_for_update(no_key=True).get(pk=channel.pk).is_active
        store(channel, [raw])
        if paused:
            rows = InboundUpdate.objects.filter(
                channel=channel, external_id=raw.external_id[:64], tries=0, state=UpdateState.OPEN
            )
            rows.update(not_before=Now() + _UNTIL_RESUMED)


def _held(channel: Channel) -> QuerySet[InboundUpdate]:
    far = Now() + _UNTIL_RESUMED / 2
    return InboundUpdate.objects.filter(channel=channel, state=UpdateState.OPEN, not_before__gt=far)
