"""What the machine understands of a text. Pure functions: no models, no network, no state.

`read` is the door for intake. `readings.secrets` is the shield that stands before it: texts come here already masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from readings import category as categories
from readings import language as languages
from readings import substance
from readings.category import Category, Guess, Priority
from readings.substance import Kind, subject

__all__ = ["Reading", "read", "subject"]


@dataclass(frozen=True)
class Reading:
    """A first guess, made when it is asked for: of chatter nobody wants to know more than the language."""

    text: str
    prior: str = ""
    courtesy: bool = False
    """It came as a sticker or the like: without words it thanks."""

    @cached_property
    def language(self) -> str:
        """May be "und"."""
        return languages.guess(self.text, prior=self.prior)

    @cached_property
    def kind(self) -> Kind:
        return "thanks" if self.courtesy and not self.text else substance.kind(self.text)

    @property
    def category(self) -> Category:
        return self._guess.category

    @property
    def topic(self) -> str:
        """May be "other"."""
        return self._guess.topic

    @property
    def priority(self) -> Priority:
        return self._guess.priority

    @property
    def evidence(self) -> tuple[str, ...]:
        """The words that decided the topic."""
        return self._guess.evidence

    @cached_property
    def _guess(self) -> Guess:
        return categories.guess(self.text)


def read(text: str, *, prior: str = "", courtesy: bool = False) -> Reading:
    """Read a masked text. `prior` is the usual language of the person or the chat; it decides very short texts."""
    return Reading(text, prior, courtesy)
