"""What stands in a text where a secret was. Stored texts contain these marks: they must never change."""

from __future__ import annotations

import re
from typing import Literal

SecretKind = Literal["seed_phrase", "wif_key", "private_key"]

MARKS: dict[SecretKind, str] = {
    "seed_phrase": "▮▮▮ [secret removed: seed phrase] ▮▮▮",
    "wif_key": "▮▮▮ [secret removed: wallet key] ▮▮▮",
    "private_key": "▮▮▮ [secret removed: private key] ▮▮▮",
}
MARK_PATTERN = "|".join(re.escape(mark) for mark in MARKS.values())
MARK = re.compile(MARK_PATTERN)


def kinds_in(text: str) -> tuple[SecretKind, ...]:
    """Which kinds of secret were removed from a text that is already masked, each once, in the order of `MARKS`."""
    return tuple(kind for kind, mark in MARKS.items() if mark in text)


def without_marks(text: str) -> str:
    """The text with the marks taken out: their English words say nothing about the writer."""
    return MARK.sub(" ", text) if "▮" in text else text
