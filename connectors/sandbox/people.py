"""What a person can do with the app in their hand: write, edit, delete, react, tap, block."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from connectors.sandbox import compose, text, world
from connectors.sandbox.media import keep_document, keep_photo
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.standing import come_again, why_silent
from connectors.sandbox.state import Chat, Json, Message
from connectors.sandbox.updates import queued, told


class NotPossible(ValueError):
    """The app would not let a person do this."""


@dataclass(frozen=True)
class Upload:
    """A file that a person attaches. `as_photo`: sent as a picture, not as a file."""

    data: bytes = field(repr=False)
    name: str
    content_type: str = ""
    as_photo: bool = False


@dataclass(frozen=True)
class Spot:
    """Where a person is: a chat, and a topic of it (0 in none)."""

    chat: Chat
    thread: int = 0


def say(
    sandbox: Sandbox,
    person: world.Person,
    spot: Spot,
    words: str,
    *,
    reply_to: int = 0,
    uploads: tuple[Upload, ...] = (),
    late: bool = False,
) -> list[int]:
    """Send a message; several files become an album. Gives the ids. Raises NotPossible.

    `late`: the bots hear of it only after what is told next (`Sandbox.held`).
    """
    _check(sandbox, spot, words, reply_to, uploads)
    _check_standing(sandbox, spot.chat, person, with_file=bool(uploads))
    come_again(sandbox, spot.chat, person)
    if spot.chat.kind == "private":
        open_private(sandbox, person, spot.chat.bot_id)
    album = secrets.randbits(53) if len(uploads) > 1 else 0
    contents = [_with_file(sandbox, upload, album) for upload in uploads] or [{}]
    contents[0].update(_words(words, caption=bool(uploads)))
    post = _post_late if late else _post
    return [post(sandbox, person, spot, content, reply_to) for content in contents]


def _check(
    sandbox: Sandbox, spot: Spot, words: str, reply_to: int, uploads: tuple[Upload, ...]
) -> None:
    if not words.strip() and not uploads:
        raise NotPossible("There is nothing to send.")
    if text.units(words) > (1024 if uploads else 4096):
        raise NotPossible("That is too long for one message.")
    if spot.thread and spot.thread not in spot.chat.topics:
        raise NotPossible("This topic is gone.")
    if reply_to and reply_to not in spot.chat.messages:
        raise NotPossible("The message that you answer is gone.")
    if spot.chat.id in sandbox.state.migrated:
        raise NotPossible("This group has become a supergroup.")


def _check_standing(
    sandbox: Sandbox, chat: Chat, person: world.Person, *, with_file: bool = False
) -> None:
    reason = why_silent(sandbox.state, chat, person, with_file=with_file)
    if reason:
        raise NotPossible(reason)


def _words(words: str, *, caption: bool) -> Json:
    if not words:
        return {}
    entities = text.detect_entities(words)
    names = ("caption", "caption_entities") if caption else ("text", "entities")
    return {names[0]: words, **({names[1]: entities} if entities else {})}


def _with_file(sandbox: Sandbox, upload: Upload, album: int) -> Json:
    content: Json
    if upload.as_photo:
        content = {"photo": keep_photo(sandbox, upload.data)}
    else:
        document = keep_document(sandbox, upload.data, upload.name, upload.content_type)
        content = {"document": document}
    return {**content, "media_group_id": str(album)} if album else content


def _post(sandbox: Sandbox, person: world.Person, spot: Spot, content: Json, reply_to: int) -> int:
    made = compose.message(
        spot.chat, compose.user(person), content, thread=spot.thread, reply_to=reply_to
    )
    stored = {"kind": "message", "chat": spot.chat.key, "message": made}
    sandbox.record(stored, *told(sandbox.state, spot.chat, "message", made))
    return int(made["message_id"])


def _post_late(
    sandbox: Sandbox, person: world.Person, spot: Spot, content: Json, reply_to: int
) -> int:
    made = compose.message(
        spot.chat, compose.user(person), content, thread=spot.thread, reply_to=reply_to
    )
    sandbox.record({"kind": "message", "chat": spot.chat.key, "message": made})
    sandbox.held.append((spot.chat.key, made))
    return int(made["message_id"])


def tell_late(sandbox: Sandbox) -> int:
    """Tell the bots what was held back, in its old wording. Returns how many messages."""
    held, sandbox.held = sandbox.held, []
    for key, message in held:
        sandbox.record(*told(sandbox.state, sandbox.state.chat(key), "message", message))
    return len(held)


def service(sandbox: Sandbox, person: world.Person, spot: Spot, content: Json) -> int:
    """Post a message of any kind (`content` is its own part of the JSON): a sticker, a voice, one nobody knows yet."""
    if spot.chat.kind == "private":
        open_private(sandbox, person, spot.chat.bot_id)
    return _post(sandbox, person, spot, content, 0)


def edit(sandbox: Sandbox, person: world.Person, chat: Chat, message_id: int, words: str) -> None:
    """Change the text or caption of one's own message. Raises NotPossible."""
    old = own(person, chat, message_id)
    _check_standing(sandbox, chat, person)
    if not words.strip():
        raise NotPossible("There is nothing left of it.")
    dropped = ("text", "entities", "caption", "caption_entities")
    kept = {key: value for key, value in old.items() if key not in dropped}
    has_file = "photo" in old or "document" in old
    new: Message = {**kept, "edit_date": int(time.time()), **_words(words, caption=has_file)}
    stored = {"kind": "edited", "chat": chat.key, "message": new}
    sandbox.record(stored, *told(sandbox.state, chat, "edited_message", new))


def own(person: world.Person, chat: Chat, message_id: int) -> Message:
    """A message that this person wrote. Raises NotPossible."""
    message = chat.messages.get(message_id)
    if message is None or message["from"]["id"] != person.id:
        raise NotPossible("That is not your message.")
    return message


def delete(sandbox: Sandbox, person: world.Person, chat: Chat, message_id: int) -> None:
    """Take one's own message away. Telegram tells no bot of it. Raises NotPossible."""
    own(person, chat, message_id)
    sandbox.record({"kind": "deleted", "chat": chat.key, "ids": [message_id], "by": person.name})


def react(sandbox: Sandbox, person: world.Person, chat: Chat, message_id: int, emoji: str) -> None:
    """Put an emoji on a message, or take one's own away with an empty one. Raises NotPossible."""
    if message_id not in chat.messages:
        raise NotPossible("That message is gone.")
    new = [{"type": "emoji", "emoji": emoji}] if emoji else []
    change = {
        "chat": compose.chat(chat), "message_id": message_id, "user": compose.user(person),
        "date": int(time.time()), "old_reaction": [], "new_reaction": new,
    }  # fmt: skip
    stored = {
        "kind": "reaction", "chat": chat.key, "id": message_id, "by": person.name,
        "emoji": [emoji] if emoji else [],
    }  # fmt: skip
    bots = sandbox.state.bots_in(chat)
    sandbox.record(stored, *(e for bot in bots for e in queued(bot, "message_reaction", change)))


def press(sandbox: Sandbox, person: world.Person, chat: Chat, message_id: int, data: str) -> None:
    """Tap a button that calls the bot back. Raises NotPossible."""
    message = chat.messages.get(message_id)
    if message is None:
        raise NotPossible("That message is gone.")
    query = {
        "id": str(secrets.randbits(63)), "from": compose.user(person), "message": message,
        "chat_instance": str(chat.id), "data": data,
    }  # fmt: skip
    bot = sandbox.state.bots[message["from"]["id"]]
    known = {"kind": "callback", "id": query["id"], "bot": bot.bot.id, "person": person.id}
    sandbox.record(known, *queued(bot, "callback_query", query))


def start(sandbox: Sandbox, person: world.Person, bot_id: int, payload: str = "") -> int:
    """Open the bot by a deep link and tap Start: what arrives is `/start PAYLOAD`. Gives the message's id."""
    place = sandbox.state.private(bot_id, person.id)
    words = f"/start {payload}".strip()
    return say(sandbox, person, Spot(place), words)[0]


def open_private(sandbox: Sandbox, person: world.Person, bot_id: int) -> None:
    """From now on the bot may write to this person: they have started it, or they lift their block."""
    pair = (bot_id, person.id)
    if pair in sandbox.state.blocked or pair not in sandbox.state.started:
        _contact(sandbox, person, bot_id, "member")


def block(sandbox: Sandbox, person: world.Person, bot_id: int) -> None:
    """Stop the bot: it can send nothing here any more."""
    _contact(sandbox, person, bot_id, "blocked")


def _contact(sandbox: Sandbox, person: world.Person, bot_id: int, status: str) -> None:
    place = sandbox.state.private(bot_id, person.id)
    bot = sandbox.state.bots[bot_id]
    was_started = (bot_id, person.id) in sandbox.state.started
    new = compose.member("kicked" if status == "blocked" else "member", compose.bot_user(bot.bot))
    told_bot = compose.own_membership(sandbox.state, bot_id, place, person, new)
    stored = {"kind": "contact", "bot": bot_id, "person": person.id, "status": status}
    # A first /start is no change of membership: the bot only gets the message.
    first_start = status == "member" and not was_started
    sandbox.record(stored, *([] if first_start else queued(bot, "my_chat_member", told_bot)))
