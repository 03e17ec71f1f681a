"""Icons, language marks, and words that strangers typed."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation

from helpdesk.templatetags import look


def rendered(source: str, **context: object) -> str:
    return Template("{% load look %}" + source).render(Context(context))


def test_icon_beside_words_is_silent() -> None:
    svg = rendered("{% icon 'check' %}")

    assert svg.startswith("<svg")
    assert 'aria-hidden="true"' in svg
    assert "style=" not in svg


def test_icon_alone_has_a_name_and_escapes_it() -> None:
    svg = rendered("{% icon 'lock-closed' word %}", word='Only "us" <b>')

    assert 'role="img"' in svg
    assert 'title="Only &quot;us&quot; &lt;b&gt;"' in svg
    assert "<b>" not in svg


def test_unknown_icon_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(Exception, match="no-such-icon"):
        rendered("{% icon 'no-such-icon' %}")


@pytest.mark.parametrize(
    ("code", "mark"),
    [("en", "EN"), ("zh-hans", "中"), ("zh", "中"), ("fa", "FA"), ("tr", "TR"), ("de", "DE")],
)
def test_languages_are_letters(code: str, mark: str) -> None:
    assert f">{mark}</abbr>" in rendered("{% language_mark code %}", code=code)


@pytest.mark.parametrize("nothing", ["", None])
def test_unknown_language_is_said(nothing: str | None) -> None:
    assert "Language not known" in rendered("{% language_mark code %}", code=nothing)


def test_page_says_its_direction() -> None:
    with translation.override("fa"):
        persian = rendered("<html {% page_language %}>")

    assert 'lang="fa" dir="rtl"' in persian
    assert 'lang="en" dir="ltr"' in rendered("<html {% page_language %}>")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("invoice\u202egpj.exe", "invoice⟨202E⟩gpj.exe"),
        ("Supp\u200bort", "Supp⟨200B⟩ort"),
        ("a\u2066b\u2069", "a⟨2066⟩b⟨2069⟩"),
        ("bell\u0007", "bell⟨0007⟩"),
        ("tag\U000e0041", "tag⟨E0041⟩"),
        ("می\u200cآید", "می\u200cآید"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("two\nlines\t", "two\nlines\t"),
        (None, ""),
    ],
)
def test_tricks_become_visible(typed: str | None, shown: str) -> None:
    assert look.visible(typed) == shown


def test_towers_of_marks_are_cut_and_ordinary_ones_kept() -> None:
    assert len(look.visible("a" + "\u0301" * 10_000)) == 1 + look.MARKS_IN_A_ROW
    assert look.visible("مُحَمَّد") == "مُحَمَّد"
    assert look.visible("việt") == "việt"


def test_names_are_isolated_and_escaped() -> None:
    assert rendered("{% bdi name %}", name="<i>رضا") == "<bdi>&lt;i&gt;رضا</bdi>"
    assert rendered("{% code name %}", name="0xAB") == '<bdi class="code" dir="ltr">0xAB</bdi>'


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Mia Keller", "MK"),
        ("王磊", "王"),
        ("رضا کریمی", "ر"),
        ("mehmet_41", "M4"),
        ("\u202eEvil", "E"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_initials(name: str | None, letters: str) -> None:
    assert look.initials(name) == letters


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (99, "99"), (100, "99+")])
def test_counts_are_capped(count: int, shown: str) -> None:
    assert look.capped(count) == shown
