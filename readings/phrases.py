"""Compiles the phrase tables in `readings.words` to patterns over folded text.

The notation: phrases stand a line each or apart by "|", an indented line goes on with the one above; `*` lets a word
end as it likes; `{a,b}` is either; ` .. ` skips up to 30 characters of the same sentence. Words are whole words, but
for Chinese.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from readings.folding import fold

_LATIN = "[a-z0-9]"
_ARABIC = "[\u0621-\u06d3]"
_GAP = r"[^.!?。！？؟]{0,30}?"
_PARTS = re.compile(r"\s*(\.\.|\{[^}]*\})\s*")
_CONTINUED = re.compile(r"\n[ \t]+")
_APOSTROPHES = str.maketrans("", "", "'’`´ʼ")


def prepared(text: str) -> str:
    """The text as the patterns expect it: folded, without apostrophes ("hasn't" is "hasnt")."""
    return fold(text).translate(_APOSTROPHES)


def phrases(table: str) -> Iterator[str]:
    """The single phrases of a table."""
    for line in _CONTINUED.sub(" ", table).splitlines():
        yield from (phrase for part in line.split("|") if (phrase := part.strip()))


def pattern(phrase: str) -> str:
    """The regular expression of one phrase."""
    parts = [part for part in _PARTS.split(prepared(phrase)) if part]
    return "".join(_joined(parts))


def stems(phrase: str) -> tuple[str, ...]:
    """Letters of which a text must contain one for the phrase to be in it: a quick look before the pattern."""
    first = next(part for part in _PARTS.split(prepared(phrase)) if part)
    choices = first.strip("{}").split(",")
    return tuple({choice.split()[0].rstrip("*") for choice in choices})


def any_of(table: str) -> re.Pattern[str]:
    """A pattern that finds any phrase of a table, the longest first.

    The phrases stand by their first letter, so that one look at a letter rules most of them out.
    """
    by_letter: dict[str, list[str]] = defaultdict(list)
    for phrase in sorted(phrases(table), key=len, reverse=True):
        for letter in sorted({stem[0] for stem in stems(phrase)}):
            by_letter[letter].append(pattern(phrase))
    by_script: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for letter, patterns in by_letter.items():
        by_script[_script(letter)][letter] = patterns
    return re.compile("|".join(_beginning(*script) for script in by_script.items()))


def _beginning(script: str, by_letter: dict[str, list[str]]) -> str:
    border = f"(?<!{script})" if script else ""
    letters = re.escape("".join(by_letter))
    phrases = (
        f"(?={re.escape(letter)})(?:{'|'.join(patterns)})" for letter, patterns in by_letter.items()
    )
    return f"{border}(?=[{letters}])(?:{'|'.join(phrases)})"


def _script(letter: str) -> str:
    """The letters that words with this one are made of; nothing for scripts that write no blanks."""
    return next((letters for letters in (_LATIN, _ARABIC) if re.match(letters, letter)), "")


def _joined(parts: list[str]) -> Iterator[str]:
    after_words = False
    for part in parts:
        if part == "..":
            yield _GAP
            after_words = False
            continue
        if after_words:
            yield r"\s*"
        choices = part[1:-1].split(",") if part.startswith("{") else [part]
        yield "(?:" + "|".join(_words(choice.strip()) for choice in choices) + ")"
        after_words = True


def _words(text: str) -> str:
    space = r"[\s_-]+" if re.match(_LATIN, text) else r"[\s\u200c]*"
    return space.join(_word(word) for word in text.split())


def _word(word: str) -> str:
    stem, open_end = word.rstrip("*"), word.endswith("*")
    letters = _script(stem)
    if not letters:
        return re.escape(stem)
    ending = f"{letters}*" if open_end else f"(?!{letters})"
    return f"(?<!{letters}){re.escape(stem)}{ending}"
