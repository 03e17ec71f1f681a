"""What of a short message counts: its subject, and whether it asks, thanks or only nudges."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import regex

from readings import noise
from readings.folding import ZWNJ
from readings.marks import MARK
from readings.phrases import any_of, phrases, prepared

Kind = Literal["substance", "thanks", "nudge"]

_ELLIPSIS = "…"
_LONGEST_SMALL_TALK = 200
"""Characters. A longer message says something."""
_LONGEST_OPENING = 2000
"""Characters in which a subject is looked for."""

_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_QUESTION = re.compile(r"[?？؟⁇⁉❓❔]")
_UNHAPPY = re.compile("[😡🤬😠😤👎😢😭😞😔😫😩🙄💔😰😱🆘😕🙁☹😒😑😓🥲😿⏰⏳⌛]")
_REPEATED = re.compile(r"([a-z\u0621-\u06d3])\1{2,}")
_BLANKS = re.compile(r"[\s_-]+")

_UNSEEN = regex.compile(r"[\p{Cc}\p{Cf}\u034f\u115f\u1160\u3164\uffa0]")
# Joiners that belong to the writing: within Persian words, within one emoji.
_KEPT_JOINERS = regex.compile(
    rf"(?<=\p{{Arabic}}){ZWNJ}(?=\p{{Arabic}})|(?<=[\p{{Emoji}}\ufe0f])\u200d(?=\p{{Emoji}})"
)
_PILED_MARKS = regex.compile(r"(\p{M}{4})\p{M}+")
_LEADING = regex.compile(
    rf"(?:[^\p{{L}}\p{{N}}@/#$€₺£¥%+▮]|{noise.HANDLE.pattern}|{noise.COMMAND.pattern}|{noise.LINK.pattern}"
    r"|[@/#$%+](?![\p{L}\p{N}]))+"
)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’\u200c][\p{L}\p{M}]+)*")
_BETWEEN_WORDS = regex.compile(r"[\s,،，.!！]{0,4}")
_STOPS = re.compile(r"[,،，.!！]")
_HAN = regex.compile(r"\p{Han}")
_GREETING_WORDS = 5


def kind(text: str) -> Kind:
    """What a message does to the clock: "substance" asks or tells, "thanks" closes, "nudge" repeats that one waits.

    An empty text is substance (a picture says something); so are a bare greeting and anything with a number or link.
    """
    if len(text) > _LONGEST_SMALL_TALK or not text.strip() or _says_facts(text):
        return "substance"
    found, rest = _small_talk(text)
    if _LETTER.search(rest):
        return "substance"
    if "nudge" in found or _QUESTION.search(text):
        return "nudge"
    if "thanks" in found:
        return "thanks"
    if found & {"greeting", "filler"}:
        return "substance"
    return (
        "thanks"
        if noise.EMOJI.search(text) and not found and not _UNHAPPY.search(text)
        else "nudge"
    )


def subject(text: str, limit: int = 80) -> str:
    """The first words with substance, at most `limit` code points, on one line and safe to show.

    Greetings, mentions, commands, emoji and links are skipped, unless there is nothing else. Empty for empty text.
    """
    line = _one_line(text[:_LONGEST_OPENING])
    rest = line[_small_talk_end(line) :]
    shown = " ".join(noise.LINK.sub(" ", rest).split())
    return _cut(
        next((candidate for candidate in (shown, rest, line) if _says_something(candidate)), line),
        limit,
    )


def _says_something(text: str) -> bool:
    return bool(_LETTER.search(text) or _DIGIT.search(text))


def _says_facts(text: str) -> bool:
    facts = (MARK, _DIGIT, noise.LINK, noise.EMAIL, noise.COMMAND, noise.TAG)
    return any(pattern.search(text) for pattern in facts)


def _small_talk(text: str) -> tuple[set[str], str]:
    """Which kinds of small words a text holds, and what is left of it without them."""
    plain = noise.EMOJI.sub(" ", noise.HANDLE.sub(" ", text))
    plain = _REPEATED.sub(r"\1", prepared(plain))
    pattern, kinds = _small_words()
    found: set[str] = set()

    def note(match: re.Match[str]) -> str:
        found.add(kinds[_BLANKS.sub("", match[0])])
        return " "

    rest = pattern.sub(note, plain)
    return found, rest


@cache
def _tables() -> dict[str, str]:
    content = tomllib.loads((files("readings.words") / "replies.toml").read_text(encoding="utf-8"))
    return {name: "\n".join(languages.values()) for name, languages in content.items()}


@cache
def _small_words() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern for all small words, and the kind of each (without blanks). An earlier table wins below."""
    kinds: dict[str, str] = {}
    for name in ("nudge", "thanks", "greeting", "address", "filler"):
        for phrase in phrases(_tables()[name]):
            kinds.setdefault(_BLANKS.sub("", prepared(phrase)), name)
    return any_of("\n".join(_tables().values())), kinds


@cache
def _openings() -> tuple[frozenset[str], re.Pattern[str]]:
    """Greetings and forms of address: as words without blanks, and as a pattern for the Chinese ones."""
    table = f"{_tables()['greeting']}\n{_tables()['address']}"
    chinese = "\n".join(phrase for phrase in phrases(table) if _HAN.match(phrase))
    return frozenset(_BLANKS.sub("", prepared(phrase)) for phrase in phrases(table)), any_of(
        chinese
    )


def _small_talk_end(line: str) -> int:
    """Where the greeting, with all that may stand around it, is over."""
    position = 0
    while True:
        leading = _LEADING.match(line, position)
        start = leading.end() if leading else position
        end = _opening_end(line, start)
        if end == start:
            return start
        position = end


def _opening_end(line: str, start: int) -> int:
    words, chinese = _openings()
    if match := chinese.match(line, start):
        return match.end()
    ends: list[int] = []
    position = start
    while len(ends) < _GREETING_WORDS and (word := _WORD.match(line, position)):
        ends.append(word.end())
        between = _BETWEEN_WORDS.match(line, word.end())
        position = between.end() if between else word.end()
    for end in reversed(ends):
        opening = _BLANKS.sub("", _STOPS.sub("", prepared(line[start:end])))
        if _REPEATED.sub(r"\1", opening) in words:
            return end
    return start


def _one_line(text: str) -> str:
    """Without controls and invisible characters, blanks as single spaces, marks in humane piles."""
    kept = {match.start() for match in _KEPT_JOINERS.finditer(text)}
    seen = "".join(
        char
        for index, char in enumerate(text)
        if index in kept or char.isspace() or not _UNSEEN.match(char)
    )
    line: str = _PILED_MARKS.sub(r"\1", " ".join(seen.split()))
    return line


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    taken = ""
    for grapheme in regex.findall(r"\X", text[: limit + 1]):
        if len(taken) + len(grapheme) > limit - len(_ELLIPSIS):
            break
        taken += grapheme
    words = taken.rsplit(" ", 1)
    if len(words) == 2 and len(words[0]) * 2 > limit and not text[len(taken)].isspace():
        taken = words[0]
    return taken.rstrip(" ,;:.-–—،؛，。、") + _ELLIPSIS
