"""Readers of raw JSON that trust nothing: a field may be missing, or be of any type, and nothing here raises.

The Bot API adds fields and kinds several times a year, and other servers that speak it leave fields out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_DIGITS = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_LAST_SECOND = 253_402_300_799  # 9999-12-31, the last that datetime can hold


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


def clean(text: str) -> str:
    """Replace what PostgreSQL refuses (NUL, lone surrogates), one for one: offsets into the text stay true."""
    return _UNSTORABLE.sub("\ufffd", text)


def text_of(value: object, limit: int | None = None) -> str:
    """The string, storable and at most `limit` code points long, or an empty one."""
    return clean(value)[:limit] if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A signed 64-bit integer, also from a string of digits; None for anything else."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -(2**63) <= value < 2**63 else None


def identifier(value: object) -> str:
    """A numeric id as text, or an empty string."""
    found = number(value)
    return "" if found is None else str(found)


def moment(value: object) -> datetime | None:
    """A Unix time in seconds. Zero is Telegram's "unknown" and gives None."""
    seconds = number(value)
    if seconds is None or not 0 < seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def present(value: object) -> bool:
    """Whether a field says anything. An empty object does: `{"forum_topic_closed": {}}`."""
    return value is not None and value is not False and value != "" and value != []
