"""Which language a text is written in: by its script, then by letters and function words.

A code other than en, zh, fa and tr is only given where it is certain; "und" is an answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import regex

from readings.folding import INVISIBLE, ZWNJ, fold
from readings.marks import without_marks
from readings.noise import without_noise
from readings.words import function_words as words

OURS = ("en", "zh", "fa", "tr")
UNKNOWN = "und"

_SHORT = 3
"""Below this many words the prior is asked."""

_WORD = regex.compile(
    r"(?P<han>\p{Han}+)|(?P<kana>[\p{Hiragana}\p{Katakana}ー]+)|(?P<hangul>\p{Hangul}+)"
    r"|(?P<arabic>[[\p{Arabic}--\p{N}]\p{M}]+)|(?P<cyrillic>[\p{Cyrillic}\p{M}]+)|(?P<latin>[\p{Latin}][\p{Latin}\p{M}'’]*)"
    r"|(?P<other>\p{L}+)",
    regex.V1,
)
_SCRIPTS = {"arabic": ("fa", "ar", "ur"), "cyrillic": ("ru", "uk"), "latin": ("en", "tr", "fa")}

_PERSIAN_LETTERS = re.compile("[پچژگ]")
_PERSIAN_FORMS = re.compile("[یک]")
_ARABIC_FORMS = re.compile(r"[ةىأإ]|^ال(?!ان|بته|کی$|هی|گو|ماس)..")
# Letters that Urdu, Pashto, Kurdish, Uyghur and Sindhi have and Persian has not.
_FOREIGN_ARABIC = re.compile("[ٹڈڑںےہھۓښځڅړۍېڵڕێۆەڭۇۈۋ]")
_FOREIGN_CYRILLIC = re.compile("[іїєґјљњћђџқғүұһәөўҳҷӣӯ]")
_RUSSIAN_LETTERS = re.compile("[ыэёъ]")
_TURKISH_LETTERS = re.compile("[ğış]")
_SHARED_LETTERS = re.compile("[çöü]")
# Letters that English, Turkish and Persian in Latin letters never have.
_FOREIGN_LATIN = re.compile(
    "[ñãõäßâêôàèìòùáéíóúåæøœßłąężźćńśčřžšđťďňůőűțșăơưạảấầẩậắằặẹẻẽếềểệịỉĩọỏốồổộớờởợụủứừửựỳỵỷỹýþð]"
)
_TURKISH_ENDING = re.compile(
    r"..(?:[iu]yor(?:um|sun|uz|lar|du|mu)?|m[ae]d[iu](?:m|n|k|niz)?|(?:a|e)c(?:ag|eg)im|[ae]c[ae]k|m[iu]yor\w*"
    r"|(?:lar|ler)[iu]?(?:m|mi|me|ma|mden|mdan|nden|ndan)?|misiniz|musunuz|[dt][iu]n[iu]z|[ae]m[iu]yor\w*)$"
)
_PERSIAN_IN_LATIN = re.compile(
    r"n?e?mi(?:kon|khah|kha[mdy]|sha[mdv]|she$|ton|tun|toon|bin|fres|fere|nevi|zan[aei]|res[aei]|goft|gir|dan|doon|dun"
    r"|ferest|oft|yad$|ad$|ay[ae]|gard)"
    r"|na(?:shod|kard|dad[ai]|yumad|yoomad|yomad|oomad|bood|resid|zad|raft|gereft|daram|dari)"
)


def guess(text: str, *, prior: str = "") -> str:
    """The language code of a text: en, zh, fa, tr; another code only if certain; else "und".

    `prior` is the usual language of the person or the chat; it decides below three words unless they speak clearly.
    """
    usual = prior.lower().split("-")[0].split("_")[0]
    found = _words(text)
    script = _script(found)
    if not script:
        return usual or UNKNOWN
    if script in _SCRIPTS:
        return _by_words(
            script, [word for word in found[script] if fold(word) not in words.NEUTRAL], usual
        )
    return _by_script(script, found)


def _words(text: str) -> dict[str, list[str]]:
    """The words of each script, in Unicode's composed form, without what is no language."""
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", without_marks(text)).replace(ZWNJ, " "))
    found: dict[str, list[str]] = defaultdict(list)
    for match in _WORD.finditer(without_noise(plain)):
        found[str(match.lastgroup)].append(match[0])
    return found


def _script(found: Mapping[str, Sequence[str]]) -> str:
    """The script that most is written in. Latin counts half: English words are mixed into every language."""
    sizes = {script: float(len(runs)) for script, runs in found.items()}
    for script in ("han", "kana"):
        if script in found:
            sizes[script] = max(1.0, sum(len(run) for run in found[script]) / 2)
    if "latin" in sizes:
        sizes["latin"] = sum(fold(word) not in words.NEUTRAL for word in found["latin"]) / 2
    return max(sizes, key=lambda script: sizes[script]) if any(sizes.values()) else ""


def _by_script(script: str, found: Mapping[str, Sequence[str]]) -> str:
    han, kana = len("".join(found.get("han", ()))), len("".join(found.get("kana", ())))
    if script in ("han", "kana"):
        # One の is an ornament in Chinese; Japanese is a quarter kana at least.
        return "ja" if kana > 1 and kana * 4 >= han else "zh" if han else UNKNOWN
    return "ko" if script == "hangul" else UNKNOWN


def _by_words(script: str, found: Sequence[str], usual: str) -> str:
    if not found:
        return usual or UNKNOWN
    scores = {"arabic": _arabic, "cyrillic": _cyrillic, "latin": _latin}[script](found)
    best = max(scores, key=lambda language: scores[language], default="")
    if best and scores[best] >= max(1.0, len(found) / 5):
        return best
    if len(found) < _SHORT and (usual in _SCRIPTS[script] or (usual and script == "latin")):
        return usual
    return best if best and scores[best] >= 0.4 and len(found) < _SHORT else UNKNOWN


def _arabic(found: Sequence[str]) -> dict[str, float]:
    scores = _counted(found, words.ARABIC_SCRIPT)
    for word in found:
        if _FOREIGN_ARABIC.search(word):
            scores["ur"] += 2
        elif _PERSIAN_LETTERS.search(word):
            scores["fa"] += 2
        elif _ARABIC_FORMS.search(word):
            scores["ar"] += 1
        elif _PERSIAN_FORMS.search(word):
            scores["fa"] += 0.5
    # In our chats an undecided word is Persian; Arabic hardly makes three words without a mark of its own.
    undecided = len(found) >= _SHORT and not scores["ar"]
    scores["fa"] += max(1.0, len(found) / 5) if undecided else 0.4
    return scores if scores["ur"] <= scores["fa"] else {UNKNOWN: float(len(found))}


def _cyrillic(found: Sequence[str]) -> dict[str, float]:
    scores = _counted(found, words.CYRILLIC)
    text = " ".join(found).lower()
    if _FOREIGN_CYRILLIC.search(text):
        scores["ru"] = 0
    elif _RUSSIAN_LETTERS.search(text):
        scores["ru"] += 1
    return scores


def _latin(found: Sequence[str]) -> dict[str, float]:
    scores = _counted(found, words.LATIN)
    for word in found:
        plain = fold(word)
        lower = word.lower()
        if "ə" in lower:
            scores["az"] += 2
            scores["tr"] -= 2
        elif _FOREIGN_LATIN.search(lower):
            for language in ("en", "tr", "fa"):
                scores[language] -= 2
        elif _TURKISH_LETTERS.search(lower) or "İ" in word:
            scores["tr"] += 1.5
        elif _SHARED_LETTERS.search(lower):
            scores["tr"] += 0.5
            scores["en"] -= 0.5
        if _PERSIAN_IN_LATIN.match(plain):
            scores["fa"] += 1
        elif _TURKISH_ENDING.search(plain) and plain not in words.LATIN["en"]:
            scores["tr"] += 0.7
    return scores


def _counted(found: Iterable[str], table: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """Points by language: a whole one for a word of its own, a part of one for a shared word."""
    scores: dict[str, float] = defaultdict(float)
    for word in found:
        plain = fold(word).replace("'", "").replace("’", "")
        known = [language for language, own in table.items() if plain in own]
        for language in known:
            scores[language] += (0.4 if plain in words.INTERNATIONAL else 1.0) / len(known)
    return scores
