"""The calls that a part of an answer becomes, and how to mend one that was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.telegram.entities import write_entities
from connectors.telegram.errors import Refused, is_formatting, is_photo
from connectors.telegram.fields import number
from connectors.telegram.split import CAPTION_LIMIT, utf16_length
from tickets.transport import DeliveryError, OutboundFile, Part

ALBUM_LIMIT = 10
PHOTO_LIMIT = 10 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
"""Bytes, on the public Bot API."""
TOPIC_NAME = 128
SEEN = "👀"
_PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `files` go along as uploads, under the names by which `params` speak of them."""

    method: str
    params: Mapping[str, Any]
    files: Mapping[str, OutboundFile]


def text_call(part: Part) -> Call:
    """`sendMessage`. Entities, not parse_mode: nothing that somebody typed can break or forge the marks."""
    params = _addressed(part) | {"text": part.text, "link_preview_options": {"is_disabled": True}}
    return Call("sendMessage", params | _marks("entities", part), {})


def files_call(part: Part, sizes: Sequence[int]) -> Call:
    """One photo, one document, or an album. Raises DeliveryError for what can never be sent."""
    if not 0 < len(part.files) <= ALBUM_LIMIT:
        raise DeliveryError("rejected", permanent=True)
    if utf16_length(part.text) > CAPTION_LIMIT or max(sizes) > UPLOAD_LIMIT:
        raise DeliveryError("too_large", permanent=True)
    caption = {"caption": part.text, **_marks("caption_entities", part)} if part.text else {}
    kind = "photo" if all(map(_is_photo, part.files, sizes)) else "document"
    return _album(part, kind, caption) if len(part.files) > 1 else _single(part, kind, caption)


def edit_call(part: Part) -> Call:
    """`editMessageText`. Buttons that the message had are gone with it."""
    target = {"chat_id": _chat(part), "message_id": _id(part.target)}
    words = {"text": part.text, "link_preview_options": {"is_disabled": True}}
    return Call("editMessageText", target | words | _marks("entities", part), {})


def buttons_off_call(part: Part) -> Call:
    target = {"chat_id": _chat(part), "message_id": _id(part.target)}
    return Call("editMessageReplyMarkup", target | {"reply_markup": {"inline_keyboard": []}}, {})


def answer_call(part: Part) -> Call:
    """Ends the spinner on a button, with a line of at most 200 characters."""
    params = {"callback_query_id": part.target, "text": part.text[:200]}
    return Call("answerCallbackQuery", params, {})


def topic_call(part: Part) -> Call:
    """A topic in a private chat, named by `text`."""
    return Call("createForumTopic", {"chat_id": _chat(part), "name": part.text[:TOPIC_NAME]}, {})


def delete_call(part: Part) -> Call:
    return Call("deleteMessage", {"chat_id": _chat(part), "message_id": _id(part.target)}, {})


def reaction_call(part: Part) -> Call:
    """A reaction on the message, so that its writer sees that it was taken up."""
    target = {"chat_id": _chat(part), "message_id": _id(part.target or part.reply_to)}
    reaction = [{"type": "emoji", "emoji": part.text or SEEN}]
    return Call("setMessageReaction", target | {"reaction": reaction}, {})


def mended(call: Call, error: Refused) -> Call | None:
    """The same call without what Telegram refused, or None. Safe to send: a refusal did nothing."""
    params = dict(call.params)
    if error.migrate_to:
        params.pop("message_thread_id", None)
        return replace(call, params=params | {"chat_id": int(error.migrate_to)})
    if is_formatting(error):
        bare = _without_marks(params)
        return replace(call, params=bare) if bare != call.params else None
    return _as_documents(call) if is_photo(error) else None


def _addressed(part: Part) -> dict[str, Any]:
    params: dict[str, Any] = {"chat_id": _chat(part)}
    if part.place.thread_id:
        params["message_thread_id"] = _id(part.place.thread_id)
    if part.reply_to:
        # The message may be gone by now, and the answer is wanted all the same.
        params["reply_parameters"] = {
            "message_id": _id(part.reply_to),
            "allow_sending_without_reply": True,
        }
    if keyboard := _keyboard(part):
        params["reply_markup"] = {"inline_keyboard": keyboard}
    return params


def _keyboard(part: Part) -> list[list[dict[str, str]]]:
    links = [[{"text": label, "url": url}] for label, url in part.buttons]
    presses = [
        [{"text": label, "callback_data": data} for label, data in row] for row in part.presses
    ]
    return links + presses


def _marks(key: str, part: Part) -> dict[str, Any]:
    marks = write_entities(part.entities, part.text)
    return {key: marks} if marks else {}


def _single(part: Part, kind: str, caption: Mapping[str, Any]) -> Call:
    params = {**_addressed(part), **caption, kind: "attach://file0"}
    if kind == "document":
        params["disable_content_type_detection"] = True
    return Call(
        "sendPhoto" if kind == "photo" else "sendDocument", params, {"file0": part.files[0]}
    )


def _album(part: Part, kind: str, caption: Mapping[str, Any]) -> Call:
    """Photos and documents do not mix in an album, so a mixed one goes as documents. Buttons cannot go along."""
    files = {f"file{index}": file for index, file in enumerate(part.files)}
    media: list[dict[str, Any]] = [{"type": kind, "media": f"attach://{name}"} for name in files]
    media[0] |= caption
    params = _addressed(part) | {"media": media}
    params.pop("reply_markup", None)
    return Call("sendMediaGroup", params, files)


def _is_photo(file: OutboundFile, size: int) -> bool:
    return file.content_type in _PHOTO_TYPES and size <= PHOTO_LIMIT


def _without_marks(params: Mapping[str, Any]) -> dict[str, Any]:
    bare = {
        key: value for key, value in params.items() if key not in ("entities", "caption_entities")
    }
    if "media" in bare:
        bare["media"] = [_without_marks(item) for item in bare["media"]]
    return bare


def _as_documents(call: Call) -> Call | None:
    params = dict(call.params)
    if call.method == "sendPhoto":
        params["document"] = params.pop("photo")
        return replace(call, method="sendDocument", params=params)
    if call.method == "sendMediaGroup" and any(item["type"] == "photo" for item in params["media"]):
        params["media"] = [item | {"type": "document"} for item in params["media"]]
        return replace(call, params=params)
    return None


def _chat(part: Part) -> int:
    return _id(part.place.external_id)


def _id(text: str) -> int:
    found = number(text)
    if found is None:
        raise DeliveryError("rejected", permanent=True)
    return found
