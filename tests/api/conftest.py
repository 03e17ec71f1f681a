"""Programs of the cast, and two tickets: one of Alice's team, one that is not hers to see."""

from __future__ import annotations

import pytest

from tests.api.caller import Caller
from tests.cast import DANA, EMRE, Desk, Outside, opened, telegram_channel
from tickets.models import Ticket


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """But in the test of the limit itself."""
    monkeypatch.setattr("api.authentication.BURST", 10**9)


@pytest.fixture
def alice(desk: Desk) -> Caller:
    return Caller(desk.alice)


@pytest.fixture
def ticket(outside: Outside) -> Ticket:
    return opened(outside.says(DANA, "my withdrawal has not arrived, hash 0x1"))


@pytest.fixture
def theirs(desk: Desk) -> Ticket:
    """Of the other team, through a bot of its own."""
    others = Outside(telegram_channel(desk.other_team, name="Finance bot"))
    return opened(others.says(EMRE, "para çekme işlemim bekliyor"))
