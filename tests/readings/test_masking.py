"""What a masked text tells: findings, moved offsets, JSON of any shape, and no way to make it slow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings import seeds
from readings.secrets import MARKS, Finding, kinds_in, mask, mask_json
from tests.readings.secret_makers import hex64, phrase, wif

WORDS = phrase("english", 12, 1)
SEED = " ".join(WORDS)
MARK = MARKS["seed_phrase"]


def test_findings_name_kind_and_place_in_the_masked_text() -> None:
    masked = mask(f"😀 a {SEED} b {wif(1)}")
    assert masked.text == f"😀 a {MARK} b {MARKS['wif_key']}"
    assert masked.found[0] == Finding("seed_phrase", 4, 4 + len(MARK))
    assert [masked.text[f.start : f.end] for f in masked.found] == [MARK, MARKS["wif_key"]]
    assert kinds_in(masked.text) == ("seed_phrase", "wif_key")


def test_nothing_of_the_secret_is_left_in_the_result() -> None:
    assert not any(word in repr(mask(f"x {SEED} y")) for word in WORDS if len(word) > 4)


def test_offsets_move_with_the_text() -> None:
    text = f"see {SEED} and @support, {wif(2)} end"
    masked = mask(text)
    for word in ("see", "@support", "end"):
        start, length = masked.span(text.index(word), len(word))
        assert masked.text[start : start + length] == word


def test_a_span_within_a_secret_becomes_its_mark() -> None:
    text = f"see {SEED} end"
    masked = mask(text)
    start, length = masked.span(text.index(WORDS[3]), len(WORDS[3]))
    assert masked.text[start : start + length] == MARK
    start, length = masked.span(0, text.index(WORDS[2]))
    assert masked.text[start : start + length] == f"see {MARK}"
    assert masked.span(0, len(text)) == (0, len(masked.text))
    assert masked.offset(len(text)) == len(masked.text)


def test_a_text_without_secrets_keeps_its_offsets() -> None:
    masked = mask("nothing here")
    assert [masked.offset(n) for n in range(13)] == list(range(13))


def test_json_is_masked_in_every_string_and_name() -> None:
    update: dict[str, Any] = {
        "update_id": 7,
        "message": {
            "text": SEED,
            "n": None,
            "ok": True,
            "x": 1.5,
            "list": [SEED, {"url": f"https://x.io/?q={'%20'.join(WORDS)}"}],
        },
        SEED: 1,
    }
    masked, kinds = mask_json(update)
    assert kinds == ("seed_phrase",)
    assert masked["message"]["text"] == masked["message"]["list"][0] == MARK
    assert masked["message"]["list"][1] == {"url": f"https://x.io/?q={MARK}"}
    assert list(masked) == ["update_id", "message", MARK]
    assert {name: masked["message"][name] for name in ("n", "ok", "x")} == {
        "n": None,
        "ok": True,
        "x": 1.5,
    }
    assert update["message"]["text"] == SEED


def test_two_secret_names_keep_both_members() -> None:
    masked, _ = mask_json({SEED: 1, " ".join(phrase("english", 12, 2)): 2})
    assert sorted(masked.values()) == [1, 2]


def test_the_name_of_a_member_can_call_its_value_a_key() -> None:
    masked, kinds = mask_json({"privateKey": hex64(1), "txid": hex64(2)})
    assert masked == {"privateKey": MARKS["private_key"], "txid": hex64(2)}
    assert kinds == ("private_key",)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("name", "entities"), [("text", "entities"), ("caption", "caption_entities")]
)
def test_entities_in_json_point_at_the_same_words(name: str, entities: str) -> None:
    text = f"😀😀 {SEED} 😀 ask @helper now"
    before = text.index("@helper")
    mention = {"type": "mention", "offset": utf16(text[:before]), "length": 7}
    code = {"type": "code", "offset": 5, "length": utf16(SEED)}
    masked, _ = mask_json(
        {name: text, entities: [mention, code, {"type": "odd", "offset": "x"}, 3]}
    )
    units = masked[name].encode("utf-16-le")

    def marked(entity: dict[str, Any]) -> str:
        start, length = 2 * entity["offset"], 2 * entity["length"]
        return str(units[start : start + length], "utf-16-le")

    assert [marked(entity) for entity in masked[entities][:2]] == ["@helper", MARK]
    assert masked[entities][2:] == [{"type": "odd", "offset": "x"}, 3]
    assert mention["offset"] == utf16(text[:before])


def test_deep_nesting_is_no_error() -> None:
    value: Any = SEED
    for _ in range(50_000):
        value = [value]
    masked, _ = mask_json(value)
    while isinstance(masked, list):
        masked = masked[0]
    assert masked == MARK


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a\udfff" * 40, "\U0010ffff", "\ud83d" + SEED])
def test_broken_characters_are_no_error(text: str) -> None:
    assert mask(text).text.replace(MARK, SEED) == text
    mask_json({"text": text, "entities": [{"offset": 0, "length": 9}]})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_json_without_secrets_is_unchanged(value: Any) -> None:
    assert mask_json(value) == (value, ())
    assert '"' + SEED not in json.dumps(mask_json([value, SEED]))


ENGLISH = seeds.word_list("english")
HOSTILE: dict[str, Callable[[int], str]] = {
    "list words": lambda n: " ".join(ENGLISH[i * 7919 % 2048] for i in range(n // 6))[:n],
    "one list word": lambda n: ("art " * n)[:n],
    "labels": lambda n: ("word can " * n)[:n],
    "zero-width": lambda n: "a\u200b" * (n // 2),
    "Chinese singles": lambda n: " ".join(
        "的一是在不了有和人这"[i * 7 % 10] for i in range(n // 2)
    ),
    "Chinese names": lambda n: ("助记词 的 " * n)[:n],
    "base58": lambda n: "5KL" * (n // 3),
    "keys": lambda n: ("private key " + "a" * 64 + " ") * (n // 77),
    "key words": lambda n: "pk private key " * (n // 15) + "a" * 64,
    "hex": lambda n: "a" * n,
    "escapes": lambda n: "\\" * (n // 3) + "%2" * (n // 6) + "&a" * (n // 6),
    "tags": lambda n: "<a" * (n // 2),
    "blanks": lambda n: " " * n,
    "accents": lambda n: "a" + "\u0301" * n,
    "marks": lambda n: MARK * (n // len(MARK)),
}


def best_times(*texts: str) -> list[float]:
    """CPU seconds for each text, measured by turns: a busy neighbour slows all of them or none."""
    best = [float("inf")] * len(texts)
    for _ in range(5):
        for place, text in enumerate(texts):
            start = time.process_time()
            mask(text)
            best[place] = min(best[place], time.process_time() - start)
    return best


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_linear_time(name: str) -> None:
    once, twice = HOSTILE[name](10_000), HOSTILE[name](20_000)
    times = [best_times(once, twice) for _ in range(2)]
    times += (
        []
        if any(is_linear(*pair) for pair in times)
        else [best_times(once, twice) for _ in range(4)]
    )
    assert min(first for first, _ in times) <= 0.2
    assert any(is_linear(*pair) for pair in times)


def is_linear(once: float, twice: float) -> bool:
    return twice <= max(2.5 * once, 0.02)
