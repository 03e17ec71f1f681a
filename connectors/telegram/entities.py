"""Marked spans. Telegram counts UTF-16 units, we count code points."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from connectors.telegram.fields import identifier, items, mapping, number, text_of
from tickets.transport import Entity

_SENDABLE = frozenset(
    (
        *("bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre"),
        *("blockquote", "expandable_blockquote"),
    )
)
"""Kinds that need nothing but a span. Links, mentions and the like Telegram finds by itself."""


def utf16_positions(text: str) -> list[int]:
    """For each code point, and for the end, the UTF-16 units before it."""
    widths = (2 if character > "\uffff" else 1 for character in text)
    return list(accumulate(widths, initial=0))


def read_entities(raw: object, text: str) -> tuple[Entity, ...]:
    """Entities of a received text; spans out of range are cut, what is left empty is dropped."""
    spans = items(raw)
    if not spans:
        return ()
    positions = utf16_positions(text)
    found = (_read_one(mapping(span), positions) for span in spans)
    return tuple(entity for entity in found if entity is not None)


def _read_one(span: Any, positions: Sequence[int]) -> Entity | None:
    kind = text_of(span.get("type"), 64)
    offset, length = number(span.get("offset")), number(span.get("length"))
    if not kind or offset is None or length is None or length <= 0:
        return None
    # A border in the middle of a surrogate pair moves outwards.
    start = bisect_right(positions, max(offset, 0)) - 1
    end = min(bisect_left(positions, offset + length), len(positions) - 1)
    if end <= start:
        return None
    user_id = identifier(mapping(span.get("user")).get("id"))
    url = text_of(span.get("url"), 2048)
    return Entity(kind, start, end - start, url=url, user_id=user_id)


def write_entities(entities: Iterable[Entity], text: str) -> list[dict[str, Any]]:
    """Entities as the Bot API takes them, without those that it would refuse or finds by itself."""
    positions = utf16_positions(text)
    written = []
    for entity in clip(entities, 0, len(text)):
        extra = _extra(entity)
        if extra is not None:
            start, end = positions[entity.offset], positions[entity.offset + entity.length]
            written.append({"type": entity.kind, "offset": start, "length": end - start, **extra})
    return written


def _extra(entity: Entity) -> dict[str, Any] | None:
    if entity.kind in _SENDABLE:
        return {}
    if entity.kind == "text_link" and entity.url:
        return {"url": entity.url}
    user_id = number(entity.user_id)
    if entity.kind == "text_mention" and user_id is not None:
        return {"user": {"id": user_id, "is_bot": False, "first_name": ""}}
    return None


def clip(entities: Iterable[Entity], start: int, end: int) -> tuple[Entity, ...]:
    """What is left of the entities in `text[start:end]`, counted from `start`."""
    return tuple(part for entity in entities if (part := clip_one(entity, start, end)) is not None)


def clip_one(entity: Entity, start: int, end: int) -> Entity | None:
    """What is left of one entity in `text[start:end]`, counted from `start`; None if nothing is."""
    first = max(entity.offset, start)
    last = min(entity.offset + entity.length, end)
    return replace(entity, offset=first - start, length=last - first) if last > first else None
