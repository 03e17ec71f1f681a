"""How Telegram's updates come in: pulled by `getUpdates` or posted, freed of secrets, read by `parse`."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from django.utils import timezone

from connectors.raw import Raw
from connectors.telegram import pull, rawjson
from connectors.telegram.asking import asking
from connectors.telegram.care import describe, look, remove_hook, rights, set_hook
from connectors.telegram.fields import number
from connectors.telegram.parse import Bot
from connectors.telegram.parse import parse as parse_update
from connectors.telegram.pull import RawUpdate
from connectors.telegram.updates import conversation_key, external_message_id
from readings import secrets
from tickets.models import Channel, Conversation
from tickets.transport import Parsed

__all__ = [
    "count_members",
    "describe",
    "fetch",
    "look",
    "parse",
    "read",
    "remove_hook",
    "rights",
    "set_hook",
]

_QUIET = timedelta(days=6)


def fetch(channel: Channel, *, wait: int) -> tuple[list[Raw], int]:
    """Asking with the cursor deletes at Telegram what lies before it: the caller has committed that."""
    offset = None if _is_quiet(channel) else channel.cursor or None
    with asking(channel) as api:
        updates = pull.get_updates(api, offset, timeout=wait)
    return [_raw(update) for update in updates], pull.next_offset(updates, offset) or channel.cursor


def count_members(channel: Channel, conversation: Conversation) -> int:
    with asking(channel) as api:
        found = api.call("getChatMemberCount", {"chat_id": conversation.external_id})
    return number(found) or 0


def _is_quiet(channel: Channel) -> bool:
    """After a week of silence Telegram numbers updates anew: an offset from before could throw new ones away."""
    last = channel.last_update_at
    return last is not None and timezone.now() - last > _QUIET


def read(text: str) -> Raw:
    return _raw(pull.read_update(text))


def parse(channel: Channel, text: str, received_at: datetime) -> Parsed:
    bot = Bot(
        id=str(channel.config.get("id", "")), username=str(channel.config.get("username", ""))
    )
    return parse_update(rawjson.loads(text), bot=bot, received_at=received_at)


def _raw(update: RawUpdate) -> Raw:
    text, kinds = _without_secrets(update)
    own_id = (
        str(update.update_id) if update.update_id is not None else f"sha256:{_digest(update.raw)}"
    )
    return Raw(
        text=text,
        external_id=own_id,
        # What belongs to no chat waits for nobody: each such update is a line of its own.
        conversation_key=conversation_key(update.update) or f"update:{own_id}",
        message_external_id=external_message_id(update.update),
        masked=kinds,
    )


def _without_secrets(update: RawUpdate) -> tuple[str, tuple[str, ...]]:
    """The text as it came if nothing secret is in it; what nobody can read keeps its shape only."""
    if update.update is None:
        return rawjson.blanked(update.raw), ()
    clean, findings = secrets.mask_json(update.update)
    # Parsing keeps the last of two members of one name: the text still has the first.
    if not findings and not secrets.mask(update.raw).found:
        return update.raw, ()
    return json.dumps(clean, ensure_ascii=True), tuple(sorted({str(kind) for kind in findings}))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:48]
