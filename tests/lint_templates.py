"""Markup and CSS that our Content-Security-Policy would refuse, or that breaks right-to-left pages.

python -m tests.lint_templates
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
# Templates that may say `|safe` or `autoescape off`, each with its reason.
SAFE_ALLOWED: dict[str, str] = {}

_FLAGS = re.IGNORECASE | re.DOTALL
MARKUP = {
    "hx-on runs code from an attribute": re.compile(r"\shx-on[:=\-\s]", _FLAGS),
    "js: runs code from an attribute": re.compile(r"""=\s*["']?\s*(js|javascript):""", _FLAGS),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", _FLAGS),
    "inline style element": re.compile(r"<style\b", _FLAGS),
    "style attribute": re.compile(r"""<[a-z][^>]*\sstyle\s*=""", _FLAGS),
    "on* event attribute": re.compile(r"""<[a-z][^>]*\son[a-z]+\s*=""", _FLAGS),
    "hx-trigger filter needs eval": re.compile(r"""hx-trigger\s*=\s*["'][^"']*\[""", _FLAGS),
    "address of another site": re.compile(
        r"""<(script|link|img|iframe)\b[^>]*(src|href)\s*=\s*["']?(https?:)?//""", _FLAGS
    ),
}
UNSAFE = re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off")
_TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_COMMENTS = re.compile(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}|<!--.*?-->", re.DOTALL)

_SIDES = r"(?:left|right|top|bottom)"
CSS = {
    "physical side: use margin-inline, padding-block, border-inline-start ...": re.compile(
        rf"(?<![\w-])(?:margin|padding|border|scroll-margin|scroll-padding)-{_SIDES}(?:-(?:width|style|color))?\s*:"
    ),
    "physical inset: use inset-inline-start, inset-block-end ...": re.compile(
        rf"(?<![\w-]){_SIDES}\s*:"
    ),
    "physical size: use inline-size, block-size": re.compile(
        r"(?<![\w(-])(?:min-|max-)?(?:width|height)\s*:"
    ),
    "physical radius: use border-start-start-radius ...": re.compile(
        r"border-(?:top|bottom)-(?:left|right)-radius"
    ),
    "physical alignment: use start or end": re.compile(
        r"(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
    ),
    "imported from another site": re.compile(r"(?:@import|url\()\s*[\"']?(?:https?:)?//"),
}
_CSS_COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


def problems_in_template(name: str, text: str) -> Iterator[str]:
    """`name:line: reason` for everything that a template must not hold."""
    text = _blank(_COMMENTS, text)
    yield from _find(name, _blank(_TAGS, text), MARKUP)  # a tag may hold a ">"
    if name not in SAFE_ALLOWED:
        yield from _find(name, text, {"unescaped output": UNSAFE})


def problems_in_css(name: str, text: str) -> Iterator[str]:
    """The same for a style sheet. `@media (min-width: ...)` is fine: a screen has no direction."""
    return _find(name, _blank(_CSS_COMMENTS, text), CSS)


def _find(name: str, text: str, rules: dict[str, re.Pattern[str]]) -> Iterator[str]:
    for reason, pattern in rules.items():
        for match in pattern.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, match.end()) + 1}: {reason}"


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Remove matches but keep the line numbers."""
    return pattern.sub(lambda match: "\n" * match.group().count("\n"), text)


def _files(*patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        for path in sorted(BASE_DIR.glob(pattern)):
            if not {".venv", ".local", "node_modules"} & set(path.parts):
                yield path


def check(files: Iterable[Path]) -> list[str]:
    """All problems in templates (.html, .svg) and style sheets."""
    found: list[str] = []
    for path in files:
        name, text = str(path.relative_to(BASE_DIR)), path.read_text()
        found += (problems_in_css if path.suffix == ".css" else problems_in_template)(name, text)
    return found


def main() -> int:
    files = list(_files("templates/**/*.html", "*/templates/**/*.html", "static/**/*.css"))
    found = check(files)
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.stdout.write(f"{len(files)} templates and style sheets, {len(found)} problems\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
