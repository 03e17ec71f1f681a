"""Against machines: a doubtful submit gets a puzzle, never a refusal, and nothing typed is lost."""

from __future__ import annotations

import itertools
import json
import re
import time
from typing import Any

import pytest
import redis
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from helpdesk import crypto
from helpdesk.limits import Limits
from portal import guard
from portal.actions.mailing import send_due_links
from portal.models import Link
from tests.portal.door import CONTACT, EMAIL, Visitor, hidden, send
from tests.tickets.test_files import picture
from tickets import pictures
from tickets.actions.files import fetch_pending
from tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _counted(settings: Any, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits as in production; nobody has to take their time over the form, and puzzles are small."""
    settings.FORM_LIMITS = True
    monkeypatch.setattr(guard, "QUICKEST", -1.0)
    monkeypatch.setattr(guard, "BITS", 8)


def solution(sealed: str) -> str:
    found = (str(n) for n in itertools.count() if guard.is_solution(sealed, str(n), 8))
    return next(found)


def challenged(dana: Visitor, **fields: Any) -> tuple[dict[str, Any], Any]:
    """A form that met the puzzle: what a browser would send next, and the answer."""
    form = dana.form(website="http://spam.example", **fields)
    answer = dana.send(form)
    assert answer.status_code == 429
    page = answer.content.decode()
    again = {name: value for name, value in form.items() if name != "website"}
    return {**again, "stamp": hidden(page, "stamp"), "puzzle": hidden(page, "puzzle")}, answer


def test_five_an_hour_then_a_puzzle_with_all_that_was_typed(dana: Visitor) -> None:
    for turn in range(5):
        dana.asks(f"number {turn}")
    answer = dana.send(dana.form(text="the sixth", name="Dana", topic="fees"))

    page = answer.content.decode()
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "the sixth" in page and EMAIL in page and 'value="Dana"' in page
    assert re.search(r'value="fees"[^>]* checked', page)
    assert Ticket.objects.count() == 5
    assert Visitor("203.0.113.8").asks("from elsewhere").status == "new"

    form = dana.form(text="the sixth")
    sealed = hidden(dana.send(form).content.decode(), "puzzle")
    solved = {**form, "puzzle": sealed, "solution": solution(sealed)}
    assert dana.send(solved).status_code == 302
    assert dana.send(solved).status_code == 302, "the same once more"
    assert Ticket.objects.count() == 7


def test_a_field_that_nobody_sees(dana: Visitor) -> None:
    form, _answer = challenged(dana)
    assert not Ticket.objects.exists()
    assert dana.send({**form, "solution": solution(form["puzzle"])}).status_code == 302


def test_a_form_that_comes_back_at_once_and_one_that_lay_for_days(
    dana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "QUICKEST", 3.0)
    form = dana.form()
    assert dana.send(form).status_code == 429
    with time_machine.travel(time.time() + 4):
        assert dana.send(form).status_code == 302
    old = dana.form()
    with time_machine.travel(time.time() + 25 * 3600):
        assert dana.send(old).status_code == 429


def test_a_stamp_that_is_none_of_ours(dana: Visitor) -> None:
    for stamp in ("", "x", crypto.encrypt("x"), crypto.encrypt(json.dumps(["x"]))):
        answer = dana.send(dana.form(stamp=stamp))
        assert answer.status_code == 429
        assert hidden(answer.content.decode(), "stamp") != stamp
    assert not Ticket.objects.exists()


def test_a_solution_fits_one_form_once(dana: Visitor) -> None:
    form, _answer = challenged(dana)
    right = solution(form["puzzle"])
    other = dana.form(website="x", puzzle=form["puzzle"], solution=right)
    assert dana.send(other).status_code == 429, "another form"
    for wrong in ("", "-1", "x", "1e3", "٣", "9" * 20, f"{right}0", f" {right}"):
        assert dana.send({**form, "website": "x", "solution": wrong}).status_code == 429, wrong
    for puzzle in ("", "x", form["puzzle"][:-1], crypto.encrypt(json.dumps(["", 0, 0]))):
        twisted = {**form, "website": "x", "puzzle": puzzle, "solution": "0"}
        assert dana.send(twisted).status_code == 429
    with time_machine.travel(time.time() + 2 * 3600):
        late = {**form, "website": "x", "solution": right}
        assert dana.send(late).status_code == 429, "too old"
    assert dana.send({**form, "solution": right}).status_code == 302
    assert Ticket.objects.count() == 1


def test_without_scripts_a_minute_does_it_a_few_times(dana: Visitor) -> None:
    form, answer = challenged(dana, text="no scripts here")
    assert "Without JavaScript: please wait one minute" in answer.content.decode()
    blocked = {**form, "website": "x"}
    assert dana.send(blocked).status_code == 429
    with time_machine.travel(time.time() + 61):
        assert dana.send(blocked).status_code == 302
    codes = []
    for turn in range(6):
        form, _answer = challenged(dana, text=f"turn {turn}")
        with time_machine.travel(time.time() + 61):
            codes.append(dana.send({**form, "website": "x"}).status_code)
    assert codes == [302] * 5 + [429]


def test_without_valkey_nothing_breaks(
    dana: Visitor, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    nowhere = Limits("redis://127.0.0.1:9/0")
    monkeypatch.setattr("portal.limits.shared_limits", lambda: nowhere)
    codes = [dana.send(dana.form()).status_code for _turn in range(7)]
    assert set(codes) == {302, 429}, codes
    assert codes[-1] == 429, "this process counts alone"


def test_whom_to_count(settings: Any) -> None:
    def seen(remote: str, forwarded: str | None = None) -> str:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return guard.client_address(RequestFactory(REMOTE_ADDR=remote, headers=headers).get("/"))

    assert seen("203.0.113.7", "198.51.100.1") == "203.0.113.7", "no proxy is trusted"
    assert seen("::ffff:203.0.113.7") == "203.0.113.7"
    assert seen("2001:db8:1:2:3::4") == seen("2001:db8:1:2::9")
    assert seen("2001:db8:1:2::1") != seen("2001:db8:1:3::1")
    settings.TRUSTED_PROXIES = 1
    assert seen("10.0.0.1", "6.6.6.6, 198.51.100.1") == "198.51.100.1"
    assert seen("10.0.0.1", "nonsense") == "unknown"
    settings.TRUSTED_PROXIES = 2
    assert seen("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.9") == "198.51.100.1"
    assert seen("10.0.0.1", "198.51.100.1") == "10.0.0.1", "it has not come through both"


def test_a_mailbox_is_not_filled(form_door: Any) -> None:
    """Ten forms from ten addresses of the network with one address of a victim: three mails in an hour."""
    for turn in range(10):
        Visitor(f"203.0.113.{turn}").asks(f"bomb {turn}")
    send()
    for _turn in range(5):
        visitor = Visitor(f"198.51.100.{_turn}")
        page = visitor.client.get("/help/requests/").content.decode()
        stamp = hidden(page, "stamp")
        visitor.client.post("/help/requests/", {"email": EMAIL, "stamp": stamp})
    send_due_links()
    assert len(mail.outbox) == 3
    assert Ticket.objects.count() == 10, "the requests are there all the same"
    assert Link.objects.filter(mailed=True).count() == 3


def test_an_address_of_the_network_sends_twenty_mails_an_hour(
    dana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "is_doubtful", lambda *args: False)
    for turn in range(23):
        dana.asks(f"no {turn}", email=f"victim-{turn}@mail.example")
    send()
    assert len(mail.outbox) == 20


def test_answers_are_counted_by_link(dana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = dana.asks()
    codes = [dana.says(ticket, f"word {turn}").status_code for turn in range(41)]
    assert codes.count(302) == 40
    assert codes[-1] == 429
    last = dana.says(ticket, "typed and kept")
    assert "typed and kept" in last.content.decode()


def test_files_are_counted_and_no_puzzle_buys_more(
    dana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeping and drawing them costs us far more than a puzzle costs them."""
    monkeypatch.setattr(guard, "FILES", 4)
    monkeypatch.setattr(guard, "is_settled", lambda *args: True)

    def files() -> list[SimpleUploadedFile]:
        return [SimpleUploadedFile("a.txt", b"x") for _each in range(2)]

    ticket = dana.asks("with two", files=files())
    assert dana.says(ticket, "with two more", files=files()).status_code == 302
    refused = dana.send(dana.form(text="with too many", files=files()))
    assert refused.status_code == 429
    assert (
        "with too many" in refused.content.decode() and "a lot at once" in refused.content.decode()
    )
    assert dana.says(ticket, "with too many", files=files()).status_code == 429
    assert dana.asks("with none").pk != ticket.pk
    assert Visitor("203.0.113.8").asks("from elsewhere", files=files()).pk != ticket.pk
    assert Attachment.objects.count() == 6


def test_a_picture_is_drawn_by_the_worker(dana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may take seconds: no request, with its database connection, waits for that."""

    def draws(_content: bytes) -> bytes:
        raise AssertionError("drawn while the request waits")

    with monkeypatch.context() as patched:
        patched.setattr(pictures, "redraw", draws)
        shot = SimpleUploadedFile("shot.png", picture("PNG"))
        assert (
            dana.send(dana.form(files=[shot, SimpleUploadedFile("a.txt", b"x")])).status_code == 302
        )
        before = Attachment.objects.get(name="shot.png")
        assert (before.state, before.is_image, bool(before.file)) == ("pending", False, True)
        assert Attachment.objects.get(name="a.txt").state == "stored"
    fetch_pending()
    after = Attachment.objects.get(name="shot.png")
    assert (after.state, after.is_image, after.file.name) == ("stored", True, before.file.name)
    assert Ticket.objects.get().events.filter(verb="file_stored").exists()


def test_looking_is_never_counted(dana: Visitor) -> None:
    assert {dana.client.get(CONTACT).status_code for _turn in range(30)} == {200}
