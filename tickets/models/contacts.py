"""People outside, and how they are known on each kind of channel."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Language, validate_time_zone
from tickets.querysets import ContactQuerySet


class Contact(models.Model):
    """A person outside. Their role on a ticket is requester."""

    name = models.CharField(max_length=128)
    language = models.CharField(max_length=8, choices=Language.choices, blank=True)
    time_zone = models.CharField(max_length=40, blank=True, validators=[validate_time_zone])
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ContactQuerySet] = ContactQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name


class ContactIdentity(models.Model):
    """A contact's handle on one kind of channel: the numeric id counts, names are decoration."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=16)
    external_id = models.CharField(max_length=64)
    username = models.CharField(max_length=64, blank=True)
    display_name = models.CharField(max_length=128, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "contact identities"
        constraints = [
            models.UniqueConstraint(fields=["kind", "external_id"], name="contact_identity_once")
        ]

    def __str__(self) -> str:
        return f"@{self.username}" if self.username else self.display_name or self.external_id


def invitation_expiry() -> datetime:
    return timezone.now() + timedelta(days=7)


class PrivateInvitation(models.Model):
    """A one-use deep link into a private chat: from a group, for the asker alone; from the web, for whoever holds it.

    The link carries 256 random bits; only their SHA-256 is kept. Whoever else taps it opens nothing. `identity` is
    null where nobody knows yet who will come: then the link is the only proof, so it lasts minutes.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="invitations")
    identity = models.ForeignKey(
        ContactIdentity, models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=invitation_expiry)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"#{self.ticket_id} → {self.identity or 'whoever holds it'}"
