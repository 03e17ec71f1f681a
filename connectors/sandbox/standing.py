"""What people are in groups: members, restricted or banned, for a while or for good."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from connectors.sandbox import compose, world
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.state import Chat, Json, State
from connectors.sandbox.updates import queued

PERMISSIONS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos",
    "can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_send_polls",
    "can_send_other_messages", "can_add_web_page_previews", "can_change_info", "can_invite_users",
    "can_pin_messages", "can_manage_topics", "can_edit_tag", "can_react_to_messages",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One person in one group. `until` in seconds, 0 for good; `may` are the permissions of a restricted one."""

    status: str = "member"
    until: int = 0
    may: frozenset[str] = field(default_factory=frozenset)


def standing_of(state: State, chat: Chat, person: world.Person) -> Standing:
    """As it is now: a ban that has run out leaves somebody who may come again, a restriction a member."""
    if person.kind == "staff" and chat.kind != "private":
        return Standing("administrator")
    event = state.standings.get((person.id, chat.key))
    if event is None:
        return Standing()
    if event["until"] and event["until"] <= time.time():
        return Standing("left" if event["status"] == "kicked" else "member")
    return Standing(event["status"], event["until"], frozenset(event["may"]))


def member(person: world.Person, standing: Standing) -> Json:
    """As a `ChatMember`."""
    found = compose.member(standing.status, compose.user(person), may_delete=True)
    if standing.status == "restricted":
        found["is_member"] = True
        found |= {name: name in standing.may for name in PERMISSIONS}
    if standing.status in ("restricted", "kicked"):
        found["until_date"] = standing.until
    return found


def change(sandbox: Sandbox, chat: Chat, person: world.Person, new: Standing, by: Json) -> None:
    """Let it be so, and tell the bots that are admins there and asked for it."""
    old = standing_of(sandbox.state, chat, person)
    told = {
        "chat": compose.chat(chat), "from": by, "date": int(time.time()),
        "old_chat_member": member(person, old), "new_chat_member": member(person, new),
    }  # fmt: skip
    stored = {
        "kind": "standing", "chat": chat.key, "person": person.id, "status": new.status,
        "until": new.until, "may": sorted(new.may),
    }  # fmt: skip
    admins = (
        bot
        for bot in sandbox.state.bots_in(chat)
        if sandbox.state.roles[bot.bot.id, chat.key].status == "administrator"
    )
    sandbox.record(stored, *(e for bot in admins for e in queued(bot, "chat_member", told)))


def why_silent(state: State, chat: Chat, person: world.Person, *, with_file: bool = False) -> str:
    """Why this person cannot write here now; empty when they can."""
    if chat.kind == "private":
        return ""
    standing = standing_of(state, chat, person)
    if standing.status == "kicked":
        return "You were banned from this group."
    if standing.status != "restricted":
        return ""
    if "can_send_messages" not in standing.may:
        return "You may only read in this group."
    files = {"can_send_documents", "can_send_photos"}
    return "You may send no files here." if with_file and not files <= standing.may else ""


def come_again(sandbox: Sandbox, chat: Chat, person: world.Person) -> None:
    """Whoever was removed and may come back joins by writing."""
    if chat.kind != "private" and standing_of(sandbox.state, chat, person).status == "left":
        change(sandbox, chat, person, Standing(), compose.user(person))
