"""Which connector serves which kind of channel. A new one is a module with these functions, and a line here."""

from __future__ import annotations

from datetime import datetime
from types import ModuleType
from typing import Any, Protocol, cast

from connectors.found import Found, Rights
from connectors.raw import Raw
from connectors.telegram import door as telegram
from tickets.models import Channel, Conversation
from tickets.transport import Parsed


class Door(Protocol):
    """How updates come in through one kind of channel."""

    def describe(self, channel: Channel) -> dict[str, Any]:
        """What the service says of the account itself; kept in `Channel.config`. Raises DoorError."""
        ...

    def fetch(self, channel: Channel, *, wait: int) -> tuple[list[Raw], int]:
        """The updates after the channel's cursor, and the cursor behind them; waits up to `wait` seconds for one.

        Raises DoorError.
        """
        ...

    def look(self, channel: Channel) -> Found:
        """How the account stands. Changes nothing. Raises DoorError."""
        ...

    def set_hook(self, channel: Channel, url: str) -> None:
        """Have updates posted to `url` along with the channel's secret; none is dropped. Raises DoorError."""
        ...

    def remove_hook(self, channel: Channel) -> None:
        """Keep updates for `fetch` again; none is dropped. Raises DoorError."""
        ...

    def rights(self, channel: Channel, chat: str) -> Rights:
        """What the account may do in the group of this external id. Raises DoorError."""
        ...

    def count_members(self, channel: Channel, conversation: Conversation) -> int:
        """How many people read along there. Raises DoorError."""
        ...

    def read(self, text: str) -> Raw:
        """One raw update from its text. Never raises."""
        ...

    def parse(self, channel: Channel, text: str, received_at: datetime) -> Parsed:
        """What a stored update says. Pure."""
        ...


_DOORS: dict[str, ModuleType] = {"telegram": telegram}
KINDS = tuple(_DOORS)


def door(kind: str) -> Door:
    """Raises KeyError for a kind without a connector."""
    return cast(Door, _DOORS[kind])
