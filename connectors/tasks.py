"""Celery tasks of the connectors: hints with ids, which may be lost and may run twice."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from connectors import counting, draining, looking, pulling
from helpdesk.hints import send


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
    draining.drain()


@shared_task
def count_members() -> None:
    counting.count_due()


@shared_task
def look_at_channels() -> None:
    looking.look_due()
