"""Delivering into the form's conversation: the tracking page shows the words, a mail only says that there are some."""

from __future__ import annotations

from typing import ClassVar

from portal.actions import mailing
from tickets.models import Delivery
from tickets.transport import ChannelAccess, DeliveryError, Entity, Part, Sent

SPEAKING = ("send_text", "send_files")
Piece = tuple[str, tuple[Entity, ...]]


class FormTransport:
    """`tickets.transport.Transport` for the web form. What counts as delivered: see `send`."""

    text_limit: ClassVar[int] = 16_000

    def __init__(self, access: ChannelAccess) -> None:
        """Nothing of the channel is needed: there is one form, and mail has settings of its own."""

    def split(self, text: str, entities: tuple[Entity, ...] = ()) -> list[Piece]:
        """In one piece: a page has no limit."""
        return [(text, entities)]

    def wait_seconds(self, part: Part) -> float:
        """Never: when mails are limited they are left out, for the page has the words."""
        return 0.0

    def send(self, part: Part) -> Sent:
        """The words are delivered by standing on the page; where a mail is due, too, once that is handed over.

        Raises DeliveryError.
        """
        delivery = _delivery(part)
        if delivery and delivery.message.ticket and part.operation in SPEAKING:
            first_try = delivery.tries <= 1
            mailing.tell(
                place=part.place.external_id, ticket=delivery.message.ticket, first_try=first_try
            )
        return Sent()

    def fetch(self, file_id: str, *, max_bytes: int) -> bytes:
        """Files come with the form itself."""
        raise DeliveryError("rejected", permanent=True)

    def deep_link(self, payload: str) -> str:
        return ""


def _delivery(part: Part) -> Delivery | None:
    """The row behind the part; later parts of one message say nothing that the first has not said."""
    pk = part.idempotency_key.removeprefix("delivery-")
    rows = Delivery.objects.select_related("message__ticket").filter(part=0)
    return rows.filter(pk=int(pk)).first() if pk.isdigit() else None
