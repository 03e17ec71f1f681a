"""Where a message goes: the chat, the topic and the message it answers, or why it may not go there."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.botapi.call import Call
from connectors.sandbox.botapi.errors import Refusal, bad_request, forbidden, too_many_requests
from connectors.sandbox.state import Chat, State, private_key


@dataclass(frozen=True)
class Target:
    """A place where this bot may write now. 0 means none."""

    chat: Chat
    thread: int = 0
    reply_to: int = 0


def find_chat(call: Call) -> Chat:
    """The chat that `chat_id` names, as this bot knows it. Raises Refusal."""
    state, wanted = call.sandbox.state, call.params.text("chat_id").strip()
    if not wanted:
        raise bad_request("chat_id is empty")
    if wanted.startswith("@"):
        return _public(state, wanted[1:])
    chat_id = call.params.number("chat_id")
    if chat_id in state.migrated:
        raise Refusal(
            400, "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=state.migrated[chat_id],
        )  # fmt: skip
    return _person(call, chat_id) if chat_id > 0 else _group(call, str(chat_id))


def _public(state: State, username: str) -> Chat:
    for chat in state.chats.values():
        if chat.kind != "private" and chat.username.lower() == username.lower():
            return chat
    raise bad_request("chat not found")


def _person(call: Call, person_id: int) -> Chat:
    state, pair = call.sandbox.state, (call.bot_id, person_id)
    if person_id not in state.people:
        raise bad_request("chat not found")
    if person_id in state.deactivated:
        raise forbidden("user is deactivated")
    if pair in state.blocked:
        raise forbidden("bot was blocked by the user")
    if pair not in state.started:
        known = private_key(*pair) in state.chats or _met_in_group(state, *pair)
        raise (
            forbidden("bot can't initiate conversation with a user")
            if known
            else bad_request("chat not found")
        )
    return state.private(call.bot_id, person_id)


def _met_in_group(state: State, bot_id: int, person_id: int) -> bool:
    groups = (chat for chat in state.chats.values() if state.is_in(bot_id, chat))
    return any(m["from"]["id"] == person_id for chat in groups for m in chat.messages.values())


def _group(call: Call, key: str) -> Chat:
    state = call.sandbox.state
    role = state.roles.get((call.bot_id, key))
    if key not in state.chats or role is None:
        raise bad_request("chat not found")
    chat = state.chats[key]
    if role.status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    if role.status == "left":
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def find_target(call: Call, *, messages: int = 1) -> Target:
    """Where to send, within the limits for so many messages. Raises Refusal."""
    chat = find_chat(call)
    target = Target(chat, _thread(call, chat), _reply(call, chat))
    wait = call.sandbox.limits.take(
        call.bot_id, chat.key, group=chat.kind != "private", messages=messages
    )
    if wait:
        raise too_many_requests(wait)
    return target


def _thread(call: Call, chat: Chat) -> int:
    thread = call.params.number("message_thread_id")
    if not thread or thread in chat.topics:
        return thread
    if chat.kind == "supergroup" and not chat.topics and thread in chat.messages:
        return 0
    raise bad_request("message thread not found")


def _reply(call: Call, chat: Chat) -> int:
    wanted = call.params.thing("reply_parameters")
    message_id = wanted.get("message_id") or call.params.number("reply_to_message_id")
    if not message_id:
        return 0
    if message_id in chat.messages:
        return int(message_id)
    if wanted.get("allow_sending_without_reply") or call.params.flag("allow_sending_without_reply"):
        return 0
    raise bad_request("message to be replied not found")
