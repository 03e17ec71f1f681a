"""Sending by the Bot API: `tickets.transport.Transport` for Telegram."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import structlog

from connectors.telegram import outgoing
from connectors.telegram.api import TelegramApi
from connectors.telegram.errors import Refused, TelegramError, is_done, is_gone, outcome
from connectors.telegram.fields import identifier, items, mapping, number, text_of
from connectors.telegram.outgoing import Call
from connectors.telegram.split import CAPTION_LIMIT, TEXT_LIMIT, Piece, split
from helpdesk.limits import Bucket, Limits, shared_limits
from tickets.transport import (
    Abilities,
    ChannelAccess,
    DeliveryError,
    DeliveryUnknown,
    Entity,
    OutboundFile,
    Part,
    Sent,
)

log = structlog.get_logger(__name__)

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ATTEMPTS = 4
_DEFAULT_PAUSE = 5.0
_BOT_PAUSE = 3.0
_REPEATABLE = frozenset({"edit_text", "delete", "acknowledge", "answer_press", "buttons_off"})
"""Doing these twice does no harm."""
_CALLS: dict[str, Callable[[Part], Call]] = {
    "send_text": outgoing.text_call,
    "edit_text": outgoing.edit_call,
    "delete": outgoing.delete_call,
    "acknowledge": outgoing.reaction_call,
    "open_topic": outgoing.topic_call,
    "answer_press": outgoing.answer_call,
    "buttons_off": outgoing.buttons_off_call,
}


class TelegramTransport:
    """One bot. Its rate limits are shared with all other processes through Valkey."""

    text_limit: ClassVar[int] = TEXT_LIMIT
    caption_limit: ClassVar[int] = CAPTION_LIMIT
    abilities: ClassVar[Abilities] = Abilities(
        edit=True, delete_within=timedelta(hours=48), buttons=True, topics=True
    )

    def __init__(self, access: ChannelAccess, *, limits: Limits | None = None) -> None:
        self._api = TelegramApi(access.token, access.api_base)
        self._username = text_of(access.config.get("username"), 64)
        self._limits = limits or shared_limits()

    def split(self, text: str, entities: tuple[Entity, ...] = ()) -> list[Piece]:
        """Parts of at most 4096 UTF-16 units."""
        return split(text, entities, limit=self.text_limit)

    def wait_seconds(self, part: Part) -> float:
        """Take from the buckets of the bot and of the chat, all or none; 0.0 if taken, else seconds to wait."""
        cost = max(1, len(part.files))  # Telegram counts an album by its pictures
        return self._limits.take(self._buckets(part), cost=cost)

    def send(self, part: Part) -> Sent:
        """Make the call; a refusal that can be mended (moved chat, bad marks, odd picture) is mended at once.

        Raises DeliveryError, or DeliveryUnknown for a message of which nobody knows whether it arrived.
        """
        repeatable = part.operation in _REPEATABLE
        try:
            return self._send(self._call(part))
        except Refused as error:
            if repeatable and _is_as_wanted(part, error):
                return Sent()
            self._note(part, error)
            raise outcome(error, repeatable=repeatable) from None
        except TelegramError as error:
            self._note(part, error)
            raise outcome(error, repeatable=repeatable) from None

    def fetch(self, file_id: str, *, max_bytes: int) -> bytes:
        """Download a received file. Raises DeliveryError; `too_large` if it has more than `max_bytes`."""
        try:
            content = self._fetch(file_id, max_bytes)
        except TelegramError as error:
            raise _fetch_failure(error) from None
        if content is None:
            raise DeliveryError("too_large", permanent=True)
        return content

    def deep_link(self, payload: str) -> str:
        """`t.me` link that opens the private chat with `/start payload`. Raises ValueError for a payload that it
        cannot carry (1 to 64 letters, digits, "_" and "-")."""
        if not _PAYLOAD.fullmatch(payload):
            raise ValueError("a deep link cannot carry this payload")
        return f"https://t.me/{self._username}?start={payload}" if self._username else ""

    def _call(self, part: Part) -> Call:
        if part.operation == "send_files":
            return outgoing.files_call(part, [_size(file) for file in part.files])
        return _CALLS[part.operation](part)

    def _send(self, call: Call) -> Sent:
        migrated_to = ""
        for _ in range(_ATTEMPTS - 1):
            try:
                return _sent(self._post(call), migrated_to)
            except Refused as error:
                better = outgoing.mended(call, error)
                if better is None:
                    raise
                migrated_to = error.migrate_to or migrated_to
                call = better
        return _sent(self._post(call), migrated_to)

    def _post(self, call: Call) -> Any:
        if not call.files:
            return self._api.call(call.method, call.params)
        with ExitStack() as stack:
            uploads = {
                name: (file.name, stack.enter_context(_open(file)), file.content_type)
                for name, file in call.files.items()
            }
            return self._api.call(call.method, call.params, files=uploads)

    def _fetch(self, file_id: str, max_bytes: int) -> bytes | None:
        found = mapping(self._api.call("getFile", {"file_id": file_id}))
        if (number(found.get("file_size")) or 0) > max_bytes:
            return None
        return self._api.download(text_of(found.get("file_path")), max_bytes=max_bytes)

    def _note(self, part: Part, error: TelegramError) -> None:
        log.warning(
            "telegram_call_failed", bot=self._api.bot_id, operation=part.operation, error=str(error)
        )
        if isinstance(error, Refused) and error.code == 429:
            self._slow_down(part, error.retry_after)

    def _slow_down(self, part: Part, retry_after: float | None) -> None:
        """Make every worker obey a 429. It does not say whose limit was hit: the chat waits as long as it was told
        (that can be hours), the bot only a moment, for one flooded group must not silence all the others."""
        seconds = _DEFAULT_PAUSE if retry_after is None else retry_after
        bot, *chat = self._buckets(part)
        self._limits.pause(bot, min(seconds, _BOT_PAUSE))
        for bucket in chat:
            self._limits.pause(bucket, seconds)

    def _buckets(self, part: Part) -> list[Bucket]:
        """Telegram allows 30 messages a second, one a second in a chat with short bursts, 20 a minute in a group."""
        bot_id, chat_id = self._api.bot_id, part.place.external_id
        buckets = [Bucket(f"telegram:{bot_id}", per_second=25, burst=5)]
        if part.operation in ("send_text", "send_files", "edit_text"):
            buckets.append(Bucket(f"telegram:{bot_id}:chat:{chat_id}", per_second=1, burst=3))
            if part.place.kind != "private":
                buckets.append(
                    Bucket(f"telegram:{bot_id}:group:{chat_id}", per_second=15 / 60, burst=5)
                )
        return buckets


def _sent(result: Any, migrated_to: str) -> Sent:
    messages = items(result) or [result]
    ids = (identifier(mapping(message).get("message_id")) for message in messages)
    thread_id = identifier(mapping(result).get("message_thread_id"))
    return Sent(tuple(found for found in ids if found), migrated_to, thread_id)


def _is_as_wanted(part: Part, error: Refused) -> bool:
    """An edit of a message that is gone is the one thing here that somebody has to know of."""
    return is_done(error) or (part.operation != "edit_text" and is_gone(error))


def _size(file: OutboundFile) -> int:
    try:
        return Path(file.path).stat().st_size
    except OSError as error:
        raise _unreadable(error) from None


def _open(file: OutboundFile) -> BinaryIO:
    try:
        return Path(file.path).open("rb")
    except OSError as error:
        raise _unreadable(error) from None


def _unreadable(error: OSError) -> DeliveryError:
    """A file that is gone stays gone; a storage that is away comes back."""
    is_gone = isinstance(error, FileNotFoundError)
    return DeliveryError("rejected" if is_gone else "unavailable", permanent=is_gone)


def _fetch_failure(error: TelegramError) -> DeliveryError | DeliveryUnknown:
    """Links to files run out, so a missing one is worth another `getFile`."""
    if isinstance(error, Refused) and (
        error.code == 404 or "temporarily unavailable" in error.description
    ):
        return DeliveryError("unavailable")
    return outcome(error, repeatable=True)
