"""Files in a bucket instead of a folder: stored, shown, sent by a bot, and nothing of them left on the disk."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client

from connectors.telegram.transport import TelegramTransport
from tests.cast import DANA, Desk, Outside, opened
from tests.deployment.bucket import BUCKET, FakeS3
from tests.tickets.test_files import picture
from tickets.actions import delivery, files
from tickets.actions.reply import reply, routes
from tickets.models import Attachment, Delivery, DeliveryState, FileState
from tickets.transport import Part, Sent

pytestmark = pytest.mark.django_db

KEY, SECRET = "the-access-key", "the-secret-key-of-the-bucket"


@pytest.fixture
def s3(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3]:
    """STORAGE=s3 with a bucket on this machine; what is written to the disk would be found in two empty folders."""
    for folder in ("files", "tmp"):
        (tmp_path / folder).mkdir()
    settings.MEDIA_ROOT = settings.FILES_ROOT = tmp_path / "files"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    with FakeS3() as bucket:
        options = {
            "bucket_name": BUCKET, "endpoint_url": bucket.url, "region_name": "eu-central-1",
            "access_key": KEY, "secret_key": SECRET,
        }  # fmt: skip
        default = {"BACKEND": "helpdesk.storage.Bucket", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": default}
        yield bucket
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left == []


def answered(desk: Desk, outside: Outside) -> Delivery:
    """Alice's reply with two files, on its way."""
    ticket = opened(outside.says(DANA, "where is my deposit?"))
    sent = [
        SimpleUploadedFile("proof.png", picture()),
        SimpleUploadedFile("سند.pdf", b"%PDF-1.7 a document"),
    ]
    reply(actor=desk.alice, ticket=ticket, conversation=routes(ticket)[0], text="look", files=sent)
    return Delivery.objects.get(operation="send_files")


def test_what_an_agent_attaches_is_stored_and_shown(
    desk: Desk, outside: Outside, client: Client, s3: FakeS3
) -> None:
    answered(desk, outside)
    assert len(s3.objects) == 3, "two files, and the picture drawn anew"
    assert all(name.startswith(("attachments/", "previews/")) for name in s3.objects)
    assert all(KEY in header and SECRET not in header for header in s3.signed)
    client.force_login(desk.alice)
    image, document = Attachment.objects.order_by("pk")
    answer = client.get(document.url)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 a document"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    shown = client.get(image.preview_url)
    assert b"".join(shown.streaming_content)[8:12] == b"WEBP"  # type: ignore[attr-defined]


class Reader:
    """A transport that sends what it finds under the paths it was given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    def wait_seconds(self, part: Part) -> float:
        return 0.0

    def send(self, part: Part) -> Sent:
        self.sent += [(file.name, Path(file.path).read_bytes()) for file in part.files]
        return Sent((uuid.uuid4().hex,))


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    found = Reader()
    monkeypatch.setattr(delivery, "_transport", lambda _delivery: found)
    return found


def test_a_transport_gets_paths_of_what_lies_in_the_bucket(
    desk: Desk, outside: Outside, s3: FakeS3, reader: Reader
) -> None:
    row = answered(desk, outside)
    asked = len(s3.signed)
    claimed = delivery.claim()
    while claimed and claimed.pk != row.pk:
        delivery.deliver(claimed)
        claimed = delivery.claim()
    assert len(s3.signed) == asked, "to wait for its turn, no file is fetched"
    assert claimed
    delivery.deliver(claimed)
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert reader.sent == [("proof.png", picture()), ("سند.pdf", b"%PDF-1.7 a document")]


def test_a_bucket_that_is_away_delays_and_a_file_that_is_gone_ends(
    desk: Desk, outside: Outside, s3: FakeS3, reader: Reader
) -> None:
    row = answered(desk, outside)
    s3.is_away = True
    delivery.drain()
    row.refresh_from_db()
    assert (row.state, row.reason) == (DeliveryState.QUEUED, "unavailable")
    s3.is_away = False
    s3.objects.clear()
    Delivery.objects.update(not_before=Now())
    delivery.drain()
    row.refresh_from_db()
    assert (row.state, row.reason) == (DeliveryState.FAILED, "rejected")


def test_what_a_service_holds_waits_for_the_bucket(
    outside: Outside, s3: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = [{"file_id": "f", "width": 9, "height": 9}]
    outside.says(DANA, caption="my dekont", photo=photo)
    monkeypatch.setattr(TelegramTransport, "fetch", lambda *_args, **_options: picture())
    s3.is_away = True
    files.fetch_pending()
    assert Attachment.objects.get().state == FileState.PENDING
    s3.is_away = False
    Attachment.objects.update(not_before=Now())
    files.fetch_pending()
    assert Attachment.objects.get().state == FileState.STORED
    assert len(s3.objects) == 2


def test_errors_name_no_key_and_no_bucket(s3: FakeS3) -> None:
    s3.is_away = True
    for work in (
        lambda: default_storage.open("attachments/canary.bin"),
        lambda: default_storage.save("attachments/canary.bin", ContentFile(b"x")),
    ):
        with pytest.raises(OSError, match="The bucket: ClientError") as caught:
            work()
        assert caught.value.__context__ is None
