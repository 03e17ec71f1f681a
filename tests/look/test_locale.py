"""The desk in Persian, Chinese and Turkish: nothing left out, nothing garbled, every page in its direction."""

from __future__ import annotations

import ast
import gettext
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import polib
import pytest
import time_machine
from django.test import Client
from django.utils.translation import override
from django.utils.translation.template import templatize

from helpdesk.locale import LOCALE, compile_all
from helpdesk.templatetags import look
from tests.cast import Desk
from tickets import automatic

BASE = LOCALE.parent
APPS = (
    "accounts api community connectors helpdesk knowledgebase operations portal readings reports shifts tickets "
    "webhooks"
).split()
LANGUAGES = ("fa", "tr", "zh_Hans")
GAP = re.compile(r"%\(\w+\)[sd]|%%\w|\{\w*\}")
CALL = re.compile(r"\b(_|n?p?gettext)\((u?'(?:\\.|[^'])*'|u?\"(?:\\.|[^\"])*\")(?:, (u?'[^']*'))?")

Key = tuple[str | None, str]
"""Context and words of a string."""


def in_python(source: str) -> Iterator[Key]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [each.value for each in node.args if isinstance(each, ast.Constant)]
        if node.func.id.startswith("pgettext"):
            yield str(words[0]), str(words[1])
        elif node.func.id == "_" or "gettext" in node.func.id:
            yield None, str(words[0])


def in_template(source: str) -> Iterator[Key]:
    for name, first, second in CALL.findall(templatize(source)):
        words = ast.literal_eval(first)
        yield (words, ast.literal_eval(second)) if name == "pgettext" else (None, words)


@cache
def in_the_sources() -> frozenset[Key]:
    found = {
        key
        for app in APPS
        for path in (BASE / app).rglob("*.py")
        if "gettext" in (text := path.read_text())
        for key in in_python(text)
    }
    for path in (BASE / "templates").rglob("*.html"):
        found.update(in_template(path.read_text()))
    return frozenset(found)


@cache
def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))


def test_extraction_finds_each_kind_of_string() -> None:
    assert set(
        in_python('_("a" "b"); gettext_lazy("c"); pgettext("x", "d"); ngettext("e", "f", n)')
    ) == {
        (None, "ab"),
        (None, "c"),
        ("x", "d"),
        (None, "e"),
    }
    assert set(
        in_template(
            "{% load i18n %}{% trans \"It's\" %}{% trans 'a' context 'x' %}{{ at|date:_('j F') }}"
            "{% blocktrans trimmed count n=n %}one{% plural %}{{ n }}{% endblocktrans %}"
        )
    ) == {(None, "It's"), ("x", "a"), (None, "j F"), (None, "one")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated(language: str) -> None:
    """A new one comes in by `manage.py makemessages` (see CONTRIBUTING.md)."""
    said = {(entry.msgctxt, entry.msgid) for entry in catalogue(language) if entry.translated()}

    assert in_the_sources() - said == set()
    assert said - in_the_sources() == set()
    assert [entry.msgid for entry in catalogue(language) if not entry.translated()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_gaps_are_the_same(language: str) -> None:
    wrong = [
        entry.msgid
        for entry in catalogue(language)
        for said in entry.msgstr_plural.values() or [entry.msgstr]
        if sorted(GAP.findall(said)) != sorted(GAP.findall(entry.msgid))
    ]
    assert wrong == []


def test_every_language_has_the_letters_of_four_units() -> None:
    for language in ("en", "fa", "tr", "zh-hans"):
        with override(language):
            assert len(look._units()) == 4


def test_compiles_what_is_stale_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(LOCALE, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.mo"))
    source = tmp_path / "fa" / "LC_MESSAGES" / "django.po"

    assert len(compile_all(tmp_path)) == len(LANGUAGES)
    assert compile_all(tmp_path) == []

    later = source.with_suffix(".mo").stat().st_mtime + 60
    os.utime(source, (later, later))
    assert compile_all(tmp_path) == [source.with_suffix(".mo")]
    with source.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Queue") == "صف"
    assert sorted(each.name for each in source.parent.iterdir()) == ["django.mo", "django.po"]


# --- Pages -------------------------------------------------------------------------------------------------------


def words_of(html: str, tag: str) -> str:
    """The visible words within every element `tag` of the page."""
    inside = " ".join(re.findall(rf"<{tag}\b.*?</{tag}>", html, re.DOTALL))
    return re.sub(r"<[^>]*>", " ", inside)


@pytest.mark.parametrize("path", ["/tickets/", "/profile/", "/updates/"])
def test_persian_pages_run_from_right_to_left(desk: Desk, client: Client, path: str) -> None:
    desk.bob.ui_language = "fa"
    desk.bob.save()
    client.force_login(desk.bob)

    html = client.get(path).content.decode()

    assert '<html lang="fa" dir="rtl"' in html
    assert "صف" in words_of(html, "nav")
    assert re.findall(r"[A-Za-z]{2,}", words_of(html, "nav") + words_of(html, "h1")) == []


@pytest.mark.parametrize(
    ("browser", "lang", "title"),
    [
        ("fa-IR,fa;q=0.9,en;q=0.8", 'lang="fa" dir="rtl"', "این‌جا چیزی نیست"),
        ("zh-CN,zh;q=0.9", 'lang="zh-hans" dir="ltr"', "这里什么都没有"),
        ("tr", 'lang="tr" dir="ltr"', "Burada bir şey yok"),
        ("de", 'lang="en" dir="ltr"', "Nothing here"),
    ],
)
def test_strangers_are_answered_in_their_browsers_language(
    db: None, client: Client, browser: str, lang: str, title: str
) -> None:
    html = client.get("/nowhere/", headers={"Accept-Language": browser}).content.decode()
    assert lang in html
    assert title in words_of(html, "h1")


def test_refusals_are_said_in_the_viewers_language(desk: Desk, client: Client) -> None:
    desk.alice.ui_language = "tr"
    desk.alice.save()
    client.force_login(desk.alice)

    answer = client.get("/updates/")

    assert answer.status_code == 403
    assert "Bu ekipteki rolünüz buna izin vermiyor." in answer.content.decode()


# --- Times and numbers -------------------------------------------------------------------------------------------

SUNDAY = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)


@time_machine.travel(SUNDAY + timedelta(days=3), tick=False)
@pytest.mark.parametrize(
    ("language", "this_year", "years_ago"),
    [
        ("fa", "یکشنبه 22 نوامبر", "18 اکتبر 2025"),
        ("tr", "22 Kasım Pazar", "18 Ekim 2025"),
        ("zh-hans", "11月22日 星期日", "2025年10月18日"),
    ],
)
def test_dates_stand_in_the_order_of_the_language(
    language: str, this_year: str, years_ago: str
) -> None:
    with override(language):
        assert look.day_line(SUNDAY) == this_year
        assert look.day_line(SUNDAY - timedelta(days=400)) == years_ago


def test_a_minus_stays_before_its_number_in_persian() -> None:
    """U+200E LEFT-TO-RIGHT MARK: without it the sign would stand behind."""
    with override("fa"):
        assert look.countdown(timedelta(minutes=-12)) == "\u200e−12د"
    with override("tr"):
        assert look.countdown(timedelta(minutes=-12)) == "−12dk"


def test_ticket_numbers_are_isolated_in_persian() -> None:
    """Between U+2068 and U+2069: #1042 would else show as 1042#."""
    texts = [automatic.ACKNOWLEDGED, automatic.CAME_PRIVATE, automatic.SECRET_WARNING]
    for text in texts:
        assert "\u2068#1042\u2069" in automatic.say(text, "fa", number=1042, time="")
