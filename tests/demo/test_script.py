"""Reading and filling stories."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.demo.day import LANGUAGES
from connectors.demo.fill import Filler
from connectors.demo.script import BadStory, span, stories, talks
from connectors.demo.staff import BY_KEY, WORKERS
from connectors.sandbox import world

PLACES = {"", "en", "zh", "fa", "tr", "tr/withdrawals", "tr/p2p", "tr/chat"}


@pytest.mark.parametrize("kind", ["open", "solved"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_story_names_people_and_places_that_exist(kind: str, language: str) -> None:
    found = stories(kind, language)
    assert len(found) >= 13
    for story in found:
        assert story.lines[0].mark == ">"
        for line in story.lines:
            assert line.place in PLACES
            assert not line.who or line.who in BY_KEY or line.who in world.people()


@pytest.mark.parametrize("language", LANGUAGES)
def test_chatter_is_by_people_of_the_world(language: str) -> None:
    for talk in talks(language):
        for remark in talk:
            assert remark.who in world.people()
            assert remark.place in PLACES
        assert not talk[0].answers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-12m", timedelta(minutes=-12)),
        ("+3h", timedelta(hours=3)),
        ("40s", timedelta(seconds=40)),
    ],
)
def test_spans(text: str, expected: timedelta) -> None:
    assert span(text) == expected


@pytest.mark.parametrize("text", ["", "12", "m", "1.5h", "12 m"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(BadStory):
        span(text)


def test_a_gap_stays_what_it_is_within_a_story() -> None:
    filler = Filler("somebody", "en")
    assert filler.fill("{usdt} and {tx}") == filler.fill("{usdt} and {tx}")
    assert Filler("somebody else", "en").fill("{tx}") != filler.fill("{tx}")


def test_choices_may_hold_gaps() -> None:
    text = Filler("x", "en").fill("{{minutes} min|{minutes} minutes}")
    assert text.endswith(("min", "minutes"))
    assert text[0].isdigit()


def test_an_unknown_gap_is_refused() -> None:
    with pytest.raises(BadStory):
        Filler("x", "en").fill("{nonsense}")


@pytest.mark.parametrize(
    ("language", "amounts"),
    [("en", {"1,234"}), ("zh", {"1234"}), ("tr", {"1.234"}), ("fa", {"1234", "۱٬۲۳۴"})],
)
def test_amounts_are_written_as_people_of_the_language_write_them(
    language: str, amounts: set[str]
) -> None:
    written = {
        Filler(str(seed), language)._written(1234, grouped=True)  # the rule, not the dice
        for seed in range(20)
    }
    assert written == amounts


def test_who_works_here_fits_the_world() -> None:
    assert {worker.key for worker in WORKERS} >= {person.key for person in world.STAFF}
    for person in world.STAFF:
        assert BY_KEY[person.key].name == person.name
