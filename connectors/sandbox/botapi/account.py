"""The bot itself and the chats it is in."""

from __future__ import annotations

from connectors.sandbox import compose
from connectors.sandbox.botapi.call import Call, method
from connectors.sandbox.botapi.errors import bad_request
from connectors.sandbox.botapi.target import find_chat
from connectors.sandbox.media import DOWNLOAD_LIMIT
from connectors.sandbox.state import Json

GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


@method("getMe")
async def get_me(call: Call) -> Json:
    """The bot's account."""
    bot = call.bot.bot
    return {
        **compose.bot_user(bot),
        "can_join_groups": True,
        "can_read_all_group_messages": not bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": call.bot.threaded,
        "allows_users_to_create_topics": call.bot.threaded,
    }


@method("setMyCommands")
async def set_my_commands(call: Call) -> bool:
    """Remember the command list."""
    commands = call.params.items("commands")
    call.sandbox.record({"kind": "commands", "bot": call.bot_id, "commands": commands})
    return True


@method("getMyCommands")
async def get_my_commands(call: Call) -> list[Json]:
    """The command list."""
    return call.bot.commands


@method("deleteMyCommands")
async def delete_my_commands(call: Call) -> bool:
    """Forget the command list."""
    call.sandbox.record({"kind": "commands", "bot": call.bot_id, "commands": []})
    return True


@method("getChat")
async def get_chat(call: Call) -> Json:
    """The chat in full, as far as the sandbox knows of such things."""
    chat = find_chat(call)
    more: Json = {"accent_color_id": 0, "max_reaction_count": 11}
    more["accepted_gift_types"] = dict.fromkeys(GIFTS, False)
    return {**compose.chat(chat), **more}


@method("getChatMemberCount")
async def get_chat_member_count(call: Call) -> int:
    """How many are in the chat."""
    return find_chat(call).members


@method("getFile")
async def get_file(call: Call) -> Json:
    """Where to download a file, up to 20 MB."""
    known = call.sandbox.state.files.get(call.params.text("file_id"))
    if known is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if known["file_size"] > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return known
