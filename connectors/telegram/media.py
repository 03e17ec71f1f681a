"""What a message consists of: text, files, or a word that stands for something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.telegram.details import details_of, words_of
from connectors.telegram.entities import read_entities
from connectors.telegram.fields import items, mapping, number, present, text_of
from connectors.telegram.kinds import CONTEXT, PLAIN, SERVICE, WITH_FILE
from tickets.transport import Entity, InboundFile

_CONTENT_TYPES = {"photo": "image/jpeg", "voice": "audio/ogg", "video_note": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Content:
    """The part of a message that a person made. All empty: there is none."""

    text: str = ""
    entities: tuple[Entity, ...] = ()
    files: tuple[InboundFile, ...] = ()
    placeholder: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.text or self.files or self.placeholder)


def content_of(message: Mapping[str, Any], *, download_limit: int) -> Content:
    """Text, files and placeholder of a message. Files over `download_limit` bytes are marked too large."""
    text, entities = _words(message)
    files, placeholder = _media(message, download_limit)
    details = details_of(message, placeholder)
    return Content(text or words_of(placeholder, details), entities, files, placeholder, details)


def service_kind(message: Mapping[str, Any]) -> str:
    """What happened to the chat, if the message only reports that; else empty."""
    return next((key for key in SERVICE if present(message.get(key))), "")


def unknown_kind(message: Mapping[str, Any]) -> str:
    """The first field that we do not know: content of a later Bot API. Empty if there is none."""
    unknown = (key for key, value in message.items() if key not in CONTEXT and present(value))
    return next((text_of(key, 64) for key in unknown), "")


def _words(message: Mapping[str, Any]) -> tuple[str, tuple[Entity, ...]]:
    for key, marks in (("text", "entities"), ("caption", "caption_entities")):
        text = text_of(message.get(key))
        if text:
            return text, read_entities(message.get(marks), text)
    return "", ()


def _media(message: Mapping[str, Any], limit: int) -> tuple[tuple[InboundFile, ...], str]:
    if present(message.get("photo")):
        return _photo(message, limit)
    for kind in WITH_FILE:  # an animation comes with a document of the same file: order matters
        if present(message.get(kind)):
            file = _file(mapping(message[kind]), kind, limit)
            is_document = kind == "document" and file is not None
            return (file,) if file else (), "" if is_document else kind
    return (), next((kind for kind in PLAIN if present(message.get(kind))), "")


def _photo(message: Mapping[str, Any], limit: int) -> tuple[tuple[InboundFile, ...], str]:
    sizes = [size for raw in items(message.get("photo")) if (size := mapping(raw)).get("file_id")]
    largest = max(sizes, key=_pixels, default=mapping(None))
    file = _file(largest, "photo", limit)
    return ((file,), "") if file else ((), "photo")


def _pixels(size: Mapping[str, Any]) -> tuple[int, int]:
    area = (number(size.get("width")) or 0) * (number(size.get("height")) or 0)
    return area, number(size.get("file_size")) or 0


def _file(raw: Mapping[str, Any], kind: str, limit: int) -> InboundFile | None:
    file_id = text_of(raw.get("file_id"), 512)
    if not file_id:
        return None
    size = number(raw.get("file_size"))
    return InboundFile(
        file_id=file_id,
        name=_base_name(text_of(raw.get("file_name"))),
        content_type=text_of(raw.get("mime_type"), 127) or _content_type(raw, kind),
        size=size,
        kind=kind,
        too_large=size is not None and size > limit,
    )


def _base_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2][-255:]


def _content_type(raw: Mapping[str, Any], kind: str) -> str:
    if kind != "sticker":
        return _CONTENT_TYPES.get(kind, "")
    if raw.get("is_animated") is True:
        return "application/x-tgsticker"
    return "video/webm" if raw.get("is_video") is True else "image/webp"
