"""getChatMember, banChatMember, unbanChatMember, restrictChatMember: as the Bot API has them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from telegram import ChatMemberBanned, ChatMemberRestricted, ChatPermissions
from telegram.error import BadRequest

from connectors.sandbox import world
from connectors.sandbox.standing import PERMISSIONS
from tests.sandbox.test_library import bot_of
from tests.sandbox_process import SandboxProcess

ENGLISH = world.group("en").id
DANA = world.person("dana").id


def says(sandbox: SandboxProcess, person: str, chat: str, text: str = "hello") -> bool:
    """Whether the app lets them."""
    answer = httpx.post(
        f"{sandbox.url}/control/say",
        json={"person": person, "chat": chat, "text": text},
        trust_env=False,
    )
    return answer.is_success


def call(sandbox: SandboxProcess, name: str, **params: Any) -> str:
    """Empty if it was done, else why not."""
    answer = sandbox.call(name, **{"chat_id": ENGLISH, "user_id": DANA} | params).json()
    return "" if answer["ok"] else str(answer["description"])


def status(sandbox: SandboxProcess, person: int = DANA, chat: int = ENGLISH) -> str:
    found = sandbox.call("getChatMember", chat_id=chat, user_id=person).json()["result"]
    return str(found["status"])


def changes(sandbox: SandboxProcess) -> list[tuple[str, str]]:
    found = sandbox.call("getUpdates", allowed_updates=["chat_member", "message"]).json()["result"]
    told = [update["chat_member"] for update in found if "chat_member" in update]
    return [(c["old_chat_member"]["status"], c["new_chat_member"]["status"]) for c in told]


def test_a_library_bans_and_lets_come_again(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            until = int(time.time()) + 3600
            assert await bot.ban_chat_member(ENGLISH, DANA, until_date=until)
            found = await bot.get_chat_member(ENGLISH, DANA)
            assert isinstance(found, ChatMemberBanned)
            assert int(found.until_date.timestamp()) == until
            assert not says(sandbox, "dana", "en")
            assert says(sandbox, "dana", "private"), "a ban is of one group"
            assert await bot.unban_chat_member(ENGLISH, DANA, only_if_banned=True)
            assert (await bot.get_chat_member(ENGLISH, DANA)).status == "left"
            assert says(sandbox, "dana", "en")
            assert (await bot.get_chat_member(ENGLISH, DANA)).status == "member"

    asyncio.run(scenario())


def test_a_library_restricts_and_frees(sandbox: SandboxProcess) -> None:
    async def scenario() -> None:
        async with bot_of(sandbox) as bot:
            await bot.restrict_chat_member(ENGLISH, DANA, ChatPermissions.no_permissions())
            found = await bot.get_chat_member(ENGLISH, DANA)
            assert isinstance(found, ChatMemberRestricted)
            assert found.is_member and not found.can_send_messages
            assert not says(sandbox, "dana", "en")
            words_only = ChatPermissions(can_send_messages=True)
            await bot.restrict_chat_member(ENGLISH, DANA, words_only)
            assert says(sandbox, "dana", "en")
            with pytest.raises(AssertionError, match="no files"):
                sandbox.say("dana", "en", file=b"x")
            await bot.restrict_chat_member(ENGLISH, DANA, ChatPermissions.all_permissions())
            assert (await bot.get_chat_member(ENGLISH, DANA)).status == "member"
            with pytest.raises(BadRequest, match="administrator of the chat"):
                await bot.ban_chat_member(ENGLISH, world.person("mia").id)

    asyncio.run(scenario())


@pytest.mark.parametrize("seconds", [-5, 10, 29, 367 * 86_400])
def test_a_term_that_is_too_short_or_too_long_is_for_good(
    sandbox: SandboxProcess, seconds: int
) -> None:
    call(sandbox, "banChatMember", until_date=int(time.time()) + seconds)
    found = sandbox.call("getChatMember", chat_id=ENGLISH, user_id=DANA).json()["result"]
    assert (found["status"], found["until_date"]) == ("kicked", 0)


def test_a_term_runs_out(sandbox: SandboxProcess) -> None:
    term = int(time.time()) + 31
    call(sandbox, "restrictChatMember", permissions={}, until_date=term)
    assert status(sandbox) == "restricted"
    from connectors.sandbox.standing import Standing, standing_of
    from connectors.sandbox.state import State

    state = State()
    for kind, later in (("kicked", "left"), ("restricted", "member")):
        event = {"kind": "standing", "chat": str(ENGLISH), "person": DANA, "status": kind}
        state.apply({**event, "until": int(time.time()) - 1, "may": []})
        chat, person = state.chat(str(ENGLISH)), world.person("dana")
        assert standing_of(state, chat, person) == Standing(later)


def test_admins_that_asked_hear_of_it(sandbox: SandboxProcess) -> None:
    changes(sandbox)
    call(sandbox, "restrictChatMember", permissions={"can_send_messages": False})
    call(sandbox, "banChatMember")
    call(sandbox, "banChatMember")
    call(sandbox, "unbanChatMember")
    sandbox.say("dana", "en", "back")
    assert changes(sandbox) == [
        ("member", "restricted"), ("restricted", "kicked"), ("kicked", "left"), ("left", "member"),
    ]  # fmt: skip
    sandbox.set_role("en", "member")
    sandbox.reset()
    sandbox.set_role("zh", "administrator", may_restrict=True)
    call(sandbox, "banChatMember")
    assert changes(sandbox) == [], "nobody asked since the beginning"


def test_a_member_is_removed_by_unbanning_unless_that_was_not_meant(
    sandbox: SandboxProcess,
) -> None:
    assert call(sandbox, "unbanChatMember", only_if_banned=True) == ""
    assert status(sandbox) == "member"
    call(sandbox, "unbanChatMember")
    assert status(sandbox) == "left"


def test_what_the_bot_may_not(sandbox: SandboxProcess) -> None:
    persian, chinese = world.group("fa").id, world.group("zh").id
    rights = "not enough rights to restrict/unrestrict chat member"
    every = dict.fromkeys(PERMISSIONS, True)
    assert rights in call(sandbox, "banChatMember", chat_id=chinese, user_id=DANA)
    assert rights in call(sandbox, "banChatMember", chat_id=persian)
    assert "only for supergroups" in call(sandbox, "restrictChatMember", chat_id=persian)
    assert "supergroup" in call(sandbox, "unbanChatMember", chat_id=persian)
    assert "private chats" in call(sandbox, "banChatMember", chat_id=DANA)
    assert "user not found" in call(sandbox, "banChatMember", user_id=4)
    assert "self" in call(sandbox, "banChatMember", user_id=world.BOT.id)
    sandbox.set_role("zh", "administrator", may_restrict=True)
    assert call(sandbox, "restrictChatMember", chat_id=chinese, permissions=every) == ""
    sandbox.set_role("fa", "administrator", may_restrict=True)
    assert call(sandbox, "banChatMember", chat_id=persian, until_date=int(time.time()) + 99) == ""
    assert status(sandbox, chat=persian) == "kicked"


def test_the_phone_of_somebody_banned_has_nothing_to_write_with(sandbox: SandboxProcess) -> None:
    page = f"{sandbox.url}/?as=dana&chat=en"
    assert 'id="composer"' in httpx.get(page, trust_env=False).text
    call(sandbox, "banChatMember")
    shown = httpx.get(page, trust_env=False).text
    assert 'id="composer"' not in shown
    assert "You were banned from this group." in shown
