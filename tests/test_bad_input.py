"""Nonsense: it is named, what was typed stays, and nothing breaks."""

from __future__ import annotations

import http.client
import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from helpdesk.asgi import BodyLimit
from tests.cast import DANA, PASSWORD, Desk, Outside, opened
from tests.live import LiveApp
from tickets.actions.reply import routes
from tickets.models import Message, Status, Ticket

HUGE = ("9" * 19, "9" * 30, "9" * 400)
TYPED = "what I have typed, <b>& more</b>"
KEPT = "what I have typed, &lt;b&gt;&amp; more&lt;/b&gt;"


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    return opened(outside.says(DANA, "my deposit is missing"))


@pytest.fixture
def alice(desk: Desk) -> Client:
    client = Client()
    client.force_login(desk.alice)
    return client


def refused(answer: Any) -> str:
    """The page, which must say that something is wrong with what was sent."""
    assert answer.status_code == 422
    content: str = answer.content.decode()
    assert re.search(r'role="alert"|errorlist|aria-invalid', content)
    return content


def reply_form(ticket: Ticket, **more: Any) -> dict[str, Any]:
    return {"text": TYPED, "audience": str(routes(ticket)[0].pk), **more}


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize(
    "wrong",
    [
        {"audience": ""}, {"audience": "x"}, {"audience": "9" * 40}, {"audience": "0"},
        {"then": "closed"}, {"then": "x"}, {"seen": "x"}, {"seen": "-1"},
        {"submission": "x"}, {"submission": "' OR 1=1"},
    ],
)  # fmt: skip
def test_a_reply_keeps_what_was_typed(
    alice: Client, ticket: Ticket, wrong: dict[str, str], headers: dict[str, str]
) -> None:
    address = f"/tickets/{ticket.pk}/replies/"
    assert KEPT in refused(alice.post(address, reply_form(ticket, **wrong), headers=headers))
    assert not Message.objects.filter(kind="reply", automatic=False).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "   \n", "x" * 16_001, "NUL \x00 inside"])
@pytest.mark.parametrize("what", ["replies", "notes"])
def test_texts_that_are_none(alice: Client, ticket: Ticket, what: str, text: str) -> None:
    content = refused(
        alice.post(f"/tickets/{ticket.pk}/{what}/", reply_form(ticket, text=text, seen="0"))
    )
    if len(text) > 5:
        assert text[:40].replace("\x00", "") in content.replace("\x00", "")


@pytest.mark.django_db
def test_files_that_are_none(alice: Client, ticket: Ticket, settings: Any) -> None:
    settings.FILE_SIZE_LIMIT, settings.FILES_PER_MESSAGE = 100, 2
    address = f"/tickets/{ticket.pk}/replies/"
    for contents in ([b""], [b"x" * 101], [b"x"] * 3):
        files = [SimpleUploadedFile("a<b>.txt", content) for content in contents]
        content = refused(alice.post(address, reply_form(ticket, files=files)))
        assert KEPT in content
        assert "a<b>.txt" not in content
    assert alice.post(address, reply_form(ticket, files="no file")).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["", "new", "closed", "x", "\x00", "solved;--"])
def test_a_status_that_is_none(alice: Client, ticket: Ticket, value: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        answer = alice.post(f"/tickets/{ticket.pk}/status/", {"status": value}, headers=headers)
        assert answer.status_code == 422
        assert "not a status you can set" in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.status == Status.NEW


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["x", "-1", "0", "\x00", "١٢", "1e3", *HUGE])
def test_an_assignee_that_is_nobody(alice: Client, ticket: Ticket, value: str) -> None:
    answer = alice.post(f"/tickets/{ticket.pk}/assignment/", {"assignee": value})
    assert answer.status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"display_name": ""}, {"display_name": "x" * 81}, {"display_name": "a\x00b"},
        {"time_zone": "Mars/Olympus"}, {"time_zone": "../../etc/passwd"}, {"ui_language": "xx"},
        {"languages": "xx"}, {"availability": "asleep"}, {"theme": "neon"},
        {"undo_seconds": "21"}, {"undo_seconds": "-1"}, {"undo_seconds": "9" * 30},
        {"undo_seconds": "x"}, {"public_alias": "x" * 41},
    ],
)  # fmt: skip
def test_a_profile_keeps_what_was_typed(alice: Client, wrong: dict[str, str]) -> None:
    form = {
        "display_name": "Alice", "public_alias": TYPED[:20], "languages": ["en"], "time_zone": "UTC",
        "ui_language": "en", "availability": "busy", "theme": "dark", "undo_seconds": "3",
    }  # fmt: skip
    content = refused(alice.post("/profile/", form | wrong))
    if "public_alias" not in wrong:
        assert TYPED[:18] in content
    assert alice.post("/profile/", form).status_code == 302


@pytest.mark.django_db
def test_forms_of_the_entrance(client: Client, desk: Desk) -> None:
    for form in (
        {},
        {"login": "x", "password": "y"},
        {"login": "alice@desk.example", "password": "\x00"},
    ):
        answer = client.post("/accounts/login/", form)
        assert answer.status_code == 200
        assert "_auth_user_id" not in client.session
        assert form.get("login", "") in answer.content.decode()
    good = {"login": "ALICE@desk.example", "password": PASSWORD}
    assert client.post("/accounts/login/", good).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["0", "4242", *HUGE])
def test_unknown_rows_are_404(alice: Client, ticket: Ticket, number: str) -> None:
    for address in ("/tickets/{}/", "/messages/{}/undo/", "/deliveries/{}/retry/"):
        call = alice.get if address == "/tickets/{}/" else alice.post
        assert call(address.format(number)).status_code == 404
    for name in ("replies", "notes", "status", "assignment"):
        assert alice.post(f"/tickets/{number}/{name}/").status_code == 404


@pytest.mark.django_db
def test_what_is_out_of_sight_looks_as_if_it_were_not_there(
    desk: Desk, ticket: Ticket, client: Client
) -> None:
    client.force_login(desk.carol)
    hidden, unknown = client.get(f"/tickets/{ticket.pk}/"), client.get("/tickets/4242/")
    assert hidden.status_code == unknown.status_code == 404

    def shown(answer: Any) -> str:
        content = re.sub(r"csrf\w*\W+value=\W\w+", "", answer.content.decode())
        return re.sub(r"/tickets/\d+/", "", content)

    assert shown(hidden) == shown(unknown)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/tickets/-1/", "/tickets/x/", "/tickets/1.0/", "/tickets/%00/", "/tickets/%F0%9F%92%A9/",
        "/tickets/%ff/", "/attachments/not-a-uuid/", "/attachments/00000000-0000-0000-0000-000000000000/",
        "/attachments/%00/preview/", "/files/%00/", "/files/" + "x" * 3000 + "/", "/nowhere/",
        "/static/../helpdesk/settings.py", "/static/%2e%2e/helpdesk/settings.py", "/static/no.css",
    ],
)  # fmt: skip
def test_addresses_that_are_none(alice: Client, address: str) -> None:
    assert alice.get(address).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["view", "after", "before", "next", "unknown"])
@pytest.mark.parametrize(
    "value", ["", "x", "-1", "%00", "%ff%fe", "-", "1-", "-1-1", "%F0%9F%92%A9", "1-1&after=2", *HUGE,
              f"{'9' * 17}-{'9' * 18}", f"{HUGE[0]}-{HUGE[0]}", "[]", "{{7*7}}"],
)  # fmt: skip
def test_nonsense_in_a_query_string(alice: Client, desk: Desk, name: str, value: str) -> None:
    assert alice.get(f"/tickets/?view=open&{name}={value}").status_code == 200
    alice.force_login(desk.bob)
    assert alice.get(f"/updates/?{name}={value}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"text=\xff\xfe%ff&audience=%00", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"a=1", "application/x-www-form-urlencoded; charset=no-such"),
        (b'{"text": "a"}', "application/json"),
        (b"&".join(b"f%d=1" % n for n in range(1500)), "application/x-www-form-urlencoded"),
    ],
)
def test_bodies_that_are_no_forms(alice: Client, ticket: Ticket, body: bytes, kind: str) -> None:
    address = f"/tickets/{ticket.pk}/replies/"
    answer = alice.generic("POST", address, body, content_type=kind)
    assert answer.status_code in (400, 413, 422)


@pytest.mark.django_db
def test_a_form_larger_than_a_form_is_413(alice: Client, ticket: Ticket, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5000
    answer = alice.post(f"/tickets/{ticket.pk}/notes/", {"text": "x" * 6000})
    assert answer.status_code == 413
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    files = [SimpleUploadedFile("a", b"x") for _ in range(3)]
    answer = alice.post(f"/tickets/{ticket.pk}/replies/", reply_form(ticket, files=files))
    assert answer.status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Language": "\x00" * 50}, {"Accept-Language": "a" * 5000}, {"X-Request-ID": "x\nforged"},
        {"X-Request-ID": "a" * 500}, {"Referer": "javascript:alert(1)"}, {"HX-Current-URL": "%ff"},
        {"Cookie": "session_80=\x00; csrf_80=\xff"}, {"HX-Request": "maybe"},
    ],
)  # fmt: skip
def test_headers_that_are_none(alice: Client, headers: dict[str, str]) -> None:
    answer = alice.get("/tickets/", headers=headers)
    assert answer.status_code in (200, 302)
    assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", answer["X-Request-ID"])


@pytest.mark.django_db
def test_a_redirect_never_leaves_the_site(alice: Client, ticket: Ticket) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "\x00"):
        answer = alice.post(f"/tickets/{ticket.pk}/notes/", {"text": "a", "next": target})
        assert answer["Location"] == f"/tickets/{ticket.pk}/"
        answer = alice.post("/availability/", {"availability": "busy"}, headers={"Referer": target})
        assert answer["Location"] == "/"


@pytest.mark.django_db
def test_the_same_submission_from_two_windows(alice: Client, ticket: Ticket) -> None:
    form = reply_form(ticket, submission=str(uuid.uuid4()))
    for _window in range(2):
        assert alice.post(f"/tickets/{ticket.pk}/replies/", form).status_code == 302
    assert Message.objects.filter(kind="reply", automatic=False).count() == 1


# --- Bodies over the limit, before Django sees them


class Upstream:
    """An ASGI application that reads its body, and says how much of it came."""

    def __init__(self) -> None:
        self.read = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            self.read += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(app: Any, chunks: list[bytes], headers: list[tuple[bytes, bytes]]) -> int:
    waiting, sent = list(chunks), []

    async def receive() -> dict[str, Any]:
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    await BodyLimit(app)({"type": "http", "headers": headers}, receive, send)
    (start,) = [message for message in sent if message["type"] == "http.response.start"]
    return int(start["status"])


def ask_now(app: Any, chunks: list[bytes], **headers: str) -> int:
    from asgiref.sync import async_to_sync

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return async_to_sync(ask)(app, chunks, pairs)


def test_a_declared_length_over_the_limit_is_refused_unread(settings: Any) -> None:
    settings.BODY_SIZE_LIMIT = 100
    app = Upstream()
    assert ask_now(app, [b"x"], content_length="101") == 413
    assert app.read == 0
    assert ask_now(app, [b"x" * 100], content_length="100") == 200


def test_a_chunked_body_is_refused_once_it_is_too_large(settings: Any) -> None:
    settings.BODY_SIZE_LIMIT = 100
    app = Upstream()
    assert ask_now(app, [b"x" * 40] * 100) == 413
    assert app.read == 80
    assert ask_now(Upstream(), [b"x" * 40, b"x" * 60]) == 200
    assert ask_now(Upstream(), [b"x" * 200], content_length="nonsense") == 413


@pytest.mark.parametrize("chunked", [False, True])
def test_the_server_answers_413(live_app: LiveApp, chunked: bool) -> None:
    """Against uvicorn: the answer comes although most of the body was never sent."""
    connection = http.client.HTTPConnection("127.0.0.1", live_app.port, timeout=20)
    connection.putrequest("POST", "/accounts/login/")
    if chunked:
        connection.putheader("Transfer-Encoding", "chunked")
    else:
        connection.putheader("Content-Length", str(61 * 2**20))
    connection.endheaders()
    if chunked:
        piece = b"x" * 2**20
        try:
            for _ in range(61):
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        except (BrokenPipeError, ConnectionResetError):
            pass
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"60 MB" in answer.read()
    connection.close()
