"""Celery tasks of the API."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from api.models import StoredAnswer

KEPT = timedelta(hours=24)
BATCH = 5000


@shared_task
def forget_answers() -> None:
    """Let go of answers that nobody may ask for any more; the next round takes what is left over."""
    old = StoredAnswer.objects.filter(created_at__lt=Now() - KEPT).values("pk")[:BATCH]
    StoredAnswer.objects.filter(pk__in=old).delete()
