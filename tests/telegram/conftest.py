from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.telegram.api import TelegramApi
from connectors.telegram.transport import TelegramTransport
from helpdesk.limits import Limits
from tests.telegram.server import TOKEN, BotApi
from tickets.transport import ChannelAccess

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def server() -> Iterator[BotApi]:
    with BotApi().running() as server:
        yield server


@pytest.fixture
def api(server: BotApi) -> TelegramApi:
    return TelegramApi(TOKEN, server.base)


@pytest.fixture
def transport(server: BotApi) -> TelegramTransport:
    access = ChannelAccess(1, "telegram", TOKEN, server.base, {"username": "KiteHelpBot"})
    return TelegramTransport(access, limits=Limits(NOWHERE))
