"""The secret shield: takes recovery phrases and private keys out of a text before anything is stored.

Addresses, transaction hashes and signatures stay. What was removed is kept nowhere, not even in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from readings import keys, seeds
from readings.marks import MARKS, SecretKind, kinds_in
from readings.views import Span, views, visible

Members = dict[str, Any]
Change = Callable[[str, str | None], str]

_SHORTEST = 23
"""Characters: twelve letters for words, and eleven between them. Most strings of an update are shorter."""

__all__ = [
    "MARKS",
    "Finding",
    "Masked",
    "SecretKind",
    "kinds_in",
    "mask",
    "mask_json",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """A removed secret. `start:end` (code points) is its mark in the masked text."""

    kind: SecretKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets, and the way from offsets of the original to offsets of `text`."""

    text: str
    found: tuple[Finding, ...] = ()
    _removed: tuple[Span, ...] = ()

    def offset(self, old: int, *, end: bool = False) -> int:
        """Where a code point offset of the original is now; within a secret the start (or `end`) of its mark."""
        new = old
        for (start, stop), finding in zip(self._removed, self.found, strict=True):
            if old >= stop:
                new = finding.end + old - stop
            elif old > start:
                return finding.end if end else finding.start
        return new

    def span(self, offset: int, length: int) -> tuple[int, int]:
        """(offset, length) of a marked span, as entities give it, in the masked text. Code points."""
        start = self.offset(offset)
        return start, self.offset(offset + length, end=True) - start


def mask(text: str, *, label: str = "") -> Masked:
    """Replace each secret by its mark. `label` is what the text stands under (a form field, a JSON key)."""
    if len(text) < _SHORTEST and text.isascii():
        return Masked(text)
    secrets = _merged(_findings(text, label))
    parts: list[str] = []
    found: list[Finding] = []
    position = length = 0
    for (start, end), kind in secrets:
        length += start - position
        found.append(Finding(kind, length, length + len(MARKS[kind])))
        parts += [text[position:start], MARKS[kind]]
        position, length = end, found[-1].end
    parts.append(text[position:])
    return Masked("".join(parts), tuple(found), tuple(span for span, _ in secrets))


def mask_json(value: Any) -> tuple[Any, tuple[SecretKind, ...]]:
    """Mask every string of a parsed JSON value, names of members too: (a copy, the kinds found in it). Any depth.

    A list of entities beside a masked text ("text" and "entities", "caption" and "caption_entities") is moved along;
    its offsets count UTF-16 units, as chat services do.
    """
    kinds: set[SecretKind] = set()

    def change(text: str, label: str | None) -> str:
        masked = mask(text, label=label or "")
        kinds.update(finding.kind for finding in masked.found)
        return masked.text

    copy, objects = _rebuilt(value, change)
    for old, new in objects if kinds else ():
        _move_entities(old, new)
    return copy, tuple(kind for kind in MARKS if kind in kinds)


def _findings(text: str, label: str) -> Iterator[tuple[Span, SecretKind]]:
    for view in views(text):
        plain = visible(view)
        for span in seeds.find(view.text):
            yield view.origin(span), "seed_phrase"
        for span in keys.wif_keys(plain.text):
            yield plain.origin(span), "wif_key"
        for span in keys.private_keys(plain.text, label=label):
            yield plain.origin(span), "private_key"


def _merged(findings: Iterable[tuple[Span, SecretKind]]) -> list[tuple[Span, SecretKind]]:
    """In order, overlapping ones as one; the longest gives the kind."""
    merged: list[tuple[Span, SecretKind]] = []
    for (start, end), kind in sorted(findings, key=lambda finding: (finding[0][0], -finding[0][1])):
        if merged and start < merged[-1][0][1]:
            (first, last), kept = merged[-1]
            merged[-1] = (first, max(last, end)), kept
        else:
            merged.append(((start, end), kind))
    return merged


def _rebuilt(value: Any, change: Change) -> tuple[Any, list[tuple[Members, Members]]]:
    """A copy with every string changed, and its objects as (old, new).

    Without recursion: hostile nesting must not end in RecursionError. `change` gets the name that a string stands
    under; for a name itself it gets None.
    """
    root: list[Any] = [None]
    objects: list[tuple[Members, Members]] = []
    waiting: list[tuple[Any, Any, Any, str]] = [(root, 0, value, "")]
    while waiting:
        holder, place, item, label = waiting.pop()
        if isinstance(item, str):
            holder[place] = change(item, label)
        elif isinstance(item, list):
            holder[place] = copy = [None] * len(item)
            waiting.extend((copy, index, part, label) for index, part in enumerate(item))
        elif isinstance(item, dict):
            members: Members = {}
            holder[place] = members
            objects.append((item, members))
            for name, part in item.items():
                new_name = _free_name(change(name, None), members)
                members[new_name] = None
                waiting.append((members, new_name, part, name))
        else:
            holder[place] = item
    return root[0], objects


def _free_name(name: str, taken: Members) -> str:
    while name in taken:
        name += "_"
    return name


def _move_entities(old: Members, new: Members) -> None:
    for name, text in old.items():
        entities = new.get("entities" if name == "text" else f"{name}_entities")
        if isinstance(text, str) and isinstance(entities, list) and new.get(name) != text:
            masked = mask(text, label=name)
            for entity in entities:
                _move_entity(entity, text, masked)


def _move_entity(entity: Any, text: str, masked: Masked) -> None:
    if not isinstance(entity, dict):
        return
    offset, length = entity.get("offset"), entity.get("length")
    if isinstance(offset, int) and isinstance(length, int) and min(offset, length) >= 0:
        start, end = _code_point(text, offset), _code_point(text, offset + length)
        start, length = masked.span(start, end - start)
        entity["offset"] = _utf16_length(masked.text[:start])
        entity["length"] = _utf16_length(masked.text[start : start + length])


def _code_point(text: str, units: int) -> int:
    """The code point offset of an offset in UTF-16 units; the text's end if it lies beyond."""
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return len(encoded.decode("utf-16-le", "replace"))


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
