"""Cutting answers apart without parsing them."""

from __future__ import annotations

import json
from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.telegram import rawjson

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(values), st.sampled_from([None, 1]), st.booleans())
def test_elements_are_cut_where_json_has_them(
    array: list[Any], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(array, indent=indent, ensure_ascii=ascii_only)
    parts = rawjson.elements(text)
    assert [rawjson.loads(part) for part in parts] == array
    assert all(part in text for part in parts)


@settings(max_examples=100, deadline=None, database=None)
@given(st.dictionaries(st.text(), values))
def test_members_are_cut_where_json_has_them(fields: dict[str, Any]) -> None:
    parts = rawjson.members(json.dumps(fields))
    assert {name: rawjson.loads(value) for name, value in parts.items()} == fields


def test_an_element_is_kept_letter_for_letter() -> None:
    odd = '{"a" :  1.50, "t":"\\u0041\\/ \\ud83d", "a": 2}'
    assert rawjson.elements(f"[ {odd} ,{odd}]") == [odd, odd]


@settings(max_examples=100, deadline=None, database=None)
@given(st.text(alphabet='[]{},:"\\ 1a', max_size=30))
def test_what_is_no_json_is_an_empty_answer_or_a_value_error(text: str) -> None:
    for take in (rawjson.elements, rawjson.members):
        with suppress(ValueError):
            assert all(isinstance(part, str) for part in take(text))
    rawjson.loads(text)
    rawjson.blanked(text)


@pytest.mark.parametrize("text", ["", "{}", "null", "[1", "1]", "[1]]", '["a]', "[1] 2", "[[1]"])
def test_no_whole_array(text: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        rawjson.elements(text)


def test_numbers_that_python_would_not_convert_stay_text() -> None:
    assert rawjson.loads('{"id": ' + "7" * 5000 + ', "b": 12345}') == {"id": "7" * 5000, "b": 12345}
    assert rawjson.loads("[" * 100_000) is None
    assert rawjson.loads('{"a": NaN, "b": "\x01"}') == {"a": None, "b": "\x01"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            '{"text": "twelve words", "id": 4, "x": ["a", "b\\"c"]}',
            '{"text": "", "id": 4, "x": ["", ""]}',
        ),
        ('{"text": "cut off here', '{"text": ""'),
        ("no strings", "no strings"),
    ],
)
def test_blanking_keeps_the_shape_and_no_words(text: str, left: str) -> None:
    assert rawjson.blanked(text) == left


@pytest.mark.parametrize("unit", ['\\"', '"', "[", '"a":', "\\", ","])
def test_unfinished_text_costs_linear_time(unit: str) -> None:
    text = "[" + unit * 100_000
    begin = process_time()
    for take in (rawjson.elements, rawjson.members):
        with suppress(ValueError):
            take(text + "]")
    rawjson.blanked(text)
    assert process_time() - begin < 1.0
