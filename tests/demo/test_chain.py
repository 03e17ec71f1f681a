"""The demo's hashes and addresses."""

from __future__ import annotations

import pytest

from connectors.demo import chain
from tests.demo.chain_rules import is_bech32, is_tron, is_valid

WORDS = [f"words {number}" for number in range(200)]


@pytest.mark.parametrize(
    ("known", "valid"),
    [
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", True),  # the contract of USDT on TRON
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6s", False),
    ],
)
def test_the_rule_for_tron_knows_a_real_address(known: str, valid: bool) -> None:
    assert is_tron(known) is valid


@pytest.mark.parametrize(
    ("known", "valid"),
    [
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", True),  # BIP-173's own example
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", False),
    ],
)
def test_the_rule_for_bitcoin_knows_a_real_address(known: str, valid: bool) -> None:
    assert is_bech32(known) is valid


def test_everything_made_is_valid() -> None:
    for words in WORDS:
        assert is_valid("tron", chain.tron_address(words))
        assert is_valid("bech32", chain.bitcoin_address(words))
        assert is_valid("evm", chain.evm_address(words))
        assert is_valid("evm", chain.evm_transaction(words))
        assert is_valid("transaction", chain.transaction(words))


def test_the_same_words_give_the_same_and_others_give_another() -> None:
    assert chain.tron_address("a") == chain.tron_address("a")
    assert len({chain.transaction(words) for words in WORDS}) == len(WORDS)
