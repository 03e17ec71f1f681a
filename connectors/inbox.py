"""Storing what comes in: once, in the transaction that moves the cursor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models.functions import Now

from connectors.models import InboundUpdate, UpdateState
from connectors.raw import Raw
from tickets.models import Channel

log = structlog.get_logger(__name__)

NUMBERED_ANEW_AFTER = timedelta(days=6)


def store(channel: Channel, raws: Sequence[Raw]) -> None:
    """Write each update once; one that is here already is left as it is. Call it in a transaction.

    A row that PostgreSQL refuses is stored empty and set aside: it must stop neither its batch nor the cursor.
    """
    try:
        with transaction.atomic():
            rows = [_row(channel, raw) for raw in _told_apart(channel, raws)]
            InboundUpdate.objects.bulk_create(rows, ignore_conflicts=True)
    except (DatabaseError, ValueError):
        for raw in raws:
            _store_alone(channel, raw)


def _told_apart(channel: Channel, raws: Sequence[Raw]) -> list[Raw]:
    """After a quiet week Telegram may number anew: an id from long ago with other contents is another update."""
    ids = [raw.external_id[:64] for raw in raws]
    rows = InboundUpdate.objects.filter(
        channel=channel, external_id__in=ids, received_at__lt=Now() - NUMBERED_ANEW_AFTER
    )
    old = dict(rows.values_list("external_id", "raw"))
    return [
        replace(raw, external_id=f"{raw.external_id[:40]}:{_digest(raw.text)[:16]}")
        if old.get(raw.external_id, raw.text) != raw.text
        else raw
        for raw in raws
    ]


def _row(channel: Channel, raw: Raw) -> InboundUpdate:
    return InboundUpdate(
        channel=channel,
        external_id=raw.external_id[:64],
        conversation_key=raw.conversation_key[:140],
        message_external_id=raw.message_external_id[:64],
        raw=raw.text,
        masked=list(raw.masked),
        not_before=Now(),  # the clock that drains it, too
    )


def _store_alone(channel: Channel, raw: Raw) -> None:
    try:
        with transaction.atomic():
            InboundUpdate.objects.bulk_create([_row(channel, raw)], ignore_conflicts=True)
    except (DatabaseError, ValueError) as error:
        row = InboundUpdate(
            channel=channel,
            external_id=id_if_refused(raw.external_id),
            state=UpdateState.SET_ASIDE,
            reason=f"cannot be stored: {type(error).__name__}",
        )
        InboundUpdate.objects.bulk_create([row], ignore_conflicts=True)
        log.warning("update_set_aside", channel=channel.pk, reason=row.reason)


def id_if_refused(external_id: str) -> str:
    """The id of the row that stands for an update which cannot be stored."""
    return f"refused:{_digest(external_id)[:48]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def reopen(updates: Iterable[InboundUpdate]) -> int:
    """Put set-aside updates back in line. Returns how many."""
    ids = [update.pk for update in updates]
    return (
        InboundUpdate.objects.filter(pk__in=ids, state=UpdateState.SET_ASIDE)
        .exclude(raw="")
        .update(state=UpdateState.OPEN, tries=0, reason="", not_before=Now())
    )
