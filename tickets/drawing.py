"""Run as a process of its own by `tickets.pictures`: one picture in by stdin, the fresh WebP out by stdout.

Decoders are the largest piece of C code that strangers' bytes meet. Here they find no memory to exhaust, no time to
waste, no file to write, and in the environment no secret to read.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings
from typing import Final

MOST_PIXELS: Final = 40_000_000
PREVIEW_SIDE: Final = 1600
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
MEMORY: Final = 512 * 2**20
CPU_SECONDS: Final = 8


def confine() -> None:
    """Give up what a decoder does not need."""
    for which, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(which, (most, most))


def redrawn(content: bytes) -> bytes:
    """The first frame, upright, as a WebP of at most PREVIEW_SIDE. Raises whatever a decoder raises."""
    from PIL import Image, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
        image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        rgba = ImageOps.exif_transpose(image).convert("RGBA")
        fresh = Image.new("RGB", rgba.size, "white")
        fresh.paste(rgba, mask=rgba.getchannel("A"))
        out = io.BytesIO()
        fresh.save(out, "WEBP", quality=82)
        return out.getvalue()


if __name__ == "__main__":
    confine()
    sys.stdout.buffer.write(redrawn(sys.stdin.buffer.read()))
