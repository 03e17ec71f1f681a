"""The one door: a masked text becomes a Reading."""

from __future__ import annotations

import time

import pytest

from readings import Reading, read
from readings.secrets import mask
from tests.readings.secret_makers import phrase


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "سلام ۵۰۰ تتر اشتباهي با trc20 به ادرس bep20 فرستادم",
            ("fa", "deposit", "wrong_network", "normal", "substance"),
        ),
        ("提币3小时了，U还没到", ("zh", "withdrawal", "withdrawal_pending", "normal", "substance")),
        ("hacked!! funds moving", ("en", "account", "account_compromised", "urgent", "substance")),
        ("satici onaylamiyor dekontu attim", ("tr", "trading", "p2p", "normal", "substance")),
        ("ممنون 🙏", ("fa", "other", "other", "normal", "thanks")),
        ("???", ("und", "other", "other", "normal", "nudge")),
    ],
)
def test_reading(text: str, expected: tuple[str, ...]) -> None:
    reading = read(text)
    assert (
        reading.language,
        reading.category,
        reading.topic,
        reading.priority,
        reading.kind,
    ) == expected


def test_the_prior_reaches_the_language() -> None:
    assert read("ok", prior="fa").language == "fa"


def test_a_mark_is_a_secret_exposed_and_no_english() -> None:
    masked = mask(" ".join(phrase("turkish", 12, 1)))
    reading = read(masked.text)
    assert (reading.language, reading.topic, reading.priority) == (
        "und",
        "secret_exposed",
        "urgent",
    )


def test_a_reading_never_changes() -> None:
    with pytest.raises(AttributeError):
        read("hi").language = "tr"
    assert isinstance(read("hi"), Reading)


def test_a_typical_message_takes_less_than_two_milliseconds() -> None:
    text = "Hi team, my withdrawal of 500 USDT by TRC20 is pending for 3 hours, can you please check it? Thanks"
    read(text)  # the tables load once
    assert min(cpu_seconds(text) for _ in range(30)) < 0.002


def cpu_seconds(text: str) -> float:
    start = time.process_time()
    read(text)
    return time.process_time() - start
