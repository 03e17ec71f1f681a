"""What was answered to a write, so that sending it again does it no second time."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StoredAnswer(models.Model):
    """The answer to one `Idempotency-Key` of one person, made in the very transaction that did the work.

    So it can only be seen complete: a crash takes the row along with everything else that was half done.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="stored_answer_once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.key}"
