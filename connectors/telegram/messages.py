"""Reading one message, new or edited."""

from __future__ import annotations

from dataclasses import replace

from connectors.telegram.commands import OURS, Command, command_of, mentions
from connectors.telegram.entities import clip
from connectors.telegram.fields import identifier, mapping, moment, present, text_of
from connectors.telegram.media import Content, content_of, service_kind, unknown_kind
from connectors.telegram.people import sender_of
from connectors.telegram.places import topic_id
from connectors.telegram.reading import Reading
from tickets.transport import Ignored, InboundMessage, Parsed, Sender

_PAYLOAD_LIMIT = 512


def read_message(reading: Reading, *, placeholder: str = "") -> Parsed:
    """A message. `placeholder` says what it is when the update's own kind is unknown."""
    moved = _migration(reading)
    if moved is not None:
        return moved
    sender = sender_of(reading.body)
    if sender is None or sender.is_bot:
        is_own = sender is not None and sender.external_id == reading.bot.id
        return Ignored("own_message" if is_own else "bot_message")
    content = _content(reading, placeholder)
    if isinstance(content, Ignored):
        return content
    message = _said(reading, sender, content)
    if not message.external_id:
        return Ignored("no_message_id")
    return _obeyed(message, command_of(message.text, reading.bot))


def read_edit(reading: Reading) -> Parsed:
    """An edited message: whether anything that matters has changed is for the reader of the old one to say."""
    message = read_message(reading)
    if isinstance(message, Ignored) or message.action == "migrate":
        return message
    edited_at = moment(reading.body.get("edit_date")) or message.sent_at
    return replace(message, action="edit", edited_at=edited_at)


def _content(reading: Reading, placeholder: str) -> Content | Ignored:
    content = content_of(reading.body, download_limit=reading.bot.download_limit)
    if placeholder:
        return replace(content, placeholder=placeholder)
    if content:
        return content
    service = service_kind(reading.body)
    if service:
        return Ignored(f"service:{service}")
    unknown = unknown_kind(reading.body)
    return Content(placeholder=f"unknown: {unknown}") if unknown else Ignored("empty_message")


def _said(reading: Reading, sender: Sender, content: Content) -> InboundMessage:
    reply_to, reply_to_sender = _reply(reading)
    message = InboundMessage(
        action="message",
        place=reading.place,
        sender=sender,
        external_id=identifier(reading.body.get("message_id")),
        sent_at=reading.sent_at,
        text=content.text,
        entities=content.entities,
        files=content.files,
        placeholder=content.placeholder,
        details=content.details,
        album_id=text_of(reading.body.get("media_group_id"), 64),
        reply_to=reply_to,
        reply_to_sender=reply_to_sender,
    )
    return replace(message, addressed=_is_addressed(reading, message))


def _migration(reading: Reading) -> InboundMessage | None:
    """A group became a supergroup. Both chats report it; either report names the old place and the new id."""
    new_id, old_id = (
        identifier(reading.body.get(key) or None)  # some servers write 0 for "did not move"
        for key in ("migrate_to_chat_id", "migrate_from_chat_id")
    )
    if not new_id and not old_id:
        return None
    place = reading.place if new_id else replace(reading.place, external_id=old_id)
    return InboundMessage(
        action="migrate",
        place=place,
        sender=sender_of(reading.body),
        external_id=identifier(reading.body.get("message_id")),
        sent_at=reading.sent_at,
        migrated_to=new_id or reading.place.external_id,
    )


def _reply(reading: Reading) -> tuple[str, Sender | None]:
    original = mapping(reading.body.get("reply_to_message"))
    reply_to = identifier(original.get("message_id"))
    chat_id = identifier(mapping(original.get("chat")).get("id"))
    elsewhere = bool(chat_id) and chat_id != reading.place.external_id
    # Whatever is said in a topic "replies" to the topic's creation.
    is_root = reply_to == topic_id(reading.body) or present(original.get("forum_topic_created"))
    if not reply_to or elsewhere or is_root:
        return "", None
    return reply_to, sender_of(original)


def _is_addressed(reading: Reading, message: InboundMessage) -> bool:
    # A channel's post may well advertise the bot; it asks for nothing.
    if message.place.kind == "private" or present(reading.body.get("is_automatic_forward")):
        return False
    answered = message.reply_to_sender
    if answered is not None and answered.external_id == reading.bot.id:
        return True
    command = command_of(message.text, reading.bot)
    if command is not None and command.is_ours:
        return True
    return mentions(message.text, message.entities, reading.bot)


def _obeyed(message: InboundMessage, command: Command | None) -> Parsed:
    """Turn a command of ours into the action that it asks for; any other text stays a message."""
    if command is None or command.name not in OURS:
        return message
    if command.name == "ticket":
        return _ticket(message, command)
    if message.files:
        return message
    if message.place.kind != "private":  # the answers are for one person's eyes
        return Ignored(f"{command.name}_in_group")
    if command.name == "status":
        return replace(message, action="status")
    return replace(message, action="start", payload=command.argument.strip()[:_PAYLOAD_LIMIT])


def _ticket(message: InboundMessage, command: Command) -> InboundMessage:
    """`/ticket my words`: the words are the message. A bare `/ticket` stays as it was written."""
    end = len(message.text)
    text = message.text[command.start :] or message.text
    entities = clip(message.entities, end - len(text), end)
    return replace(message, action="ticket", text=text, entities=entities)
