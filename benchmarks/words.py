"""What people write to the desk: subject, request, our answer, their thanks, by language."""

from __future__ import annotations

REQUESTS = (
    (
        "en",
        "Withdrawal pending since yesterday",
        "Hello, my withdrawal of 250 USDT has been pending since yesterday evening. Transaction id 0x51c3f0aa. Why?",
        "The network was congested, and your withdrawal has been sent again. It should arrive within the hour.",
        "It is there now, thank you!",
    ),
    (
        "en",
        "Cannot log in after changing my phone",
        "I have a new phone and the codes of my authenticator are gone. How do I get into my account again?",
        "Please open the link in the app under Help, then Lost device. The check takes one working day.",
        "Done, I am waiting for the mail.",
    ),
    (
        "zh",
        "充值没有到账",
        "你好，我昨天充值了 500 USDT，链上已经确认了三十多次，但是账户里一直没有到账，麻烦查一下。",
        "您好，我们已经为您补录该笔充值，请刷新页面查看余额。",
        "看到了，谢谢！",
    ),
    (
        "tr",
        "Para yatırma işlemim görünmüyor",
        "Merhaba, bu sabah 12.500 TL yatırdım ama hesabımda hâlâ görünmüyor. Dekont elimde, ne yapmalıyım?",
        "Merhaba, ödemeniz bankadan yeni geldi ve hesabınıza işlendi. Kontrol eder misiniz?",
        "Evet, şimdi görünüyor. Teşekkürler.",
    ),
    (
        "fa",
        "برداشت من انجام نشده است",
        "سلام، از دیروز درخواست برداشت دادم ولی هنوز به کیف پولم نرسیده است. لطفاً بررسی کنید.",
        "سلام، برداشت شما دوباره ارسال شد و تا یک ساعت دیگر می‌رسد.",
        "ممنون، رسید.",
    ),
)
"""Language, subject, request, answer, thanks."""
ACKNOWLEDGED = "We have your message. Someone will answer within an hour."
