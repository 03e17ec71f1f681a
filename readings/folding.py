"""One spelling for what people type in many: case, accents, width, Arabic letters, traditional characters."""

from __future__ import annotations

import unicodedata

import regex

ZWNJ = "\u200c"

# Format characters and blank "letters" that show nothing. Kana voicing marks are letters' parts, not accents.
INVISIBLE_CLASS = r"[\p{Cf}\u034f\u115f\u1160\u3164\uffa0]"
INVISIBLE = regex.compile(INVISIBLE_CLASS, regex.V1)
_DROPPED = regex.compile(r"[[\p{M}\p{Cf}\u115f\u1160]--[\u3099\u309a\u200c]]", regex.V1)

_ARABIC_TO_PERSIAN = {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ـ": ""}
_TRADITIONAL = (
    "幣币錢钱號号賬账帳账戶户轉转鏈链網网絡络錯错誤误驗验證证碼码詞词鑰钥騙骗盜盗沒没還还後后費费訂订單单綁绑"
    "實实認认現现異异們们這这個个謝谢請请問问題题麼么嗎吗為为處处進进誰谁來来時时間间會会對对給给動动貨货買买"
    "賣卖門门聯联係系開开啟启關关審审過过長长無无說说語语導导記记種种資资產产凍冻結结買买賠赔償偿獎奖勵励"
    "註注冊册電电話话換换復复標标簽签備备強强掛挂撤撤價价槓杠桿杆滿满點点擊击釣钓魚鱼額额員员於于到到"
)
_LETTERS = str.maketrans(
    {
        "ı": "i",
        ZWNJ: " ",
        **_ARABIC_TO_PERSIAN,
        **dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)),
        **{chr(base + digit): str(digit) for base in (0x660, 0x6F0) for digit in range(10)},
    }
)


def fold(text: str) -> str:
    """Reduce a text to the spelling that the word tables are compared in. Length and offsets are not kept."""
    if text.isascii():
        return text.lower()
    return _bare(text).translate(_LETTERS)


def fold_word(word: str) -> str:
    """`fold` for one word of a seed phrase: accents and case are forgiven, letters are never exchanged."""
    if word.isascii():
        return word.lower()
    return _bare(word).replace("ı", "i")


def _bare(text: str) -> str:
    bare: str = _DROPPED.sub("", unicodedata.normalize("NFKD", text).casefold())
    return bare
