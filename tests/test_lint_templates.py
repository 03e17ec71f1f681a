"""The template lint finds what it bans, and leaves the rest alone."""

from __future__ import annotations

import pytest

from tests.lint_templates import main, problems_in_css, problems_in_template

BANNED_MARKUP = [
    '<button hx-on:click="go()">',
    '<button hx-on-click="go()">',
    "<a hx-vals='js:{a: 1}'>",
    '<a href="javascript:alert(1)">',
    "<script>go()</script>",
    '<script type="module">go()</script>',
    "<style>p {}</style>",
    '<p class="a" style="color: red">',
    '<p {% if a > b %}style="color: red"{% endif %}>',
    '<img\nonerror="go()">',
    '<div hx-trigger="keyup[key==1]">',
    '<script src="https://cdn.example/x.js"></script>',
    '<link rel="stylesheet" href="//cdn.example/x.css">',
    "{{ words|safe }}",
    "{% autoescape off %}",
]
FINE_MARKUP = [
    '<script type="module" src="{% static \'live.js\' %}"></script>',
    '<link rel="stylesheet" href="{% static \'app.css\' %}">',
    '<a href="https://example.org/">elsewhere</a>',
    "<p>onion=1, style=plain</p>",
    '<div hx-get="/live/" hx-trigger="changed from:body delay:1s">',
    "{# <script>no</script> #}{% comment %}<style>{% endcomment %}",
    '<p data-style="x" data-on="y">',
]
BANNED_CSS = [
    "a { margin-left: 1px }",
    "a { padding-top: 1px }",
    "a { border-right-color: red }",
    "a { left: 0 }",
    "a { width: calc(100% - 1px) }",
    "a { min-height: 1px }",
    "a { border-top-left-radius: 1px }",
    "a { text-align: left }",
    "a { float: right }",
    '@import "https://example.org/x.css";',
]
FINE_CSS = [
    "a { margin-inline-start: 1px; inset-inline-end: 0; inline-size: 1px; text-align: start }",
    "@media (min-width: 40rem) { a { color: red } }",
    "a { line-height: 1; stroke-width: 2; border-width: 1px; --gap-left: 1px }",
    "/* left: 0 */",
]


@pytest.mark.parametrize("text", BANNED_MARKUP)
def test_banned_markup_is_found(text: str) -> None:
    assert list(problems_in_template("x.html", f"\n{text}\n"))


@pytest.mark.parametrize("text", FINE_MARKUP)
def test_other_markup_passes(text: str) -> None:
    assert list(problems_in_template("x.html", text)) == []


@pytest.mark.parametrize("text", BANNED_CSS)
def test_banned_css_is_found(text: str) -> None:
    assert list(problems_in_css("x.css", text))


@pytest.mark.parametrize("text", FINE_CSS)
def test_other_css_passes(text: str) -> None:
    assert list(problems_in_css("x.css", text)) == []


def test_a_problem_names_its_line() -> None:
    text = "{# one\ntwo #}\n<p\nonclick='x'>"
    assert list(problems_in_template("x.html", text)) == ["x.html:4: on* event attribute"]


def test_the_house_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0, capsys.readouterr().out
