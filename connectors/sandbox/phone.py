"""What a person sees on their phone: the list of chats, and the bubbles of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.sandbox import world
from connectors.sandbox.people import Spot
from connectors.sandbox.spans import Span, cut_into_spans
from connectors.sandbox.state import Chat, Gone, Json, Message, State, thread_of

SHOWN = 80
"""Bubbles of one chat, newest last."""


@dataclass(frozen=True)
class Button:
    """Under a message. A deep link has `bot` and `payload`; another link has `url`, a call-back `data`."""

    label: str
    url: str = ""
    bot: str = ""
    payload: str = ""
    data: str = ""


@dataclass
class Bubble:
    """One message as the person sees it."""

    id: int
    author: str = ""
    tone: int = 0
    own: bool = False
    is_bot: bool = False
    when: str = ""
    spans: list[Span] = field(default_factory=list)
    plain: str = ""
    photo: str = ""
    document: Json | None = None
    quote: tuple[str, str] | None = None
    edited: bool = False
    fetched: bool = False
    reactions: list[tuple[str, int]] = field(default_factory=list)
    buttons: list[list[Button]] = field(default_factory=list)
    notice: str = ""
    """Instead of all that: something that happened here."""


@dataclass(frozen=True)
class Row:
    """One chat in the list. `query` leads to it; `indent` marks a topic under its group."""

    title: str
    query: str
    chat: Chat
    thread: int
    preview: str = ""
    when: str = ""
    mark: str = ""
    indent: bool = False


def bubbles(state: State, person: world.Person, spot: Spot) -> list[Bubble]:
    """The newest messages here, oldest first, with a note where the bot took one away."""
    chat = spot.chat
    shown = [_bubble(state, person, chat, m) for m in chat.messages.values() if _is_here(spot, m)]
    gone = [
        _tombstone(number, note) for number, note in chat.deleted.items() if _was_here(spot, note)
    ]
    return sorted(shown + gone, key=lambda bubble: bubble.id)[-SHOWN:]


def _is_here(spot: Spot, message: Message) -> bool:
    return thread_of(message) == spot.thread


def _was_here(spot: Spot, gone: Gone) -> bool:
    return gone.thread == spot.thread and gone.by in {bot.name for bot in world.BOTS}


def _tombstone(number: int, gone: Gone) -> Bubble:
    return Bubble(number, notice=f"{gone.by} deleted a message")


def _bubble(state: State, person: world.Person, chat: Chat, message: Message) -> Bubble:
    sender, number = message["from"], int(message["message_id"])
    notice = _notice(message)
    if notice:
        return Bubble(number, notice=notice)
    words, entities = _words(message)
    return Bubble(
        number, _name(sender), tone_of(sender["id"]), sender["id"] == person.id, sender["is_bot"],
        clock(message["date"]), _spans(person, words, entities), words,
        photo=message["photo"][-1]["file_id"] if message.get("photo") else "",
        document=message.get("document"),
        quote=_quote(chat, message),
        edited="edit_date" in message,
        fetched=state.was_fetched(chat.id, number),
        reactions=_reactions(chat, number),
        buttons=_buttons(message),
    )  # fmt: skip


def _spans(person: world.Person, words: str, entities: list[Json]) -> list[Span]:
    """The text, with links to our bots leading to the sandbox's own page for them."""
    spans = cut_into_spans(words, entities)
    return [replace(span, url=_local(person, span.url)) if span.url else span for span in spans]


def _local(person: world.Person, url: str) -> str:
    bot, payload = deep_link(url)
    query = urlencode({"start": payload, "as": person.key})
    return f"/t.me/{bot}?{query}" if bot else url


def _notice(message: Message) -> str:
    if "migrate_to_chat_id" in message or "migrate_from_chat_id" in message:
        return "This group became a supergroup"
    if "forum_topic_created" in message:
        return f"Topic opened: {message['forum_topic_created']['name']}"
    known = ("text", "photo", "document")
    kinds = [key for key in message if key not in _EVERY_MESSAGE]
    return "" if any(kind in message for kind in known) else f"A message of another kind: {kinds}"


_EVERY_MESSAGE = frozenset(
    "message_id from chat date reply_to_message message_thread_id is_topic_message".split()
)


def _words(message: Message) -> tuple[str, list[Json]]:
    if "text" in message:
        return message["text"], message.get("entities", [])
    return message.get("caption", ""), message.get("caption_entities", [])


def _quote(chat: Chat, message: Message) -> tuple[str, str] | None:
    original = message.get("reply_to_message")
    if not original or "forum_topic_created" in original:
        return None
    if original["message_id"] in chat.deleted:
        return "", "Deleted message"
    return _name(original["from"]), excerpt(original)


def excerpt(message: Message) -> str:
    """Some words of a message, or what it is."""
    words, _ = _words(message)
    kind = "Photo" if message.get("photo") else "File" if message.get("document") else ""
    return words[:90] or kind or "Message"


def _reactions(chat: Chat, number: int) -> list[tuple[str, int]]:
    marks = (mark.split("|")[0] for mark in chat.reactions.get(number, []))
    return list(Counter(marks).items())


def _buttons(message: Message) -> list[list[Button]]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [[_button(button) for button in row] for row in rows]


def _button(button: Json) -> Button:
    if "callback_data" in button:
        return Button(button["text"], data=button["callback_data"])
    bot, payload = deep_link(button["url"])
    return Button(button["text"], url="" if bot else button["url"], bot=bot, payload=payload)


def deep_link(url: str) -> tuple[str, str]:
    """(bot's username, payload) of a t.me link to one of our bots; two empty strings for any other link."""
    parts = urlsplit(url if "//" in url else f"https://{url}")
    name = parts.path.strip("/")
    if parts.hostname not in ("t.me", "telegram.me"):
        return "", ""
    if name.lower() not in {bot.username.lower() for bot in world.BOTS}:
        return "", ""
    return name, parse_qs(parts.query).get("start", [""])[0]


def rows(state: State, person: world.Person) -> list[Row]:
    """The chats of this person: with bots, then groups with their topics."""
    found = [row for bot in _bots_of(state, person) for row in _private_rows(state, person, bot)]
    for group in world.GROUPS:
        if belongs(person, group):
            found += _group_rows(state, person, group)
    return found


def belongs(person: world.Person, group: world.Group) -> bool:
    """Whether the person is in the group: its cast is named, the crowd is where its language is spoken."""
    return person.key in group.cast or (
        person.kind == "crowd" and person.language == group.language
    )


def _bots_of(state: State, person: world.Person) -> list[world.Bot]:
    others = [bot for bot in world.BOTS[1:] if (bot.id, person.id) in state.started]
    return [world.BOT, *others]


def _private_rows(state: State, person: world.Person, bot: world.Bot) -> list[Row]:
    chat = state.private(bot.id, person.id)
    query = {"as": person.key, "chat": "private", "bot": bot.key}
    first = _row(bot.name, urlencode(query), Spot(chat), mark="bot")
    return [first, *_topic_rows(chat, query)]


def _group_rows(state: State, person: world.Person, group: world.Group) -> list[Row]:
    chat_id = state.migrated.get(group.id, group.id)
    chat = state.chat(str(chat_id))
    query = {"as": person.key, "chat": group.key if chat_id == group.id else str(chat_id)}
    first = _row(chat.title, urlencode(query), Spot(chat), mark="forum" if chat.topics else "group")
    return [first, *_topic_rows(chat, query)]


def _topic_rows(chat: Chat, query: dict[str, str]) -> list[Row]:
    return [
        _row(title, urlencode({**query, "thread": str(thread)}), Spot(chat, thread), indent=True)
        for thread, title in chat.topics.items()
    ]


def _row(title: str, query: str, spot: Spot, *, mark: str = "", indent: bool = False) -> Row:
    here = [m for m in spot.chat.messages.values() if _is_here(spot, m)]
    last = here[-1] if here else None
    preview = f"{_name(last['from'])}: {excerpt(last)}" if last else ""
    when = clock(last["date"]) if last else ""
    return Row(title, query, spot.chat, spot.thread, preview, when, mark, indent)


def _name(sender: Json) -> str:
    return f"{sender['first_name']} {sender.get('last_name', '')}".strip()


def tone_of(number: int) -> int:
    """One of six quiet tones for a face without a picture."""
    return number % 6


def clock(seconds: float) -> str:
    """HH:MM in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")
