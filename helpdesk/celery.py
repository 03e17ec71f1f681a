"""The Celery application. A task message is only a hint: what must be done stands in PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, beat_init, heartbeat_sent, worker_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _worker_shows_life(**_: Any) -> None:
    # Sent every two seconds by the main process, only while the broker answers.
    heartbeat_sent.connect(_show_life)


@beat_init.connect
def _beat_shows_life(**_: Any) -> None:
    after_task_publish.connect(_show_life)


def _show_life(**_: Any) -> None:
    """For helpdesk/probe.py: the age of the file is how long nothing was done."""
    if settings.ALIVE_FILE:
        Path(settings.ALIVE_FILE).touch()
