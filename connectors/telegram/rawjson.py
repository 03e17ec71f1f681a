"""Taking JSON apart without believing in it.

One update that no parser likes must not cost its neighbours: the elements of an answer are cut out of the text by
their brackets, kept letter for letter, and parsed one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# Possessive, and the closing quote may be missing: an unfinished string is found in one pass, not in n.
_STRING = r'"(?:[^"\\]++|\\.)*+(?P<closed>"?)'
_TOKEN = re.compile(rf"{_STRING}|[\[\]{{}},]", re.DOTALL)
_BLANKABLE = re.compile(rf"{_STRING}(?P<key>\s*:)?", re.DOTALL)
_MEMBER = re.compile(rf"(?P<name>{_STRING})\s*:(?P<value>.*)", re.DOTALL)
_LONGEST_NUMBER = 19


def loads(raw: str) -> Any:
    """Parse JSON text. None for what cannot be parsed, too deeply nested included. Never raises.

    Numbers of more than 19 digits stay strings: Python refuses to convert the longest ones.
    """
    try:
        return json.loads(raw, strict=False, parse_int=_integer, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def elements(raw: str) -> list[str]:
    """The elements of an array, each as it is written. Raises ValueError if it is no whole array."""
    return list(_parts(raw, "[", "]"))


def members(raw: str) -> dict[str, str]:
    """The members of an object, each value as it is written. Raises ValueError if it is no whole object."""
    found = {}
    for part in _parts(raw, "{", "}"):
        member = _MEMBER.fullmatch(part)
        if member is None:
            raise ValueError("not a JSON object")
        found[str(loads(member["name"]))] = member["value"].strip()
    return found


def blanked(raw: str) -> str:
    """The text with every string emptied, keys excepted: what may be stored of what nobody can read."""
    return _BLANKABLE.sub(lambda found: found[0] if found["key"] else '""', raw)


def _parts(raw: str, opening: str, closing: str) -> Iterator[str]:
    """The stretches between the commas of the outermost bracket."""
    text = raw.strip()
    if text[:1] != opening or text[-1:] != closing:
        raise ValueError(f"no JSON text in {opening}{closing}")
    depth, start = 0, 1
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark[0] == '"' and not token["closed"]:
            raise ValueError("unfinished JSON string")
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        if (depth == 1 and mark == ",") or depth == 0:
            part = text[start : token.start()].strip()
            start = token.end()
            if part or mark == ",":
                yield part
            if depth == 0:
                break
    if start != len(text):
        raise ValueError("text after the JSON value")
