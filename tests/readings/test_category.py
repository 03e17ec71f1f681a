"""Topic, category and priority, by a table of what people write."""

from __future__ import annotations

import time

import pytest

from readings.category import guess, slugs
from readings.secrets import MARKS

DANGEROUS = {
    "account_compromised": [
        "hacked!! funds moving",
        "my account got hacked please help",
        "someone logged in to my account from another country",
        "هک شدم",
        "اکانتم هک شده کمک کنید",
        "hack shodam",
        "被盗",
        "我的账号被盗了",
        "有人登录了我的账号",
        "hesabım çalındı",
        "hesabim calindi acil",
        "hacklendim yardim edin",
    ],
    "unauthorised_withdrawal": [
        "someone withdrew all my usdt",
        "there is a withdrawal I didn't make",
        "they are draining my wallet, all my funds are being moved",
        "我的U被转走了",
        "这笔提现不是我操作的",
        "پولم رو دزدیدن",
        "یه برداشت زده شده که کار من نیست",
        "bilgim dışında çekim yapılmış",
        "hesabımdan para gitmiş, ben yapmadım",
    ],
    "secret_exposed": [
        MARKS["seed_phrase"],
        f"is this ok? {MARKS['private_key']}",
        "i gave my seed phrase to support",
        "我把助记词发给客服了",
        "کلمات بازیابی رو بهش دادم",
        "kurtarma kelimelerimi verdim",
    ],
    "scam_victim": [
        "i got scammed by a fake admin",
        "Sent 900 usdt to a scammer",
        "我被骗了",
        "遇到假客服骗走我500U",
        "ازم کلاهبرداری کردن",
        "dolandırıldım",
        "dolandirildim abi",
    ],
}
ORDINARY = {
    ("kyc", "account"): [
        "my KYC was rejected twice",
        "我的实名认证没通过",
        "احراز هویتم رد شد",
        "kimlik dogrulama reddedildi",
    ],
    ("login_2fa", "account"): [
        "can't login, lost my 2fa",
        "I forgot my password",
        "验证码收不到",
        "账号被冻结了",
        "کد تایید نمیاد",
        "hesabam block shode",
        "giriş yapamıyorum, sms gelmiyor",
    ],
    ("p2p", "trading"): [
        "p2p seller not releasing my coins",
        "卖家不放币",
        "فروشنده تتر رو آزاد نمیکنه",
        "satici onaylamiyor dekont attim",
    ],
    ("fees", "withdrawal"): [
        "why is the withdrawal fee so high",
        "提现手续费多少",
        "کارمزد برداشت چقدره",
        "çekim ücreti ne kadar",
    ],
    ("fees", "trading"): ["手续费多少", "komisyon ne kadar", "what are the fees"],
    ("missing_memo", "deposit"): [
        "I forgot the memo for my XRP deposit",
        "充值忘填memo了",
        "ممو رو یادم رفت بزنم",
        "memo yazmayı unuttum",
    ],
    ("wrong_network", "deposit"): [
        "I sent USDT by TRC20 to a BEP20 address",
        "wrong network deposit",
        "充值选错链了",
        "سلام ۵۰۰ تتر اشتباهي با trc20 به ادرس bep20 فرستادم",
        "yanlış ağ seçtim usdt gitti",
    ],
    ("wrong_network", "withdrawal"): ["wrong network when withdrawing usdt"],
    ("stuck_transaction", "withdrawal"): [
        "transaction stuck unconfirmed for 5 hours",
        "تراکنشم تایید نمیشه",
        "işlem ağda takıldı",
        "链上交易卡住了",
    ],
    ("deposit_not_arrived", "deposit"): [
        "My deposit of 500 USDT hasn't arrived",
        "充值一个小时没到账",
        "واریزم هنوز نیومده",
        "salam, pool nayumade",
        "usdt yatirdim hesabima gecmedi",
    ],
    ("withdrawal_pending", "withdrawal"): [
        "withdrawal pending for 3 hours",
        "can't withdraw",
        "提币3小时了，U还没到",
        "برداشتم نیومده ۵ ساعته",
        "bardasht kardam hanooz nayumade",
        "çekim işlemim 3 saattir bekliyor",
    ],
    ("trading_order", "trading"): [
        "my limit order is not filled",
        "我被爆仓了",
        "پوزیشنم لیکویید شد",
        "likit oldum neden",
    ],
    ("registration", "account"): [
        "how to register",
        "怎么注册",
        "ثبت نام چطوریه",
        "kayıt olamıyorum",
    ],
    ("campaign", "other"): [
        "when is the airdrop reward",
        "活动奖励什么时候发",
        "جایزه کمپین کی میاد",
        "kampanya ödülü ne zaman",
    ],
    ("other", "withdrawal"): ["withdraw", "برداشت", "提现"],
    ("other", "other"): ["hello", "good morning everyone", "", "👍", "where is the office"],
}
NOT_DANGEROUS = [
    "be careful guys, many scammers here",
    "小心骗子",
    "dikkat edin dolandırıcı var",
    "مراقب باشید اسکم زیاد شده",
    "I was not hacked, just forgot my password",
    "is this a scam?",
    "my withdrawal is pending",
    "the market is moving down",
]


@pytest.mark.parametrize(
    ("topic", "text"), [(topic, text) for topic, texts in DANGEROUS.items() for text in texts]
)
def test_danger_is_found_and_urgent(topic: str, text: str) -> None:
    reading = guess(text)
    assert (reading.topic, reading.priority) == (topic, "urgent")


@pytest.mark.parametrize(
    ("topic", "category", "text"),
    [(*names, text) for names, texts in ORDINARY.items() for text in texts],
)
def test_ordinary_topics(topic: str, category: str, text: str) -> None:
    reading = guess(text)
    assert (reading.topic, reading.category) == (topic, category)
    assert reading.priority != "urgent"


@pytest.mark.parametrize("text", NOT_DANGEROUS)
def test_warnings_and_denials_are_not_urgent(text: str) -> None:
    assert guess(text).priority != "urgent"


@pytest.mark.parametrize(
    "text",
    ["withdrawal pending, urgent!!", "提币没到，急", "برداشتم نیومده فوری", "çekim gelmedi acil"],
)
def test_haste_lifts_the_priority(text: str) -> None:
    assert guess(text).priority == "high"


def test_the_guess_shows_its_evidence() -> None:
    assert "hacked" in guess("Hello, I was HACKED").evidence
    assert guess("hello").evidence == ()


def test_every_topic_is_known() -> None:
    named = {topic for topic, _ in ORDINARY} | set(DANGEROUS)
    assert named == {*slugs(), "other"}


def test_long_hostile_texts_take_linear_time() -> None:
    for word in ("withdraw ", "usdt ", "提币", "a", "برداشت "):
        start = time.process_time()
        guess(word * 5000)
        assert time.process_time() - start < 1
