"""The queue's rows. A row is drawn from what it shows and from nothing else: so it can be kept, and is never stale.

Who may see a ticket is decided before, by the query; its row is then the same for everybody who may.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain, zip_longest
from typing import NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast
from django.template import loader
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.models import User, initials_of
from helpdesk.templatetags import look
from tickets.models import Category, Priority, Speaker
from tickets.models.tickets import topic_name
from tickets.querysets import TicketQuerySet

KEPT = 4096
"""Rows that a process keeps, 2 kB each."""
GAP = "\0"
"""Stands where the clock writes. PostgreSQL stores no NUL: no name and no text can hold one."""


class Shown(NamedTuple):
    """Everything that a row is drawn from, in the order of `COLUMNS`."""

    number: int
    subject: str
    excerpt: str
    status: str
    priority: str
    language: str
    category: str
    topic_slug: str | None
    topic_names: str | None
    channel_kind: str
    is_public: bool
    requester: str
    assignee_id: int | None
    assignee: str | None
    last_speaker: str
    waiting_since: datetime | None
    last_message_at: datetime
    next_due_at: datetime | None
    sorts_at: datetime

    @property
    def topic(self) -> str:
        """In the viewer's language; the category's name where the topic is not known."""
        if self.topic_slug is None:
            return str(Category(self.category).label)
        return topic_name(json.loads(self.topic_names or "{}"), self.topic_slug)

    @property
    def priority_label(self) -> str:
        return str(Priority(self.priority).label)

    @property
    def initials(self) -> str:
        return initials_of(self.assignee or "")

    @property
    def speaker_label(self) -> str:
        return str(Speaker(self.last_speaker).label)

    @property
    def silent_since(self) -> datetime:
        """Since when they wait; since the last message where nobody does."""
        return self.waiting_since or self.last_message_at

    @property
    def due(self) -> SafeString:
        if self.next_due_at is None:
            return look.due(None, paused=True)
        return look.due_mark(self.next_due_at, GAP, GAP)

    @property
    def since(self) -> SafeString:
        return look.since_mark(self.silent_since, GAP)


COLUMNS = (
    "number", "subject", "excerpt", "status", "priority", "language", "category", "topic__slug",
    Cast("topic__names", TextField()), "channel_kind", "is_public", "requester__name", "assignee_id",
    "assignee__display_name", "last_speaker", "waiting_since", "last_message_at", "next_due_at", "sorts_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One drawn row, and its place in the order."""

    number: int
    sorts_at: datetime
    html: SafeString


def rows(tickets: TicketQuerySet, viewer: User, now: datetime) -> list[Row]:
    """Draw open tickets, in their order; one query."""
    language, zone = get_language() or "", timezone.get_current_timezone_name()
    found = map(Shown._make, tickets.values_list(*COLUMNS))
    return [_row(shown, shown.assignee_id == viewer.pk, language, zone, now) for shown in found]


def _row(shown: Shown, is_mine: bool, language: str, zone: str, now: datetime) -> Row:
    told = [look.elapsed(now - shown.silent_since)]
    if shown.next_due_at is not None:
        left = shown.next_due_at - now
        told = [look.level(left), look.countdown(left), *told]
    lasting = _lasting(shown, is_mine, language, zone)
    html = "".join(chain.from_iterable(zip_longest(lasting, told, fillvalue="")))
    return Row(shown.number, shown.sorts_at, SafeString(html))


@lru_cache(maxsize=KEPT)
def _lasting(shown: Shown, is_mine: bool, language: str, zone: str) -> tuple[str, ...]:
    """The row in the current language and time zone, cut where the clock writes."""
    template = loader.get_template("tickets/_row.html")
    return tuple(template.render({"row": shown, "is_mine": is_mine}).split(GAP))


def forget() -> None:
    """Draw all rows anew, as a new process does."""
    _lasting.cache_clear()
