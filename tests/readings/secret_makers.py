"""Makers of secrets that never belonged to anybody: deterministic, and spent here only."""

from __future__ import annotations

import hashlib
import random

from readings import keys, seeds


def phrase(name: str, length: int, seed: int) -> list[str]:
    """A valid BIP-39 phrase of `length` words of the list `name`."""
    entropy = random.Random(f"{name}-{length}-{seed}").randbytes(length * 4 // 3)
    bits = length // 3
    value = int.from_bytes(entropy, "big") << bits | hashlib.sha256(entropy).digest()[0] >> (
        8 - bits
    )
    words = seeds.word_list(name)
    return [words[value >> 11 * (length - 1 - place) & 2047] for place in range(length)]


def broken_phrase(length: int, seed: int) -> list[str]:
    """Words of the English list in a row of which no part of 12 words or more has a valid checksum."""
    chooser = random.Random(seed)
    while True:
        words = chooser.choices(seeds.word_list("english"), k=length)
        if not seeds.find(" ".join(words)):
            return words


def base58check(payload: bytes) -> str:
    """The payload with its checksum, in base58."""
    data = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = keys.BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def wif(seed: int, *, compressed: bool = True) -> str:
    """A Bitcoin key in wallet import format."""
    secret = random.Random(f"wif-{seed}").randbytes(32)
    return base58check(b"\x80" + secret + (b"\x01" if compressed else b""))


def hex64(seed: int) -> str:
    """64 hex digits: a transaction hash or a private key, nobody can tell by the look."""
    return random.Random(f"hex-{seed}").randbytes(32).hex()


def bitcoin_address(seed: int) -> str:
    return base58check(b"\x00" + random.Random(f"btc-{seed}").randbytes(20))


def tron_address(seed: int) -> str:
    return base58check(b"\x41" + random.Random(f"tron-{seed}").randbytes(20))


def ether_address(seed: int) -> str:
    return "0x" + random.Random(f"eth-{seed}").randbytes(20).hex()
