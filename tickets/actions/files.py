"""Files: those that somebody sends along, and those that a service holds until we fetch them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import IO, Any

import structlog
from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.db.models.fields.files import FieldFile
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from helpdesk.errors import Invalid
from helpdesk.hints import hint
from tickets import pictures
from tickets.actions.events import happened, locked
from tickets.models import Attachment, FileState, Message, Verb
from tickets.names import safe_file_name
from tickets.transport import DeliveryError, OutboundFile, transport_for

log = structlog.get_logger(__name__)

MOST_TRIES = 6


def store_uploads(
    message: Message, files: Sequence[File[Any]], *, draw: bool = True
) -> list[Attachment]:
    """Keep what somebody attached. Raises Invalid for too many, too large or empty ones.

    Without `draw`, pictures wait for the worker to draw them: a stranger's take seconds, and the request that brings
    them has one of a few database connections.
    """
    if len(files) > settings.FILES_PER_MESSAGE:
        raise Invalid(
            _("At most %(count)s files go with one message.")
            % {"count": settings.FILES_PER_MESSAGE}
        )
    for file in files:
        if not file.size or file.size > settings.FILE_SIZE_LIMIT:
            name, size = safe_file_name(file.name or ""), settings.FILE_SIZE_LIMIT // 2**20
            raise Invalid(
                _("%(name)s: a file must have 1 byte to %(size)s MB.")
                % {"name": name, "size": size}
            )
    kept = [
        _stored(
            Attachment(message=message, name=safe_file_name(file.name or "")), file.read(), draw
        )
        for file in files
    ]
    if any(each.state == FileState.PENDING for each in kept):
        hint_files()
    return kept


def _stored(attachment: Attachment, content: bytes, draw: bool = True) -> Attachment:
    """Write the bytes under a random name, and the picture drawn anew if it is one."""
    attachment.content_type = pictures.content_type(content[:16])
    attachment.size = len(content)
    attachment.file.save(f"{attachment.uuid}.bin", ContentFile(content), save=False)
    if draw or attachment.content_type not in pictures.PICTURES:
        _finish(attachment, content)
    attachment.save()
    return attachment


def _finish(attachment: Attachment, content: bytes) -> None:
    """Stored, and drawn if it is a picture."""
    attachment.state = FileState.STORED
    if attachment.content_type not in pictures.PICTURES:
        return
    try:
        preview = pictures.redraw(content)
    except pictures.NoPicture:
        attachment.content_type = pictures.UNKNOWN
    else:
        attachment.preview.save(f"{attachment.uuid}.webp", ContentFile(preview), save=False)


@contextmanager
def outbound_files(ids: Sequence[int]) -> Iterator[tuple[OutboundFile, ...]]:
    """Stored files in the given order, as a transport takes them, until the context ends. Raises DeliveryError."""
    found = Attachment.objects.in_bulk(list(ids))
    with ExitStack() as stack:
        yield tuple(
            OutboundFile(
                path=stack.enter_context(_on_disk(found[pk].file)),
                name=found[pk].name,
                content_type=found[pk].content_type,
            )
            for pk in ids
            if pk in found
        )


@contextmanager
def _on_disk(stored: FieldFile) -> Iterator[str]:
    """Its path; where files lie in a bucket, that of a copy which is gone afterwards."""
    try:
        path = stored.path
    except NotImplementedError:
        with NamedTemporaryFile(prefix="helpdesk-") as copy:
            _fetch_into(copy, stored)
            yield copy.name
    else:
        yield path


def _fetch_into(copy: IO[bytes], stored: FieldFile) -> None:
    try:
        with stored.open("rb") as source:
            copyfileobj(source, copy)
    except FileNotFoundError:
        raise DeliveryError("rejected", permanent=True) from None
    except OSError:
        raise DeliveryError("unavailable") from None
    copy.flush()


def hint_files() -> None:
    from tickets.tasks import fetch_files

    hint(fetch_files)


def fetch_pending(limit: int = 50) -> int:
    """Copy what the services hold. Returns how many files were tried."""
    tried = 0
    while tried < limit and _fetch_next():
        tried += 1
    return tried


def _fetch_next() -> bool:
    """One file, its row held while it comes: a worker that dies lets it go again."""
    with transaction.atomic():
        attachment = (
            Attachment.objects.filter(state=FileState.PENDING, not_before__lte=Now())
            .select_related("message__conversation__channel")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("not_before")
            .first()
        )
        if attachment is None:
            return False
        try:
            if attachment.file:  # it came with its message, and is only to be drawn
                with attachment.file.open("rb") as file:
                    _finish(attachment, file.read())
                attachment.save()
            else:
                _stored(attachment, _fetched(attachment))
        except DeliveryError as error:
            _put_off(attachment, error)
        except OSError:  # our own storage is full or away
            _put_off(attachment, DeliveryError("unavailable"))
        if attachment.state != FileState.PENDING:
            _tell(attachment)
    return True


def _fetched(attachment: Attachment) -> bytes:
    conversation = attachment.message.conversation
    assert conversation is not None, "only files that came from a service are to be fetched"
    transport = transport_for(conversation.channel.access)
    return transport.fetch(attachment.external_id, max_bytes=settings.FILE_SIZE_LIMIT)


def _put_off(attachment: Attachment, error: DeliveryError) -> None:
    attachment.tries += 1
    if error.reason == "too_large":
        attachment.state = FileState.TOO_LARGE
    elif error.permanent or attachment.tries >= MOST_TRIES:
        attachment.state = FileState.FAILED
    else:
        wait = max(error.retry_after or 0.0, 2.0**attachment.tries)
        Attachment.objects.filter(pk=attachment.pk).update(
            tries=F("tries") + 1, not_before=Now() + timedelta(seconds=wait)
        )
        log.info("file_put_off", attachment=attachment.pk, reason=error.reason)
        return
    attachment.save(update_fields=["state", "tries"])


def _tell(attachment: Attachment) -> None:
    ticket_id = attachment.message.ticket_id
    if ticket_id is not None:
        ticket = locked(ticket_id)
        happened(ticket, Verb.FILE_STORED, message=attachment.message, attachment=attachment.pk)
        ticket.save(update_fields=["version"])
