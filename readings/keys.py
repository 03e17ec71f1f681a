"""Finds wallet keys: WIF by its own checksum, bare hex digits only beside words that call them a private key."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence

from readings.folding import fold
from readings.marks import MARK
from readings.views import Span
from readings.words import keys

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {character: value for value, character in enumerate(BASE58)}
_BASE58_RUN = re.compile(f"[{BASE58}]{{51,}}")
# Characters of the key -> bytes: version, 32 of the key, a flag if the public key is compressed, 4 of checksum.
_WIF_BYTES = {51: 37, 52: 38}

_HEX_KEY = re.compile(
    r"(?<![0-9a-fA-F])(?:(?<![0-9a-zA-Z])0[xX])?(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])"
)
_KEY_WORDS = re.compile("|".join(keys.PRIVATE_KEY))
_PUBLIC_WORDS = re.compile("|".join(keys.PUBLIC_VALUE))
_DENIAL = re.compile("|".join(keys.DENIAL))
_INTRODUCED = re.compile(
    rf"(?:{'|'.join(keys.PRIVATE_KEY)}){keys.INTRODUCTION}(?:[^\w.!?。！？؟]|[\d_])*$"
)
_NEXT_OF_A_LIST = re.compile(r"[\W\d_]{0,12}\Z")
_SENTENCE_END = re.compile(r"[.!?。！？؟;；]")
_CLAUSE_END = re.compile(r"[.!?。！？؟;；,，、،:：\n]")

# Distances in characters. A word after the digits counts less than one before: labels come first.
_REACH = 60
_SENTENCE_COST = 30
_LINE_COST = 10
_AFTER_COST = 15


def wif_keys(text: str) -> Iterator[Span]:
    """Spans of base58check keys of version 0x80, also where other base58 characters touch them."""
    for run in _BASE58_RUN.finditer(text):
        digits = [_DIGITS[character] for character in run[0]]
        for length in _WIF_BYTES:
            for first in _wif_windows(digits, length):
                yield run.start() + first, run.start() + first + length


def _wif_windows(digits: Sequence[int], length: int) -> Iterator[int]:
    size = _WIF_BYTES[length]
    value, top = 0, 58 ** (length - 1)
    for position, digit in enumerate(digits):
        if position >= length:
            value -= digits[position - length] * top
        value = value * 58 + digit
        if (
            position >= length - 1
            and value >> 8 * (size - 1) == 0x80
            and _wif_holds(value.to_bytes(size, "big"))
        ):
            yield position - length + 1


def _wif_holds(data: bytes) -> bool:
    payload, checksum = data[:-4], data[-4:]
    flagged = len(payload) == 33 or payload[-1] == 1
    return flagged and hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4] == checksum


def private_keys(text: str, *, label: str = "") -> Iterator[Span]:
    """Spans of 64 hex digits (with their 0x) that the words around, or `label`, call a private key.

    `label` is what the text stands under, such as the key of a JSON object. Bare digits are a transaction.
    """
    matches = list(_HEX_KEY.finditer(text))
    if not matches:
        return
    labelled = bool(_KEY_WORDS.search(fold(label)))
    borders = sorted([*matches, *MARK.finditer(text)], key=lambda match: match.start())
    previous = 0
    for index, match in enumerate(borders):
        if match.re is MARK:
            continue
        left = borders[index - 1].end() if index else 0
        right = borders[index + 1].start() if index + 1 < len(borders) else len(text)
        listed = bool(previous) and bool(
            _NEXT_OF_A_LIST.match(text[previous : match.start()][:_REACH])
        )
        before, after = _around(text, match.span(), (left, right))
        if listed or labelled or _is_called_key(before, after):
            previous = match.end()
            yield match.span()


def _around(text: str, found: Span, borders: Span) -> tuple[str, str]:
    """What is said right before and after, up to the next key or mark, folded."""
    before = text[max(borders[0], found[0] - _REACH) : found[0]]
    after = text[found[1] : min(borders[1], found[1] + _REACH)]
    return fold(before), fold(after)


def _is_called_key(before: str, after: str) -> bool:
    if _INTRODUCED.search(before):
        return True
    key = min(_distance_before(_KEY_WORDS, before), _distance_after(_KEY_WORDS, after))
    public = min(_distance_before(_PUBLIC_WORDS, before), _distance_after(_PUBLIC_WORDS, after))
    return key < public and key <= _REACH


def _distance_before(words: re.Pattern[str], before: str) -> float:
    ends = [match.end() for match in words.finditer(before) if not _is_denied(words, match)]
    return _cost(before[ends[-1] :]) if ends else math.inf


def _distance_after(words: re.Pattern[str], after: str) -> float:
    starts = [match.start() for match in words.finditer(after) if not _is_denied(words, match)]
    return _cost(after[: starts[0]]) + _AFTER_COST if starts else math.inf


def _is_denied(words: re.Pattern[str], match: re.Match[str]) -> bool:
    """Whether the clause around a name of a key says that it was not, or must not be, given away."""
    if words is not _KEY_WORDS:
        return False
    clause_before = _CLAUSE_END.split(match.string[: match.start()])[-1]
    clause_after = _CLAUSE_END.split(match.string[match.end() :])[0]
    return bool(_DENIAL.search(clause_before) or _DENIAL.search(clause_after))


def _cost(gap: str) -> int:
    cost = len(gap)
    cost += _SENTENCE_COST if _SENTENCE_END.search(gap) else 0
    return cost + (_LINE_COST if "\n" in gap else 0)
