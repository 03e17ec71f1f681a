"""The inbox: every raw update from outside, stored once, before anything is done with it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models import Channel, Ticket


class UpdateState(models.TextChoices):
    OPEN = "open", _("To do")
    DONE = "done", _("Done")
    SET_ASIDE = "set_aside", _("Set aside")


class Outcome(models.TextChoices):
    MESSAGE = "message", _("Message")
    EDIT = "edit", _("Edit")
    PLACEHOLDER = "placeholder", _("Placeholder")
    IGNORED = "ignored", _("Ignored")


class InboundUpdate(models.Model):
    """One update as it came, its secrets masked. `raw` is text: jsonb refuses NUL, lone surrogates and deep nests."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="updates", db_index=False)
    external_id = models.CharField(max_length=64)
    conversation_key = models.CharField(max_length=140)
    message_external_id = models.CharField(max_length=64, blank=True)
    raw = models.TextField()
    masked = ArrayField(
        models.CharField(max_length=24), default=list, blank=True, help_text=_("Kinds of secrets.")
    )
    state = models.CharField(max_length=10, choices=UpdateState.choices, default=UpdateState.OPEN)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    ticket = models.ForeignKey(
        Ticket, models.SET_NULL, null=True, blank=True, related_name="updates"
    )
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="update_once")
        ]
        indexes = [
            models.Index("not_before", "id", name="update_open", condition=models.Q(state="open")),
            models.Index(
                "channel",
                "conversation_key",
                "id",
                name="update_key",
                condition=models.Q(state="open"),
            ),
            models.Index("id", name="update_set_aside", condition=models.Q(state="set_aside")),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.external_id} {self.state}"


class Hook(models.TextChoices):
    """Whose webhook the service has."""

    NONE = "none", _("None")
    OURS = "ours", _("Ours")
    FOREIGN = "foreign", _("Somebody else's")


class ChannelHealth(models.Model):
    """What the last look at a channel found, so that its page needs to ask nobody."""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="health")
    checked_at = models.DateTimeField(null=True, help_text=_("When a look began, or ended."))
    answered_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    is_refused = models.BooleanField(
        default=False, help_text=_("The service does not take the token.")
    )
    hook = models.CharField(max_length=8, choices=Hook.choices, default=Hook.NONE)
    hook_error = models.CharField(max_length=200, blank=True)
    hook_error_at = models.DateTimeField(null=True)
    waiting = models.PositiveIntegerField(
        default=0, help_text=_("Updates that the service has not yet handed over.")
    )

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.error or 'well'}"


class Standing(models.Model):
    """What the bot is in one group: the rights that it has there, or lacks."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="standings")
    external_id = models.CharField(max_length=64)
    status = models.CharField(max_length=16, blank=True)
    may_delete = models.BooleanField(default=False)
    may_restrict = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="standing_once")
        ]

    def __str__(self) -> str:
        return f"{self.external_id}: {self.status}"

    @property
    def is_admin(self) -> bool:
        return self.status in ("administrator", "creator")
