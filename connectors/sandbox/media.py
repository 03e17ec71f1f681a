"""Files that people and bots send. The bytes lie beside the journal, under names of our own."""

from __future__ import annotations

import io
import mimetypes
import secrets
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from connectors.sandbox.stage import Sandbox
from connectors.sandbox.state import Json

DOWNLOAD_LIMIT = 20 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
_SIDES = (320, 1280)


class NotAPicture(ValueError):
    """These bytes cannot be shown as a photo."""


def keep_photo(sandbox: Sandbox, data: bytes) -> list[Json]:
    """Store a picture as Telegram does, re-encoded as JPEG in two sizes; gives the PhotoSize list, smallest first.

    Raises NotAPicture.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            flat = picture.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise NotAPicture from error
    return [_keep_size(sandbox, flat, side) for side in _SIDES]


def _keep_size(sandbox: Sandbox, picture: Image.Image, side: int) -> Json:
    scaled = picture.copy()
    scaled.thumbnail((side, side))
    target = io.BytesIO()
    scaled.save(target, "JPEG", quality=85)
    kept = _keep(sandbox, target.getvalue(), "photos", ".jpg")
    return {**kept, "width": scaled.width, "height": scaled.height}


def keep_document(sandbox: Sandbox, data: bytes, name: str, mime: str) -> Json:
    """Store any file; gives the Document."""
    clean = Path(name or "file").name
    guessed = mime or mimetypes.guess_type(clean)[0] or "application/octet-stream"
    kept = _keep(sandbox, data, "documents", Path(clean).suffix)
    return {"file_name": clean, "mime_type": guessed, **kept}


def _keep(sandbox: Sandbox, data: bytes, folder: str, suffix: str) -> Json:
    unique = secrets.token_hex(8)
    (sandbox.files / unique).write_bytes(data)
    number = len(sandbox.state.files)
    known: Json = {
        "file_id": f"SBX{secrets.token_urlsafe(24)}",
        "file_unique_id": unique,
        "file_size": len(data),
    }
    path = f"{folder}/file_{number}{suffix if suffix.isascii() else ''}"
    sandbox.record({"kind": "file", "file": {**known, "file_path": path}})
    return known


def content(sandbox: Sandbox, file_id: str) -> bytes:
    """The bytes of a stored file. Raises KeyError."""
    unique: str = sandbox.state.files[file_id]["file_unique_id"]
    return (sandbox.files / unique).read_bytes()
