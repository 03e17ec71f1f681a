"""What the machine understands of a text. Pure functions: no models, no network, no state.

`read` is the door for intake. `readings.secrets` is the shield that stands before it: texts come here already masked.
"""

from __future__ import annotations

from dataclasses import dataclass

from readings import category as categories
from readings import language as languages
from readings.category import Category, Priority
from readings.substance import Kind, kind, subject

__all__ = ["Reading", "read", "subject"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A first guess. `language` may be "und", `topic` "other"; `evidence` are the words that decided the topic."""

    language: str
    category: Category
    topic: str
    priority: Priority
    kind: Kind
    evidence: tuple[str, ...] = ()


def read(text: str, *, prior: str = "") -> Reading:
    """Read a masked text. `prior` is the usual language of the person or the chat; it decides very short texts."""
    guess = categories.guess(text)
    return Reading(
        language=languages.guess(text, prior=prior),
        category=guess.category,
        topic=guess.topic,
        priority=guess.priority,
        kind=kind(text),
        evidence=guess.evidence,
    )
