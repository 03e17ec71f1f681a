"""Files of incoming messages, and albums: several updates, one message."""

from __future__ import annotations

from collections.abc import Sequence

from tickets.actions.events import happened, locked
from tickets.actions.rows import insert
from tickets.models import Attachment, Conversation, FileState, Message, Verb
from tickets.names import safe_file_name
from tickets.transport import InboundFile, InboundMessage


def attach(message: Message, inbound: InboundMessage) -> None:
    """Note the files that the service holds; a worker fetches them right after."""
    from tickets.actions.files import hint_files

    if not inbound.files:
        return
    for file in inbound.files:
        insert(_attachment(message, inbound, file))
    hint_files()


def _attachment(message: Message, inbound: InboundMessage, file: InboundFile) -> Attachment:
    return Attachment(
        message=message,
        name=safe_file_name(file.name or file.kind),
        content_type=file.content_type[:100],
        size=file.size,
        state=FileState.TOO_LARGE if file.too_large else FileState.PENDING,
        external_id=file.file_id[:255],
        source_id=inbound.external_id,
    )


def first_of(conversation: Conversation, inbound: InboundMessage) -> Message | None:
    """The message that stands for this item's album, if an item of it is here already."""
    if not inbound.album_id:
        return None
    return (
        Message.objects.filter(conversation=conversation, album_id=inbound.album_id)
        .order_by("id")
        .first()
    )


def join(album: Message, inbound: InboundMessage, masked: Sequence[str] = ()) -> None:
    """A further item: its files are the album's, and so is its caption if the album has none."""
    attach(album, inbound)
    if inbound.text and not album.text:
        album.text = inbound.text
        album.masked = sorted({*album.masked, *masked})
        album.save(update_fields=["text", "masked"])
    if album.ticket_id:
        ticket = locked(album.ticket_id)
        happened(ticket, Verb.RECEIVED, message=album, album=True)
        ticket.save(update_fields=["version"])
