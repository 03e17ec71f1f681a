"""Channels (configured doors) and conversations (places inside them where messages flow)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Team
from helpdesk.crypto import EncryptedField
from tickets.querysets import ChannelQuerySet, ConversationQuerySet
from tickets.transport import ChannelAccess, Place

FORM = "form"
"""The web form's kind. A conversation there is one request, not a person: it serves no other ticket."""
SANDBOX = "sandbox"
"""As `api_base`: wherever the sandbox listens today."""


class Channel(models.Model):
    """A bot, a server, a mailbox: one door with its token, its cursor and the lease of whoever pulls it."""

    class Mode(models.TextChoices):
        PULL = "pull", _("Pulled")
        WEBHOOK = "webhook", _("Webhook")
        FEED = "feed", _("Fed by command")

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=16)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.PULL)
    token = EncryptedField(blank=True, editable=False)
    key = models.UUIDField(
        db_default=RandomUUID(),
        unique=True,
        editable=False,
        help_text=_("Names the channel in the address of its webhook; no secret."),
    )
    hook_secret = EncryptedField(
        blank=True,
        default="",
        editable=False,
        help_text=_("What the service must send along with each update."),
    )
    api_base = models.CharField(
        max_length=200, blank=True, help_text=_("Empty: the address from the settings.")
    )
    config = models.JSONField(
        default=dict, blank=True, help_text=_("What the service says of the bot itself.")
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="channels")
    default_language = models.CharField(
        max_length=8, choices=Language.choices, default=Language.ENGLISH
    )
    is_active = models.BooleanField(default=True)

    cursor = models.BigIntegerField(default=0)
    lease_owner = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    last_update_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=200, blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    failed_calls = models.PositiveSmallIntegerField(db_default=0, editable=False)
    rest_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[ChannelQuerySet] = ChannelQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name

    @property
    def access(self) -> ChannelAccess:
        """What a transport needs; the token leaves the row only here."""
        return ChannelAccess(
            channel_id=self.pk,
            kind=self.kind,
            token=self.token,
            api_base=self._address,
            config=self.config,
        )

    @property
    def _address(self) -> str:
        """The sandbox moves with PORT, so its channel names it instead of keeping its address."""
        if self.api_base == SANDBOX:
            return settings.SANDBOX_URL
        return self.api_base or settings.TELEGRAM_API_BASE


class ConversationKind(models.TextChoices):
    PRIVATE = "private", _("Private chat")
    GROUP = "group", _("Group")
    TOPIC = "topic", _("Forum topic")


class Conversation(models.Model):
    """A private chat, a group, or one topic of a forum."""

    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="conversations", db_index=False
    )
    kind = models.CharField(max_length=8, choices=ConversationKind.choices)
    external_id = models.CharField(max_length=64)
    thread_id = models.CharField(max_length=64, blank=True)
    ticket = models.ForeignKey(
        "tickets.Ticket",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="topics",
        help_text=_("A topic of a private chat belongs to one ticket."),
    )
    former_ids = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text=_("Ids before a group was upgraded."),
    )
    title = models.CharField(max_length=255, blank=True)
    member_count = models.PositiveIntegerField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True, editable=False)
    language = models.CharField(
        max_length=8, blank=True, help_text=_("What is usually spoken here.")
    )
    closed_reason = models.CharField(
        max_length=24,
        blank=True,
        help_text=_("Why nothing can be sent here (blocked, kicked ...); empty when it can."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id", "thread_id"], name="conversation_once"
            ),
        ]
        indexes = [GinIndex(fields=["former_ids"], name="conversation_former_ids")]

    def __str__(self) -> str:
        return self.title or self.external_id

    @property
    def is_private(self) -> bool:
        return self.kind == ConversationKind.PRIVATE

    @property
    def is_topic_of_chat(self) -> bool:
        """One of several threads with one person."""
        return self.is_private and bool(self.thread_id)

    @property
    def place(self) -> Place:
        """The address that a transport sends to."""
        return Place(
            kind=self.kind,  # type: ignore[arg-type]
            external_id=self.external_id,
            thread_id=self.thread_id,
            title=self.title,
        )
