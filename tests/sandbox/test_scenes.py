"""Scene files: every one can be played, and a broken one says where."""

from __future__ import annotations

import pytest

from connectors.sandbox import world
from connectors.sandbox.scenes import FOLDER, BadScene, read_scene, scenes

HEAD = "title: T\nabout: A\n"


def test_the_scenes_that_we_promise_are_there() -> None:
    assert {"ordinary-hour", "withdrawal-outage", "seed-in-the-group"} <= set(scenes())
    assert all(
        (FOLDER / line.photo).is_file()
        for scene in scenes().values()
        for line in scene.lines
        if line.photo
    )


def test_an_ordinary_hour_is_mostly_chatter_in_four_languages() -> None:
    lines = scenes()["ordinary-hour"].lines
    in_groups = [line for line in lines if line.place != "private"]
    assert len(in_groups) / len(lines) >= 0.8
    assert {line.place for line in in_groups} == {"en", "zh", "fa", "tr"}
    assert {world.person(line.who).language for line in lines} == {"en", "zh", "fa", "tr"}


def test_the_outage_comes_in_four_languages() -> None:
    lines = scenes()["withdrawal-outage"].lines
    assert {line.place for line in lines} == {"private", "en", "zh", "fa", "tr"}


def test_reza_writes_as_on_his_phone() -> None:
    words = [line.text for line in scenes()["ordinary-hour"].lines if line.who == "reza"]
    assert words[0].isascii()
    assert "۵۰۰" in words[1] and "ي" in words[1]


def test_a_line_with_everything() -> None:
    text = HEAD + (
        "00:05 dana en [q1]: first\\nsecond {TX_DANA}\n"
        "01:10 mehmet tr/p2p [>q1 photo=dekont.jpg]: dekont\n"
        "01:11 dana en [q1*]: better\n"
    )
    first, photo, edit = read_scene("10-x", text).lines
    assert first.text == f"first\nsecond {world.TX_DANA}" and first.label == "q1"
    assert (photo.at, photo.place, photo.topic) == (70, "tr", "p2p")
    assert (photo.answers, photo.photo, edit.edits) == ("q1", "dekont.jpg", "q1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "needs a title"),
        (HEAD, "at least one line"),
        (HEAD + "00:05 nobody en: hi", "nobody is called nobody"),
        (HEAD + "00:05 dana xx: hi", "no such place"),
        (HEAD + "00:05 dana tr/xx: hi", "no such place"),
        (HEAD + "00:05 dana en [>q9]: hi", "not there"),
        (HEAD + "00:05 dana en: a\n00:04 dana en: b", "comes after a later line"),
        (HEAD + "5 dana en hi", "Not a line"),
    ],
)
def test_a_broken_scene_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadScene, match=reason):
        read_scene("x", text)
