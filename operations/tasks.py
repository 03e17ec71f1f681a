"""Celery tasks of operations."""

from __future__ import annotations

from celery import shared_task
from django.db.models.functions import Now

from operations.models import Pulse


@shared_task
def pulse(queue: str) -> None:
    """Write down that this came through the queue."""
    Pulse.objects.update_or_create(queue=queue, defaults={"at": Now()})
