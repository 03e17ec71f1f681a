"""Cutting a long text into messages, where a reader would.

A cut goes where a paragraph ends, else a line, a sentence, a clause or word, and last between two graphemes. The
whitespace at a cut is dropped; nothing else is. Linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import regex

from connectors.telegram.entities import clip_one, utf16_positions
from tickets.transport import Entity

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

_WORD, _SENTENCE, _LINE, _PARAGRAPH = range(1, 5)
# Chinese needs no space after its stops, so these allow a cut by themselves.
_GAP = re.compile(r"(?P<stop>[。！？；][”’」』）】]*)\s*|(?P<comma>[，、：])\s*|\s+")
_STOPS = frozenset(".!?…؟؛。！？")
_GRAPHEME = regex.compile(r"\X")

Piece = tuple[str, tuple[Entity, ...]]


@dataclass(frozen=True, slots=True)
class _Gap:
    """A place to cut: one part ends at `end`, the next begins at `start`; between them is whitespace."""

    end: int
    start: int
    rank: int


def utf16_length(text: str) -> int:
    """The length by which Telegram counts its limits."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, entities: Sequence[Entity] = (), *, limit: int = TEXT_LIMIT) -> list[Piece]:
    """Parts of at most `limit` UTF-16 units, with the entities divided among them. At least one part.

    No part is empty, unless the text is nothing but whitespace.
    """
    stripped = text.strip()
    offset = len(text) - len(text.lstrip())
    marks = [m for entity in entities if (m := clip_one(entity, offset, offset + len(stripped)))]
    spans = list(_Cutter(stripped, marks, limit).spans()) or [(0, 0)]
    shares = _share(spans, marks)
    return [(stripped[a:b], tuple(share)) for (a, b), share in zip(spans, shares, strict=True)]


class _Cutter:
    def __init__(self, text: str, entities: Sequence[Entity], limit: int) -> None:
        self.text = text
        self.limit = limit
        self.units = utf16_positions(text)
        self.gaps = list(_gaps(text))
        self.ends = [gap.end for gap in self.gaps]
        self.marked = _marked(len(text), entities)

    def spans(self) -> Iterator[tuple[int, int]]:
        start = 0
        while start < len(self.text):
            end, following = self._cut(start)
            yield start, end
            start = following

    def _cut(self, start: int) -> tuple[int, int]:
        """The end of the part that begins at `start`, and the beginning of the next."""
        furthest = max(bisect_right(self.units, self.units[start] + self.limit) - 1, start + 1)
        if furthest >= len(self.text):
            return len(self.text), len(self.text)
        half = bisect_left(self.units, self.units[start] + self.limit // 2)
        gap = self._best(max(half, start + 1), furthest) or self._last(start + 1, furthest)
        if gap is not None:
            return gap.end, gap.start
        end = _grapheme_border(self.text, start, furthest)
        return end, end

    def _best(self, first: int, last: int) -> _Gap | None:
        """The best gap in the second half of a part: outside of entities, of high rank, late."""
        gaps = self.gaps[bisect_left(self.ends, first) : bisect_right(self.ends, last)]
        return max(
            gaps, key=lambda gap: (not self.marked[gap.end], gap.rank, gap.end), default=None
        )

    def _last(self, first: int, last: int) -> _Gap | None:
        index = bisect_right(self.ends, last) - 1
        return self.gaps[index] if index >= 0 and self.ends[index] >= first else None


def _gaps(text: str) -> Iterator[_Gap]:
    for found in _GAP.finditer(text):
        start = found.end()
        end = (
            found.end("stop")
            if found["stop"]
            else found.end("comma")
            if found["comma"]
            else found.start()
        )
        # A combining mark belongs to the space before it, and a number sign to the one after it.
        if start > end and _joined(text, start):
            start -= 1
        if end < start and _joined(text, end):
            end += 1
        if end < start or (end == found.end() and not _joined(text, end)):
            yield _Gap(end, start, _rank(text, found, end))


def _rank(text: str, found: re.Match[str], end: int) -> int:
    lines = found[0].count("\n")
    if lines:
        return _PARAGRAPH if lines > 1 else _LINE
    return _SENTENCE if found["stop"] or text[end - 1 : end] in _STOPS else _WORD


def _joined(text: str, position: int) -> bool:
    """Whether the characters around `position` are one grapheme, as far as these two can tell."""
    if not 0 < position < len(text):
        return False
    found = _GRAPHEME.match(text[position - 1 : position + 1])
    return found is not None and found.end() > 1


def _grapheme_border(text: str, start: int, furthest: int) -> int:
    """The last grapheme border up to `furthest`; `furthest` itself if a single grapheme is longer."""
    end = start
    # A slice: \X counts flags from the start of what it is given. One character more shows whether there is a border
    # at `furthest`; what comes after cannot matter.
    for found in _GRAPHEME.finditer(text[start : furthest + 1]):
        if start + found.end() > furthest:
            break
        end = start + found.end()
    return end if end > start else furthest


def _marked(length: int, entities: Sequence[Entity]) -> list[int]:
    """For each position, how many entities a cut there would divide."""
    steps = [0] * (length + 2)
    for entity in entities:
        steps[entity.offset + 1] += 1
        steps[entity.offset + entity.length] -= 1
    return list(accumulate(steps))


def _share(spans: Sequence[tuple[int, int]], entities: Sequence[Entity]) -> list[list[Entity]]:
    """The entities of each span, divided where they reach over several."""
    shares: list[list[Entity]] = [[] for _ in spans]
    ends = [end for _, end in spans]
    for entity in entities:
        for index in range(bisect_right(ends, entity.offset), len(spans)):
            start, end = spans[index]
            if start >= entity.offset + entity.length:
                break
            part = clip_one(entity, start, end)
            if part is not None:
                shares[index].append(part)
    return shares
