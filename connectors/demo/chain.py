"""Hashes and addresses that are valid in form and belong to nobody: made from hashes of plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_MAINNET: Final = "bc"


def transaction(words: str) -> str:
    """A transaction id as TRON and Bitcoin write it: 64 hex digits."""
    return _digest(f"transaction {words}").hex()


def evm_transaction(words: str) -> str:
    """A transaction hash as Ethereum and BNB Smart Chain write it."""
    return "0x" + transaction(f"evm {words}")


def evm_address(words: str) -> str:
    """An address of Ethereum or BNB Smart Chain, in lower case: without EIP-55's checksum, as many wallets show it."""
    return "0x" + _digest(f"evm {words}")[:20].hex()


def tron_address(words: str) -> str:
    """A TRON address: base58 of 0x41, 20 bytes, and four bytes of double SHA-256."""
    body = b"\x41" + _digest(f"tron {words}")[:20]
    checksum = hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4]
    return _base58(body + checksum)


def bitcoin_address(words: str) -> str:
    """A pay-to-witness-public-key-hash address (BIP-173, version 0)."""
    data = [0, *_groups_of_five(_digest(f"bitcoin {words}")[:20])]
    return f"{_MAINNET}1" + "".join(_BECH32[value] for value in data + _bech32_checksum(data))


def _digest(words: str) -> bytes:
    return hashlib.sha256(f"kavira demo: {words}".encode()).digest()


def _base58(content: bytes) -> str:
    number, text = int.from_bytes(content, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return text


def _groups_of_five(content: bytes) -> list[int]:
    bits = int.from_bytes(content, "big")
    return [bits >> shift & 31 for shift in range(len(content) * 8 - 5, -1, -5)]


def _bech32_checksum(data: list[int]) -> list[int]:
    prefix = [ord(char) >> 5 for char in _MAINNET] + [0] + [ord(char) & 31 for char in _MAINNET]
    checksum = _polymod([*prefix, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    return [checksum >> 5 * (5 - place) & 31 for place in range(6)]


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            checksum ^= generator if top >> place & 1 else 0
    return checksum
