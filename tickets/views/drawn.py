"""Messages drawn once, and kept by everything that they are drawn from: a change of any of it is another message.

What still moves (on its way out, to be taken back, to be tried again) bears a form with the viewer's own token, so it
is not kept.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import Any

from django.db.models import Model
from django.template import loader
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tickets.models import DeliveryState, Message, Ticket

KEPT = 2048
"""Messages that a process keeps, some 3 kB each."""
SETTLED = (DeliveryState.SENT, DeliveryState.CANCELLED)

_kept: OrderedDict[bytes, SafeString] = OrderedDict()
_lock = Lock()


def drawn(ticket: Ticket, message: Message) -> SafeString | None:
    """The message as this viewer sees it; None for one that still moves."""
    deliveries = message.deliveries.all()
    if any(each.state not in SETTLED for each in deliveries):
        return None
    key = _key(ticket, message)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    template = loader.get_template("tickets/_message.html")
    html = SafeString(template.render({"message": message, "ticket": ticket}))
    with _lock:
        _kept[key] = html
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return html


def forget() -> None:
    """Draw all messages anew, as a new process does."""
    with _lock:
        _kept.clear()


def _key(ticket: Ticket, message: Message) -> bytes:
    """Of all rows that it is drawn from every column, so that a new one can not be forgotten."""
    place = message.conversation
    facts = (
        get_language(),
        timezone.get_current_timezone_name(),
        ticket.channel_kind,
        place and (place.title, place.kind),
        message.author_name,
        _columns(message),
        *map(_columns, message.versions.all()),
        *map(_columns, message.attachments.all()),
        *map(_columns, message.deliveries.all()),
    )
    return blake2b(repr(facts).encode(), digest_size=20).digest()


def _columns(row: Model) -> list[Any]:
    """Its values, and what the page has noted on it of this viewer's rights."""
    return [value for name, value in row.__dict__.items() if not name.startswith("_")]
