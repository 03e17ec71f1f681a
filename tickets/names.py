"""File names as strangers give them: shown, never used as a path."""

from __future__ import annotations

import unicodedata

LONGEST = 120


def safe_file_name(name: str) -> str:
    """One readable line: no path, no control, bidi or zero-width characters; at most 120, the ending kept.

    `invoice\\u202Efdp.exe` shows as what it is, `invoicefdp.exe`.
    """
    name = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(
        char
        for char in name
        if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    shown = " ".join(shown.split()).strip(". ")
    if len(shown) > LONGEST:
        stem, dot, ending = shown.rpartition(".")
        keep = ending[:12] if dot else ""
        shown = (
            f"{(stem or shown)[: LONGEST - len(keep) - 2]}….{keep}"
            if dot
            else shown[: LONGEST - 1] + "…"
        )
    return shown or "file"
