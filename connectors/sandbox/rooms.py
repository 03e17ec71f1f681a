"""What happens to groups and accounts: a bot is thrown out, a group becomes a supergroup, a topic closes."""

from __future__ import annotations

from connectors.sandbox import compose, world
from connectors.sandbox.journal import Event
from connectors.sandbox.people import NotPossible
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.state import Chat, Json, Membership
from connectors.sandbox.updates import queued, told

COLOUR = {"icon_color": 7322096}


def set_role(
    sandbox: Sandbox,
    bot_id: int,
    chat: Chat,
    status: Membership,
    *,
    may_delete: bool = False,
    may_restrict: bool = False,
) -> None:
    """Make a bot member or admin of a group, or throw it out; it is told so."""
    bot = sandbox.state.bots[bot_id]
    account = compose.bot_user(bot.bot)
    new = compose.member(status, account, may_delete=may_delete, may_restrict=may_restrict)
    by = world.person("grace")
    change = compose.own_membership(sandbox.state, bot_id, chat, by, new)
    stored = {
        "kind": "role", "bot": bot_id, "chat": chat.key, "status": status, "may_delete": may_delete,
        "may_restrict": may_restrict,
    }  # fmt: skip
    sandbox.record(stored, *queued(bot, "my_chat_member", change))


def migrate(sandbox: Sandbox, chat: Chat) -> Chat:
    """Upgrade a basic group: it gets a new id, both chats get a service message. Raises NotPossible."""
    if chat.kind != "group" or chat.id in sandbox.state.migrated:
        raise NotPossible("Only a basic group can be upgraded.")
    new_id = -1_002_600_000_000 + chat.id % 1_000_000
    farewell = _service(sandbox, chat, {"migrate_to_chat_id": new_id})
    sandbox.record({"kind": "migrated", "chat": chat.key, "to": new_id}, *farewell)
    new = sandbox.state.chat(str(new_id))
    sandbox.record(*_service(sandbox, new, {"migrate_from_chat_id": chat.id}))
    return new


def _service(sandbox: Sandbox, chat: Chat, content: dict[str, int]) -> list[Event]:
    sender = compose.user(world.person("grace"))
    made = compose.message(chat, sender, dict(content))
    stored: Event = {"kind": "message", "chat": chat.key, "message": made}
    return [stored, *told(sandbox.state, chat, "message", made)]


def set_topic(sandbox: Sandbox, chat: Chat, thread: int, title: str) -> None:
    """Open a topic of a forum, or with an empty title delete it. Telegram tells no bot of a deleted one."""
    sandbox.record({"kind": "topic", "chat": chat.key, "thread": thread, "title": title})


def open_topic(sandbox: Sandbox, chat: Chat, sender: Json, title: str) -> int:
    """Make a topic; its id is that of the service message which says so."""
    made = compose.message(chat, sender, {"forum_topic_created": {"name": title, **COLOUR}})
    thread = int(made["message_id"])
    made.update(message_thread_id=thread, is_topic_message=True)
    topic = {"kind": "topic", "chat": chat.key, "thread": thread, "title": title}
    sandbox.record(topic, {"kind": "message", "chat": chat.key, "message": made})
    return thread


def set_threaded(sandbox: Sandbox, bot_id: int, *, on: bool) -> None:
    """Switch topics in the bot's private chats on or off."""
    sandbox.record({"kind": "threaded", "bot": bot_id, "on": on})


def deactivate(sandbox: Sandbox, person: world.Person) -> None:
    """The person deletes their account."""
    sandbox.record({"kind": "deactivated", "person": person.id})
