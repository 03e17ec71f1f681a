"""What a container's health check says of processes that are well, stuck, and gone."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery.signals import after_task_publish, heartbeat_sent
from django.conf import LazySettings

from helpdesk import celery, probe


def test_a_worker_is_well_while_its_file_is_young(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    environ = {"ROLE": "worker", "ALIVE_FILE": str(alive)}
    assert not probe.healthy(environ)
    alive.touch()
    assert probe.healthy(environ)
    old = time.time() - probe.LONGEST_SILENCE - 1
    os.utime(alive, (old, old))
    assert not probe.healthy(environ)


def test_a_web_process_that_does_not_answer_is_not_well() -> None:
    environ = {"ROLE": "web", "SITE_URL": "https://desk.example.com", "UVICORN_PORT": "9"}
    assert not probe.healthy(environ)


@pytest.mark.parametrize(
    ("start", "work"),
    [
        (celery._worker_shows_life, heartbeat_sent),
        (celery._beat_shows_life, after_task_publish),
    ],
)
def test_work_touches_the_file(
    tmp_path: Path, settings: LazySettings, start: object, work: SimpleNamespace
) -> None:
    settings.ALIVE_FILE = str(tmp_path / "alive")
    assert callable(start)
    start()
    try:
        work.send(sender=None)
    finally:
        work.disconnect(celery._show_life)
    assert (tmp_path / "alive").exists()
