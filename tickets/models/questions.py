"""What the desk asks a requester with buttons, and the rating that may come of it."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.contacts import Contact
from tickets.models.messages import Message
from tickets.models.tickets import Ticket

RATING_CHANGES_FOR = timedelta(hours=24)


class Question(models.Model):
    """An automatic message with buttons. Only the ticket's requester can answer it, in the place where it stands."""

    class Kind(models.TextChoices):
        TOPIC = "topic", _("What is it about?")
        SOLVED = "solved", _("Is it solved?")
        RATING = "rating", _("How was it?")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="questions")
    message = models.OneToOneField(Message, models.CASCADE, related_name="question")
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("From then on a press does nothing.")
    )

    def __str__(self) -> str:
        return f"{self.kind} of #{self.ticket_id}"


class Rating(models.Model):
    """How the requester found the answer, 1 (bad) to 5 (good). One a ticket."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="rating")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="ratings")
    score = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=5), name="rating_between_1_and_5"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.ticket_id}: {self.score}"
