"""The queue: what waits, the most pressing first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User
from helpdesk.web import page
from tickets.filters import TicketFilter
from tickets.keyset import Position, mark, position
from tickets.models import Ticket, TicketEvent
from tickets.querysets import TicketQuerySet
from tickets.views.rows import Row, rows

PAGE = 50
WORST = 10
"""Breached ones that are always shown. The rest folds, so that what is next stays in sight."""
CAP = 100
"""Counts stop here, so that they cost the same at a million tickets: the page shows 99+."""
LATE = "late"
SOON = timedelta(hours=1)

LABELS = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "open": _("All open"),
    "due": _("Due in 1 h"),
    "breached": _("Breached"),
}


@dataclass(frozen=True)
class Tab:
    """One view beside the rows."""

    slug: str
    label: Any
    url: str
    count: int
    current: bool


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    user, now = cast(User, request.user), timezone.now()
    # Read before the rows: an event between the two is told again rather than lost.
    last_event_id = latest_event_id()
    seen, narrowed = _narrowed(request, Ticket.objects.visible_to(user))
    sets = views(seen, user, now)
    slug = request.GET.get("view", "")
    slug = slug if slug in sets else "mine"
    after = position(request.GET.get("after", ""))
    counts = _counts(sets, sets[slug].breached(now))
    next_rows, older = _page(sets[slug], slug, user, now, after)
    context = {
        "views": _tabs(request, sets, slug, counts),
        "narrowed": narrowed,
        "whole_url": f"{request.path}?view={slug}",
        "rows": next_rows,
        "older_url": _address(request, after=older) if older else "",
        "live_url": _address(request, after=request.GET.get("after", "")),
        "last_event_id": last_event_id,
        "welcome": user.welcomed_at is None,
    }
    if not after and slug != "breached":
        context |= _late(request, sets[slug].breached(now), counts[LATE], now)
    return page(request, "tickets/queue.html", context, fragment="tickets/_queue.html")


def views(seen: TicketQuerySet, user: User, now: datetime) -> dict[str, TicketQuerySet]:
    """The views of these tickets by slug."""
    return {
        "mine": seen.mine(user),
        "unassigned": seen.unassigned(),
        "open": seen.open(),
        "due": seen.due_between(now, now + SOON),
        "breached": seen.breached(now),
    }


def latest_event_id() -> int:
    return TicketEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _counts(sets: dict[str, TicketQuerySet], late: TicketQuerySet) -> Counter[str]:
    """How many there are in each view, and overdue ones in the current one: one query, each capped."""
    parts = [
        tickets.order_by().values_list(Value(slug))[:CAP]
        for slug, tickets in {**sets, LATE: late}.items()
    ]
    return Counter(slug for (slug,) in parts[0].union(*parts[1:], all=True))


def _tabs(
    request: HttpRequest, sets: dict[str, TicketQuerySet], current: str, counts: Counter[str]
) -> list[Tab]:
    return [
        Tab(slug, LABELS[slug], _address(request, view=slug), counts[slug], slug == current)
        for slug in sets
    ]


def _narrowed(request: HttpRequest, seen: TicketQuerySet) -> tuple[TicketQuerySet, list[str]]:
    """What the address narrows the queue to, and how it says so: `status=pending`. Nonsense narrows nothing."""
    if not request.GET.keys() & TicketFilter.base_filters.keys():
        return seen, []
    asked = TicketFilter(request.GET, seen, request=request)
    fine = [name for name in asked.filters if name not in asked.errors]
    said = [f"{name}={value}" for name in fine for value in request.GET.getlist(name) if value]
    return cast(TicketQuerySet, asked.qs), said


def _late(
    request: HttpRequest, tickets: TicketQuerySet, count: int, now: datetime
) -> dict[str, Any]:
    """The worst of the overdue ones; all of them (up to the cap) when the address says so."""
    unfolded = request.GET.get("breached") == "all"
    most = CAP if unfolded else WORST
    return {
        "breached_rows": rows(tickets.by_deadline()[:most], cast(User, request.user), now),
        "breached_count": count,
        "folded": not unfolded and count > WORST,
        "unfolded": unfolded,
        "fold_url": _address(request, breached="" if unfolded else "all"),
    }


def _address(request: HttpRequest, **changed: str) -> str:
    """This page's address with some parameters changed; folded, and from the first row, unless they say otherwise."""
    query = request.GET.copy()
    for name, value in {"after": "", "breached": "", **changed}.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}"


def _page(
    tickets: TicketQuerySet, slug: str, viewer: User, now: datetime, after: Position | None
) -> tuple[list[Row], str]:
    """One page by keyset, and the position behind it (empty at the end)."""
    if slug != "breached":
        tickets = tickets.filter(sorts_at__gte=now)
    if after is not None:
        due, number = after
        tickets = tickets.filter(sorts_at__gte=due).exclude(sorts_at=due, number__lte=number)
    found = rows(tickets.by_deadline()[: PAGE + 1], viewer, now)
    older = mark(found[PAGE - 1].sorts_at, found[PAGE - 1].number) if len(found) > PAGE else ""
    return found[:PAGE], older
