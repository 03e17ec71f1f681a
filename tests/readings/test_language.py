"""The language guess, by tables: (expected, text)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readings.language import OURS, guess
from readings.secrets import MARKS
from tests.readings.secret_makers import bitcoin_address, ether_address, hex64, tron_address

ENGLISH = [
    "where is my money",
    "Withdrawal stuck!!",
    "hacked!! funds moving",
    "can't login, 2FA lost",
    "any update?",
    "My deposit of 500 USDT on TRC20 hasn't arrived, TxID abc123",
    "I verified my identity twice and it is rejected",
    "The price of BTC is dropping hard today",
    "hi",
    "gm",
    "bro pls help",
    "Thanks a lot!!",
    "see https://tronscan.org/#/transaction/abc it never arrived",
]
CHINESE = [
    "提币3小时了，U还没到",
    "我的KYC被拒了",
    "请问withdraw一直pending怎么办",
    "請問提現什麼時候到帳",
    "在吗",
    "被盗",
    "好的谢谢",
    "USDT没到https://tronscan.org/#/transaction/abc请看一下",
    "の 提现没到",
]
PERSIAN = [
    "سلام",
    "ممنون 🙏",
    "هک شدم",
    "برداشتم هنوز نیومده",
    "برداشتم نيومده لطفا پيگيري كنيد",
    "۵۰۰ تتر اشتباهي فرستادم به شبكه bep20",
    "می‌خوام برداشت کنم نمیشه",
    "چرا withdraw من pending هست",
    "کد تایید نمیاد",
    "تتر رو چند میخری",
    "salam, pool nayumade",
    "salam khaste nabashid hesabam block shode chera",
    "sabr kon dige, miad",
    "kojast poolam",
    "dadash komak kon",
]
TURKISH = [
    "param gelmedi",
    "PARAM GELMEDİ",
    "hesabım çalındı",
    "merhaba hocam dun aksam usdt gonderdim hala gecmedi",
    "dekontu attim onaylamiyor satici",
    "kyc onaylanmadi neden",
    "ne zaman gelir",
    "iyi günler kolay gelsin",
    "2fa sıfırlama",
    "kanka bu coin ucar mi",
    "slm",
    "tmm",
]
CERTAIN = [
    ("ar", "السلام عليكم اريد سحب اموالي من المحفظة"),
    ("ar", "شكرا"),
    ("ar", "متى يصل المبلغ الى حسابي"),
    ("ru", "здравствуйте, где мои деньги"),
    ("ja", "出金がまだ届いていません"),
    ("ko", "출금이 아직 안 됐어요"),
]
NOT_OURS = [
    "hola, mi retiro no ha llegado todavía",
    "hola no llega mi dinero ayuda por favor",
    "oi, meu saque ainda não chegou",
    "bonjour mon retrait n'est pas arrivé",
    "hallo, meine auszahlung ist noch nicht da",
    "min saya belum terima deposit tolong dibantu",
    "tôi chưa nhận được tiền",
    "nem érkezett meg a pénzem, segítsetek kérem",
    "pieniądze jeszcze nie przyszły",
    "assalomu alaykum pulim hali tushmadi",
    "salam pulum hələ gəlməyib",
    "میری رقم ابھی تک نہیں آئی ہے",
    "پارەکەم هێشتا نەهاتووە",
    "де мої гроші, допоможіть",
    "asante sana pesa yangu bado",
    "เงินของฉันยังไม่มา",
    "τα χρήματά μου δεν έχουν έρθει",
    "मेरा पैसा नहीं आया",
    "הכסף שלי לא הגיע",
]
NOTHING = [
    "",
    "👍👍",
    "?!...",
    "https://t.me/some_channel",
    "@someone @other_one",
    "someone@example.com",
    "500 1,000.50 ۵۰۰",
    "/start",
    "#1042",
    "USDT TRC20 pending",
    "KYC withdraw deposit",
    bitcoin_address(1),
    tron_address(1),
    ether_address(1),
    hex64(1),
    MARKS["seed_phrase"],
]


@pytest.mark.parametrize(
    ("expected", "text"),
    [("en", text) for text in ENGLISH]
    + [("zh", text) for text in CHINESE]
    + [("fa", text) for text in PERSIAN]
    + [("tr", text) for text in TURKISH]
    + CERTAIN
    + [("und", text) for text in NOTHING],
)
def test_language(expected: str, text: str) -> None:
    assert guess(text) == expected


@pytest.mark.parametrize("text", NOT_OURS)
def test_other_languages_are_not_taken_for_ours(text: str) -> None:
    assert guess(text) not in OURS


@pytest.mark.parametrize(
    ("expected", "text", "prior"),
    [
        ("fa", "ok", "fa"),
        ("zh", "gm", "zh"),
        ("zh", "USDT pending", "zh-hans"),
        ("tr", "thank you", "tr"),
        ("fa", "👍", "fa"),
        ("fa", hex64(2), "fa"),
        ("fa", "merci", "fa"),
        ("tr", "salam", "tr"),
        # Clear words speak for themselves.
        ("tr", "teşekkürler", "en"),
        ("tr", "selam", "en"),
        ("zh", "在吗", "en"),
        ("fa", "ممنون", "tr"),
        ("en", "my money has not arrived", "fa"),
        ("tr", "param hala hesabima gecmedi", "en"),
    ],
)
def test_the_prior_decides_what_the_words_do_not(expected: str, text: str, prior: str) -> None:
    assert guess(text, prior=prior) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["", "fa", "zh-hans"]))
def test_any_text_has_an_answer(text: str, prior: str) -> None:
    assert guess(text, prior=prior)


def test_it_reads_two_thousand_short_texts_a_second() -> None:
    texts = (ENGLISH + CHINESE + PERSIAN + TURKISH) * 10
    start = time.process_time()
    for text in texts:
        guess(text)
    assert time.process_time() - start < len(texts) / 2000
