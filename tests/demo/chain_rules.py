"""What makes a hash or an address valid, written from the standards and apart from what makes ours."""

from __future__ import annotations

import hashlib
import re

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_LOOKS_LIKE = {
    "tron": re.compile(r"\bT[0-9A-Za-z]{33}\b"),
    "bech32": re.compile(r"\bbc1[0-9a-z]{20,80}\b"),
    "evm": re.compile(r"\b0x[0-9A-Za-z]{20,}\b"),
    "transaction": re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{60,70}(?![0-9A-Za-z])"),
}


def found_in(text: str) -> dict[str, list[str]]:
    """Everything that looks like chain data, by kind."""
    return {kind: pattern.findall(text) for kind, pattern in _LOOKS_LIKE.items()}


def is_valid(kind: str, text: str) -> bool:
    match kind:
        case "tron":
            return is_tron(text)
        case "bech32":
            return is_bech32(text)
        case "evm":
            return re.fullmatch(r"0x([0-9a-f]{40}|[0-9a-f]{64})", text) is not None
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def is_tron(text: str) -> bool:
    """Base58check over 21 bytes that begin with 0x41."""
    number = 0
    for char in text:
        if char not in _LETTERS:
            return False
        number = number * 58 + _LETTERS.index(char)
    if number >= 1 << 200:
        return False
    content = number.to_bytes(25, "big")
    again = hashlib.sha256(hashlib.sha256(content[:21]).digest()).digest()
    return content[0] == 0x41 and content[21:] == again[:4]


def is_bech32(text: str) -> bool:
    """BIP-173: the polynomial of prefix and data is 1; version 0 with a program of 20 bytes has 42 characters."""
    prefix, _, data = text.rpartition("1")
    if set(data) - set(_CHARSET):
        return False
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    values += [_CHARSET.index(c) for c in data]
    rest = 1
    for value in values:
        top, rest = rest >> 25, ((rest & 0x1FFFFFF) << 5) ^ value
        for bit, generator in enumerate(
            (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
        ):
            rest ^= generator * (top >> bit & 1)
    return rest == 1 and data[0] == "q" and len(text) == 42
