"""One update while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.telegram.commands import Bot
from connectors.telegram.fields import moment
from tickets.transport import Place


@dataclass(frozen=True, slots=True)
class Reading:
    """The update's object and what is known around it. `fallback` stands in for a missing date."""

    body: Mapping[str, Any]
    place: Place
    bot: Bot
    fallback: datetime

    @property
    def sent_at(self) -> datetime:
        return moment(self.body.get("date")) or self.fallback
