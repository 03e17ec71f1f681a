"""Text as Telegram counts it: offsets and lengths in UTF-16 code units."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

_DETECTED = (
    ("bot_command", re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{5,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}\b")),
    (
        "url",
        re.compile(r"\bhttps?://[^\s<>\"]+|\b(?:t\.me|[a-z0-9-]+\.(?:com|org|net|io))/[^\s<>\"]*"),
    ),
    ("hashtag", re.compile(r"(?<!\w)#\w{2,64}")),
)


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def detect_entities(text: str) -> list[Json]:
    """What Telegram marks by itself in what a person types: commands, mentions, links, hashtags."""
    found: list[Json] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in _DETECTED:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other < end for other, other_end in taken):
                continue
            taken.append((start, end))
            found.append(
                {"type": kind, "offset": units(text[:start]), "length": units(text[start:end])}
            )
    return sorted(found, key=lambda entity: int(entity["offset"]))


def spelled(text: str, entity: Json) -> str:
    """The part of the text that an entity marks."""
    raw = text.encode("utf-16-le", "surrogatepass")
    start = 2 * int(entity["offset"])
    return raw[start : start + 2 * int(entity["length"])].decode("utf-16-le", "replace")


def entity_problem(text: str, entities: list[Json]) -> str:
    """Why Telegram would refuse these entities, in its words; empty when it would not."""
    total = units(text)
    for entity in entities:
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length < 0:
            return 'can\'t parse MessageEntity: Field "offset" must be of type Number'
        end = start + length
        if end > total:
            return f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}"
        for place, word in ((start, "beginning"), (end, "ending")):
            if _splits_pair(text, place):
                return (
                    f"entity {word} at UTF-16 offset {place} lies in the middle of a UTF-16 symbol"
                )
    return ""


def _splits_pair(text: str, place: int) -> bool:
    raw = text.encode("utf-16-le", "surrogatepass")
    following = raw[2 * place : 2 * place + 2]
    return len(following) == 2 and 0xDC00 <= int.from_bytes(following, "little") <= 0xDFFF
