"""A text with entities, cut into pieces that a template can mark."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from connectors.sandbox.state import Json
from connectors.sandbox.text import units

_CLASSES = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code",
    "pre": "code", "spoiler": "spoiler", "blockquote": "quote", "mention": "mark",
    "bot_command": "mark", "hashtag": "mark",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A run of text in one dress. `url` is http(s) or empty."""

    text: str
    classes: str = ""
    url: str = ""


def cut_into_spans(text: str, entities: list[Json]) -> list[Span]:
    """Cut at every border of an entity; entities may lie in each other."""
    raw = text.encode("utf-16-le", "surrogatepass")
    borders = {0, units(text)}
    for entity in entities:
        borders |= {entity["offset"], entity["offset"] + entity["length"]}
    edges = sorted(borders)
    return [
        _span(raw[2 * start : 2 * end].decode("utf-16-le", "replace"), start, entities)
        for start, end in pairwise(edges)
    ]


def _span(piece: str, start: int, entities: list[Json]) -> Span:
    over = [e for e in entities if e["offset"] <= start < e["offset"] + e["length"]]
    classes = sorted({_CLASSES[e["type"]] for e in over if e["type"] in _CLASSES})
    urls = [_url(piece, e) for e in over if e["type"] in ("url", "text_link")]
    return Span(piece, " ".join(classes), next((url for url in urls if url), ""))


def _url(piece: str, entity: Json) -> str:
    url = str(entity.get("url") or piece)
    full = url if "://" in url else f"https://{url}"
    return full if urlsplit(full).scheme in ("http", "https") else ""
