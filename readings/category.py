"""A first guess at what a request is about: weighted phrases, and the phrases that decided it."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from readings.phrases import any_of, pattern, phrases, prepared, stems

Category = Literal["trading", "account", "deposit", "withdrawal", "other"]
Priority = Literal["low", "normal", "high", "urgent"]

_LANGUAGES = ("en", "zh", "fa", "tr")
_LONGEST = 5000
"""Characters that are read: more than any chat message has."""
_WEAK, _USUAL, _PARTICULAR = 1, 2, 3
_STARTS = (1, 2, 3)
"""So many first letters of a stem are looked up; short stems have fewer."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Category, topic slug ("other" if none fits) and a priority hint, with the words of the text that led to them."""

    category: Category
    topic: str
    priority: Priority
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    stems: tuple[str, ...]
    weight: int

    def search(self, plain: str) -> str:
        """What of the text it matches, or nothing."""
        for stem in self.stems:
            if stem in plain:
                match = self.pattern.search(plain)
                return match[0] if match else ""
        return ""


@dataclass(frozen=True, slots=True)
class _Topic:
    slug: str
    category: Category
    priority: Priority
    movable: bool
    rules: tuple[_Rule, ...]

    @property
    def is_dangerous(self) -> bool:
        return self.priority == "urgent"


@dataclass(frozen=True, slots=True)
class _Tables:
    topics: tuple[_Topic, ...]
    starts: Mapping[str, Sequence[tuple[int, int]]]
    """The first letters of each stem, and where its rules stand: (topic, rule)."""
    categories: Mapping[Category, re.Pattern[str]]
    urgent: re.Pattern[str]
    general: re.Pattern[str]
    denied: re.Pattern[str]


def guess(text: str) -> Guess:
    """What a text is about. A dangerous topic wins as soon as anything speaks for it."""
    plain = prepared(text[:_LONGEST])
    doubt = _doubt(plain)
    found = [(topic, list(_hits(topic, rules, plain, doubt))) for topic, rules in _possible(plain)]
    topic, hits = max(found, key=lambda pair: _rank(*pair), default=(None, []))
    spoken, words = _spoken_of(plain)
    if topic is None or not hits:
        return Guess(spoken or "other", "other", _priority("normal", plain), words)
    category = (spoken or topic.category) if topic.movable else topic.category
    return Guess(
        category, topic.slug, _priority(topic.priority, plain), tuple(words for words, _ in hits)
    )


def slugs() -> tuple[str, ...]:
    """The topics that `guess` can name, but for "other"."""
    return tuple(topic.slug for topic in _tables().topics)


def _rank(topic: _Topic, hits: Sequence[tuple[str, int]]) -> tuple[bool, int]:
    return bool(hits) and topic.is_dangerous, sum(weight for _, weight in hits)


def _doubt(plain: str) -> int:
    """The weight that a dangerous topic's phrase must exceed here."""
    if _tables().denied.search(plain):
        return _PARTICULAR
    return _WEAK if _tables().general.search(plain) else 0


def _possible(plain: str) -> Iterator[tuple[_Topic, Iterable[_Rule]]]:
    """The topics, in the order of the table, with those of their rules whose first letters are in the text."""
    tables = _tables()
    parts = {plain[at : at + size] for size in _STARTS for at in range(len(plain))}
    places = {place for part in parts & tables.starts.keys() for place in tables.starts[part]}
    for topic, rules in groupby(sorted(places), key=itemgetter(0)):
        yield tables.topics[topic], [tables.topics[topic].rules[rule] for _, rule in rules]


def _hits(
    topic: _Topic, rules: Iterable[_Rule], plain: str, doubt: int
) -> Iterator[tuple[str, int]]:
    """What of the topic's phrases the text contains, with their weight."""
    for rule in rules:
        if not (topic.is_dangerous and rule.weight <= doubt) and (words := rule.search(plain)):
            yield words, rule.weight


def _spoken_of(plain: str) -> tuple[Category | None, tuple[str, ...]]:
    """The category whose words the text uses most, and those words; the first of the table among equals."""
    best: Category | None = None
    words: tuple[str, ...] = ()
    for category, rule in _tables().categories.items():
        used = tuple(dict.fromkeys(match[0] for match in rule.finditer(plain)))
        if len(used) > len(words):
            best, words = category, used
    return best, words


def _priority(usual: Priority, plain: str) -> Priority:
    return "high" if usual != "urgent" and _tables().urgent.search(plain) else usual


@cache
def _tables() -> _Tables:
    content = tomllib.loads((files("readings.words") / "topics.toml").read_text(encoding="utf-8"))
    signs = {name: any_of(table) for name, table in content["signs"].items()}
    topics = tuple(_topic(row) for row in content["topic"])
    return _Tables(
        topics=topics,
        starts=_starts(topics),
        categories={name: any_of(table) for name, table in content["category"].items()},
        urgent=signs["urgent"],
        general=signs["general"],
        denied=signs["denied"],
    )


def _starts(topics: Sequence[_Topic]) -> Mapping[str, Sequence[tuple[int, int]]]:
    starts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, topic in enumerate(topics):
        for place, rule in enumerate(topic.rules):
            for start in {stem[: _STARTS[-1]] for stem in rule.stems}:
                starts[start].append((at, place))
    return starts


def _topic(row: Mapping[str, Any]) -> _Topic:
    rules = (_rule(phrase) for language in _LANGUAGES for phrase in phrases(row[language]))
    return _Topic(
        slug=row["slug"],
        category=row["category"],
        priority=row.get("priority", "normal"),
        movable=row.get("movable", False),
        rules=tuple(rules),
    )


def _rule(phrase: str) -> _Rule:
    plain = phrase.removeprefix("?")
    particular = "{" in plain or " " in plain
    weight = _WEAK if phrase != plain else _PARTICULAR if particular else _USUAL
    return _Rule(re.compile(pattern(plain)), stems(plain), weight)
