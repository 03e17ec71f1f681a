"""A message's text cut into what is plain, what is a link, and what is a hash, an address or an amount.

One regular expression, linear in the text; a linkifying library took minutes on hostile input of this size.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["plain", "mono", "link"]
LONGEST: Final = 10_000
"""Beyond this many characters the rest stays plain."""
_MARKED = re.compile(
    r"(?P<link>https?://[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?(?:[/?#][^\s<>\"'()\[\]{}|\\^`]{0,2000})?)"
    r"|(?P<mono>\b(?:0x[0-9a-fA-F]{40,64}|[0-9a-fA-F]{64}|T[1-9A-HJ-NP-Za-km-z]{33}|bc1[a-z0-9]{11,71}"
    r"|[13][1-9A-HJ-NP-Za-km-z]{25,34})\b)",
    re.ASCII,
)
_TRAILING: Final = ".,;:!?"


def segments(text: str) -> list[tuple[Kind, str]]:
    """The text in order; joined together it is the text again."""
    found: list[tuple[Kind, str]] = []
    position = 0
    for match in _MARKED.finditer(text, 0, LONGEST):
        kind: Kind = "link" if match["link"] else "mono"
        marked = match[0].rstrip(_TRAILING)
        if match.start() > position:
            found.append(("plain", text[position : match.start()]))
        found.append((kind, marked))
        position = match.start() + len(marked)
    if position < len(text):
        found.append(("plain", text[position:]))
    return found
