"""The only mails there are: fixed texts, a number and a link. Nobody's words ever stand in one, nor in its subject."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from tickets.automatic import Texts, say
from tickets.transport import DeliveryError

RECEIPT: Final[tuple[Texts, Texts]] = (
    {
        "en": "Your request #{number}",
        "zh": "您的请求 #{number}",
        "fa": "درخواست شما #{number}",
        "tr": "Talebiniz #{number}",
    },
    {
        "en": (
            "We have your request #{number}. By this link you see our answer and can write more:\n\n{links}\n\n"
            "Give it to nobody. Was it not you who wrote to us? Then ignore this mail; no other will follow.\n\n{care}"
        ),
        "zh": (
            "我们已收到您的请求 #{number}。通过此链接可以查看答复并继续留言：\n\n{links}\n\n"
            "请勿把链接交给任何人。如果不是您联系的我们，请忽略此邮件，之后不会再有邮件。\n\n{care}"
        ),
        "fa": (
            "درخواست شما رسید: \u2068#{number}\u2069. با این پیوند پاسخ ما را می‌بینید و می‌توانید ادامه دهید:\n\n{links}"
            "\n\nآن را به کسی ندهید. اگر شما ننوشته‌اید، این ایمیل را نادیده بگیرید؛ ایمیل دیگری نمی‌آید.\n\n{care}"
        ),
        "tr": (
            "#{number} numaralı talebinizi aldık. Yanıtımızı bu bağlantıda görür, yazmaya devam edersiniz:\n\n{links}"
            "\n\nKimseye vermeyin. Bize yazan siz değilseniz bu e-postayı yok sayın; başka e-posta gelmez.\n\n{care}"
        ),
    },
)
NEWS: Final[tuple[Texts, Texts]] = (
    {
        "en": "There is an answer to your request #{number}",
        "zh": "您的请求 #{number} 有新答复",
        "fa": "درخواست شما #{number} پاسخی دارد",
        "tr": "#{number} numaralı talebinize yanıt var",
    },
    {
        "en": "There is something new in your request #{number}. Read it here:\n\n{links}\n\n{care}",
        "zh": "您的请求 #{number} 有新内容，请在此查看：\n\n{links}\n\n{care}",
        "fa": "در درخواست شما \u2068#{number}\u2069 چیز تازه‌ای هست. آن را این‌جا بخوانید:\n\n{links}\n\n{care}",
        "tr": "#{number} numaralı talebinizde yeni bir şey var. Buradan okuyun:\n\n{links}\n\n{care}",
    },
)
LOST: Final[tuple[Texts, Texts]] = (
    {
        "en": "The link to your request",
        "zh": "您的请求链接",
        "fa": "پیوند درخواست شما",
        "tr": "Talebinizin bağlantısı",
    },
    {
        "en": "You asked for the way to your requests. Give it to nobody:\n\n{links}\n\n{care}",
        "zh": "您请求了查看链接。请勿交给任何人：\n\n{links}\n\n{care}",
        "fa": "راه رسیدن به درخواست‌هایتان را خواسته بودید. آن را به کسی ندهید:\n\n{links}\n\n{care}",
        "tr": "Taleplerinize giden bağlantıyı istediniz. Kimseye vermeyin:\n\n{links}\n\n{care}",
    },
)
_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def send(
    texts: tuple[Texts, Texts],
    *,
    to: str,
    language: str,
    tokens: Sequence[str],
    number: int | None = None,
) -> None:
    """Hand one mail over to the mail server.

    Raises DeliveryError. A broken line counts as not sent: these mails say nothing twice that would do harm.
    """
    subject, body = texts
    links = "\n".join(settings.SITE_URL + reverse("portal:open", args=[each]) for each in tokens)
    message = EmailMessage(
        subject=say(subject, language, number=number),
        body=say(body, language, number=number, links=links),
        to=[to],
        headers=_HEADERS,
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        raise _refused(min(codes, default=0)) from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from None
    except ValueError:  # an address that cannot be written
        raise DeliveryError("rejected", permanent=True) from None
    except (smtplib.SMTPException, OSError):
        raise DeliveryError("unavailable") from None


def _refused(code: int) -> DeliveryError:
    """5xx of a mail server is its last word. Not about signing in (53x): that is ours to mend."""
    final = 500 <= code < 600 and not 530 <= code < 540
    return DeliveryError("rejected" if final else "unavailable", permanent=final)
