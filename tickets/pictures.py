"""What a file really is, by its first bytes; and pictures drawn anew, so that nothing but pixels is shown in a page."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from tickets import drawing

SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
MOST_SECONDS = 15
"""For one picture, on a busy machine; its processor time is limited in `tickets.drawing`."""
UNKNOWN = "application/octet-stream"


class NoPicture(ValueError):
    """The bytes cannot be drawn as a picture within the limits."""


def content_type(head: bytes) -> str:
    """The type that the first bytes say, from a short list; anything else is octets. Names and claims do not count."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for start, kind in SIGNATURES if head.startswith(start)), UNKNOWN)


def redraw(content: bytes) -> bytes:
    """The first frame as a fresh WebP of at most 1600 px a side: no metadata, no second format hidden behind it.

    Raises NoPicture for what is none, is broken, claims more than 40 million pixels, or costs too much to decode.
    """
    try:
        # Not through our own environment: what decodes strangers' bytes shall know no secret.
        done = subprocess.run(
            [sys.executable, "-I", drawing.__file__],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=MOST_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, BrokenPipeError) as error:
        raise NoPicture(type(error).__name__) from None
    return done.stdout
