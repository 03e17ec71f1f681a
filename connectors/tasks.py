"""Celery tasks of the connectors: hints with ids, which may be lost and may run twice."""

from __future__ import annotations

from time import monotonic
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from connectors import counting, draining, looking, pulling
from helpdesk.hints import send

TURN = 2.0
"""Seconds."""


@worker_shutting_down.connect
def let_go(**_: Any) -> None:
    """Else a restart would find the channels leased for a while."""
    pulling.end_soon()


@shared_task
def pull_channels() -> None:
    """The sweep: every channel that nobody pulls gets a puller."""
    for channel_id in pulling.ready_to_pull():
        send(pull_channel, channel_id)


@shared_task
def pull_channel(channel_id: int) -> None:
    pulling.pull(channel_id)


@shared_task
def drain_inbox() -> None:
    """A short turn; with more to do it stands in line again, so that other tasks get theirs."""
    end = monotonic() + TURN
    draining.drain(seconds=TURN)
    if monotonic() >= end:
        send(drain_inbox)


@shared_task
def count_members() -> None:
    counting.count_due()


@shared_task
def look_at_channels() -> None:
    looking.look_due()
