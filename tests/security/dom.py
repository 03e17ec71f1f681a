"""The shape of a page: its elements, the names of their attributes, and where these lead. Words do not count."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_LEADING = {
    "href",
    "src",
    "action",
    "formaction",
    "srcset",
    "data",
    "poster",
    "xlink:href",
    "hx-get",
    "hx-post",
}
_DIGITS = re.compile(r"\d+")
_UUID = re.compile(r"[0-9a-f-]{36}")
Shape = list[tuple[str, ...]]


def steady(content: bytes) -> str:
    """A page without the time at which it was drawn, to compare it with another."""
    return re.sub(r'data-now="\d+"', "", content.decode())


def shape(html: str) -> Shape:
    """Element by element. The one thing that words may become, a link that leads outside, is checked and left out."""
    parser = _Shape()
    parser.feed(html)
    parser.close()
    return parser.found


class _Shape(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Shape = []
        self._skip: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._made_of_words(tag, dict(attrs)):
            self._skip.append(tag)
            return
        self.found.append((tag, *sorted(self._said(name, value or "") for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self._skip and self._skip[-1] == tag:
            self._skip.pop()
        else:
            self.found.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment",))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("declaration",))

    def handle_pi(self, data: str) -> None:
        self.found.append(("instruction",))

    @staticmethod
    def _made_of_words(tag: str, attrs: dict[str, str | None]) -> bool:
        if tag == "bdi" and attrs == {"class": "code", "dir": "ltr"}:
            return True
        wanted = {"dir": "ltr", "target": "_blank", "rel": "noopener noreferrer nofollow"}
        href = attrs.pop("href", None) or ""
        return tag == "a" and attrs == wanted and href.startswith(("http://", "https://"))

    @staticmethod
    def _said(name: str, value: str) -> str:
        if name in _LEADING:
            return f"{name}={_DIGITS.sub('0', _UUID.sub('0', value)).partition('?')[0]}"
        if name.startswith(("hx-", "data-hx")) and name != "hx-headers:inherited":
            return f"{name}={_DIGITS.sub('0', value).partition('?')[0]}"
        return name
