"""Who is in a chat, and what a bot that is admin may do about it."""

from __future__ import annotations

import time

from connectors.sandbox import compose, world
from connectors.sandbox.botapi.call import Call, method
from connectors.sandbox.botapi.errors import bad_request
from connectors.sandbox.botapi.target import find_chat
from connectors.sandbox.standing import PERMISSIONS, Standing, change, member, standing_of
from connectors.sandbox.state import Chat, Json, Role

SHORTEST, LONGEST = 30, 366 * 24 * 3600
"""Seconds from now: a term outside of these is for good."""


@method("getChatMember")
async def get_chat_member(call: Call) -> Json:
    """What somebody is in the chat: staff are admins, the bot is what it is."""
    chat, user_id = find_chat(call), call.params.number("user_id")
    if user_id in call.sandbox.state.bots:
        return _bot_member(call, chat, user_id)
    person = _person(call)
    return member(person, standing_of(call.sandbox.state, chat, person))


@method("getChatAdministrators")
async def get_chat_administrators(call: Call) -> list[Json]:
    """The bots that are admins of the group."""
    chat = find_chat(call)
    if chat.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    members = [_bot_member(call, chat, bot_id) for bot_id in call.sandbox.state.bots]
    return [found for found in members if found["status"] == "administrator"]


def _bot_member(call: Call, chat: Chat, bot_id: int) -> Json:
    role = call.sandbox.state.roles.get((bot_id, chat.key), Role("left"))
    account = compose.bot_user(call.sandbox.state.bots[bot_id].bot)
    status = "member" if chat.kind == "private" else role.status
    return compose.member(
        status, account, may_delete=role.may_delete, may_restrict=role.may_restrict
    )


@method("banChatMember")
async def ban_chat_member(call: Call) -> bool:
    """Remove somebody, who cannot come back before `until_date`; a basic group knows no term."""
    chat, person = _target(call)
    until = _until(call) if chat.kind == "supergroup" else 0
    _change(call, chat, person, Standing("kicked", until))
    return True


@method("unbanChatMember")
async def unban_chat_member(call: Call) -> bool:
    """Let somebody come back. Who is in the chat is removed by it, unless `only_if_banned`."""
    chat, person = _target(call, "method is available for supergroup and channel chats only")
    is_banned = standing_of(call.sandbox.state, chat, person).status == "kicked"
    if is_banned or not call.params.flag("only_if_banned"):
        _change(call, chat, person, Standing("left"))
    return True


@method("restrictChatMember")
async def restrict_chat_member(call: Call) -> bool:
    """Leave somebody only these permissions; all of them lift every restriction."""
    chat, person = _target(call, "method is available only for supergroups")
    given = call.params.thing("permissions")
    may = frozenset(name for name in PERMISSIONS if given.get(name) is True)
    is_free = len(may) == len(PERMISSIONS)
    _change(
        call, chat, person, Standing() if is_free else Standing("restricted", _until(call), may)
    )
    return True


def _change(call: Call, chat: Chat, person: world.Person, new: Standing) -> None:
    if new != standing_of(call.sandbox.state, chat, person):
        change(call.sandbox, chat, person, new, compose.bot_user(call.bot.bot))


def _target(call: Call, only_for_supergroups: str = "") -> tuple[Chat, world.Person]:
    """Where and whom, if this bot may. Raises Refusal."""
    chat = find_chat(call)
    if chat.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    if only_for_supergroups and chat.kind != "supergroup":
        raise bad_request(only_for_supergroups)
    if call.params.number("user_id") == call.bot_id:
        raise bad_request("can't restrict self")
    person = _person(call)
    if not call.sandbox.state.roles[call.bot_id, chat.key].may_restrict:
        raise bad_request("not enough rights to restrict/unrestrict chat member")
    if standing_of(call.sandbox.state, chat, person).status == "administrator":
        raise bad_request("user is an administrator of the chat")
    return chat, person


def _person(call: Call) -> world.Person:
    person = call.sandbox.state.people.get(call.params.number("user_id"))
    if person is None:
        raise bad_request("user not found")
    return person


def _until(call: Call) -> int:
    """When it ends; 0 for never."""
    wanted = call.params.number("until_date")
    return wanted if SHORTEST <= wanted - time.time() <= LONGEST else 0
