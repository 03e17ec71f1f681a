"""Telegram's objects as JSON: users, chats, messages."""

from __future__ import annotations

import time
from typing import Any

from connectors.sandbox import world
from connectors.sandbox.state import Chat, Json, Message, State


def user(person: world.Person) -> Json:
    """A person as `User`."""
    fields: Json = {
        "id": person.id,
        "is_bot": False,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "username": person.username,
        "language_code": person.language_code,
    }
    return _without_blanks(fields)


def bot_user(bot: world.Bot) -> Json:
    """A bot as `User`."""
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def chat(place: Chat) -> Json:
    """A chat as `Chat`."""
    if place.person:
        names: Json = {
            "first_name": place.person.first_name,
            "last_name": place.person.last_name,
            "username": place.person.username,
        }
        return {"id": place.id, **_without_blanks(names), "type": "private"}
    fields: Json = {"id": place.id, "title": place.title, "username": place.username}
    forum = {"is_forum": True} if place.topics else {}
    return {**_without_blanks(fields), **forum, "type": place.kind}


def message(
    place: Chat,
    sender: Json,
    content: Json,
    *,
    thread: int = 0,
    reply_to: int = 0,
) -> Message:
    """A new message with the chat's next id. `content` is the text, photo, document and so on."""
    made: Message = {
        "message_id": place.last_message + 1,
        "from": sender,
        "chat": chat(place),
        "date": int(time.time()),
    }
    return {**made, **_threading(place, thread, reply_to), **content}


def _threading(place: Chat, thread: int, reply_to: int) -> Json:
    fields: Json = {}
    if reply_to:
        fields["reply_to_message"] = _quoted(place.messages[reply_to])
    if thread in place.topics:
        fields.update(message_thread_id=thread, is_topic_message=True)
        # Every message of a topic that answers nothing "answers" the message that made the topic: so does Telegram.
        fields.setdefault("reply_to_message", topic_message(place, thread))
    elif reply_to and place.kind == "supergroup":
        # A reply chain in a plain supergroup has a thread id as well, and is no topic.
        root = place.messages[reply_to]
        fields["message_thread_id"] = root.get("message_thread_id", reply_to)
    return fields


def _quoted(original: Message) -> Message:
    return {key: value for key, value in original.items() if key != "reply_to_message"}


def topic_message(place: Chat, thread: int) -> Message:
    """The service message that made a topic; its id is the topic's."""
    return {
        "message_id": thread,
        "from": {
            "id": 1087968824,
            "is_bot": True,
            "first_name": "Group",
            "username": "GroupAnonymousBot",
        },
        "chat": chat(place),
        "date": 1_767_225_600,
        "message_thread_id": thread,
        "is_topic_message": True,
        "forum_topic_created": {"name": place.topics[thread], "icon_color": 7322096},
    }


def member(status: str, who: Json, *, may_delete: bool = False, may_restrict: bool = False) -> Json:
    """A `ChatMember`."""
    fields: Json = {"user": who, "status": status}
    if status == "administrator":
        fields.update(can_be_edited=False, can_delete_messages=may_delete, is_anonymous=False)
        fields.update(can_manage_chat=True, can_restrict_members=may_restrict)
        for right in (
            "manage_video_chats",
            "promote_members",
            "change_info",
            "invite_users",
            "post_stories",
            "edit_stories",
            "delete_stories",
        ):
            fields[f"can_{right}"] = False
    if status == "kicked":
        fields["until_date"] = 0
    return fields


def own_membership(state: State, bot_id: int, place: Chat, person: world.Person, new: Json) -> Json:
    """`my_chat_member`: what the bot is told about itself."""
    bot = state.bots[bot_id].bot
    old = member(_own_status(state, bot_id, place), bot_user(bot))
    return {
        "chat": chat(place),
        "from": user(person),
        "date": int(time.time()),
        "old_chat_member": old,
        "new_chat_member": new,
    }


def _own_status(state: State, bot_id: int, place: Chat) -> str:
    if place.kind == "private":
        return "kicked" if (bot_id, place.id) in state.blocked else "member"
    role = state.roles.get((bot_id, place.key))
    return role.status if role else "left"


def _without_blanks(fields: dict[str, Any]) -> Json:
    return {key: value for key, value in fields.items() if value or value is False}
