"""Who is told of ticket events, and everything that was or will be told to them."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from helpdesk.crypto import EncryptedField
from tickets.models import TicketEvent
from webhooks.kinds import Kind

PREFIX = "whsec_"
OVERLAP = timedelta(hours=24)
"""How long a replaced secret still signs beside the new one."""


def new_secret() -> str:
    """256 random bits, written as the Standard Webhooks convention has them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class OffReason(models.TextChoices):
    PAUSED = "paused", _("Paused")
    DEAD_END = "dead_end", _("Switched off: nobody has taken anything for three days")
    GONE = "gone", _("Switched off: the address answered that it is gone (410)")


class Subscription(models.Model):
    """An address outside that is told of some kinds of ticket events, of one team or of all."""

    name = models.CharField(max_length=60, unique=True)
    url = models.URLField(max_length=500)
    secret = EncryptedField(default=new_secret, editable=False)
    former_secret = EncryptedField(blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    kinds = ArrayField(models.CharField(max_length=32, choices=Kind.choices))
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="webhooks")
    is_active = models.BooleanField(default=True, editable=False)
    off_reason = models.CharField(
        max_length=10, choices=OffReason.choices, blank=True, editable=False
    )
    off_at = models.DateTimeField(null=True, editable=False)
    # When the admins were told that it is off.
    told_at = models.DateTimeField(null=True, editable=False)
    # Events up to this one are not sent.
    after_event = models.BigIntegerField(default=0, editable=False)
    # Tries without an answer of 2xx, in a row.
    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    last_sent_at = models.DateTimeField(null=True, editable=False)
    not_before = models.DateTimeField(db_default=Now(), editable=False)
    # Whose turn it was last.
    served_at = models.DateTimeField(db_default=Now(), editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_dead_end(self) -> bool:
        return self.off_reason in (OffReason.DEAD_END, OffReason.GONE)

    @property
    def kind_labels(self) -> list[str]:
        return [str(Kind(kind).label) for kind in self.kinds if kind in Kind.values]

    def secrets_at(self, now: datetime) -> list[str]:
        """The secrets that sign at this moment, the newest first."""
        still = self.former_until is not None and now < self.former_until
        return [self.secret, self.former_secret] if still else [self.secret]


class WebhookState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")


REASONS = {
    "refused": _("The address leads to a place that we do not call."),
    "no_answer": _("Nobody answered."),
    "timed_out": _("No answer within five seconds."),
    "status": _("The answer was not 2xx."),
    "gave_up": _("Tried for three days without success."),
    "switched_off": _("The webhook was switched off before this was sent."),
    "lost": _("The process that sent it ended; it is sent again."),
}


class WebhookDelivery(models.Model):
    """One event for one subscription: sent until somebody answers 2xx, always under the same id."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries")
    # None for a test.
    event = models.ForeignKey(TicketEvent, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=32)
    # As of the first try; every later one repeats it.
    body = models.TextField(blank=True)
    state = models.CharField(
        max_length=8, choices=WebhookState.choices, default=WebhookState.QUEUED
    )
    reason = models.CharField(max_length=16, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    # Its first 1024 bytes.
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            # However often the feed is read: an event is sent once per subscription.
            models.UniqueConstraint(fields=["subscription", "event"], name="webhook_event_once")
        ]
        indexes = [
            models.Index(
                "subscription",
                "not_before",
                "id",
                name="webhook_queued",
                condition=models.Q(state="queued"),
            ),
            models.Index(
                "subscription", "id", name="webhook_sending", condition=models.Q(state="sending")
            ),
            models.Index(
                "subscription", "id", name="webhook_failed", condition=models.Q(state="failed")
            ),
            models.Index("subscription", models.F("id").desc(), name="webhook_log"),
            models.Index("created_at", name="webhook_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"

    @property
    def reason_text(self) -> str:
        return str(REASONS.get(self.reason, self.reason))

    @property
    def kind_label(self) -> Any:
        return Kind(self.kind).label if self.kind in Kind.values else _("Test")

    @property
    def can_resend(self) -> bool:
        return self.state in (WebhookState.SENT, WebhookState.FAILED)


class Feed(models.Model):
    """How far the events were read: one row. See `webhooks.actions.feed`."""

    # Nothing can become visible at or below this event any more.
    settled = models.BigIntegerField(default=0)
    # The latest event that was read.
    read = models.BigIntegerField(default=0)
    # Once no transaction older than `mark_xid` runs, `settled` moves up to `mark`.
    mark = models.BigIntegerField(default=0)
    mark_xid = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"settled {self.settled}, read {self.read}"
