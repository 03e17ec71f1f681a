"""Words stay words on every page: the parsed page has the same elements whatever was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.cast import DANA, Desk, Outside, opened
from tests.security.dom import Shape, shape
from tests.security.payloads import PAYLOADS
from tests.security.scene import PLAIN, Scene, scene
from tickets.actions.reply import routes
from tickets.models import Contact, Message, Ticket

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true"}


@pytest.fixture
def stage(desk: Desk, outside: Outside, settings: Any) -> Scene:
    settings.DEMO = True
    return scene(desk, outside)


@pytest.fixture
def bob(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.bob)
    return client


def differing(draw: Callable[[str], str], payloads: tuple[str, ...] = PAYLOADS) -> Iterator[str]:
    """The payloads under which the page gets another shape."""
    wanted = shape(draw(PLAIN))
    assert len(wanted) > 3
    for payload in payloads:
        found = shape(draw(payload))
        if found != wanted:
            yield f"{payload!r}: {_first_difference(wanted, found)}"


def _first_difference(wanted: Shape, found: Shape) -> str:
    pairs = zip([*wanted, ("end",)], [*found, ("end",)], strict=False)
    return next((f"{a} became {b}" for a, b in pairs if a != b), "longer")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_there_are_many_ways() -> None:
    assert len(PAYLOADS) >= 180


def test_the_shape_would_show_it() -> None:
    """A page that does let them through has another shape for nearly all."""
    naive = len(
        list(differing(lambda words: f"<main><p title='x'>{words}</p><a href=/>x</a></main>"))
    )
    in_attribute = len(
        list(differing(lambda words: f'<main><p title="{words}">x</p><a href=/>x</a></main>'))
    )
    assert naive > 120
    assert in_attribute > 12
    for link in ("javascript:alert(1)", "data:text/html,x", "//evil.example"):
        assert shape(f"<a href='{link}'>x</a>") != shape("<a href='/'>x</a>")


def test_pages(stage: Scene, bob: Client) -> None:
    """All columns at once, each with another payload; over the rounds each payload stands in several columns."""
    address = stage.ticket.get_absolute_url()
    asked = [(address, {}), (address, PARTIAL), ("/tickets/?view=open", {}), ("/updates/", {}),
             ("/profile/", {}), ("/enter/", {})]  # fmt: skip

    def draw(words: str) -> str:
        if words == PLAIN:
            stage.wear(PLAIN)
        else:
            start = PAYLOADS.index(words)
            stage.wear(*(PAYLOADS[(start + 5 * turn) % len(PAYLOADS)] for turn in range(40)))
        answers = [bob.get(path, headers=headers) for path, headers in asked]
        assert {answer.status_code for answer in answers} == {200}
        return "".join(text_of(answer) for answer in answers)

    for seen in (
        "message__text", "attachment--image", "versions", "events", "others", "delivery", "row__excerpt", "Replay",
        "person__name", "role__about",
    ):  # fmt: skip
        assert seen in draw(PLAIN), seen
    assert list(differing(draw, PAYLOADS[::8])) == []


def test_addresses(stage: Scene, bob: Client) -> None:
    """What stands in a query or a path comes back in pages, too: as the address to ask again, as `next`."""
    nobody = Client()

    def draw(words: str) -> str:
        asked = quote(
            words.replace("\n", " "), safe=""
        )  # a path with a line break is another route
        pages = [
            bob.get(f"/tickets/?view={asked}&after={asked}&x={asked}"),
            bob.get(f"/tickets/?{asked}={asked}"),
            bob.get(f"/updates/?before={asked}"),
            bob.get(f"/nothing/{asked}"),
            nobody.get(f"/accounts/login/?next={asked}"),
            nobody.get(f"/accounts/login/?next=/tickets/{asked}"),
            nobody.get(f"/accounts/password/reset/key/1-{asked}/"),
        ]
        return "".join(text_of(page) for page in pages)

    assert list(differing(draw, PAYLOADS[1::12])) == []


def test_what_was_typed_into_a_form_that_was_refused(stage: Scene, bob: Client) -> None:
    address = stage.ticket.get_absolute_url()

    def draw(words: str) -> str:
        nobody = Client()
        forms = [
            bob.post(f"{address}replies/", {"text": words, "audience": words, "then": words}),
            bob.post(f"{address}replies/", {"text": words}, headers=PARTIAL),
            bob.post(f"{address}notes/", {"text": words, "submission": words}),
            bob.post("/profile/", {"display_name": words, "public_alias": words * 9, "theme": words,
                                   "time_zone": words, "languages": words, "ui_language": words}),
            bob.post(f"{address}status/", {"status": words}),
            bob.post(f"{address}assignment/", {"assignee": words}, headers=PARTIAL),
            bob.post("/availability/", {"availability": words}),
            nobody.post("/accounts/login/", {"login": words, "password": words, "next": words}),
            nobody.post("/accounts/password/reset/", {"email": words}),
        ]  # fmt: skip
        assert {form.status_code for form in forms} <= {200, 422}
        return "".join(text_of(form) for form in forms)

    # Some words are too long or no e-mail address, and the refusal says so in a line more.
    spread = tuple(payload for payload in PAYLOADS if len(payload) < 300)[2::16]
    assert list(differing(_without_errors(draw), spread)) == []


def _without_errors(draw: Callable[[str], str]) -> Callable[[str], str]:
    """How many errors there are may differ; that each is one plain list of sentences may not."""
    lists = re.compile(r'<ul class="errorlist[^"]*"(?: id="[a-z_]+")?>(?:<li>[^<]*</li>)+</ul>')
    marks = re.compile(r' aria-(?:invalid="true"|describedby="[a-z_ ]+")')

    def drawn(words: str) -> str:
        return marks.sub("", lists.sub("", draw(words)))

    return drawn


def test_nobodys_words_are_a_template(stage: Scene, bob: Client) -> None:
    stage.wear("{{ 7|add:7 }}{% debug %}{{ request.user.password }}")
    page = text_of(bob.get(stage.ticket.get_absolute_url()))
    assert "{{ 7|add:7 }}" in page.replace("&#x27;", "'")
    assert "argon2" not in page


def test_links_lead_where_they_say(desk: Desk, outside: Outside, bob: Client) -> None:
    ticket = opened(outside.says(DANA, "see it"))
    text = "\n".join([*PAYLOADS, "https://exchange.example/withdraw?id=7", "http://a.example."])
    Message.objects.filter(ticket=ticket).update(text=text[:9_900])
    Message.objects.filter(ticket=ticket).update(text=text[-9_900:])
    page = text_of(bob.get(ticket.get_absolute_url()))
    body = page.split('class="message__text"', 1)[1].split("</article>", 1)[0]
    links = re.findall(r'<a href="([^"]*)"', body)
    assert "https://exchange.example/withdraw?id=7" in links
    assert "http://a.example" in links
    assert all(re.fullmatch(r"https?://[A-Za-z0-9][^\s<>\"']*", link) for link in links)


def test_words_go_through_the_real_door(desk: Desk, outside: Outside, bob: Client) -> None:
    """From Telegram to the page, a part of the payloads; and back as an answer of ours."""
    plain = opened(outside.says(DANA, PLAIN))
    for turn, payload in enumerate(PAYLOADS[::16]):
        person = {**DANA, "id": 7200 + turn, "first_name": payload[:60], "username": payload[:30]}
        ticket = opened(outside.says(person, payload + " withdrawal"))
        form = {"text": payload, "audience": str(routes(ticket)[0].pk)}
        assert bob.post(f"{ticket.get_absolute_url()}replies/", form).status_code == 302
        page = text_of(bob.get(ticket.get_absolute_url()))
        assert (
            not {tag for tag, *_rest in shape(page)}
            - {tag for tag, *_rest in shape(text_of(bob.get(plain.get_absolute_url())))}
            - {"a", "/a", "time", "/time"}
        )
    assert Contact.objects.count() > 10
    assert Ticket.objects.count() > 10
