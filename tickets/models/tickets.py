"""Tickets and their topics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Team
from tickets.models.contacts import Contact
from tickets.querysets import TicketQuerySet


class Category(models.TextChoices):
    TRADING = "trading", _("Trading")
    ACCOUNT = "account", _("Account")
    DEPOSIT = "deposit", _("Deposit")
    WITHDRAWAL = "withdrawal", _("Withdrawal")
    OTHER = "other", _("Other")


class Priority(models.TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")

    @property
    def rank(self) -> int:
        return list(Priority).index(self)


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    PENDING = "pending", _("Pending")
    ON_HOLD = "on_hold", _("On hold")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Closed")


class Speaker(models.TextChoices):
    THEY = "they", _("they")
    US = "us", _("us")


NEVER = Value(datetime(9999, 1, 1, tzinfo=UTC))
OPEN_STATUSES = (Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD)
IS_OPEN = models.Q(status__in=OPEN_STATUSES)


class Topic(models.Model):
    """A kind of request within a category. A dangerous one lifts the priority at once."""

    slug = models.SlugField(max_length=40, unique=True)
    category = models.CharField(max_length=12, choices=Category.choices)
    names = models.JSONField(default=dict, help_text=_("Name by language: en, zh, fa, tr."))
    priority_floor = models.CharField(max_length=8, choices=Priority.choices, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the viewer's language, else in English."""
        return topic_name(self.names, self.slug)

    def name_in(self, language: str) -> str:
        """In a requester's language, else in English."""
        return str(self.names.get(language) or self.names.get("en") or self.slug)


def topic_name(names: dict[str, str], slug: str) -> str:
    """A topic's name in the viewer's language, else in English."""
    return str(names.get((get_language() or "en")[:2]) or names.get("en") or slug)


class Ticket(models.Model):
    """One request to solve, shown as #1042. Its row repeats what the queue shows, so that a row needs no join more."""

    number = models.BigAutoField(primary_key=True)
    subject = models.CharField(max_length=160)
    excerpt = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    category = models.CharField(max_length=12, choices=Category.choices, default=Category.OTHER)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="tickets")
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    language = models.CharField(max_length=8, choices=Language.choices, blank=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="tickets")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tickets",
    )
    requester = models.ForeignKey(Contact, models.PROTECT, related_name="tickets", db_index=False)
    linked_to = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="links",
        help_text=_("Asked as “me too” under it."),
    )
    channel_kind = models.CharField(max_length=16)
    is_public = models.BooleanField(
        default=False, help_text=_("Asked in public, and no private route is open yet.")
    )

    last_speaker = models.CharField(max_length=4, choices=Speaker.choices, default=Speaker.THEY)
    last_message_at = models.DateTimeField()
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text=_("The first message not yet answered.")
    )
    next_due_at = models.DateTimeField(null=True, blank=True)
    # What the queue is sorted by: never null, so that "from here on" is one stretch of an index.
    sorts_at = models.GeneratedField(
        expression=Coalesce("next_due_at", NEVER),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[TicketQuerySet] = TicketQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="ticket_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(priority__in=Priority.values), name="ticket_priority_known"
            ),
            models.CheckConstraint(
                condition=models.Q(category__in=Category.values), name="ticket_category_known"
            ),
        ]
        indexes = [
            # The queue, whole or of one team or person: open tickets by deadline, those without one last.
            models.Index("sorts_at", "number", name="ticket_queue", condition=IS_OPEN),
            models.Index("team", "sorts_at", "number", name="ticket_of_team", condition=IS_OPEN),
            models.Index("assignee", "sorts_at", "number", name="ticket_mine", condition=IS_OPEN),
            models.Index(
                "requester", models.F("last_message_at").desc(), name="ticket_of_requester"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def speaker_label(self) -> str:
        """As `get_last_speaker_display`, which goes through all choices for each row."""
        return str(Speaker(self.last_speaker).label)
