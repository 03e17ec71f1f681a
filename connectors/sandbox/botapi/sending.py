"""sendMessage, sendPhoto, sendDocument, sendMediaGroup."""

from __future__ import annotations

import secrets
from typing import Any

from connectors.sandbox import compose, text
from connectors.sandbox.botapi.call import Call, method
from connectors.sandbox.botapi.errors import Refusal, bad_request
from connectors.sandbox.botapi.markup import keyboard
from connectors.sandbox.botapi.target import Target, find_target
from connectors.sandbox.media import (
    PHOTO_LIMIT,
    UPLOAD_LIMIT,
    NotAPicture,
    keep_document,
    keep_photo,
)
from connectors.sandbox.state import Json, Message

MESSAGE_LIMIT = 4096
CAPTION_LIMIT = 1024


@method("sendMessage")
async def send_message(call: Call) -> Message:
    """A text."""
    words = call.params.text("text")
    if not words.strip():
        raise bad_request("message text is empty")
    if text.units(words) > MESSAGE_LIMIT:
        raise bad_request("message is too long")
    content = {"text": words, **_entities(call, words, "entities")}
    content.update(keyboard(call.params.thing("reply_markup")))
    return _post(call, find_target(call), content)


@method("sendPhoto")
async def send_photo(call: Call) -> Message:
    """A picture with a caption."""
    return _send_one_file(call, "photo")


@method("sendDocument")
async def send_document(call: Call) -> Message:
    """A file with a caption."""
    return _send_one_file(call, "document")


def _send_one_file(call: Call, kind: str) -> Message:
    content = _caption(call, call.params.text("caption"), "caption_entities")
    content.update(keyboard(call.params.thing("reply_markup")))
    target = find_target(call)
    return _post(call, target, {**content, **_file(call, kind, _source(call, kind))})


@method("sendMediaGroup")
async def send_media_group(call: Call) -> list[Message]:
    """An album of 2 to 10."""
    items = call.params.items("media")
    if not 2 <= len(items) <= 10:
        raise bad_request(f"too {'few' if len(items) < 2 else 'many'} messages to send as an album")
    kinds = {str(item.get("type")) for item in items}
    if not kinds <= {"photo", "document"} or len(kinds) > 1:
        raise bad_request("document can't be mixed with other media types")
    captions = [_item_caption(item) for item in items]
    target = find_target(call, messages=len(items))
    album = {"media_group_id": str(secrets.randbits(53))}
    kind = kinds.pop()
    contents = [{**_file(call, kind, str(item.get("media", ""))), **album} for item in items]
    return [
        _post(call, target, {**content, **caption})
        for content, caption in zip(contents, captions, strict=True)
    ]


def _post(call: Call, target: Target, content: Json) -> Message:
    sender = compose.bot_user(call.bot.bot)
    made = compose.message(
        target.chat, sender, content, thread=target.thread, reply_to=target.reply_to
    )
    call.sandbox.record({"kind": "message", "chat": target.chat.key, "message": made})
    return made


def _entities(call: Call, words: str, name: str) -> Json:
    if call.params.text("parse_mode"):
        raise bad_request("unsupported parse_mode")
    return check_entities(words, call.params.items(name), name)


def check_entities(words: str, entities: list[Json], name: str) -> Json:
    """The entities as a field of the message, if there are any. Raises Refusal."""
    problem = text.entity_problem(words, entities)
    if problem:
        raise bad_request(problem)
    return {name: entities} if entities else {}


def _caption(call: Call, words: str, name: str) -> Json:
    _check_caption(words)
    return {"caption": words, **_entities(call, words, name)} if words else {}


def _item_caption(item: Json) -> Json:
    words = str(item.get("caption") or "")
    _check_caption(words)
    entities: Any = item.get("caption_entities") or []
    return (
        {"caption": words, **check_entities(words, entities, "caption_entities")} if words else {}
    )


def _check_caption(words: str) -> None:
    if text.units(words) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")


def _source(call: Call, kind: str) -> str:
    return f"attach://{kind}" if kind in call.params.files else call.params.text(kind)


def _file(call: Call, kind: str, source: str) -> Json:
    """The photo or document: an upload of this call, or one that the sandbox knows by its file_id."""
    if source.startswith("attach://"):
        return {kind: _uploaded(call, kind, source.removeprefix("attach://"))}
    known = _sent_before(call, kind, source)
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return {kind: known}


def _uploaded(call: Call, kind: str, name: str) -> Any:
    upload = call.params.files.get(name)
    if upload is None:
        raise bad_request(f"there is no {kind} in the request")
    data = upload.read()
    if not data:
        raise bad_request("file must be non-empty")
    if len(data) > UPLOAD_LIMIT:
        raise Refusal(413, "Request Entity Too Large")
    if kind == "document":
        return keep_document(call.sandbox, data, upload.name or "", upload.content_type or "")
    return _photo(call, data)


def _photo(call: Call, data: bytes) -> list[Json]:
    if len(data) > PHOTO_LIMIT:
        raise bad_request(
            f"file of size {len(data)} bytes is too big for a photo; "
            f"the maximum size is {PHOTO_LIMIT} bytes"
        )
    try:
        return keep_photo(call.sandbox, data)
    except NotAPicture as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error


def _sent_before(call: Call, kind: str, file_id: str) -> Any:
    for chat in call.sandbox.state.chats.values():
        for message in chat.messages.values():
            held = message.get(kind)
            ids = [size["file_id"] for size in held] if kind == "photo" and held else []
            if file_id in ids or (isinstance(held, dict) and held["file_id"] == file_id):
                return held
    return None
