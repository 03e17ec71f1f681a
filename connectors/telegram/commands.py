"""Commands, and whether a message in a group is meant for the bot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from connectors.telegram.fields import clean
from tickets.transport import Entity

OURS = ("start", "status", "ticket")
DOWNLOAD_LIMIT = 20 * 1024 * 1024
"""Bytes that the public Bot API lets a bot download; a server of one's own has no such limit."""

_COMMAND = re.compile(
    r"/(?P<name>[a-z0-9_]{1,32})(?:@(?P<bot>[a-z0-9_]{1,64}))?(?:\s+(?P<argument>.*)|\s*)\Z",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot that received the updates: its numeric id and its @username without the sign."""

    id: str
    username: str = ""
    download_limit: int = DOWNLOAD_LIMIT


@dataclass(frozen=True, slots=True)
class Command:
    """`/name@bot argument`. `named`: it carries our bot's name. `start`: where the argument begins."""

    name: str
    argument: str
    start: int
    named: bool

    @property
    def is_ours(self) -> bool:
        return self.named or self.name in OURS


def command_of(text: str, bot: Bot) -> Command | None:
    """The command that the text is; None for no command, and for one that names another bot."""
    found = _COMMAND.match(text)
    if found is None:
        return None
    address = found["bot"]
    if address and address.lower() != bot.username.lower():
        return None
    argument = found["argument"] or ""
    start = found.start("argument") if argument else len(text)
    return Command(found["name"].lower(), argument, start, named=bool(address))


def mentions(text: str, entities: Iterable[Entity], bot: Bot) -> bool:
    """Whether the bot is named, by a mark of Telegram's or by its plain @username."""
    if any(entity.kind == "text_mention" and entity.user_id == bot.id for entity in entities):
        return True
    return bool(bot.username) and _username(clean(bot.username)).search(text) is not None


@lru_cache(maxsize=64)
def _username(username: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@])@{re.escape(username)}(?!\w)", re.ASCII | re.IGNORECASE)
