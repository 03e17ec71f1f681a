"""Reads the story files.

    // A comment. Each story is one ticket:
    == who=dana topic=kyc to=mia due=+40m
    > The first words of the requester, in the private chat.
    +30s >en In the group (places: en, zh, fa, tr, tr/p2p ...).
    +1m ^ What the requester's last message says after an edit.
    +8m < The answer of the ticket's agent; `<:grace` is somebody else's, `<en` is said in the group on their own phone.
    +0s <! Never arrived, the bot is blocked.    +0s <? Perhaps arrived.
    +1m # A note; `#:zhao` is somebody else's.
    +1m take:zhao    +1m pending    +1m on_hold    +1m open    +1m solved
    +9m :) Thanks, or anything that wants no answer.
    +5s >en:sunita A bystander under the requester's words.

Times (`s`, `m`, `h`) count from the line before. `due` is where the nearest deadline stands from now, `ago` how long
the last line is past. `[dekont]` before a text attaches that picture, `\\n` is a new line, braces are gaps for `fill`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "stories"
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours"}
_SPAN = re.compile(r"([+-]?)(\d+)([smh])")
_LINE = re.compile(
    r"(?:\+(?P<gap>\d+[smh]) )?(?P<mark>[<>#^]|:\)|take|pending|on_hold|open|solved)(?P<fate>[!?])?"
    r"(?P<place>\w+(?:/\w+)?)?(?::(?P<who>[\w-]+))?(?: (?:\[(?P<photo>\w+)\] ?)?(?P<text>.*))?"
)


class BadStory(ValueError):
    """A story file has a line that cannot be told."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happens. `place` is empty for the private chat, `who` for the one whom the mark implies."""

    gap: timedelta
    mark: str
    text: str = ""
    place: str = ""
    who: str = ""
    fate: str = ""
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One ticket from its first words on."""

    language: str
    head: dict[str, str]
    lines: tuple[Line, ...]

    @property
    def length(self) -> timedelta:
        """From the first line to the last."""
        return sum((line.gap for line in self.lines), timedelta())

    def span(self, name: str) -> timedelta | None:
        """A time of the head, or None. Raises BadStory."""
        return span(self.head[name]) if name in self.head else None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said in a group that asks for nothing. `answers`: it replies to the remark before it."""

    who: str
    text: str
    place: str
    answers: bool


@cache
def stories(kind: str, language: str) -> tuple[Story, ...]:
    """The stories of a file. Raises BadStory."""
    text = (FOLDER / f"{kind}.{language}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"^== ", text, flags=re.MULTILINE)[1:]
    return tuple(_story(language, block) for block in blocks)


def talks(language: str) -> list[list[Remark]]:
    """The chatter of a group: conversations of a few remarks each. Raises BadStory."""
    text = (FOLDER / f"chatter.{language}.txt").read_text(encoding="utf-8")
    return [
        list(_remarks(language, block)) for block in re.split(r"\n\s*\n", text) if block.strip()
    ]


def span(text: str) -> timedelta:
    """`-12m`, `+3h`, `40s`. Raises BadStory."""
    found = _SPAN.fullmatch(text)
    if not found:
        raise BadStory(f"{text} is no span of time.")
    amount = timedelta(**{_UNITS[found[3]]: int(found[2])})
    return -amount if found[1] == "-" else amount


def _story(language: str, block: str) -> Story:
    head, *rows = (row for row in block.splitlines() if row.strip() and not row.startswith("//"))
    fields = dict(field.split("=", 1) for field in head.split())
    return Story(language, fields, tuple(_line(row) for row in rows))


def _line(row: str) -> Line:
    found = _LINE.fullmatch(row.strip())
    if not found:
        raise BadStory(f"Not a line of a story: {row}")
    return Line(
        gap=span(found["gap"] or "0s"),
        mark=found["mark"],
        text=(found["text"] or "").replace("\\n", "\n"),
        place=found["place"] or "",
        who=found["who"] or "",
        fate=found["fate"] or "",
        photo=found["photo"] or "",
    )


def _remarks(language: str, block: str) -> Iterator[Remark]:
    """Rows as `who: text` or, in answer to the row before, `who> text`; `who/topic` in a forum."""
    for row in block.splitlines():
        found = re.fullmatch(r"([\w-]+)(/\w+)?([:>]) (.+)", row)
        if not found:
            raise BadStory(f"Not a remark: {row}")
        yield Remark(found[1], found[4], language + (found[2] or ""), found[3] == ">")
