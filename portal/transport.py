"""Delivering into the form's conversation: the tracking page shows the words, a mail only says that there are some."""

from __future__ import annotations

from typing import ClassVar

from tickets.transport import ChannelAccess, DeliveryError, Entity, Part, Sent

Piece = tuple[str, tuple[Entity, ...]]


class FormTransport:
    """`tickets.transport.Transport` for the web form. What counts as delivered: see `send`."""

    text_limit: ClassVar[int] = 16_000

    def __init__(self, access: ChannelAccess) -> None:
        self._channel_id = access.channel_id

    def split(self, text: str, entities: tuple[Entity, ...] = ()) -> list[Piece]:
        """In one piece: a page has no limit."""
        return [(text, entities)]

    def wait_seconds(self, part: Part) -> float:
        """Never: when mails are limited they are left out, for the page has the words."""
        return 0.0

    def send(self, part: Part) -> Sent:
        """The words are delivered by standing on the page."""
        return Sent()

    def fetch(self, file_id: str, *, max_bytes: int) -> bytes:
        """Files come with the form itself."""
        raise DeliveryError("rejected", permanent=True)

    def deep_link(self, payload: str) -> str:
        return ""
