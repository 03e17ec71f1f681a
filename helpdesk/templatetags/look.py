"""How things look in every template: icons, marks, times, and words that strangers typed."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex
from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext, pgettext
from django.utils.translation import gettext_lazy as _
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline

register = template.Library()

# --- Icons and marks ---------------------------------------------------------------------------------------------

LANGUAGE_MARKS = {"en": "EN", "zh": "中", "fa": "FA", "tr": "TR"}
LANGUAGE_NAMES = {"en": _("English"), "zh": _("Chinese"), "fa": _("Persian"), "tr": _("Turkish")}


@register.simple_tag
def icon(name: str, label: object = "", size: int = 16) -> SafeString:
    """An inline SVG of the heroicons set: silent beside words, or named by `label` where it stands alone."""
    return _icon(name, str(label), size)


@lru_cache(maxsize=512)
def _icon(name: str, label: str, size: int) -> SafeString:
    draw = heroicon_micro if size <= 16 else heroicon_mini if size <= 20 else heroicon_outline
    attributes: dict[str, str] = (
        {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    )
    # The labels are our own translated words; ElementTree escapes them as attributes.
    svg = draw(name, size=size, **{"class": f"icon icon--{name}"}, **attributes)
    return (
        format_html('<span class="iconed" title="{}">{}</span>', label, svg)
        if label
        else format_html("{}", svg)
    )


CHANNEL_ICONS = {
    "telegram": "paper-airplane",
    "discord": "hashtag",
    "email": "envelope",
    "form": "globe-alt",
}


@register.simple_tag
def channel_mark(kind: str) -> SafeString:
    """The sign of a channel's service, named for those who do not see it."""
    return icon(CHANNEL_ICONS.get(kind, "chat-bubble-left"), kind.title())


@register.simple_tag
def language_mark(code: str | None) -> SafeString:
    """EN 中 FA TR, never a flag; nothing when the language is not known."""
    base = (code or "").split("-")[0].lower()
    if not base:
        return format_html(
            '<span class="language" title="{}">–</span>', gettext("Language not known")
        )
    return format_html(
        '<abbr class="language" title="{}">{}</abbr>', language_name(base), mark_of(base)
    )


def mark_of(base: str) -> str:
    return LANGUAGE_MARKS.get(base, base.upper()[:2])


@register.filter
def language_name(code: str) -> str:
    """The language's name in the viewer's words; the code itself where we have none."""
    return str(LANGUAGE_NAMES.get(code.split("-")[0].lower(), code))


@register.simple_tag
def page_language() -> SafeString:
    """The attributes of <html>: language, direction, and the server's time and unit letters for countdowns."""
    return format_html(
        'lang="{}" dir="{}" data-now="{}" data-units="{}"',
        get_language() or "en",
        "rtl" if get_language_bidi() else "ltr",
        int(timezone.now().timestamp()),
        " ".join(_units()),
    )


# --- What strangers typed ----------------------------------------------------------------------------------------

_CONTROLS = (
    "\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # control characters, but tab and new line
    "\u202d\u202e"  # these turn whatever follows, digits of an amount, too
    "\U000e0000-\U000e007f"  # tags: text that nobody sees
)
_CONTROL = re.compile(f"[{_CONTROLS}]")
# Controls that turn or hide text, and letters that look like nothing. ZWNJ and ZWJ stay: Persian and emoji need them.
_TRICKS = re.compile(
    f"[{_CONTROLS}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202c\u2060-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
MARKS_IN_A_ROW = 4
# Long runs of combining marks would climb over the lines around them; joiners between do not stop that.
_MARKS = regex.compile(
    rf"([\p{{Mn}}\p{{Me}}\u200c\u200d]{{{MARKS_IN_A_ROW}}})[\p{{Mn}}\p{{Me}}\u200c\u200d]+"
)


@register.filter
def visible(value: object) -> str:
    """A name, handle or file name with its invisible and direction-changing characters shown as ⟨202E⟩."""
    return _tamed(_TRICKS.sub(_shown, str(value or "")))


@register.filter
def said(value: object) -> str:
    """Words of a message as they were meant to be read; only what would turn or bury other words is changed."""
    return _tamed(_CONTROL.sub(_shown, str(value or "")))


def _shown(match: re.Match[str]) -> str:
    return f"⟨{ord(match.group()):04X}⟩"


def _tamed(text: str) -> str:
    return text if text.isascii() else _MARKS.sub(r"\1", text)


@register.simple_tag
def bdi(value: object, lang: str | None = "") -> SafeString:
    """Somebody else's words, isolated, so that their direction never turns what stands around them."""
    if lang:
        return format_html('<bdi lang="{}">{}</bdi>', lang, visible(value))
    return format_html("<bdi>{}</bdi>", visible(value))


@register.simple_tag
def code(value: object) -> SafeString:
    """An address, hash, handle or amount: left to right and monospaced in every language."""
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', visible(value))


@register.filter
def initials(name: object) -> str:
    """One or two letters that stand for a person: MK, 王, م."""
    words = [word for word in re.split(r"[\s_.\-@]+", _TRICKS.sub("", str(name or ""))) if word]
    if not words:
        return "?"
    first = words[0][0]
    if len(words) == 1 or not (first + words[-1][0]).isascii():
        return first.upper()
    return (first + words[-1][0]).upper()


# --- Times -------------------------------------------------------------------------------------------------------

SOON, URGENT = timedelta(hours=1), timedelta(minutes=15)


def _units() -> list[str]:
    return _units_in(get_language())


@lru_cache(maxsize=32)
def _units_in(language: str | None) -> list[str]:
    """Kept by language, the current one: every row of a queue asks twice."""
    return pgettext("shortest forms of days, hours, minutes and seconds", "d h m s").split()


def level(left: timedelta) -> str:
    """calm, soon (an hour), urgent (15 minutes) or late: the only things that have a colour."""
    if left < timedelta(0):
        return "late"
    if left < URGENT:
        return "urgent"
    return "soon" if left < SOON else "calm"


def countdown(left: timedelta) -> str:
    """Time left as 3d, 14h, 3h05m, 42m, or 95s under two minutes; time past as −12m, never less than −1m."""
    day, hour, minute, second = _units()
    seconds = int(left.total_seconds())
    if seconds < 0:
        # The mark keeps the sign before its number where the words run from right to left.
        sign = "\u200e−" if get_language_bidi() else "−"
        return f"{sign}{_span(max(-seconds, 60), day, hour, minute)}"
    return f"{seconds}{second}" if seconds < 120 else _span(seconds, day, hour, minute)


def _span(seconds: int, day: str, hour: str, minute: str) -> str:
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}{minute}"
    if minutes < 10 * 60:
        return f"{minutes // 60}{hour}{minutes % 60:02}{minute}"
    return f"{minutes // 60}{hour}" if minutes < 48 * 60 else f"{minutes // 1440}{day}"


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M %Z}"


@register.simple_tag
def due(at: datetime | None, paused: bool = False) -> SafeString:
    """A deadline that keeps counting in the page; without one, a pause sign or a dash."""
    if at is None:
        word = gettext("Paused") if paused else gettext("No deadline")
        sign = icon("pause", word) if paused else "–"
        return format_html('<span class="due due--none" title="{}">{}</span>', word, sign)
    left = at - timezone.now()
    return due_mark(at, level(left), countdown(left))


def due_mark(at: datetime, level: str, text: str) -> SafeString:
    """A running deadline, with what the clock writes into it."""
    return format_html(
        '<time class="due" datetime="{}" title="{}" data-due="{}" data-level="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        _moment(at),
        int(at.timestamp()),
        level,
        text,
    )


@register.simple_tag
def since(at: datetime | None) -> SafeString:
    """How long ago, in one unit (14m, 3h, 2d), counting on in the page."""
    return since_mark(at, elapsed(timezone.now() - at)) if at else SafeString("")


def since_mark(at: datetime, text: str) -> SafeString:
    """A moment that is past, with what the clock writes into it."""
    return format_html(
        '<time class="since" datetime="{}" title="{}" data-since="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        _moment(at),
        int(at.timestamp()),
        text,
    )


def elapsed(past: timedelta) -> str:
    day, hour, minute, _second = _units()
    minutes = max(int(past.total_seconds()) // 60, 0)
    if minutes < 60:
        return f"{minutes}{minute}"
    return f"{minutes // 60}{hour}" if minutes < 48 * 60 else f"{minutes // 1440}{day}"


@register.simple_tag
def stamp(at: datetime | None) -> SafeString:
    """HH:MM in the viewer's time zone; the whole moment in its title."""
    if at is None:
        return SafeString("")
    local = timezone.localtime(at)
    return format_html(
        '<time dir="ltr" datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        _moment(at),
        f"{local:%H:%M}",
    )


@register.filter
def day_line(day: date | datetime) -> str:
    """Today, Yesterday, or the day's date: the line between the messages of two days."""
    when = timezone.localtime(day).date() if isinstance(day, datetime) else day
    past = (timezone.localdate() - when).days
    if past in (0, 1):
        return gettext("Yesterday") if past else gettext("Today")
    this_year = when.year == timezone.localdate().year
    # Translators: as Django's date filter writes it, in the order of the language.
    return date_format(when, gettext("l j F") if this_year else gettext("j F Y"))


@register.simple_tag
def local_time(zone: str) -> str:
    """What the clock shows where somebody lives: 14:32 (UTC+3:30). Empty for a zone that we do not know."""
    try:
        there = timezone.now().astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    minutes = int((there.utcoffset() or timedelta(0)).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{there:%H:%M} (UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''})"


@register.filter
def epoch(at: datetime | None) -> str:
    """Seconds since 1970, for the scripts that count."""
    return str(int(at.timestamp())) if at else ""


@register.filter
def capped(count: int) -> str:
    """Counts above 99 are "many": 99+."""
    return "99+" if count > 99 else str(count)
