"""Other ways to read the same text (escapes decoded, invisible characters gone), with the way back to its offsets."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from readings.folding import INVISIBLE

Span = tuple[int, int]

# Percent-encoding, JSON escapes (also escaped twice), HTML entities and short tags: the quantifiers are bounded,
# since this runs over hostile text.
_ESCAPE = regex.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|\\{1,8}(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<blank>[nrtbf]))"
    r"|(?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});)"
    r"|(?P<tag></?[A-Za-z][^<>]{0,60}>)"
)


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text. Character i of `text` stands for the original's `starts[i]:ends[i]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def origin(self, span: Span) -> Span:
        """The span of the original text that a non-empty span of this view was read from."""
        start, end = span
        return self.starts[start], self.ends[end - 1]


def views(text: str) -> Iterator[View]:
    """The text as it is, and with its escapes decoded if it has any."""
    yield View(text, range(len(text)), range(1, len(text) + 1))
    if _ESCAPE.search(text):
        yield _decoded(text)


def visible(view: View) -> View:
    """The view without invisible characters and with full-width and styled characters made plain."""
    if view.text.isascii():
        return view
    chars: list[str] = []
    places: list[int] = []
    for index, char in enumerate(view.text):
        plain = "" if INVISIBLE.match(char) else unicodedata.normalize("NFKC", char)
        chars.append(plain)
        places.extend([index] * len(plain))
    return View("".join(chars), [view.starts[i] for i in places], [view.ends[i] for i in places])


def _decoded(text: str) -> View:
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match in _ESCAPE.finditer(text):
        chars.append(text[position : match.start()])
        starts.extend(range(position, match.start()))
        ends.extend(range(position + 1, match.start() + 1))
        plain = _plain(match)
        chars.append(plain)
        starts.extend([match.start()] * len(plain))
        ends.extend([match.end()] * len(plain))
        position = match.end()
    chars.append(text[position:])
    starts.extend(range(position, len(text)))
    ends.extend(range(position + 1, len(text) + 1))
    return View("".join(chars), starts, ends)


def _plain(match: regex.Match[str]) -> str:
    if percent := match["percent"]:
        return bytes.fromhex(percent.replace("%", "")).decode("utf-8", "replace")
    if code := match["code"]:
        return chr(int(code, 16))
    if entity := match["entity"]:
        return html.unescape(entity)
    return " "
