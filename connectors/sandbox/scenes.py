"""Scenes: who says what, where, and when. Plain text files, one line a message, made to be read and edited.

    title: An ordinary hour
    about: Chatter, and now and then somebody who needs help.

    00:12 dana en: gm everyone
    00:40 mehmet tr/p2p [q1 photo=dekont.jpg]: dekont gonderdim
    00:58 sunita tr/p2p [>q1]: which bank was it?
    01:10 mehmet tr/p2p [q1*]: dekont gonderdim, ziraat

In brackets: a label for this message, `>label` answers it, `label*` edits it, `photo=` attaches a file of this folder.
`private` is the chat with the bot. A \\n in a text is a new line; {NAME} stands for a constant of the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from connectors.sandbox import world

FOLDER = Path(__file__).parent / "scenes"
_LINE = re.compile(
    r"(?P<minute>\d+):(?P<second>\d\d)\s+(?P<who>[\w-]+)\s+(?P<place>private|\w+)(?:/(?P<topic>\w+))?"
    r"(?:\s+\[(?P<marks>[^\]]*)\])?:(?:\s+(?P<text>.*))?"
)
_CONSTANT = re.compile(r"\{([A-Z_]+)\}")


class BadScene(ValueError):
    """A scene file has a line that nobody can play."""


@dataclass(frozen=True)
class Line:
    """One message of a scene. `at` counts seconds from its beginning."""

    at: int
    who: str
    place: str
    topic: str
    text: str
    label: str = ""
    answers: str = ""
    edits: str = ""
    photo: str = ""


@dataclass(frozen=True)
class Scene:
    """A named list of lines in order of time."""

    key: str
    title: str
    about: str
    lines: tuple[Line, ...]

    @property
    def minutes(self) -> int:
        """How long it takes at real pace."""
        return -(-self.lines[-1].at // 60)


@cache
def scenes() -> dict[str, Scene]:
    """All scenes by key, in the order of their file names. Raises BadScene."""
    found = (read_scene(path.stem, path.read_text()) for path in sorted(FOLDER.glob("*.txt")))
    return {scene.key: scene for scene in found}


def read_scene(name: str, text: str) -> Scene:
    """Read one file; `name` may begin with a number that only orders. Raises BadScene."""
    head: dict[str, str] = {}
    lines: list[Line] = []
    for row in text.splitlines():
        if not row.strip() or row.startswith("#"):
            continue
        if row[0].isdigit():
            lines.append(_line(row))
        else:
            key, _, value = row.partition(":")
            head[key.strip()] = value.strip()
    if not lines or {"title", "about"} - set(head):
        raise BadScene(f"{name}: needs a title, an about and at least one line.")
    _check(lines)
    return Scene(re.sub(r"^\d+-", "", name), head["title"], head["about"], tuple(lines))


def _line(row: str) -> Line:
    found = _LINE.fullmatch(row.rstrip())
    if not found:
        raise BadScene(f"Not a line of a scene: {row}")
    marks = (found["marks"] or "").split()
    return Line(
        at=60 * int(found["minute"]) + int(found["second"]),
        who=found["who"],
        place=found["place"],
        topic=found["topic"] or "",
        text=_filled(found["text"] or ""),
        label=next((mark for mark in marks if mark.isalnum()), ""),
        answers=_mark(marks, prefix=">"),
        edits=_mark(marks, suffix="*"),
        photo=_mark(marks, prefix="photo="),
    )


def _mark(marks: Iterable[str], *, prefix: str = "", suffix: str = "") -> str:
    for mark in marks:
        if mark.startswith(prefix) and mark.endswith(suffix):
            return mark.removeprefix(prefix).removesuffix(suffix)
    return ""


def _filled(text: str) -> str:
    constant = _CONSTANT.sub(lambda name: str(getattr(world, name[1])), text)
    return constant.replace("\\n", "\n")


def _check(lines: list[Line]) -> None:
    """Everybody and every place exists, nothing answers the future, time only goes on."""
    labels: set[str] = set()
    before = 0
    for line in lines:
        where = f"{line.at // 60:02}:{line.at % 60:02}"
        if line.at < before:
            raise BadScene(f"{where} comes after a later line.")
        if line.who not in world.people():
            raise BadScene(f"{where}: nobody is called {line.who}.")
        if line.place != "private" and not _exists(line.place, line.topic):
            raise BadScene(f"{where}: no such place as {line.place}/{line.topic}.")
        if not {line.answers, line.edits} - {""} <= labels:
            raise BadScene(f"{where}: refers to a message that is not there.")
        labels.add(line.label)
        before = line.at


def _exists(place: str, topic: str) -> bool:
    group = next((group for group in world.GROUPS if group.key == place), None)
    return group is not None and topic in ("", *(t.key for t in group.topics))
