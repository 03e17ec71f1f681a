"""Files and everything else that is not text."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.telegram.parse import Bot, parse
from tests.telegram.builders import BOT, PRIVATE, SUPERGROUP, file, message, photo
from tests.telegram.test_parse_messages import read
from tickets.transport import Entity, InboundFile, InboundMessage

MIB = 1024 * 1024


def test_the_largest_photo_is_taken_whatever_their_order() -> None:
    parsed = read(message(photo=photo((320, 240), (1280, 960), (90, 67))))
    assert parsed.placeholder == ""
    assert parsed.files == (
        InboundFile("photo-1280x960", content_type="image/jpeg", size=307200, kind="photo"),
    )


def test_a_caption_is_the_text_and_brings_its_own_marks() -> None:
    marks = [{"type": "code", "offset": 5, "length": 4}]
    parsed = read(
        message(photo=photo((9, 9)), caption="txid 0xab", caption_entities=marks, entities=[])
    )
    assert (parsed.text, parsed.entities) == ("txid 0xab", (Entity("code", 5, 4),))


def test_a_document_keeps_name_type_and_size() -> None:
    document = file("doc", file_name="dekont.pdf", mime_type="application/pdf", file_size=1234)
    parsed = read(message(document=document))
    assert parsed.placeholder == ""
    assert parsed.files == (InboundFile("doc", "dekont.pdf", "application/pdf", 1234, "document"),)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\proof.png", "proof.png"),
        ("a\x00b.png", "a\ufffdb.png"),
        ("x" * 400 + ".png", "x" * 251 + ".png"),
        (7, ""),
        (None, ""),
    ],
)
def test_a_file_name_is_no_path(name: object, kept: str) -> None:
    assert read(message(document=file(file_name=name))).files[0].name == kept


@pytest.mark.parametrize(
    ("fields", "placeholder", "content_type"),
    [
        ({"voice": file(duration=3)}, "voice", "audio/ogg"),
        ({"video_note": file()}, "video_note", "video/mp4"),
        ({"video": file(mime_type="video/mp4")}, "video", "video/mp4"),
        ({"audio": file(mime_type="audio/mpeg")}, "audio", "audio/mpeg"),
        ({"sticker": file(emoji="🙏")}, "sticker", "image/webp"),
        ({"sticker": file(is_animated=True)}, "sticker", "application/x-tgsticker"),
        ({"sticker": file(is_video=True)}, "sticker", "video/webm"),
        ({"animation": file(), "document": file(mime_type="video/mp4")}, "animation", ""),
    ],
)
def test_other_files_come_with_a_word_for_what_they_are(
    fields: dict[str, Any], placeholder: str, content_type: str
) -> None:
    parsed = read(message(**fields))
    assert parsed.placeholder == placeholder
    assert [(f.file_id, f.kind, f.content_type) for f in parsed.files] == [
        ("file", placeholder, content_type)
    ]


@pytest.mark.parametrize(
    ("fields", "placeholder", "text"),
    [
        ({"location": {"latitude": 41.0151, "longitude": 28.9795}}, "location", "41.0151, 28.9795"),
        (
            {"venue": {"title": "Kite Office", "address": "Pier 4"}, "location": {}},
            "venue",
            "Kite Office, Pier 4",
        ),
        (
            {"contact": {"first_name": "Emre", "phone_number": "+90 555"}},
            "contact",
            "Emre, +90 555",
        ),
        ({"poll": {"question": "Moon?", "options": []}}, "poll", "Moon?"),
        ({"poll": "broken"}, "poll", ""),
        ({"dice": {"emoji": "🎲", "value": 2}}, "dice", ""),
        ({"story": {"id": 2}}, "story", ""),
        ({"giveaway": {"winner_count": 1}}, "giveaway", ""),
        ({"hologram": {"id": 2}}, "unknown: hologram", ""),
        ({"hologram": True, "reply_markup": {}}, "unknown: hologram", ""),
        ({"photo": "broken"}, "photo", ""),
        ({"photo": [{"width": 9}]}, "photo", ""),
        ({"document": {"file_name": "x"}}, "document", ""),
        ({"voice": 5}, "voice", ""),
    ],
)
def test_what_has_no_file_is_shown_by_its_name(
    fields: dict[str, Any], placeholder: str, text: str
) -> None:
    parsed = read(message(**fields))
    assert (parsed.action, parsed.placeholder, parsed.text, parsed.files) == (
        "message",
        placeholder,
        text,
        (),
    )


def test_empty_fields_are_no_content() -> None:
    parsed = read(
        message(text="hi", photo=None, document=None, hologram=None, new_chat_members=[], dice=None)
    )
    assert (parsed.text, parsed.placeholder, parsed.files) == ("hi", "", ())


@pytest.mark.parametrize(
    ("size", "too_large"),
    [(20 * MIB, False), (20 * MIB + 1, True), (None, False), ("30000000", True)],
)
def test_files_that_a_bot_cannot_download_are_marked(size: object, too_large: bool) -> None:
    assert read(message(document=file(file_size=size))).files[0].too_large is too_large


def test_a_server_of_ones_own_has_a_limit_of_ones_own() -> None:
    bot = Bot(BOT.id, BOT.username, download_limit=200 * MIB)
    parsed = parse(message(video=file(file_size=150 * MIB)), bot=bot)
    assert isinstance(parsed, InboundMessage)
    assert not parsed.files[0].too_large


def test_the_pictures_of_an_album_name_it() -> None:
    one, two = (
        read(message(photo=photo((9, 9)), message_id=i, media_group_id="1350")) for i in (20, 21)
    )
    assert (one.album_id, two.album_id) == ("1350", "1350")
    assert one.external_id != two.external_id


def test_media_in_a_group_keep_their_place() -> None:
    assert read(message(SUPERGROUP, voice=file())).place.kind == "group"
    assert read(message(PRIVATE, voice=file())).place.kind == "private"
