"""Messages, the earlier versions of edited ones, and files."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tickets import things
from tickets.keyset import mark
from tickets.models.channels import Conversation
from tickets.models.contacts import Contact
from tickets.models.tickets import Ticket
from tickets.querysets import MessageQuerySet
from tickets.segments import Kind, segments


class MessageKind(models.TextChoices):
    INCOMING = "incoming", _("Incoming")
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Note")


class Audience(models.TextChoices):
    """Who sees it: everybody in the place, one contact, or only the desk."""

    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private")
    DESK = "desk", _("Only the desk")


PLACEHOLDERS = {
    "animation": _("Animation"),
    "audio": _("Audio"),
    "checklist": _("Checklist"),
    "contact": _("Contact"),
    "dice": _("Dice"),
    "document": _("File"),
    "game": _("Game"),
    "giveaway": _("Giveaway"),
    "giveaway_winners": _("Giveaway winners"),
    "invoice": _("Invoice"),
    "location": _("Location"),
    "paid_media": _("Paid media"),
    "photo": _("Photo"),
    "poll": _("Poll"),
    "sticker": _("Sticker"),
    "story": _("Story"),
    "venue": _("Venue"),
    "video": _("Video"),
    "video_note": _("Video message"),
    "voice": _("Voice message"),
}


class Message(models.Model):
    """Something said. Chatter of a group is kept, too, without a ticket."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="messages", db_index=False
    )
    conversation = models.ForeignKey(
        Conversation, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=8, choices=MessageKind.choices)
    audience = models.CharField(max_length=8, choices=Audience.choices)
    automatic = models.BooleanField(default=False)
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    text = models.TextField(blank=True)
    entities = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=8, blank=True)
    placeholder = models.CharField(max_length=60, blank=True)
    details: models.JSONField[Any, Any] = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Of a voice, a place, a poll ...: what can be said of it."),
    )
    masked = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    external_id = models.CharField(max_length=64, blank=True)
    reply_to_external_id = models.CharField(max_length=64, blank=True)
    album_id = models.CharField(max_length=64, blank=True)
    submission = models.UUIDField(
        null=True, blank=True, unique=True, help_text=_("One form, one message.")
    )
    sent_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            # Whatever arrives twice is stored once.
            models.UniqueConstraint(
                fields=["conversation", "external_id"],
                condition=~models.Q(external_id=""),
                name="message_once_per_conversation",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="note") | models.Q(audience="desk"),
                name="message_note_stays_at_the_desk",
            ),
        ]
        indexes = [
            models.Index("ticket", "sent_at", "id", name="message_of_ticket"),
            models.Index(
                "conversation", "album_id", name="message_album", condition=~models.Q(album_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self) -> str:
        """Its place on the ticket's page, which then begins early enough to show it."""
        assert self.ticket is not None, "chatter has no page"
        start = mark(self.sent_at, self.pk)
        return f"{self.ticket.get_absolute_url()}?from={start}#message-{self.pk}"

    @property
    def segments(self) -> list[tuple[Kind, str]]:
        return segments(self.text)

    @property
    def placeholder_text(self) -> str:
        """What it is, in the viewer's words; an unknown kind as it came."""
        return str(PLACEHOLDERS.get(self.placeholder, self.placeholder))

    @property
    def line(self) -> str:
        """What it says or is, in one line for the queue."""
        words = " ".join(self.text.split())
        if not self.placeholder or (words and self.placeholder not in things.SPEAKING):
            return words[:160]
        return things.line(self.placeholder, self.details)[:160]

    @property
    def thing(self) -> dict[str, str]:
        """How a page shows what it is when it is no text."""
        return {
            "icon": things.ICONS.get(self.placeholder, "document"),
            "length": things.length(self.details.get("duration")),
            "coordinates": things.coordinates(self.details),
        }

    @property
    def has_own_words(self) -> bool:
        """Whether its text says more than the thing that it is."""
        return bool(self.text) and self.placeholder not in things.SPEAKING

    @property
    def author_name(self) -> str:
        """The real name of whoever spoke: for the desk's own pages only."""
        if self.automatic:
            return str(_("Automatic"))
        person = self.author or self.contact
        return str(person) if person else ""


class MessageVersion(models.Model):
    """What a message said before an edit."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="versions")
    text = models.TextField(blank=True)
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["replaced_at", "id"]

    def __str__(self) -> str:
        return f"{self.message_id} until {self.replaced_at:%Y-%m-%d %H:%M}"


class FileState(models.TextChoices):
    PENDING = "pending", _("Being fetched")
    STORED = "stored", _("Stored")
    TOO_LARGE = "too_large", _("Too large to fetch")
    FAILED = "failed", _("Could not be fetched")


class Attachment(models.Model):
    """A file of a message. Its stored name is random; the given name is only shown."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=FileState.choices, default=FileState.PENDING)
    file = models.FileField(upload_to="attachments/%Y/%m/", blank=True)
    preview = models.FileField(
        upload_to="previews/%Y/%m/", blank=True, help_text=_("An image, drawn anew by us.")
    )
    external_id = models.CharField(max_length=255, blank=True)
    source_id = models.CharField(
        max_length=64, blank=True, help_text=_("The album item's own message id.")
    )
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                "not_before", name="attachment_pending", condition=models.Q(state="pending")
            ),
            models.Index("source_id", name="attachment_source", condition=~models.Q(source_id="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return reverse("tickets:attachment", args=[self.uuid])

    @property
    def is_image(self) -> bool:
        """Only what we have drawn anew ourselves is shown in a page."""
        return bool(self.preview)

    @property
    def preview_url(self) -> str:
        return reverse("tickets:preview", args=[self.uuid])
