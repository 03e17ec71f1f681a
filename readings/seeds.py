"""Finds BIP-39 recovery phrases: words of one list in a row whose checksum holds.

The checksum is computed here. `mnemonic` serves only its word lists: its own check refuses most valid Turkish and
Russian phrases, because it compares decomposed input with composed lists.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise
from typing import NamedTuple

import regex

from readings.folding import INVISIBLE_CLASS, fold_word
from readings.marks import MARK_PATTERN
from readings.views import Span
from readings.words import keys

LENGTHS = (12, 15, 18, 21, 24)
SHORTEST = LENGTHS[0]
CHINESE = ("chinese_simplified", "chinese_traditional")
LISTS = (
    "english",
    "turkish",
    "russian",
    "spanish",
    "portuguese",
    "french",
    "italian",
    "czech",
    "korean",
    "japanese",
)
# The Russian list of mnemonic 0.21 was published with one letter lost. Both words that fit are taken.
_REPAIRED = {"сно\ufffd\ufffdа": ("снова", "сноха")}

_LETTER = r"[\p{L}--\p{Han}]"
_LETTER_PART = rf"[[\p{{L}}\p{{M}}{INVISIBLE_CLASS}\ufffd]--\p{{Han}}]"
_TOKEN = regex.compile(
    rf"(?P<mark>{MARK_PATTERN})|(?P<han>\p{{Han}}+)|(?P<word>{_LETTER}{_LETTER_PART}*)", regex.V1
)
_INVISIBLE_RUN = regex.compile(rf"[{INVISIBLE_CLASS}\ufffd]+", regex.V1)
_HAN_SEGMENT = regex.compile(r"[^\p{L}▮]{0,12}(\p{Han}{1,25})", regex.V1)
_CHINESE_PHRASE = re.compile(keys.CHINESE_PHRASE, re.IGNORECASE)
_CHINESE_INTRODUCTION = re.compile(keys.CHINESE_INTRODUCTION)
_NUMBER_BEFORE = re.compile(r"(?<![\w.,])(\d{1,2})\W{0,4}$")
_LONGEST_WORD = 16

Entries = tuple[tuple[str, int], ...]
"""The places of a word in the lists: (list name, index)."""


class Token(NamedTuple):
    """A word of the text, or something that ends a row of words (then `entries` is empty)."""

    start: int
    end: int
    key: str
    entries: Entries


def find(text: str) -> list[Span]:
    """Spans of the recovery phrases in a text; they may overlap. Linear in the length of the text."""
    matches = list(_TOKEN.finditer(text))
    spans = [*_spaced_chinese(matches), *_introduced_chinese(text)]
    if len(matches) < SHORTEST and not _INVISIBLE_RUN.search(text):
        return spans
    tokens = list(_tokens(matches))
    if sum(1 for token in tokens if token.entries) < SHORTEST:
        return spans
    spans.extend(_in_a_row(tokens))
    spans.extend(_labelled(tokens))
    spans.extend(_numbered(text, tokens))
    return spans


def checksum_holds(value: int, length: int) -> bool:
    """Whether `length` words, joined to one number of 11 bits a word, end in the checksum of what precedes it."""
    bits = length // 3
    entropy = (value >> bits).to_bytes(length * 4 // 3, "big")
    return hashlib.sha256(entropy).digest()[0] >> (8 - bits) == value & ((1 << bits) - 1)


@cache
def word_list(name: str) -> tuple[str, ...]:
    """The 2,048 words of a list, as `mnemonic` ships them. Raises ValueError if the file is not such a list."""
    content = (files("mnemonic") / "wordlist" / f"{name}.txt").read_text(encoding="utf-8")
    words = tuple(content.split())
    if len(words) != 2048:
        raise ValueError(f"word list {name} has {len(words)} words")
    return words


@cache
def _lookup() -> dict[str, Entries]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name in LISTS:
        for index, word in enumerate(word_list(name)):
            for spelling in (word, *_REPAIRED.get(word, ())):
                found[fold_word(spelling)].append((name, index))
    return {word: tuple(entries) for word, entries in found.items()}


@cache
def _characters(name: str) -> dict[str, int]:
    return {character: index for index, character in enumerate(word_list(name))}


def _tokens(matches: Iterable[regex.Match[str]]) -> Iterator[Token]:
    lookup = _lookup()
    for match in matches:
        if _is_number(match):
            continue
        if match["word"] is None:
            yield Token(match.start(), match.end(), "" if match["mark"] else match[0], ())
            continue
        key = fold_word(match[0])
        entries = lookup.get(key, ())
        if entries or match[0].isascii() or not _INVISIBLE_RUN.search(match[0]):
            yield Token(match.start(), match.end(), key, entries)
        else:
            yield from _parted(match[0], match.start())


def _is_number(match: regex.Match[str]) -> bool:
    """Numbers that are written in letters: "1st", "十二"."""
    if match["han"]:
        return not match[0].strip("一二三四五六七八九十")
    return match[0] in ("st", "nd", "rd", "th") and match.string[match.start() - 1].isdigit()


def _parted(text: str, offset: int) -> Iterator[Token]:
    """Words among letters that only invisible characters separate: "aban|don" is one, "abandon|ability" are two."""
    lookup = _lookup()
    pieces = [piece for piece in _pieces(text, offset) if piece.key]
    if all(piece.entries for piece in pieces):
        yield from pieces
        return
    index = 0
    while index < len(pieces):
        size = next(
            (n for n in range(_LONGEST_WORD, 1, -1) if _joined(pieces, index, n) in lookup), 1
        )
        key = _joined(pieces, index, size)
        yield Token(pieces[index].start, pieces[index + size - 1].end, key, lookup.get(key, ()))
        index += size


def _pieces(text: str, offset: int) -> Iterator[Token]:
    position = 0
    for gap in [*_INVISIBLE_RUN.finditer(text), None]:
        end = gap.start() if gap else len(text)
        key = fold_word(text[position:end])
        yield Token(offset + position, offset + end, key, _lookup().get(key, ()))
        position = gap.end() if gap else end


def _joined(pieces: Sequence[Token], index: int, size: int) -> str:
    return (
        "".join(piece.key for piece in pieces[index : index + size])
        if index + size <= len(pieces)
        else ""
    )


def _in_a_row(tokens: Sequence[Token]) -> Iterator[Span]:
    for start, indices in _rows(tokens):
        for first, last in _valid_windows(indices):
            yield tokens[start + first].start, tokens[start + last].end


def _rows(tokens: Sequence[Token]) -> Iterator[tuple[int, list[int]]]:
    """The longest rows of words of one list, for each list: (position of the first token, the words' indices)."""
    open_rows: dict[str, list[int]] = {}
    for position, token in enumerate([*tokens, Token(0, 0, "", ())]):
        entries = dict(token.entries)
        for name in [name for name in open_rows if name not in entries]:
            indices = open_rows.pop(name)
            if len(indices) >= SHORTEST:
                yield position - len(indices), indices
        for name, index in entries.items():
            open_rows.setdefault(name, []).append(index)


def _valid_windows(indices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of all windows whose checksum holds. All of them: a chance hit must not hide the true one."""
    for length in LENGTHS:
        value, modulus = 0, (1 << 11 * length) - 1
        for position, index in enumerate(indices):
            value = (value << 11 | index) & modulus
            if position >= length - 1 and checksum_holds(value, length):
                yield position - length + 1, position


def _labelled(tokens: Sequence[Token]) -> Iterator[Span]:
    """Phrases with something between the words that comes back at even steps ("word 1: ..., word 2: ...")."""
    labels = _labels(tokens)
    places = [place for place in range(len(tokens)) if place not in labels]
    for start, indices in _rows([tokens[place] for place in places]) if labels else ():
        for first, last in _valid_windows(indices):
            begin, end = places[start + first], places[start + last]
            length = last - first + 1
            # Code and lists repeat themselves: every word has its label, and hardly a word comes twice.
            if (
                end - begin >= 2 * (length - 1)
                and len(set(indices[first : last + 1])) >= length * 3 // 4
            ):
                yield tokens[begin].start, tokens[end].end


def _labels(tokens: Sequence[Token]) -> set[int]:
    places: dict[str, list[int]] = defaultdict(list)
    for position, token in enumerate(tokens):
        places[token.key].append(position)
    repeated = [found for key, found in places.items() if key and len(found) >= SHORTEST - 1]
    return {position for found in repeated for position in _evenly_spaced(found)}


def _evenly_spaced(positions: Sequence[int]) -> Iterator[int]:
    steps = [later - earlier for earlier, later in pairwise(positions)]
    for step, group in groupby(range(len(steps)), steps.__getitem__):
        places = list(group)
        if 2 <= step <= 4 and len(places) >= SHORTEST - 2:
            yield from positions[places[0] : places[-1] + 2]


def _numbered(text: str, tokens: Sequence[Token]) -> Iterator[Span]:
    """Words in the order of the numbers before them, as in a table of two columns, with little else between them."""
    numbered: dict[int, tuple[int, Token]] = {}
    for place, token in enumerate(tokens):
        if token.entries and (number := _number_before(text, token.start)):
            numbered.setdefault(number, (place, token))
    for length in LENGTHS:
        table = [numbered[number] for number in range(1, length + 1) if number in numbered]
        places = [place for place, _ in table]
        if len(table) < length or max(places) - min(places) >= 2 * length:
            continue
        if any(True for _ in _in_a_row([token for _, token in table])):
            yield tokens[min(places)].start, tokens[max(places)].end


def _number_before(text: str, position: int) -> int:
    match = _NUMBER_BEFORE.search(
        unicodedata.normalize("NFKC", text[max(0, position - 7) : position])
    )
    return int(match[1]) if match else 0


def _spaced_chinese(matches: Sequence[regex.Match[str]]) -> Iterator[Span]:
    """Single characters kept apart from each other. The whole row must be a phrase: prose passes one window in 16."""
    row: list[regex.Match[str]] = []
    for match in [*matches, None]:
        if match is not None and match["han"] and len(match[0]) == 1:
            row.append(match)
            continue
        if _is_chinese_phrase("".join(m[0] for m in row)):
            yield row[0].start(), row[-1].end()
        row = []


def _introduced_chinese(text: str) -> Iterator[Span]:
    """Characters without spaces, or in equal groups, right after the word for a recovery phrase."""
    for match in _CHINESE_PHRASE.finditer(text):
        starts = [match.end()]
        while len(starts) < 4 and (introduction := _CHINESE_INTRODUCTION.match(text, starts[-1])):
            starts.append(introduction.end())
        candidates = (list(_chinese_from(text, start)) for start in reversed(starts))
        yield from next(filter(None, candidates), [])


def _chinese_from(text: str, start: int) -> Iterator[Span]:
    found, group, first = "", 0, -1
    while len(found) < LENGTHS[-1] and (segment := _HAN_SEGMENT.match(text, start)):
        group = group or len(segment[1])
        first = segment.start(1) if first < 0 else first
        found += segment[1]
        if len(segment[1]) != group:
            return
        if _is_chinese_phrase(found) and not any(pair in found for pair in keys.CHINESE_PROSE):
            yield first, segment.end()
        start = segment.end()


def _is_chinese_phrase(characters: str) -> bool:
    if len(characters) not in LENGTHS:
        return False
    plain = unicodedata.normalize("NFKC", characters)
    return any(_holds_in(_characters(name), plain) for name in CHINESE)


def _holds_in(indices: dict[str, int], characters: str) -> bool:
    value = 0
    for character in characters:
        if character not in indices:
            return False
        value = value << 11 | indices[character]
    return checksum_holds(value, len(characters))
