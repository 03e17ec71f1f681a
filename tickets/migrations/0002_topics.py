"""The topics that every desk starts with, and ticket numbers that start at 1000."""

from django.db import migrations

# slug, category, priority floor, then the name in English, Chinese, Persian and Turkish.
TOPICS = [
    (
        "account_compromised",
        "account",
        "urgent",
        "Account taken over",
        "账户被盗",
        "سرقت حساب",
        "Hesap ele geçirildi",
    ),
    (
        "unauthorised_withdrawal",
        "withdrawal",
        "urgent",
        "Withdrawal not by me",
        "非本人提币",
        "برداشت بدون اجازه",
        "Yetkisiz çekim",
    ),
    (
        "secret_exposed",
        "account",
        "urgent",
        "Secret exposed",
        "私钥或助记词泄露",
        "افشای کلمات بازیابی",
        "Gizli anahtar ifşası",
    ),
    (
        "scam_victim",
        "other",
        "urgent",
        "Victim of a scam",
        "被骗",
        "قربانی کلاهبرداری",
        "Dolandırılma",
    ),
    (
        "deposit_not_arrived",
        "deposit",
        "",
        "Deposit not arrived",
        "充值未到账",
        "واریز نرسیده",
        "Yatırma ulaşmadı",
    ),
    ("missing_memo", "deposit", "", "Missing memo", "缺少 Memo", "ممو جا افتاده", "Memo eksik"),
    ("wrong_network", "deposit", "high", "Wrong network", "转错网络", "شبکهٔ اشتباه", "Yanlış ağ"),
    (
        "withdrawal_pending",
        "withdrawal",
        "",
        "Withdrawal pending",
        "提币处理中",
        "برداشت معلق",
        "Çekim beklemede",
    ),
    (
        "stuck_transaction",
        "withdrawal",
        "",
        "Stuck transaction",
        "交易卡住",
        "تراکنش گیرکرده",
        "Takılan işlem",
    ),
    ("kyc", "account", "", "Identity check (KYC)", "身份认证", "احراز هویت", "Kimlik doğrulama"),
    (
        "login_2fa",
        "account",
        "",
        "Sign-in and 2FA",
        "登录与两步验证",
        "ورود و رمز دوعاملی",
        "Giriş ve 2FA",
    ),
    ("registration", "account", "", "Registration", "注册", "ثبت‌نام", "Kayıt"),
    ("p2p", "trading", "", "P2P trade", "P2P 交易", "معاملهٔ همتابه‌همتا", "P2P işlem"),
    ("trading_order", "trading", "", "Orders", "订单", "سفارش معامله", "Emirler"),
    ("fees", "trading", "", "Fees", "手续费", "کارمزد", "Ücretler"),
    ("campaign", "other", "", "Campaigns", "活动", "کمپین‌ها", "Kampanyalar"),
]


def add_topics(apps, schema_editor):
    Topic = apps.get_model("tickets", "Topic")
    for position, (slug, category, floor, *names) in enumerate(TOPICS):
        Topic.objects.create(
            slug=slug,
            category=category,
            priority_floor=floor,
            names=dict(zip(("en", "zh", "fa", "tr"), names, strict=True)),
            position=position,
        )


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [
        migrations.RunPython(add_topics, migrations.RunPython.noop),
        migrations.RunSQL(
            "ALTER TABLE tickets_ticket ALTER COLUMN number RESTART WITH 1000",
            migrations.RunSQL.noop,
        ),
    ]
