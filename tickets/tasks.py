"""Celery tasks of tickets. Each takes no more than ids, may run twice, and calls one action."""

from __future__ import annotations

from celery import shared_task

from tickets.actions import delivery, files
from tickets.sla.changes import replan_changed
from tickets.sla.sweep import sweep


@shared_task
def drain_outbox() -> None:
    delivery.find_lost()
    delivery.drain()


@shared_task
def fetch_files() -> None:
    files.fetch_pending()


@shared_task
def sweep_clocks() -> None:
    sweep()


@shared_task
def replan_clocks() -> None:
    replan_changed()
