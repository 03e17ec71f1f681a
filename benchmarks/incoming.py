"""People outside who write to the desk: raw updates as Telegram sends them, put into the inbox."""

from __future__ import annotations

import json
from itertools import count
from time import time
from typing import Any

from django.db import transaction

from benchmarks.rows import PERSON
from benchmarks.seed import Desk
from benchmarks.words import REQUESTS
from connectors.inbox import store
from connectors.raw import Raw
from connectors.registry import door

STRANGER = 900_000_000
"""Ids of people whom the desk has not met begin here."""
POLL = 100
"""Updates that one answer of the Bot API brings at most."""


class People:
    """Writes updates for the first channel. Everybody writes in private."""

    def __init__(self, desk: Desk) -> None:
        self._channel = desk.channels[0]
        self._people, self._step = desk.plan.people, len(desk.channels)
        self._ids = count(1)

    def write(self, many: int, *, known: bool = False) -> int:
        """Store `many` updates, each of another person, in batches with a commit each. Returns the bytes."""
        raws = [self._raw(known=known) for _ in range(many)]
        for start in range(0, many, POLL):
            with transaction.atomic():
                store(self._channel, raws[start : start + POLL])
        return sum(len(raw.text.encode()) for raw in raws)

    def _raw(self, *, known: bool) -> Raw:
        number = next(self._ids)
        body = self._update(number, self._known(number) if known else STRANGER + number)
        return door(self._channel.kind).read(json.dumps(body))

    def _known(self, number: int) -> int:
        """Somebody whose private chat is in the first channel."""
        return PERSON + number * self._step % (self._people - self._people % self._step) + 1

    def _update(self, number: int, person: int) -> dict[str, Any]:
        language, _subject, request, *_rest = REQUESTS[number % len(REQUESTS)]
        name = f"Person {person - PERSON - 1}" if person < STRANGER else f"New {number}"
        who = {"id": person, "is_bot": False, "first_name": name, "language_code": language}
        chat = {"id": person, "type": "private", "first_name": name}
        message = {
            "message_id": 10_000_000 + number,
            "from": who,
            "chat": chat,
            "date": int(time()),
            "text": request,
        }
        return {"update_id": number, "message": message}
