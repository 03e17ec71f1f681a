"""Recovery phrases are found however they are written, and nothing else is taken for one."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings import seeds
from readings.secrets import MARKS, mask
from tests.readings.secret_makers import broken_phrase, phrase

MARK = MARKS["seed_phrase"]
ALL_LISTS = (*seeds.LISTS, *seeds.CHINESE)


def leaks(words: list[str], text: str) -> bool:
    """Whether four words of the phrase still follow each other in the text."""
    return any(" ".join(words[place : place + 4]) in text for place in range(len(words) - 3))


@pytest.mark.parametrize("length", seeds.LENGTHS)
@pytest.mark.parametrize("name", ALL_LISTS)
def test_phrases_of_every_list_and_length_are_removed(name: str, length: int) -> None:
    for seed in range(8):
        assert mask(" ".join(phrase(name, length, seed))).text == MARK


def numbered(words: list[str], form: str = "{}. {}", join: str = "\n") -> str:
    return join.join(form.format(place, word) for place, word in enumerate(words, 1))


def two_columns(words: list[str]) -> str:
    half = len(words) // 2
    rows = zip(words[:half], words[half:], strict=True)
    return "\n".join(
        f"{n}. {left}    {n + half}. {right}" for n, (left, right) in enumerate(rows, 1)
    )


PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
CHINESE_NUMBERS = [
    f"{tens}{ones}" for tens in ("", "十", "二十") for ones in "一二三四五六七八九十"
]
FULL_WIDTH = {letter: letter + 0xFEE0 for letter in range(ord("a"), ord("z") + 1)}

WRITINGS: dict[str, Callable[[list[str]], str]] = {
    "spaces": " ".join,
    "wide spaces": "   ".join,
    "commas": ",".join,
    "Chinese commas": "，".join,
    "Persian commas": "، ".join,
    "hyphens": "-".join,
    "underscores": "_".join,
    "dots": " . ".join,
    "bars": " | ".join,
    "emoji": " 🔑 ".join,
    "line breaks": "\n".join,
    "Windows line breaks": "\r\n".join,
    "full-width spaces": "\u3000".join,
    "no-break spaces": "\u00a0".join,
    "zero-width spaces": "\u200b".join,
    "zero-width joiners and spaces": " \u200d".join,
    "blank Hangul letters": "\u3164".join,
    "numbers": numbered,
    "numbers in brackets": lambda words: numbered(words, "({}){}", " "),
    "numbers glued on": lambda words: numbered(words, "{}{}", ""),
    "Persian numbers": lambda words: numbered(words).translate(PERSIAN_DIGITS),
    "circled numbers": lambda words: " ".join(
        chr(0x2460 + i % 20) + word for i, word in enumerate(words)
    ),
    "numbers behind": lambda words: " ".join(f"{word}({i})" for i, word in enumerate(words)),
    "a label each": lambda words: numbered(words, "word {}: {}", ", "),
    "a Persian label each": lambda words: numbered(words, "کلمه {}: {}"),
    "a Chinese label each": lambda words: numbered(words, "第{}个 {}"),
    "ordinals": lambda words: numbered(words, "{}th {}"),
    "Chinese numbers": lambda words: " ".join(
        f"{number}、{word}" for number, word in zip(CHINESE_NUMBERS, words, strict=False)
    ),
    "replacement characters": "\ufffd".join,
    "and": " and ".join,
    "two columns": two_columns,
    "upper case": lambda words: " ".join(words).upper(),
    "title case": lambda words: " ".join(words).title(),
    "full-width letters": lambda words: " ".join(words).translate(FULL_WIDTH),
    "zero-width inside words": lambda words: " ".join("\u200b".join(word) for word in words),
    "soft hyphens inside words": lambda words: " ".join(
        word[:2] + "\u00ad" + word[2:] for word in words
    ),
    "zero-width inside and between": lambda words: "\u200b".join(
        word[:2] + "\u200b" + word[2:] for word in words
    ),
    "bidi controls": lambda words: (
        "\u202b" + " ".join(f"\u2066{word}\u2069" for word in words) + "\u202c"
    ),
    "quotes": lambda words: ", ".join(f"'{word}'" for word in words),
    "a JSON list in the text": lambda words: json.dumps(words),
    "escaped line breaks": "\\n".join,
    "line breaks escaped twice": "\\\\n".join,
    "percent-encoded": lambda words: "https://t.me/share/url?text=" + quote(" ".join(words)),
    "percent-encoded lines": lambda words: quote("\n".join(words)),
    "plus signs": "+".join,
    "entities": "&nbsp;".join,
    "tags": lambda words: "".join(f"<li><b>{word}</b></li>" for word in words),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_ways_of_writing_an_english_phrase(writing: str) -> None:
    for seed in range(6):
        words = phrase(
            "english",
            seeds.LENGTHS[seed % 5] if writing != "two columns" else 12 + 12 * (seed % 2),
            seed,
        )
        masked = mask("please check " + WRITINGS[writing](words) + " wtf?")
        assert [finding.kind for finding in masked.found] == ["seed_phrase"], words
        assert not any(word in masked.text.lower() for word in words if len(word) > 6)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("name", ["turkish", "russian", "spanish", "french", "japanese", "korean"])
def test_composed_and_decomposed_letters_are_the_same(
    name: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]
) -> None:
    for seed in range(5):
        assert mask(unicodedata.normalize(form, " ".join(phrase(name, 12, seed)))).text == MARK


def test_turkish_capitals_and_missing_accents() -> None:
    for seed in range(10):
        words = phrase("turkish", 12, seed)
        capitals = " ".join(words).replace("i", "İ").replace("ı", "I").upper()
        bare = " ".join(words).translate(str.maketrans("çğıöşü", "cgiosu"))
        assert mask(capitals).text == mask(bare).text == MARK


def test_japanese_phrase_as_wallets_print_it() -> None:
    assert mask("\u3000".join(phrase("japanese", 24, 1))).text == MARK


def test_escaped_letters_of_a_russian_phrase() -> None:
    assert (
        mask(json.dumps({"text": " ".join(phrase("russian", 12, 3))})).text
        == '{"text": "' + MARK + '"}'
    )


def test_the_word_that_the_published_russian_list_lost() -> None:
    broken = seeds.word_list("russian")[1572]
    assert "\ufffd" in broken
    seed = next(seed for seed in range(5000) if broken in phrase("russian", 12, seed))
    for word in (broken, "снова", "сноха"):
        assert mask(" ".join(phrase("russian", 12, seed)).replace(broken, word)).text == MARK


@pytest.mark.parametrize("name", seeds.CHINESE)
@pytest.mark.parametrize(
    "around",
    [
        "助记词：{}",
        "助记词:{}。",
        "我的助记词是{}",
        "我的助記詞是：\n{}\n請幫我查一下",
        "助记词如下 {} 帮我看看",
        "我的钱包打不开。助记词 {}",
        "My seed phrase: {}",
    ],
)
def test_chinese_phrase_behind_its_name(name: str, around: str) -> None:
    for seed in range(5):
        for join in ("", " ", "、"):
            masked = mask(around.format(join.join(phrase(name, 12, seed))))
            assert masked.text == around.format(MARK)


def test_chinese_phrase_in_groups_behind_its_name() -> None:
    words = phrase("chinese_simplified", 12, 2)
    groups = " ".join("".join(words[place : place + 4]) for place in (0, 4, 8))
    assert mask(f"助记词：{groups} 谢谢").text == f"助记词：{MARK} 谢谢"


@pytest.mark.parametrize("join", [" ", "\n", "，", "\u200b", "  "])
def test_chinese_phrase_of_single_characters_alone(join: str) -> None:
    for name in seeds.CHINESE:
        assert mask(join.join(phrase(name, 24, 5))).text == MARK
    assert mask(numbered(phrase("chinese_simplified", 12, 6))).text == f"1. {MARK}"


CHINESE_PROSE = [
    "我昨天提现了五百个到现在还没有到账请帮我看一下好吗",
    "助记词千万不要发给任何人包括客服",
    "助记词是非常重要的东西不能告诉别人",
    "助记词丢了能不能找回来，谢谢大家",
    "如果有人要你的助记词，那他就是骗子，请马上举报给我们",
    "提币 3 小时 了 U 还 没 到 怎 么 回 事 啊",
    "大家好，今天的活动什么时候开始，在哪里可以看到自己的排名",
]


@pytest.mark.parametrize("text", CHINESE_PROSE)
def test_chinese_prose_stays(text: str) -> None:
    assert mask(text).text == text


def test_windows_of_chinese_prose_stay() -> None:
    """Plain prose passes the checksum once in 16 windows: no cut of it may be taken without spaces or the name."""
    prose = "".join(CHINESE_PROSE).replace("助记词", "").replace("，", "")
    for start in range(len(prose) - 24):
        for length in seeds.LENGTHS:
            text = prose[start : start + length]
            assert mask(text).text == text


ORDINARY = [
    "Hi team, I would like to know when you will add the new network, thank you very much for the help",
    "please help me, the exchange will not let me sell, I have been waiting since monday with no answer at all",
    "سلام، برداشت من سه ساعته تو وضعیت در حال بررسیه، لطفا پیگیری کنید ممنون میشم",
    "merhaba hocam dun aksam usdt gonderdim hala hesabima gecmedi dekontu da attim lutfen bakar misiniz",
    "bonjour, je voudrais savoir comment ouvrir un compte et combien de temps cela va prendre, merci d'avance",
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
    "step 1 open wallet 2 select coin 3 enter amount 4 confirm with code 5 wait for the network",
    "",
    "?",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_texts_stay(text: str) -> None:
    assert mask(text).text == text


def test_words_of_the_list_without_a_valid_checksum_stay() -> None:
    for seed in range(20):
        text = " ".join(broken_phrase(12 + seed % 3, seed))
        assert mask(text).text == text


def test_other_languages_words_end_a_row() -> None:
    words = phrase("english", 12, 9)
    text = " ".join([*words[:6], "çünkü", *words[6:]])
    assert mask(text).text == text


def test_a_phrase_within_more_words_of_the_list() -> None:
    for seed in range(20):
        words = phrase("english", 12, seed)
        masked = mask(" ".join(["help", "help", "this", "wallet", *words, "that", "end", "all"]))
        assert masked.found
        assert not leaks(words, masked.text)


def test_two_phrases_in_one_text() -> None:
    first, second = phrase("english", 12, 1), phrase("turkish", 18, 2)
    masked = mask(f"old: {' '.join(first)}\nyeni: {' '.join(second)}")
    assert masked.text == f"old: {MARK}\nyeni: {MARK}"


prose = st.text(max_size=60) | st.lists(
    st.sampled_from("pls my the USDT سلام 你好 şu 12 !".split())
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(seeds.LISTS),
    st.sampled_from(seeds.LENGTHS),
    st.integers(0, 10_000),
    prose,
    prose,
    st.sampled_from(" \n\t,;"),
)
def test_a_phrase_anywhere_in_prose_is_removed(
    name: str, length: int, seed: int, before: str, after: str, gap: str
) -> None:
    words = phrase(name, length, seed)
    masked = mask(f"{before} {gap.join(words)} {after}")
    assert "seed_phrase" in {finding.kind for finding in masked.found}
    plain = " ".join(masked.text.split(gap))
    assert not leaks(words, plain)
    assert mask(masked.text).found == ()


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_passes_and_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text
