"""Subjects, and what a message does to the clock."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from readings import subject
from readings.secrets import MARKS
from readings.substance import kind

THANKS = [
    "thanks",
    "Thank you so much!",
    "thx bro 🙏",
    "okkk",
    "OK 👍",
    "👍",
    "😂",
    "got it!",
    "solved, thanks",
    "it works now thank you",
    "ممنون 🙏",
    "خیلی ممنون از پیگیریتون",
    "مرسی داداش",
    "باشه",
    "دستتون درد نکنه",
    "mersi",
    "谢谢",
    "好的谢谢",
    "收到，谢谢",
    "解决了，谢谢客服",
    "嗯嗯",
    "teşekkürler",
    "tesekkur ederim hocam",
    "sağ olun",
    "tamam",
    "çok teşekkür ederim ilginiz için",
]
NUDGES = [
    "???",
    "؟",
    "...",
    "hello?",
    "any update?",
    "still waiting",
    "anyone there??",
    "ok?",
    "@support ???",
    "sir please",
    "😡",
    "😭😭",
    "在吗",
    "有人吗？",
    "还没好吗",
    "کسی هست؟",
    "چی شد؟",
    "chi shod?",
    "ses verin",
    "haber var mı?",
    "bekliyorum",
]
SUBSTANCE = [
    "",
    "  ",
    "hi",
    "سلام",
    "你好",
    "merhaba",
    "yes",
    "no",
    "help",
    "thanks but it still has not arrived",
    "ok 0x123abc",
    "500",
    "UID 12345",
    "https://example.com",
    "ممنون ولی هنوز نیومده",
    "谢谢，但是还没到账",
    "teşekkürler ama param gelmedi",
    "not solved",
    "still not received",
    "هک شدم",
    "被盗",
    MARKS["seed_phrase"],
    "thanks " * 60,
]


@pytest.mark.parametrize("text", THANKS)
def test_thanks(text: str) -> None:
    assert kind(text) == "thanks"


@pytest.mark.parametrize("text", NUDGES)
def test_nudges(text: str) -> None:
    assert kind(text) == "nudge"


@pytest.mark.parametrize("text", SUBSTANCE)
def test_substance(text: str) -> None:
    assert kind(text) == "substance"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi team, my withdrawal is pending", "my withdrawal is pending"),
        ("Hello! How are you? I can't login", "I can't login"),
        ("hiding my balance", "hiding my balance"),
        ("سلام خسته نباشید برداشتم نیومده", "برداشتم نیومده"),
        ("سلام‌ و عرض ادب، حسابم بسته شده", "حسابم بسته شده"),
        ("salam dadash khaste nabashid poolam nayumade", "poolam nayumade"),
        ("你好，请问提币没到怎么办", "提币没到怎么办"),
        ("大家好，我的u没到", "我的u没到"),
        ("Merhaba hocam iyi günler param gelmedi", "param gelmedi"),
        ("selam slm", "selam slm"),
        ("@helpdesk_bot hi!! 🙏 where is my money", "where is my money"),
        ("/ticket@helpdesk_bot my deposit", "my deposit"),
        ("@Exchange_Suport wrote me", "wrote me"),
        ("https://t.me/abc what is this", "what is this"),
        ("see https://tronscan.org/#/transaction/abc it did not arrive", "see it did not arrive"),
        ("hi\nhello\nmy account\n\nis locked", "my account is locked"),
        ("500 USDT lost", "500 USDT lost"),
        ("$500 lost", "$500 lost"),
        ("\u202emy text\u202c bad\u200b\u2066 next", "my text bad next"),
        ("می‌خواهم برداشت کنم", "می‌خواهم برداشت کنم"),
        # Nothing but small talk: better than nothing.
        ("hi", "hi"),
        ("/start", "/start"),
        ("https://t.me/abc", "https://t.me/abc"),
        ("👍", "👍"),
        ("", ""),
        (" \n\u200b ", ""),
    ],
)
def test_subject(text: str, expected: str) -> None:
    assert subject(text) == expected


def test_a_long_subject_ends_between_words() -> None:
    cut = subject(
        "my withdrawal of five hundred dollars is pending since yesterday evening and nobody answers me"
    )
    assert cut == "my withdrawal of five hundred dollars is pending since yesterday evening and…"
    assert subject("很" * 200) == "很" * 79 + "…"
    assert subject("word " * 9, limit=12) == "word word…"


def test_a_grapheme_is_never_cut() -> None:
    family = "👨‍👩‍👧"
    cut = subject("a" + family * 40, limit=20)
    assert cut == "a" + family * 3 + "…"


def test_piled_marks_are_thinned() -> None:
    assert len(subject("z" + "\u0301" * 5000 + " hello")) < 20


@settings(max_examples=300, deadline=None)
@given(st.text(), st.integers(5, 120))
def test_any_subject_is_short_single_line_and_visible(text: str, limit: int) -> None:
    line = subject(text, limit)
    assert len(line) <= limit
    assert not regex.search(
        r"[\p{Cc}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", line
    )
    assert line == line.strip()
    kind(text)
