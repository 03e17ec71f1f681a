"""The requester's keys: links to their request, and the mail address they gave."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from helpdesk.crypto import EncryptedField
from tickets.models import ContactIdentity, Ticket

LINK_LASTS = timedelta(days=90)
"""After the last word on the request, or after the link was made if that is later."""


class LinkQuerySet(models.QuerySet["Link"]):
    def open_at(self, now: datetime) -> LinkQuerySet:
        """Those that have not run out."""
        last = Greatest("created_at", "ticket__last_message_at")
        return self.annotate(last=last).filter(last__gt=now - LINK_LASTS)


class Link(models.Model):
    """One way to one request: 256 random bits, of which only the SHA-256 is kept. A request may have several."""

    token_hash = models.CharField(max_length=64, unique=True)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="links_out")
    identity = models.ForeignKey(ContactIdentity, models.CASCADE, related_name="links")
    mailed = models.BooleanField(
        default=False,
        help_text="It went to their address alone: whoever acts by it reads mail there.",
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = LinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"link to #{self.ticket_id}"


class Address(models.Model):
    """Where a requester of the form wants mail: a claim, until somebody acts by a link that was mailed there.

    It joins nobody to anybody: two forms with one address are two contacts. Encrypted, since a stolen table of
    addresses of people who hold coins is worth more to a thief than their messages; `digest` finds it again.
    """

    identity = models.OneToOneField(
        ContactIdentity, models.CASCADE, related_name="mail", primary_key=True
    )
    email = EncryptedField()
    digest = models.CharField(max_length=64, db_index=True)
    receipt_due = models.BooleanField(default=True)
    verified_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"address of {self.identity_id}"


class LinkRequest(models.Model):
    """Somebody asked for their links again. Known or unknown, it is the same row: the worker finds out which."""

    email = EncryptedField()
    language = models.CharField(max_length=8)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"link request {self.pk}"
