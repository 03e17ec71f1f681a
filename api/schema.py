"""What drf-spectacular cannot see by itself: the token, the refusals, the key of a write."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from api.errors import CONTENT_TYPE
from api.idempotency import HEADER

REFUSALS = {
    "400": "Something in the request is not as it should be.",
    "401": "No valid token.",
    "403": "Seen, but not yours to do; or the token may only read.",
    "404": "There is no such thing, or it is not yours to see.",
    "406": "Only JSON is spoken here.",
    "409": "It has changed meanwhile, or an equal request is being worked on.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "What is asked makes no sense for this row; or the key was used for another request.",
    "429": "Too fast. `Retry-After` says how many seconds to wait.",
    "503": "The database does not answer. `Retry-After` says when to try again.",
}
ALWAYS = ("400", "401", "403", "406", "413", "429", "503")
WRITES = ("409", "415", "422")
PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In the language of `Accept-Language`."},
        "errors": {
            "type": "object",
            "description": "400 only: what is wrong with which field or parameter.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Any unique text. Sent again with it, the write is not done twice, but answered as before.",
}


class Schema(AutoSchema):
    """An operation is described where it says so, and not by the docstring of its class."""

    def get_description(self, *args: Any) -> str:
        return ""


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token hd_...`, made on the page of your profile or by `manage.py apitoken create`.",
        }


def finish(result: dict[str, Any], **_kept: Any) -> dict[str, Any]:
    """A postprocessing hook: refusals and keys for every operation; bodies take no key that they do not name."""
    schemas = result["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    for name, schema in schemas.items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _finish(path, method, operation)
    return result


def _finish(path: str, method: str, operation: dict[str, Any]) -> None:
    writes = method != "get"
    names = (*ALWAYS, *(("404",) if "{" in path else ()), *(WRITES if writes else ()))
    for status in sorted(names):
        operation["responses"][status] = {
            "description": REFUSALS[status],
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if writes:
        operation.setdefault("parameters", []).append(KEY)
