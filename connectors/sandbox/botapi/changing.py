"""What a bot does to messages that are there: delete, edit, react, answer a tap."""

from __future__ import annotations

import time

from connectors.sandbox import text
from connectors.sandbox.botapi.call import Call, method
from connectors.sandbox.botapi.errors import bad_request
from connectors.sandbox.botapi.markup import keyboard
from connectors.sandbox.botapi.sending import CAPTION_LIMIT, MESSAGE_LIMIT, check_entities
from connectors.sandbox.botapi.target import find_chat
from connectors.sandbox.state import Chat, Json, Message

DELETABLE_FOR = 48 * 3600
"""Seconds."""
REACTIONS = frozenset(
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🙏 👌 🤝 👀 ✍ 🫡 💯 ⚡ 🏆 😐 🤗".split()
)


@method("deleteMessage")
async def delete_message(call: Call) -> bool:
    """Take one message away."""
    chat, message_id = find_chat(call), call.params.number("message_id")
    if message_id not in chat.messages:
        raise bad_request("message to delete not found")
    if not _may_delete(call, chat, chat.messages[message_id]):
        raise bad_request("message can't be deleted")
    _delete(call, chat, [message_id])
    return True


@method("deleteMessages")
async def delete_messages(call: Call) -> bool:
    """Take 1 to 100 away; those that are gone or not the bot's to delete are skipped."""
    chat, wanted = find_chat(call), call.params.json("message_ids")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 100:
        raise bad_request("message identifiers are not specified")
    there = [chat.messages[number] for number in wanted if number in chat.messages]
    ids = [int(m["message_id"]) for m in there if _may_delete(call, chat, m)]
    if ids:
        _delete(call, chat, ids)
    return True


def _may_delete(call: Call, chat: Chat, message: Message) -> bool:
    if time.time() - message["date"] > DELETABLE_FOR:
        return False
    if chat.kind == "private" or message["from"]["id"] == call.bot_id:
        return True
    return call.sandbox.state.roles[(call.bot_id, chat.key)].may_delete


def _delete(call: Call, chat: Chat, ids: list[int]) -> None:
    by = call.bot.bot.name
    call.sandbox.record({"kind": "deleted", "chat": chat.key, "ids": ids, "by": by})


@method("setMessageReaction")
async def set_message_reaction(call: Call) -> bool:
    """Put one emoji on a message, or take it away."""
    chat, message_id = find_chat(call), call.params.number("message_id")
    emoji = [str(mark.get("emoji", "")).rstrip("\ufe0f") for mark in call.params.items("reaction")]
    if message_id not in chat.messages:
        raise bad_request("message to react not found")
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if not REACTIONS.issuperset(emoji):
        raise bad_request("REACTION_INVALID")
    by = call.bot.bot.name
    call.sandbox.record(
        {"kind": "reaction", "chat": chat.key, "id": message_id, "by": by, "emoji": emoji}
    )
    return True


@method("editMessageText")
async def edit_message_text(call: Call) -> Message:
    """Change a text of the bot's own."""
    words = call.params.text("text")
    chat, old = _own_message(call)
    if not words.strip():
        raise bad_request("message text is empty")
    if "text" not in old:
        raise bad_request("there is no text in the message to edit")
    if text.units(words) > MESSAGE_LIMIT:
        raise bad_request("message is too long")
    marks = check_entities(words, call.params.items("entities"), "entities")
    return _replaced(call, chat, old, {"text": words, **marks})


def _own_message(call: Call) -> tuple[Chat, Message]:
    chat = find_chat(call)
    old = chat.messages.get(call.params.number("message_id"))
    if old is None:
        raise bad_request("message to edit not found")
    if old["from"]["id"] != call.bot_id:
        raise bad_request("message can't be edited")
    return chat, old


def _replaced(
    call: Call, chat: Chat, old: Message, words: Json, *, edited_at: int | None = 0
) -> Message:
    """The message with these words and the buttons of this call. Other buttons alone do not mark it as edited."""
    gone = ("text", "entities", "caption", "caption_entities", "reply_markup", "edit_date")
    kept = {key: value for key, value in old.items() if key not in gone}
    new = {**kept, **words, **keyboard(call.params.thing("reply_markup"))}
    if {**new, "edit_date": old.get("edit_date")} == {**old, "edit_date": old.get("edit_date")}:
        raise bad_request("message is not modified")
    edited_at = int(time.time()) if edited_at == 0 else edited_at
    new.update({"edit_date": edited_at} if edited_at else {})
    call.sandbox.record({"kind": "edited", "chat": chat.key, "message": new})
    return new


@method("editMessageCaption")
async def edit_message_caption(call: Call) -> Message:
    """Change the words below a picture or file of the bot's own."""
    chat, old = _own_message(call)
    if not ("photo" in old or "document" in old):
        raise bad_request("there is no caption in the message to edit")
    words = call.params.text("caption")
    if text.units(words) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    marks = check_entities(words, call.params.items("caption_entities"), "caption_entities")
    return _replaced(call, chat, old, {"caption": words, **marks} if words else {})


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(call: Call) -> Message:
    """Change or take away the buttons of a message of the bot's own."""
    chat, old = _own_message(call)
    kept = ("text", "entities", "caption", "caption_entities")
    same = {key: old[key] for key in kept if key in old}
    return _replaced(call, chat, old, same, edited_at=old.get("edit_date"))


@method("sendChatAction")
async def send_chat_action(call: Call) -> bool:
    """ "typing...": nobody looks."""
    find_chat(call)
    return True


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    """End the spinner on a button."""
    known = call.sandbox.state.callbacks.get(call.params.text("callback_query_id"))
    if known is None or known["bot"] != call.bot_id or time.time() - known["at"] > 60:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    words = call.params.text("text")
    if len(words) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    answered = {
        "kind": "answered", "bot": call.bot_id, "person": known["person"], "text": words,
    }  # fmt: skip
    call.sandbox.record(answered)
    return True
