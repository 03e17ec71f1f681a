"""Celery tasks of webhooks. They run in a queue of their own: a slow address outside keeps nobody else waiting."""

from __future__ import annotations

from celery import shared_task

from webhooks.actions import deliveries, feed, subscriptions


@shared_task
def work() -> None:
    """Read what is new, and send what may go."""
    feed.read()
    deliveries.drain()


@shared_task
def tidy() -> None:
    """What nobody waits for: lost workers, dead ends to tell of, old rows."""
    deliveries.find_lost()
    subscriptions.tell_admins()
    deliveries.forget_old()
