"""Fills the gaps of the stories: `{a|b}` is one of both, `{usdt}` an amount, `{TX_REZA}` a constant of the world.

Within one story a named gap is always filled with the same words: an amount stays the amount.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

from connectors.demo import chain
from connectors.demo.script import BadStory
from connectors.sandbox import world

_GAP = re.compile(r"\{([^{}]*)\}")
_PERSIAN_DIGITS: Final = str.maketrans("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫")
_TURKISH_POINTS: Final = str.maketrans(",.", ".,")
_WORDS: Final[dict[str, dict[str, str]]] = {
    "bank": {
        "en": "Revolut|Wise|Barclays|N26|Monzo",
        "zh": "招商银行|工商银行|建设银行|农业银行|支付宝|微信",
        "fa": "ملت|ملی|سامان|پاسارگاد|صادرات|تجارت",
        "tr": "Ziraat|Garanti|İş Bankası|Akbank|Yapı Kredi|Papara",
    },
    "device": {
        "en": "iPhone 13|Pixel 7|Galaxy S22|OnePlus 11",
        "zh": "华为 Mate 60|小米 14|iPhone 15|OPPO Find X7",
        "fa": "سامسونگ A54|آیفون ۱۳|شیائومی ردمی ۱۲|پوکو X5",
        "tr": "iPhone 14|Samsung A54|Redmi Note 12|Galaxy S23",
    },
    "coin": {"": "ETH|SOL|XRP|AVAX|LINK|DOT|NEAR"},
    "pair": {"": "ETH/USDT|SOL/USDT|BTC/USDT|XRP/USDT|KVR/USDT"},
}


class Filler:
    """Fills the gaps of one story in one language."""

    def __init__(self, seed: str, language: str) -> None:
        self._seed = seed
        self._language = language
        self._random = Random(seed)  # noqa: S311 - a story, no secret
        self._latin_digits = self._random.random() < 0.4
        self._known: dict[str, str] = {}

    def fill(self, text: str) -> str:
        """The text without gaps. Raises BadStory for a gap that nobody knows."""
        while _GAP.search(text):  # from the inside out: a choice may hold gaps
            text = _GAP.sub(lambda gap: self._gap(gap[1]), text)
        return text

    def _gap(self, name: str) -> str:
        if "|" in name:
            return self._random.choice(name.split("|"))
        if name.isupper():
            return str(getattr(world, name))
        if name not in self._known:
            self._known[name] = self._new(name)
        return self._known[name]

    def _new(self, name: str) -> str:
        kind = name.rstrip("0123456789")
        if kind in _CHAIN:
            return _CHAIN[kind](f"{self._seed} {name}")
        if kind in _WORDS:
            words = _WORDS[kind]
            return self._random.choice(words.get(self._language, words.get("", "")).split("|"))
        if kind in _NUMBERS:
            return self._written(_NUMBERS[kind](self._random), grouped=kind in _AMOUNTS)
        raise BadStory(f"Nobody knows what to put for {{{name}}}.")

    def _written(self, number: float, *, grouped: bool) -> str:
        """A number as people of this language type it."""
        text = f"{number:,}" if grouped else str(number)
        match self._language:
            case "fa" if not self._latin_digits:
                return text.translate(_PERSIAN_DIGITS)
            case "fa" | "zh":
                return text.replace(",", "")
            case "tr":
                return text.translate(_TURKISH_POINTS)
        return text


_CHAIN: Final[dict[str, Callable[[str], str]]] = {
    "tx": chain.transaction,
    "ethtx": chain.evm_transaction,
    "eth": chain.evm_address,
    "tron": chain.tron_address,
    "btc": chain.bitcoin_address,
}
_AMOUNTS: Final = ("usdt", "little", "fiat", "rial")
_NUMBERS: Final[dict[str, Callable[[Random], float]]] = {
    "usdt": lambda r: r.choice(
        (r.randint(12, 99) * 10, r.randint(6, 95) * 100, r.randint(61, 4999))
    ),
    "little": lambda r: r.randint(105, 4900) / 100,
    "fiat": lambda r: r.randint(18, 990) * 50,
    "rial": lambda r: r.randint(12, 480) * 100_000,
    "crypto": lambda r: r.randint(4, 950) / 1000,
    "uid": lambda r: r.randint(20_104_000, 61_990_000),
    "order": lambda r: r.randint(48_100_000, 48_299_999),
    "minutes": lambda r: r.choice((20, 25, 30, 35, 40, 45, 50)),
    "hours": lambda r: r.randint(2, 9),
    "days": lambda r: r.randint(2, 6),
    "blocks": lambda r: r.randint(20, 240),
    "digits": lambda r: r.randint(1000, 9999),
    "percent": lambda r: r.choice((5, 8, 12, 15, 20)),
}
