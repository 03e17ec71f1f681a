"""The outbox: everything that leaves the desk, one row per call to the outside."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tickets.models.channels import Conversation
from tickets.models.messages import Message
from tickets.querysets import DeliveryQuerySet


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")
    UNKNOWN = "unknown", _("Perhaps delivered")
    CANCELLED = "cancelled", _("Taken back")


class Operation(models.TextChoices):
    SEND_TEXT = "send_text", _("Text")
    SEND_FILES = "send_files", _("Files")
    EDIT_TEXT = "edit_text", _("Edit")
    DELETE = "delete", _("Delete")
    OPEN_TOPIC = "open_topic", _("Open a topic")
    ANSWER_PRESS = "answer_press", _("Answer a pressed button")
    BUTTONS_OFF = "buttons_off", _("Take the buttons away")


SENDS = (Operation.SEND_TEXT, Operation.SEND_FILES)
"""What brings a message itself; everything else is about one that stands there."""


REASONS = {
    "blocked": _("They have blocked the bot."),
    "deactivated": _("Their account no longer exists."),
    "kicked": _("The bot is no longer in this group."),
    "chat_not_found": _("This chat does not exist, or the bot was never in it."),
    "topic_not_found": _("This topic no longer exists."),
    "not_allowed": _("The bot has no right to do that here."),
    "too_large": _("Too large for this channel."),
    "gone": _("The message is not there any more."),
    "not_editable": _("The service does not let it be changed any more."),
    "not_deletable": _("It is too old to be deleted, or the bot has no right to."),
    "rejected": _("The service refused it."),
    "unauthorised": _("The channel's token is not valid."),
    "file_gone": _("The file could not be read."),
    "timed_out": _(
        "The line broke while sending: it may have arrived. Look before you send again."
    ),
    "rate_limited": _("The service asked us to slow down; it goes out as soon as it may."),
    "unavailable": _("The service does not answer; we keep trying."),
    "restored": _(
        "The desk was restored from a backup: it may have arrived. Look before you send again."
    ),
    "gave_up": _("Tried for a day without success."),
}


class Delivery(models.Model):
    """One part of a message on its way out (or one removal of a message)."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", db_index=False)
    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="deliveries")
    operation = models.CharField(max_length=12, choices=Operation.choices)
    part = models.PositiveSmallIntegerField(default=0)
    payload: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    reason = models.CharField(max_length=24, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    external_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[DeliveryQuerySet] = DeliveryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "operation", "part"], name="delivery_part_once"
            ),
            models.UniqueConstraint(
                fields=["conversation", "external_id"],
                condition=~models.Q(external_id=""),
                name="delivery_external_id_once",
            ),
        ]
        indexes = [
            models.Index(
                "conversation",
                "id",
                name="delivery_open",
                condition=models.Q(state__in=["queued", "sending"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.pk} {self.state}"

    @property
    def reason_text(self) -> str:
        return str(REASONS.get(self.reason, self.reason))

    @property
    def can_retry(self) -> bool:
        return self.state in (DeliveryState.FAILED, DeliveryState.UNKNOWN)
