"""Hostile files: stored as bytes under a random name, never believed, never run, and only for whom they are."""

from __future__ import annotations

import io
import os
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from accounts.models import Membership, User
from tests.cast import DANA, Desk, Outside, opened
from tests.security import hostile_files as hostile
from tests.security.dom import steady
from tickets import drawing, pictures
from tickets.actions import files
from tickets.models import Attachment, Ticket

FILES = "files.example"


@pytest.fixture(autouse=True)
def _places(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    return opened(outside.says(DANA, "my withdrawal has not arrived"))


def kept(ticket: Ticket, content: bytes, name: str = "a.png") -> Attachment:
    (found,) = files.store_uploads(
        ticket.messages.latest("pk"),
        [ContentFile(content, name=name)],
    )
    return found


def got(client: Client, address: str, **extra: Any) -> Any:
    """The answer, its file closed; close() itself would end the connection."""
    answer: Any = client.get(address, **extra)
    answer.body = b"".join(answer) if answer.streaming else answer.content
    for close in answer._resource_closers:
        close()
    return answer


LIES = [
    (hostile.SVG, "photo.png", "application/octet-stream"),
    (hostile.HTML, "photo.jpg", "application/octet-stream"),
    (hostile.SCRIPT, "a.gif", "application/octet-stream"),
    (hostile.GIF_JS, "a.gif", "application/octet-stream"),
    (hostile.MZ, "invoice.pdf", "application/octet-stream"),
    (hostile.pdf_zip(), "dekont.pdf", "application/pdf"),
    (hostile.archive(), "sheet.xlsx", "application/zip"),
    (hostile.image("PNG") + hostile.HTML, "a.html", "image/png"),
    (b"<?xml version='1.0'?>" + hostile.SVG, "a.svg", "application/octet-stream"),
    (b"\xff\xfe" + hostile.HTML.decode().encode("utf-16-le"), "a.txt", "application/octet-stream"),
]


@pytest.mark.parametrize(("content", "name", "kind"), LIES)
def test_a_file_can_do_nothing_whatever_it_claims(
    desk: Desk, ticket: Ticket, client: Client, content: bytes, name: str, kind: str
) -> None:
    found = kept(ticket, content, name)
    client.force_login(desk.alice)

    answer = got(client, found.url)

    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "private" in answer["Cache-Control"]
    assert "public" not in answer["Cache-Control"]
    assert answer.body == content, "it is what was sent, for whoever examines it"
    if kind != "image/png":
        assert got(client, found.preview_url).status_code == 404
    else:
        shown = got(client, found.preview_url)
        assert shown["Content-Type"] == "image/webp"
        assert hostile.SCRIPT not in shown.body


NAMES = {
    "../../../etc/cron.d/x": "x",
    "..\\..\\windows\\system32\\a.dll": "a.dll",
    "/etc/passwd": "passwd",
    ".htaccess": "htaccess",
    "\u200b.htaccess": "htaccess",
    "a\x00.php": "a.php",
    "a\r\nSet-Cookie: x=1.txt": "aSet-Cookie: x=1.txt",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "a.exe. . ": "a.exe",
    "\u2066\u2069": "file",
    "..": "file",
    "": "file",
}


@pytest.mark.parametrize(("given", "shown"), NAMES.items())
def test_a_name_is_only_shown(
    desk: Desk, ticket: Ticket, client: Client, tmp_path: Path, given: str, shown: str
) -> None:
    content = ContentFile(b"x")
    content.name = given  # past the checks of Django's own upload handlers
    (found,) = files.store_uploads(ticket.messages.latest("pk"), [content])
    client.force_login(desk.alice)

    header = got(client, found.url)["Content-Disposition"]

    assert found.name == shown
    assert not set(header) & set("\r\n\x00")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in written] == [f"{found.uuid}.bin"]


def test_a_long_name_keeps_its_ending(ticket: Ticket) -> None:
    name = kept(ticket, b"x", "a" * 5_000 + ".pdf.exe").name
    assert len(name) <= 120
    assert name.endswith(".exe")


def test_files_on_disk_are_ours_alone(ticket: Ticket, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept(ticket, hostile.image("PNG"))
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777: path.is_dir() for path in tmp_path.rglob("*")}
    assert modes == {0o700: True, 0o600: False}


@pytest.mark.parametrize("data", [b"", bytes(6_000_000)])
def test_a_picture_of_thirty_thousand_a_side_costs_nothing(ticket: Ticket, data: bytes) -> None:
    bomb = hostile.png(30_000, 30_000, data=data)
    began = time.monotonic()
    found = kept(ticket, bomb)
    assert time.monotonic() - began < 5
    assert (found.content_type, bool(found.preview)) == ("application/octet-stream", False)


def test_what_a_decoder_may_cost_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest picture that is drawn fits; with less to spend it is refused, and nothing else suffers."""
    largest = hostile.image("PNG", (8_000, 5_000), "RGBA")
    assert pictures.redraw(largest)[8:12] == b"WEBP"
    monkeypatch.setattr(pictures, "MOST_SECONDS", 0.01)
    with pytest.raises(pictures.NoPicture, match="TimeoutExpired"):
        pictures.redraw(largest)


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("bytearray(600 * 2**20)", b"MemoryError"),
        ("__import__('os').write(__import__('os').open('{out}', 65, 0o600), b'x')", b"OSError"),
        ("__import__('os').environ['SECRET_KEY']", b"KeyError"),
        ("__import__('os').environ['DATABASE_URL']", b"KeyError"),
        ("__import__('tickets')", b"ModuleNotFoundError"),
    ],
)
def test_a_decoder_has_no_memory_no_disk_and_no_secret(
    attempt: str, outcome: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a hostile picture had taken the decoder over."""
    lines = (
        "try:",
        f"    {attempt.format(out=tmp_path / 'out')}",
        "except Exception as error: print(type(error).__name__, end='')",
        "raise SystemExit",
    )
    taken_over = tmp_path / "drawing.py"
    body = "".join(f"    {line}\n" for line in lines)
    source = Path(drawing.__file__).read_text()
    taken_over.write_text(source.replace("    confine()\n", f"    confine()\n{body}"))
    monkeypatch.setattr(drawing, "__file__", str(taken_over))
    assert pictures.redraw(b"") == outcome


def test_where_a_photo_was_taken_is_gone_from_what_is_shown(ticket: Ticket) -> None:
    photo = hostile.gps_photo()
    assert Image.open(io.BytesIO(photo)).getexif().get_ifd(0x8825)
    drawn = Path(kept(ticket, photo, "a.jpg").preview.path).read_bytes()
    with Image.open(io.BytesIO(drawn)) as shown:
        assert not shown.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(shown.info)
    for trace in (b"PhoneOfDana", b"home sweet home", b"EXIF", b"GPS"):
        assert trace not in drawn


def test_empty_and_too_many_files_are_refused(desk: Desk, ticket: Ticket, client: Client) -> None:
    client.force_login(desk.alice)
    route = str(files_route(ticket))
    for sent in ([b""], [b"x"] * 11):
        parts = [ContentFile(content, name=f"{n}.txt") for n, content in enumerate(sent)]
        form = {"text": "see it", "audience": route, "files": parts}
        answer = client.post(f"{ticket.get_absolute_url()}replies/", form)
        assert answer.status_code == 422
        assert "see it" in answer.content.decode()
    assert not Attachment.objects.exists()


def files_route(ticket: Ticket) -> int:
    conversation = ticket.messages.latest("pk").conversation
    assert conversation is not None
    return conversation.pk


def test_a_file_out_of_sight_is_as_one_that_never_was(
    desk: Desk, ticket: Ticket, client: Client
) -> None:
    found = kept(ticket, hostile.image("PNG"))
    client.force_login(desk.carol)
    for address in (found.url, found.preview_url):
        theirs = client.get(address)
        unknown = client.get(address.replace(str(found.uuid), str(uuid.uuid4())))
        assert theirs.status_code == unknown.status_code == 404
        assert without_ids(theirs) == without_ids(unknown)


def without_ids(answer: Any) -> tuple[str, list[str]]:
    return steady(answer.content), sorted(name for name in answer.headers if name != "X-Request-ID")


# --- A host of its own for files


@pytest.fixture
def files_host(settings: Any) -> str:
    settings.FILES_HOST = FILES
    settings.ALLOWED_HOSTS = ["testserver", FILES]
    return FILES


@pytest.fixture
def link(desk: Desk, ticket: Ticket, client: Client, files_host: str) -> str:
    """The path on the files host that Alice was led to."""
    client.force_login(desk.alice)
    answer = client.get(kept(ticket, b"%PDF-1.4 dekont", "dekont.pdf").url)
    start = f"http://{files_host}"
    assert answer["Location"].startswith(f"{start}/files/")
    return str(answer["Location"].removeprefix(start))


def at_files_host(path: str, host: str = FILES) -> Any:
    """Asked for by a browser that has no cookie there."""
    return got(Client(), path, headers={"Host": host})


def test_a_link_works_on_the_files_host_alone(client: Client, link: str) -> None:
    answer = at_files_host(link)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == 'attachment; filename="dekont.pdf"'
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert not answer.cookies
    assert client.get(link).status_code == 404, "on the desk's own host it is nothing"


@pytest.mark.parametrize("change", [lambda link: link[:-9] + "A" * 8 + "/", str.swapcase])
def test_a_link_cannot_be_made_up(link: str, change: Any) -> None:
    path = "/files/" + change(link.removeprefix("/files/"))
    assert at_files_host(path).status_code == 404


def test_a_link_holds_for_five_minutes(link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 299)
    assert at_files_host(link).status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 302)
    assert at_files_host(link).status_code == 404


def test_a_link_dies_with_its_session_and_with_the_right(
    desk: Desk, client: Client, link: str
) -> None:
    membership = Membership.objects.get(user=desk.alice)
    membership.delete()
    assert at_files_host(link).status_code == 404, "no longer of the team"
    membership.save(force_insert=True)
    assert at_files_host(link).status_code == 200

    User.objects.filter(pk=desk.alice.pk).update(is_active=False)
    assert at_files_host(link).status_code == 404, "account closed"
    User.objects.filter(pk=desk.alice.pk).update(is_active=True)
    assert at_files_host(link).status_code == 200

    client.post("/accounts/logout/")
    assert at_files_host(link).status_code == 404, "signed out"


def test_a_link_dies_with_the_password(desk: Desk, client: Client, link: str) -> None:
    desk.alice.set_password("another-one-entirely")
    desk.alice.save()
    assert at_files_host(link).status_code == 404


@pytest.mark.parametrize("host", [FILES, FILES.upper(), f"{FILES}.", f"{FILES}:8443"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/tickets/",
        "/accounts/login/",
        "/accounts/password/reset/",
        "/profile/",
        "/live/",
        "/livez",
        "/static/css/app.css",
        "/enter/",
    ],
)
@pytest.mark.django_db
def test_the_files_host_serves_nothing_else(files_host: str, host: str, path: str) -> None:
    answer = at_files_host(path, host)
    assert answer.status_code == 404
    assert answer.body == b""
    assert not answer.cookies
