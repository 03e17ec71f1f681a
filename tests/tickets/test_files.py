"""Files: copied from the service, drawn anew if they are pictures, and served so that they can do nothing."""

from __future__ import annotations

import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from connectors import draining, pulling
from tests.cast import DANA, Desk, Outside, closed, opened
from tests.sandbox_process import SandboxProcess
from tickets import pictures
from tickets.actions import files
from tickets.models import Attachment, Channel, FileState, Message, Ticket, Verb

pytestmark = pytest.mark.django_db
SCRIPT = b"<script>alert(document.domain)</script>"


@pytest.fixture(autouse=True)
def _places(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.PULL_TIMEOUT = tmp_path, 0


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6  # to be turned by 90 degrees
    return picture(exif=exif)


def hear(channel: Channel) -> None:
    pulling.pull(channel.pk, seconds=0.05)
    while draining.drain_batch():
        pass


def received(channel: Channel, bot_api: SandboxProcess, data: bytes, name: str) -> Attachment:
    bot_api.say("dana", "private", "here", file=data, file_name=name)
    hear(channel)
    files.fetch_pending()
    return Attachment.objects.latest("pk")


def test_a_document_is_copied_under_a_random_name(
    channel: Channel, bot_api: SandboxProcess, tmp_path: Path
) -> None:
    found = received(channel, bot_api, b"%PDF-1.4 dekont", "../../etc/dekont.pdf")
    assert (found.state, found.name, found.content_type) == (
        "stored",
        "dekont.pdf",
        "application/pdf",
    )
    assert Path(found.file.path).read_bytes() == b"%PDF-1.4 dekont"
    assert found.size == 15
    (path,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert path.name == f"{found.uuid}.bin"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert Ticket.objects.get().events.filter(verb=Verb.FILE_STORED).exists()


def test_a_photo_is_drawn_anew(channel: Channel, bot_api: SandboxProcess) -> None:
    found = received(channel, bot_api, with_place(), "photo.jpg")
    drawn = Path(found.preview.path).read_bytes()
    with Image.open(io.BytesIO(drawn)) as image:
        assert (image.format, image.size) == ("WEBP", (40, 60))
        assert not image.getexif()
    assert b"taken at home" not in drawn
    assert b"taken at home" in Path(found.file.path).read_bytes()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_a_second_format_hidden_in_a_picture_is_not_shown(kind: str) -> None:
    drawn = pictures.redraw(picture(kind) + SCRIPT + b"PK\x03\x04")
    assert SCRIPT not in drawn
    assert b"PK" not in drawn


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\nbroken",
        b"GIF89a" + SCRIPT,
        picture("PNG")[:60],
        b"\xff\xd8\xff" + bytes(50),
    ],
)
def test_what_only_claims_to_be_a_picture_is_no_picture(
    channel: Channel, bot_api: SandboxProcess, data: bytes
) -> None:
    found = received(channel, bot_api, data, "a.png")
    assert (found.state, found.content_type) == (FileState.STORED, "application/octet-stream")
    assert not found.is_image


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(pictures.NoPicture):
        pictures.redraw(out.getvalue())


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (SCRIPT, "application/octet-stream"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "application/octet-stream"),
        (b"%PDF-1.7", "application/pdf"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_bytes_say_what_it_is(head: bytes, kind: str) -> None:
    assert pictures.content_type(head) == kind


def test_a_file_that_is_too_large_is_told_and_not_fetched(
    channel: Channel, bot_api: SandboxProcess, settings: Any
) -> None:
    settings.FILE_SIZE_LIMIT = 100
    found = received(channel, bot_api, b"x" * 101, "large.bin")
    assert (found.state, bool(found.file)) == (FileState.TOO_LARGE, False)


def test_a_file_that_cannot_be_had_is_tried_a_few_times(
    channel: Channel, bot_api: SandboxProcess
) -> None:
    bot_api.fault("500", method="getFile", times=100)
    found = received(channel, bot_api, b"x", "a.bin")
    assert (found.state, found.tries) == (FileState.PENDING, 1)
    assert files.fetch_pending() == 0, "it backs off"
    for _try in range(files.MOST_TRIES):
        Attachment.objects.update(not_before="2020-01-01T00:00Z")
        files.fetch_pending()
    found.refresh_from_db()
    assert found.state == FileState.FAILED


def test_a_failed_fetch_is_made_good(channel: Channel, bot_api: SandboxProcess) -> None:
    bot_api.fault("500", method="getFile")
    found = received(channel, bot_api, b"x", "a.bin")
    Attachment.objects.update(not_before="2020-01-01T00:00Z")
    files.fetch_pending()
    found.refresh_from_db()
    assert found.state == FileState.STORED


def test_a_full_disk_holds_up_no_other_file(
    channel: Channel, bot_api: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "_stored", full)
        found = received(channel, bot_api, b"x", "a.bin")
    assert (found.state, found.tries) == (FileState.PENDING, 1)


# --- Serving


@pytest.fixture
def stored(outside: Outside) -> Attachment:
    said = outside.says(DANA, "my dekont", photo=[{"file_id": "f", "width": 9, "height": 9}])
    opened(said)
    found = Message.objects.get(kind="incoming").attachments.get()
    files._stored(found, picture())
    found.name = 'evil"\u202egpj.html'
    found.save()
    return found


def test_a_file_is_downloaded_and_can_do_nothing(
    desk: Desk, stored: Attachment, client: Client
) -> None:
    client.force_login(desk.alice)
    for address in (stored.url, stored.preview_url):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "private" in answer["Cache-Control"]
        is_download = "attachment" in answer.get("Content-Disposition", "")
        assert is_download or answer["Content-Type"] == "image/webp"
        assert is_download == (address == stored.url)
        closed(answer)


@pytest.mark.parametrize("who", ["carol", "gone", None])
def test_files_of_tickets_out_of_sight_do_not_exist(
    desk: Desk, stored: Attachment, client: Client, who: str | None
) -> None:
    if who:
        client.force_login(getattr(desk, who))
    expected = 404 if who == "carol" else 302
    for address in (stored.url, stored.preview_url):
        assert client.get(address).status_code == expected
        unknown = address.replace(str(stored.uuid), str(uuid.uuid4()))
        assert client.get(unknown).status_code == expected


def test_a_pending_or_lost_file_is_not_there(
    desk: Desk, stored: Attachment, client: Client
) -> None:
    client.force_login(desk.alice)
    Path(stored.file.path).unlink()
    assert client.get(stored.url).status_code == 404
    Attachment.objects.update(state=FileState.PENDING)
    assert client.get(stored.preview_url).status_code == 404


def test_a_file_without_a_picture_has_no_preview(
    desk: Desk, stored: Attachment, client: Client
) -> None:
    client.force_login(desk.alice)
    stored.preview.delete(save=True)
    assert client.get(stored.preview_url).status_code == 404


def test_an_agents_upload_gets_no_name_of_ours(desk: Desk, outside: Outside) -> None:
    message = opened(outside.says(DANA, "hello, withdrawal")).messages.latest("pk")
    (found,) = files.store_uploads(message, [ContentFile(b"x", name="../a\x00b\u202e.txt")])
    assert found.name == "ab.txt"
    assert Path(found.file.path).name == f"{found.uuid}.bin"
