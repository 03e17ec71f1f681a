"""Asking Telegram about a channel: its errors in the words of a door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.errors import DoorError
from connectors.telegram.api import TelegramApi
from connectors.telegram.errors import Refused, TelegramError
from tickets.models import Channel

_REST = 5.0
_CONFLICT_REST = 10.0


@contextmanager
def asking(channel: Channel) -> Iterator[TelegramApi]:
    """The channel's bot. Raises DoorError for a token that is none, and for whatever goes wrong with a call."""
    try:
        api = TelegramApi(channel.token, channel.access.api_base)
    except ValueError as error:
        raise DoorError(str(error), retry_after=60) from None
    try:
        yield api
    except TelegramError as error:
        raise _door_error(error) from None


def _door_error(error: TelegramError) -> DoorError:
    if not isinstance(error, Refused):
        return DoorError(str(error), retry_after=_REST)
    rest = _CONFLICT_REST if error.code == 409 else _REST
    return DoorError(str(error), retry_after=error.retry_after or rest, code=error.code)
