"""Signs of life that must outlast any process."""

from __future__ import annotations

from django.db import models


class Pulse(models.Model):
    """When a task last came out of a queue at the other end: beat, broker and worker were all at work then."""

    queue = models.CharField(max_length=16, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.queue} {self.at:%H:%M:%S}"
