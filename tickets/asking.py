"""The questions with buttons that the desk asks by itself, in the four languages."""

from __future__ import annotations

from typing import Final

from tickets.automatic import Texts

ASK_TOPIC: Final[Texts] = {
    "en": "What is it about? Tap one, so that the right people read it at once.",
    "zh": "是关于什么的？请点选一项，以便合适的同事尽快处理。",
    "fa": "دربارهٔ چیست؟ یکی را بزنید تا زودتر به دست همکار مربوط برسد.",
    "tr": "Konu nedir? Birine dokunun, doğru kişiler hemen okusun.",
}
ASK_SOLVED: Final[Texts] = {
    "en": "Is ticket #{number} solved?",
    "zh": "工单 #{number} 解决了吗？",
    "fa": "تیکت \u2068#{number}\u2069 حل شد؟",
    "tr": "#{number} numaralı talep çözüldü mü?",
}
YES: Final[Texts] = {"en": "Yes", "zh": "是", "fa": "بله", "tr": "Evet"}
NO: Final[Texts] = {
    "en": "No, still open",
    "zh": "没有，仍未解决",
    "fa": "نه، هنوز باز است",
    "tr": "Hayır, sürüyor",
}
ASK_RATING: Final[Texts] = {
    "en": "Thank you! How was our help with #{number}? 1 is bad, 5 is very good.",
    "zh": "谢谢！您对工单 #{number} 的处理满意吗？1 为很差，5 为非常好。",
    "fa": "سپاس! کمک ما دربارهٔ \u2068#{number}\u2069 چطور بود؟ ۱ یعنی بد، ۵ یعنی خیلی خوب.",
    "tr": "Teşekkürler! #{number} için yardımımız nasıldı? 1 kötü, 5 çok iyi.",
}
NOTED: Final[Texts] = {
    "en": "Noted: {topic}.",
    "zh": "已记录：{topic}。",
    "fa": "ثبت شد: {topic}.",
    "tr": "Not edildi: {topic}.",
}
GLAD: Final[Texts] = {
    "en": "Glad to hear it.",
    "zh": "很高兴得知问题已解决。",
    "fa": "خوشحالیم.",
    "tr": "Buna sevindik.",
}
GOES_ON: Final[Texts] = {
    "en": "It is open again. Write what is missing.",
    "zh": "工单已重新打开，请写下还缺什么。",
    "fa": "دوباره باز شد. بنویسید چه مانده است.",
    "tr": "Yeniden açıldı. Neyin eksik olduğunu yazın.",
}
RATED: Final[Texts] = {
    "en": "Thank you: {score} of 5.",
    "zh": "谢谢您的评分：{score}/5。",
    "fa": "سپاس: {score} از ۵.",
    "tr": "Teşekkürler: 5 üzerinden {score}.",
}
OVER: Final[Texts] = {
    "en": "This question is over. Just write to us.",
    "zh": "此问题已结束，请直接给我们留言。",
    "fa": "این پرسش بسته شده است. همین‌جا بنویسید.",
    "tr": "Bu soru kapandı. Bize yazmanız yeterli.",
}
