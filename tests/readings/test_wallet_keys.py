"""Private keys are removed; addresses, transaction hashes and signatures never are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.keys import BASE58
from readings.secrets import MARKS, mask
from tests.readings.secret_makers import (
    base58check,
    bitcoin_address,
    ether_address,
    hex64,
    tron_address,
    wif,
)

WIF, KEY = MARKS["wif_key"], MARKS["private_key"]
A, B = hex64(1), hex64(2)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "my key {} ok",
        "私钥{}请帮我",
        "کلید:{}",
        "cüzdanım {}.",
        "key={}&x=1",
        '{{"k":"{}"}}',
        "WIF{}abc",
        "\u200b{}",
    ],
)
def test_wif_keys(around: str, compressed: bool) -> None:
    for seed in range(10):
        assert mask(around.format(wif(seed, compressed=compressed))).text == around.format(WIF)


def test_wif_key_with_invisible_or_full_width_characters() -> None:
    key = wif(3)
    assert mask(f"a {key[:20]}\u200b{key[20:]} b").text == f"a {WIF} b"
    assert mask("".join(chr(ord(letter) + 0xFEE0) for letter in key)).text == WIF


def test_wif_with_a_wrong_checksum_or_version_stays() -> None:
    key = wif(4)
    for other in (
        key[:-1] + ("a" if key[-1] != "a" else "b"),
        base58check(b"\xb0" + bytes(range(32)) + b"\x01"),
        key[:-1],
    ):
        assert mask(other).text == other


CALLED_KEY = [
    "my private key is {}",
    "private key: {}",
    "Private Key\n{}",
    "PRIVATE_KEY={}",
    "privkey {}",
    '{{"privateKey":"{}"}}',
    "here is my private key for the second wallet, please check it {}",
    "{} is my private key",
    "{} <- private key of my wallet",
    "I can not log in any more, take my private key: {} and look",
    "secret key {}",
    "我的私钥是{}",
    "私鑰：{}",
    "密钥 {}",
    "{} 这是我的私钥",
    "钱包私钥发给你 {} 帮我看看",
    "کلید خصوصی من: {}",
    "كليد خصوصي {}",
    "کلید‌خصوصی من اینه {}",
    "{} این کلید خصوصی منه",
    "پرایوت کی {}",
    "kelid khosusi man {}",
    "özel anahtarım: {}",
    "OZEL ANAHTAR {}",
    "gizli anahtarim su {}",
    "cüzdan anahtarım {}",
    "{} bu benim özel anahtarım",
    "private keyim {}",
    "pk: {}",
    "https://example.com/?private_key={}&a=1",
    "https://example.com/?text=my%20private%20key%20{}",
]


@pytest.mark.parametrize("prefix", ["", "0x"])
@pytest.mark.parametrize("around", CALLED_KEY)
def test_hex_digits_called_a_private_key(around: str, prefix: str) -> None:
    masked = mask(around.format(prefix + A))
    assert [finding.kind for finding in masked.found] == ["private_key"]
    assert masked.text == around.format(KEY)


def test_upper_case_and_split_by_invisible_characters() -> None:
    assert mask(f"private key {A.upper()}").text == f"private key {KEY}"
    assert mask(f"private key {A[:9]}\u200b{A[9:]}").text == f"private key {KEY}"


def test_several_keys_behind_one_word() -> None:
    assert mask(f"private keys: {A}, {B}").text == f"private keys: {KEY}, {KEY}"


NOT_A_KEY = [
    "{}",
    "0x{}",
    "txid {}",
    "TxID: {} still pending",
    "hash: {}",
    "my deposit {} did not arrive",
    "哈希 {} 还没到账",
    "提币 {}",
    "充值没到 {}",
    "هش تراکنش {}",
    "واریز کردم نیومده {}",
    "işlem no {}",
    "islem {} hala bekliyor",
    "signature {}",
    "https://mempool.space/tx/{}",
    "https://tronscan.org/#/transaction/{}",
    "I never shared my private key! {}",
    "nobody has my private key, the transaction is {}",
    "Someone stole my private key. They moved everything, look: {}",
    "support asked for my private key, I did not give it. txid {}",
    "hacked through my private key https://tronscan.org/#/transaction/{}",
    "私钥没有给过任何人，交易 {}",
    "有人问我要私钥，我没给。哈希：{}",
    "کلید خصوصی رو به کسی ندادم، هش: {}",
    "özel anahtarımı kimseye vermedim, işlem: {}",
    "tx {} is mine, do you need my private key?",
    "{} tx hash, my private key is safe",
    "public key {}",
    "key {}",
    "anahtar {}",
    "private {}",
]


@pytest.mark.parametrize("around", NOT_A_KEY)
def test_transactions_and_signatures_stay(around: str) -> None:
    text = around.format(A)
    assert mask(text).text == text


def test_only_the_key_of_two_values_is_removed() -> None:
    assert mask(f"tx: {A}\nprivate key: {B}").text == f"tx: {A}\nprivate key: {KEY}"
    assert mask(f"private key: {A} txid: {B}").text == f"private key: {KEY} txid: {B}"
    assert (
        mask(f"private key: {A}\nand this payment {B}").text
        == f"private key: {KEY}\nand this payment {B}"
    )


def test_the_word_in_a_mark_calls_nothing_a_key() -> None:
    text = f"{KEY} then I saw {A}"
    assert mask(text).text == text


@pytest.mark.parametrize("length", [40, 63, 65, 66, 96, 128])
def test_other_lengths_stay(length: int) -> None:
    text = "private key: " + (A + B + A)[:length]
    assert mask(text).text == text


def test_addresses_stay_even_beside_key_words() -> None:
    for seed in range(30):
        for address in (
            bitcoin_address(seed),
            tron_address(seed),
            ether_address(seed),
            "bc1q" + A[:38],
        ):
            text = f"private key lost, my wallet key, address {address}"
            assert mask(text).text == text


def test_solana_signatures_stay() -> None:
    chooser = random.Random(5)
    for _ in range(50):
        text = "".join(chooser.choices(BASE58, k=88))
        assert mask(text).text == text


@settings(max_examples=200, deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.sampled_from(["{}", "0x{}", "sent {}", "提币{}没到", "{} نیومده", "para gelmedi {}"]),
)
def test_bare_transaction_ids_are_untouched(data: bytes, around: str) -> None:
    text = around.format(data.hex())
    assert mask(text).text == text
