"""What the desk says by itself, in the four languages. Never a fact about a case where others can read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from tickets.models import Status, Ticket

Texts = dict[str, str]

ACKNOWLEDGED: Final[Texts] = {
    "en": "We have your message: ticket #{number}. Someone will answer within {time}.\n\n{care}",
    "zh": "您的消息已收到，工单号 #{number}。我们会在 {time}内回复您。\n\n{care}",
    "fa": "پیام شما رسید؛ شمارهٔ تیکت: \u2068#{number}\u2069. حداکثر تا {time} دیگر پاسخ می‌دهیم.\n\n{care}",
    "tr": "Mesajınız bize ulaştı: #{number} numaralı talep. En geç {time} içinde yanıt vereceğiz.\n\n{care}",
}
CARE: Final[Texts] = {
    "en": "We never write first, and we never ask for a seed phrase, a password or a code.",
    "zh": "我们绝不会主动私聊您，也绝不会索要助记词、密码或验证码。",
    "fa": "ما هرگز اول به شما پیام نمی‌دهیم و هرگز کلمات بازیابی، رمز عبور یا کد تأیید نمی‌خواهیم.",
    "tr": "Size asla ilk biz yazmayız; kurtarma kelimelerinizi, şifrenizi veya doğrulama kodunuzu asla istemeyiz.",
}
GO_PRIVATE: Final[Texts] = {
    "en": "Let's go on in private.",
    "zh": "我们转到私聊继续吧。",
    "fa": "لطفاً در گفت‌وگوی خصوصی ادامه دهیم.",
    "tr": "Özelden devam edelim.",
}
OPEN_CHAT: Final[Texts] = {
    "en": "Open the private chat",
    "zh": "打开私聊",
    "fa": "باز کردن گفت‌وگوی خصوصی",
    "tr": "Özel sohbeti aç",
}
CAME_PRIVATE: Final[Texts] = {
    "en": "Here we can talk about ticket #{number} in private. Add anything we should know.\n\n{care}",
    "zh": "我们可以在这里私下沟通工单 #{number}。如有需要补充的信息，请直接发送。\n\n{care}",
    "fa": "این‌جا می‌توانیم دربارهٔ تیکت \u2068#{number}\u2069 خصوصی حرف بزنیم. اگر نکتهٔ دیگری هست بنویسید.\n\n{care}",
    "tr": "#{number} numaralı talebinizi burada özel olarak konuşabiliriz. Eklemek istediklerinizi yazın.\n\n{care}",
}
CAME_FROM_WEB: Final[Texts] = {
    "en": (
        "From the web page you go on here with ticket #{number}. Was it not you who asked for this? "
        "Then write that here, and say nothing else about your account.\n\n{care}"
    ),
    "zh": (
        "您从网页转到这里继续处理工单 #{number}。如果不是您本人要求的，请在此告诉我们，"
        "不要透露其他账户信息。\n\n{care}"
    ),
    "fa": (
        "از صفحهٔ وب این‌جا با تیکت \u2068#{number}\u2069 ادامه می‌دهید. اگر شما نخواسته بودید، همین را بنویسید "
        "و چیز دیگری دربارهٔ حساب خود نگویید.\n\n{care}"
    ),
    "tr": (
        "Web sayfasından #{number} numaralı talebinizle burada devam ediyorsunuz. Bunu siz istemediyseniz "
        "buraya yazın ve hesabınızla ilgili başka bir şey söylemeyin.\n\n{care}"
    ),
}
GREETING: Final[Texts] = {
    "en": "Hello! Write in your own words what happened and we open a ticket. /status shows your tickets.\n\n{care}",
    "zh": "您好！请直接描述遇到的问题，我们会为您创建工单。发送 /status 可查看您的工单。\n\n{care}",
    "fa": "سلام! بنویسید چه شده است تا تیکت باز کنیم. با \u2068/status\u2069 تیکت‌های خود را می‌بینید.\n\n{care}",
    "tr": "Merhaba! Ne olduğunu kendi sözlerinizle yazın, talep açalım. /status taleplerinizi gösterir.\n\n{care}",
}
SECRET_WARNING: Final[Texts] = {
    "en": (
        "You have just posted a secret key or recovery phrase. Treat that wallet as stolen: move your funds to a new "
        "wallet now. Do not answer anybody who offers help. We have hidden it here and opened ticket #{number}."
    ),
    "zh": (
        "您刚刚发送了私钥或助记词。请当作该钱包已被盗：立即把资产转移到新钱包。不要理会任何声称可以帮忙的人。"
        "我们已在此隐藏该内容，并创建了工单 #{number}。"
    ),
    "fa": (
        "شما کلید خصوصی یا کلمات بازیابی فرستادید. آن کیف پول را ازدست‌رفته بدانید: همین حالا دارایی خود را "
        "به کیف پول تازه‌ای منتقل کنید. به هیچ‌کس که پیشنهاد کمک می‌دهد پاسخ ندهید. آن را این‌جا پنهان کردیم "
        "و تیکت \u2068#{number}\u2069 را باز کردیم."
    ),
    "tr": (
        "Az önce gizli anahtar veya kurtarma kelimeleri gönderdiniz. O cüzdanı çalınmış sayın: varlıklarınızı hemen "
        "yeni bir cüzdana taşıyın. Yardım teklif eden kimseye yanıt vermeyin. İçeriği burada gizledik ve "
        "#{number} numaralı talebi açtık."
    ),
}
NO_TICKETS: Final[Texts] = {
    "en": "You have no tickets yet. Write what happened and we open one.",
    "zh": "您还没有工单。请描述遇到的问题，我们会为您创建。",
    "fa": "هنوز تیکتی ندارید. بنویسید چه پیش آمده تا برایتان باز کنیم.",
    "tr": "Henüz talebiniz yok. Ne olduğunu yazın, sizin için açalım.",
}
_STATUS: Final[dict[str, Texts]] = {
    "waiting_us": {
        "en": "we are on it",
        "zh": "处理中",
        "fa": "در حال بررسی",
        "tr": "üzerinde çalışıyoruz",
    },
    "waiting_you": {
        "en": "we wait for your answer",
        "zh": "等待您的回复",
        "fa": "منتظر پاسخ شما هستیم",
        "tr": "yanıtınızı bekliyoruz",
    },
    "solved": {"en": "solved", "zh": "已解决", "fa": "حل شد", "tr": "çözüldü"},
}
_MINUTES: Final[Texts] = {
    "en": "{n} minutes",
    "zh": "{n} 分钟",
    "fa": "{n} دقیقه",
    "tr": "{n} dakika",
}
_HOURS: Final[Texts] = {"en": "{n} hours", "zh": "{n} 小时", "fa": "{n} ساعت", "tr": "{n} saat"}
_ONE_HOUR: Final[Texts] = {"en": "an hour", "zh": "1 小时", "fa": "یک ساعت", "tr": "bir saat"}


def say(texts: Texts, language: str, **values: object) -> str:
    """The text in `language` (English when there is none), with its gaps filled."""
    return _pick(texts, language).format(**{"care": _pick(CARE, language), **values})


def span(amount: timedelta, language: str) -> str:
    """A time to expect, rounded up to whole minutes, or hours from one hour on."""
    minutes = -(-int(amount.total_seconds()) // 60)
    if minutes < 60:
        return _pick(_MINUTES, language).format(n=minutes)
    hours = -(-minutes // 60)
    return _pick(_ONE_HOUR, language) if hours == 1 else _pick(_HOURS, language).format(n=hours)


def status_list(tickets: Iterable[Ticket], language: str) -> str:
    """One line a ticket: number, its first words, where it stands."""
    lines = [
        f"#{ticket.number} {ticket.subject} — {_pick(_standing(ticket), language)}"
        for ticket in tickets
    ]
    return "\n".join(lines) or _pick(NO_TICKETS, language)


def _standing(ticket: Ticket) -> Texts:
    if not ticket.is_open:
        return _STATUS["solved"]
    return _STATUS["waiting_you" if ticket.status == Status.PENDING else "waiting_us"]


def _pick(texts: Texts, language: str) -> str:
    return texts.get(language, texts["en"])
