"""The parameters of a call: query string, form, multipart or JSON, all alike to the methods."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from connectors.sandbox.botapi.errors import bad_request
from connectors.sandbox.state import Json

Uploads = dict[str, "UploadedFile[bytes]"]


class Params:
    """Values by name. In a form, lists and objects come as JSON texts."""

    def __init__(self, values: dict[str, Any], files: Uploads) -> None:
        self._values = values
        self.files = files

    @classmethod
    def of(cls, request: HttpRequest) -> Params:
        """Read them all; the body wins over the query. Raises Refusal."""
        values: dict[str, Any] = dict(request.GET.items())
        if request.content_type == "application/json":
            values.update(_json_body(request.body))
        elif request.method == "POST":
            values.update(request.POST.items())
        files = {
            name: file for name, file in request.FILES.items() if isinstance(file, UploadedFile)
        }
        return cls(values, files)

    def text(self, name: str) -> str:
        """A string; empty if absent."""
        value = self._values.get(name)
        return "" if value is None else str(value)

    def number(self, name: str, default: int = 0) -> int:
        """A whole number; Telegram reads nonsense as absent, and so do we."""
        try:
            return int(self._values.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """A boolean."""
        return self.text(name).lower() in ("1", "true", "yes")

    def json(self, name: str) -> Any:
        """An object or a list, given as such or as a JSON text; None if absent. Raises Refusal."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from error

    def items(self, name: str) -> list[Json]:
        """A list of objects; empty if absent. Raises Refusal."""
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise bad_request(f"can't parse {name}: expected an array of objects")
        return value

    def thing(self, name: str) -> Json:
        """An object; empty if absent. Raises Refusal."""
        value = self.json(name)
        if value is not None and not isinstance(value, dict):
            raise bad_request(f"can't parse {name}: expected an object")
        return value or {}


def _json_body(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise bad_request("can't parse JSON object")
    return values
