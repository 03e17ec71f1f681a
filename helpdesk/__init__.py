"""The project: settings, URLs, processes, and the leaf modules that every app may use."""

from helpdesk.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
