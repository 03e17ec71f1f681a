"""Long answers become several messages: where they are cut, and that nothing is lost."""

from __future__ import annotations

from time import process_time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.telegram.split import CAPTION_LIMIT, TEXT_LIMIT, split, utf16_length
from tickets.transport import Entity


def texts(text: str, limit: int, *entities: Entity) -> list[str]:
    return [part for part, _ in split(text, entities, limit=limit)]


def test_a_text_at_the_limit_is_one_message_and_one_unit_more_is_two() -> None:
    assert len(split("a" * TEXT_LIMIT)) == 1
    assert [len(part) for part, _ in split("a" * (TEXT_LIMIT + 1))] == [TEXT_LIMIT, 1]
    assert [len(part) for part, _ in split("a" * 1025, limit=CAPTION_LIMIT)] == [1024, 1]


def test_the_limit_counts_utf16_units() -> None:
    assert utf16_length("🙏a") == 3
    assert [len(part) for part, _ in split("🙏" * 2049)] == [2048, 1]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("First one.\n\nSecond is\nhere now.", 24, ["First one.\n\nSecond is", "here now."]),
        ("A first part.\n\nSecond is\nhere.", 24, ["A first part.", "Second is\nhere."]),
        ("one two three\nfour five six", 22, ["one two three", "four five six"]),
        ("It is sent. Please wait now", 20, ["It is sent.", "Please wait now"]),
        ("one two three four", 12, ["one two", "three four"]),
        ("a " + "x" * 12, 12, ["a", "x" * 12]),
        ("x" * 25, 12, ["x" * 12, "x" * 12, "x"]),
        ("您的提款已经处理。请稍等片刻，谢谢", 12, ["您的提款已经处理。", "请稍等片刻，谢谢"]),
        ("واریز شما رسید؟ لطفاً صبر کنید", 22, ["واریز شما رسید؟", "لطفاً صبر کنید"]),
        ("  both ends \n", 5, ["both", "ends"]),
        ("", 10, [""]),
        (" \n\t ", 10, [""]),
    ],
)
def test_where_a_text_is_cut(text: str, limit: int, parts: list[str]) -> None:
    assert texts(text, limit) == parts


@pytest.mark.parametrize(
    "grapheme", ["👩‍👩‍👧‍👦", "🇹🇷", "e\u0301\u0302", "👍🏽", "\r\n" + "x", "한"]
)
def test_no_grapheme_is_torn(grapheme: str) -> None:
    for limit in range(utf16_length(grapheme), 40):
        for part in texts(grapheme * 12, limit):
            assert part.replace(grapheme, "").strip() in ("", "x"), (limit, part)


def test_a_grapheme_that_is_longer_than_a_message_is_torn_as_late_as_may_be() -> None:
    parts = texts("e" + "\u0301" * 99, 40)
    assert [len(part) for part in parts] == [40, 40, 20]


def test_a_mark_after_a_space_keeps_its_space() -> None:
    assert texts("aaaa  \u0301bbbb", 6) == ["aaaa", " \u0301bbbb"]


# --- Entities ----------------------------------------------------------------------------------------------------


def test_a_cut_goes_around_an_entity_where_it_can() -> None:
    text = "Send it to the new address which is 0xabc 0xdef please"
    link = Entity("code", text.index("0xabc"), len("0xabc 0xdef"))
    first, second = split(text, [link], limit=44)
    assert first == ("Send it to the new address which is", ())
    assert second == ("0xabc 0xdef please", (Entity("code", 0, 11),))


def test_an_entity_longer_than_a_message_goes_on_in_the_next() -> None:
    text = "one two three four five six"
    parts = split(text, [Entity("bold", 4, 19), Entity("italic", 24, 3)], limit=10)
    marked = [
        [(e.kind, part[e.offset : e.offset + e.length]) for e in marks] for part, marks in parts
    ]
    assert marked == [
        [("bold", "two")],
        [("bold", "three four")],
        [("bold", "five"), ("italic", "six")],
    ]


def test_entities_follow_a_text_that_loses_its_leading_space() -> None:
    assert split("  hi there", [Entity("bold", 0, 4)]) == [("hi there", (Entity("bold", 0, 2),))]


# --- Any text ----------------------------------------------------------------------------------------------------

_PIECES = [
    "a",
    "word",
    " ",
    "  ",
    "\n",
    "\n\n",
    ". ",
    "。",
    "，",
    "\u0301",
    "\u200d",
    "🙏",
    "👨‍👩‍👧",
    "🇮🇷",
    "ي",
    "\u0600",
    "\r\n",
]
pieces = st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=60).map("".join)
any_text = pieces.filter(
    lambda text: not any("\ud800" <= character <= "\udfff" for character in text)
)


@settings(max_examples=200, deadline=None, database=None)
@given(any_text, st.integers(2, 30))
def test_nothing_but_whitespace_at_the_cuts_is_lost(text: str, limit: int) -> None:
    parts = texts(text, limit)
    position = 0
    for part in parts:
        while not text.startswith(part, position):
            assert text[position].isspace()
            position += 1
        position += len(part)
    assert not text[position:].strip()
    assert all(utf16_length(part) <= limit for part in parts)
    assert all(part.strip() for part in parts) or parts == [""]


@settings(max_examples=200, deadline=None, database=None)
@given(any_text, st.integers(2, 30))
def test_cuts_fall_on_grapheme_borders(text: str, limit: int) -> None:
    text = text.strip()  # both ends are cuts, too, and Telegram drops whitespace there by itself
    graphemes = [found.span() for found in regex.finditer(r"\X", text)]
    long = any(utf16_length(text[a:b]) > limit for a, b in graphemes)
    if long:
        return
    borders = {0} | {end for _, end in graphemes}
    position = 0
    for part in texts(text, limit):
        position = text.index(part, position)
        while position not in borders and text[position : position + 1].isspace():
            position += 1
        assert position in borders
        position += len(part)
        assert position in borders


@settings(max_examples=150, deadline=None, database=None)
@given(any_text, st.data())
def test_every_marked_character_stays_marked(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    entity = Entity("bold", offset, data.draw(st.integers(0, len(text) - offset)))
    parts = split(text, [entity], limit=12)
    marked = "".join(part[e.offset : e.offset + e.length] for part, marks in parts for e in marks)
    wanted = text[entity.offset : entity.offset + entity.length]
    assert "".join(marked.split()) == "".join(wanted.split())
    for part, marks in parts:
        assert all(e.length > 0 and 0 <= e.offset <= len(part) - e.length for e in marks)


@pytest.mark.parametrize(
    "unit",
    [
        "x",
        " ",
        "\n",
        "word ",
        "a\u0301",
        "\u0301",
        "。",
        "a\n\n",
        "🇮🇷",
        "‍🙏",
        '"',
        "a " + "x" * 4000,
    ],
)
def test_the_time_grows_with_the_length_only(unit: str) -> None:
    def seconds(length: int) -> float:
        text = "q" + unit * (length // len(unit)) + "q"
        begin = process_time()
        split(text, [Entity("bold", 0, len(text)), Entity("code", 5, 9)])
        return process_time() - begin

    short, long = (min(seconds(length) for _ in range(3)) for length in (50_000, 200_000))
    assert long < 12 * short + 0.1
