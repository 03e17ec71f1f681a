"""The world as it stands: a fold over the journal's events. Nothing changes it but `State.apply`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.sandbox import world
from connectors.sandbox.journal import Event

Json = dict[str, Any]
Message = dict[str, Any]
Membership = Literal["member", "administrator", "left", "kicked"]

DEFAULT_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What a bot gets that never asked: all kinds but reactions and other people's memberships."""
FORGOTTEN_AFTER = 24 * 3600
"""Seconds that Telegram keeps an update which nobody fetched."""


@dataclass
class BotState:
    """One bot: its account and its queue of updates."""

    bot: world.Bot
    next_update: int = 0
    queue: list[Json] = field(default_factory=list)
    confirmed: int = 0
    allowed: tuple[str, ...] = DEFAULT_UPDATES
    webhook: str = ""
    hook_secret: str = field(default="", repr=False)
    connections: int = 0
    delivered: set[int] = field(default_factory=set)
    """Updates that the webhook took; those that getUpdates confirmed lie below `confirmed`."""
    commands: list[Json] = field(default_factory=list)
    threaded: bool = False
    """Its private chats have topics."""


@dataclass(frozen=True)
class Gone:
    """A message that was taken away: by whom, and the topic it stood in (0 in none)."""

    by: str
    thread: int


@dataclass
class Chat:
    """A private chat of one bot and one person, or a group. `key` is unique over all bots, `id` is not."""

    key: str
    id: int
    kind: Literal["private", "group", "supergroup"]
    title: str = ""
    username: str = ""
    members: int = 2
    topics: dict[int, str] = field(default_factory=dict)
    person: world.Person | None = None
    bot_id: int = 0
    last_message: int = 0
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: dict[int, Gone] = field(default_factory=dict)
    reactions: dict[int, list[str]] = field(default_factory=dict)


@dataclass
class Role:
    """What a bot is in a group."""

    status: Membership = "member"
    may_delete: bool = False
    may_restrict: bool = False


def private_key(bot_id: int, person_id: int) -> str:
    """The key of a private chat."""
    return f"{bot_id}.{person_id}"


def thread_of(message: Message) -> int:
    """The topic that a message stands in; 0 in none."""
    return int(message["message_thread_id"]) if message.get("is_topic_message") else 0


class State:
    """Chats, queues, memberships and files."""

    def __init__(self) -> None:
        self.base = 0
        self.bots = {bot.id: BotState(bot) for bot in world.BOTS}
        self.people = {person.id: person for person in world.people().values()}
        self.chats = {str(group.id): _group_chat(group) for group in world.GROUPS}
        self.roles = {
            (_bot_id(role.bot), str(group.id)): Role(
                "administrator" if role.admin else "member", role.may_delete, role.may_delete
            )
            for group in world.GROUPS
            for role in group.bots
        }
        self.standings: dict[tuple[int, str], Json] = {}
        """(person, chat key) -> the newest event about what they are there."""
        self.started = {(world.BOT.id, p.id) for p in self.people.values() if p.started}
        self.blocked: set[tuple[int, int]] = set()
        self.deactivated: set[int] = set()
        self.migrated: dict[int, int] = {}
        self.files: dict[str, Json] = {}
        self.callbacks: dict[str, Json] = {}
        self.updates_of: dict[tuple[int, int], tuple[int, int]] = {}
        """(chat id, message id) of a person's message -> (bot, update id) that told of it last."""

    @classmethod
    def after(cls, old: State) -> State:
        """Everything as at the beginning, but ids go on: the desk has seen the old ones."""
        new = cls()
        new.base = max(chat.last_message for chat in old.chats.values())
        for chat in new.chats.values():
            chat.last_message = new.base
        for key, bot in new.bots.items():
            bot.next_update = old.bots[key].next_update
        return new

    def apply(self, event: Event) -> None:
        """Take one event in. An unknown kind is only for the ledger."""
        handler = _HANDLERS.get(event["kind"])
        if handler:
            handler(self, event)

    def private(self, bot_id: int, person_id: int) -> Chat:
        """The private chat of these two, made when first looked at. Raises KeyError for nobody."""
        key = private_key(bot_id, person_id)
        if key not in self.chats:
            person = self.people[person_id]
            self.chats[key] = Chat(
                key, person.id, "private", person.name, person.username, 2,
                person=person, bot_id=self.bots[bot_id].bot.id, last_message=self.base,
            )  # fmt: skip
        return self.chats[key]

    def chat(self, key: str) -> Chat:
        """A chat by key. Raises KeyError."""
        if key not in self.chats and "." in key:
            bot_id, person_id = key.split(".")
            return self.private(int(bot_id), int(person_id))
        return self.chats[key]

    def was_fetched(self, chat_id: int, message_id: int) -> bool:
        """Whether a bot has got the update that told of this message."""
        bot_id, update_id = self.updates_of.get((chat_id, message_id), (0, 0))
        if not bot_id:
            return False
        bot = self.bots[bot_id]
        return update_id < bot.confirmed or update_id in bot.delivered

    def bots_in(self, chat: Chat) -> list[BotState]:
        """The bots that are in this chat now and may hear it."""
        if chat.kind == "private":
            return [self.bots[chat.bot_id]]
        return [bot for bot in self.bots.values() if self.is_in(bot.bot.id, chat)]

    def is_in(self, bot_id: int, chat: Chat) -> bool:
        """Whether the bot is in the group."""
        role = self.roles.get((bot_id, chat.key))
        return role is not None and role.status in ("member", "administrator")

    def _begin(self, event: Event) -> None:
        self.base = int(event["base"])
        for chat in self.chats.values():
            chat.last_message = self.base
        for bot in self.bots.values():
            bot.next_update = int(event["first_update"])

    def _store(self, event: Event) -> None:
        chat, message = self.chat(event["chat"]), event["message"]
        chat.messages[message["message_id"]] = message
        chat.last_message = max(chat.last_message, message["message_id"])

    def _delete(self, event: Event) -> None:
        chat = self.chat(event["chat"])
        for message_id in event["ids"]:
            message = chat.messages.pop(message_id, {})
            chat.reactions.pop(message_id, None)
            chat.deleted[message_id] = Gone(event["by"], thread_of(message))

    def _react(self, event: Event) -> None:
        reactions = self.chat(event["chat"]).reactions
        others = [
            mark for mark in reactions.get(event["id"], []) if not mark.endswith(f"|{event['by']}")
        ]
        reactions[event["id"]] = others + [f"{emoji}|{event['by']}" for emoji in event["emoji"]]

    def _queue(self, event: Event) -> None:
        bot = self.bots[event["bot"]]
        bot.queue.append(event["update"])
        update_id = event["update"]["update_id"]
        bot.next_update = max(bot.next_update, update_id + 1)
        message = event["update"].get("message") or event["update"].get("edited_message")
        if message:
            place = (message["chat"]["id"], message["message_id"])
            self.updates_of[place] = (bot.bot.id, update_id)

    def _confirm(self, event: Event) -> None:
        bot = self.bots[event["bot"]]
        bot.confirmed = event["offset"]
        bot.queue = [update for update in bot.queue if update["update_id"] >= bot.confirmed]

    def _deliver(self, event: Event) -> None:
        bot = self.bots[event["bot"]]
        bot.delivered.add(event["update"])
        # Nearly always among the first: no walk through the whole of it.
        for place, update in enumerate(bot.queue):
            if update["update_id"] == event["update"]:
                del bot.queue[place]
                break

    def _allow(self, event: Event) -> None:
        self.bots[event["bot"]].allowed = tuple(event["updates"])

    def _webhook(self, event: Event) -> None:
        bot = self.bots[event["bot"]]
        bot.webhook = event["url"]
        bot.hook_secret, bot.connections = event.get("secret", ""), event.get("connections", 0)
        if event.get("drop"):
            bot.queue = []

    def _threaded(self, event: Event) -> None:
        self.bots[event["bot"]].threaded = event["on"]

    def _commands(self, event: Event) -> None:
        self.bots[event["bot"]].commands = event["commands"]

    def _contact(self, event: Event) -> None:
        pair = (event["bot"], event["person"])
        self.started.add(pair)
        if event["status"] == "blocked":
            self.blocked.add(pair)
        else:
            self.blocked.discard(pair)

    def _role(self, event: Event) -> None:
        may_delete = event["may_delete"]
        self.roles[(event["bot"], event["chat"])] = Role(
            event["status"], may_delete, bool(event.get("may_restrict", may_delete))
        )

    def _stand(self, event: Event) -> None:
        self.standings[event["person"], event["chat"]] = event

    def _person(self, event: Event) -> None:
        person = world.stranger(event["id"])
        self.people[person.id] = person

    def _deactivate(self, event: Event) -> None:
        self.deactivated.add(event["person"])

    def _file(self, event: Event) -> None:
        self.files[event["file"]["file_id"]] = event["file"]

    def _callback(self, event: Event) -> None:
        self.callbacks[event["id"]] = event

    def _topic(self, event: Event) -> None:
        topics = self.chat(event["chat"]).topics
        if event["title"]:
            topics[event["thread"]] = event["title"]
        else:
            topics.pop(event["thread"], None)

    def _migrate(self, event: Event) -> None:
        old = self.chat(event["chat"])
        new = Chat(
            str(event["to"]), event["to"], "supergroup", old.title, old.username, old.members,
            last_message=self.base,
        )  # fmt: skip
        self.chats[new.key] = new
        self.migrated[old.id] = new.id
        for (bot_id, key), role in list(self.roles.items()):
            if key == old.key:
                self.roles[(bot_id, new.key)] = role


_HANDLERS: dict[str, Callable[[State, Event], None]] = {
    "began": State._begin,
    "message": State._store,
    "edited": State._store,
    "deleted": State._delete,
    "reaction": State._react,
    "update": State._queue,
    "confirmed": State._confirm,
    "delivered": State._deliver,
    "allowed": State._allow,
    "webhook": State._webhook,
    "commands": State._commands,
    "threaded": State._threaded,
    "contact": State._contact,
    "role": State._role,
    "standing": State._stand,
    "person": State._person,
    "deactivated": State._deactivate,
    "file": State._file,
    "callback": State._callback,
    "topic": State._topic,
    "migrated": State._migrate,
}


def _bot_id(key: str) -> int:
    return next(bot.id for bot in world.BOTS if bot.key == key)


def _group_chat(group: world.Group) -> Chat:
    topics = {topic.thread_id: topic.title for topic in group.topics}
    return Chat(
        str(group.id), group.id, group.kind, group.title, group.username, group.members, topics
    )
