"""createForumTopic: in a forum, and in the private chats of a bot that has topics there."""

from __future__ import annotations

from connectors.sandbox import compose, rooms
from connectors.sandbox.botapi.call import Call, method
from connectors.sandbox.botapi.errors import bad_request
from connectors.sandbox.botapi.target import find_chat
from connectors.sandbox.state import Json

NAME_LIMIT = 128


@method("createForumTopic")
async def create_forum_topic(call: Call) -> Json:
    """Open a topic. Refused where there are none, and in a group to a bot that is not admin."""
    chat, name = find_chat(call), call.params.text("name").strip()
    if not 1 <= len(name) <= NAME_LIMIT:
        raise bad_request("invalid topic name specified")
    if chat.kind == "private":
        if not call.bot.threaded:
            raise bad_request("the chat is not a forum")
    else:
        if not chat.topics:
            raise bad_request("the chat is not a forum")
        if call.sandbox.state.roles[(call.bot_id, chat.key)].status != "administrator":
            raise bad_request("not enough rights to create a topic")
    thread = rooms.open_topic(call.sandbox, chat, compose.bot_user(call.bot.bot), name)
    return {"message_thread_id": thread, "name": name, **rooms.COLOUR}
