"""What a file really is, by its first bytes; and pictures drawn anew, so that nothing but pixels is shown in a page."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageOps

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
MOST_PIXELS = 40_000_000
PREVIEW_SIDE = 1600
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

    Raises NoPicture for what is none, is broken, or claims more than 40 million pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise NoPicture("too many pixels")
                image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
                fresh = Image.new("RGB", upright.size, "white")
                rgba = upright.convert("RGBA")
                fresh.paste(rgba, mask=rgba.getchannel("A"))
                out = io.BytesIO()
                fresh.save(out, "WEBP", quality=82)
                return out.getvalue()
    except NoPicture:
        raise
    except Exception as error:  # decoders fail in many ways on hostile bytes
        raise NoPicture(type(error).__name__) from error
