"""Celery tasks of the requester's side. Each may run twice, and calls one action."""

from __future__ import annotations

from celery import shared_task

from portal.actions import mailing


@shared_task
def send_links() -> None:
    mailing.send_due_links()
