"""One call of one method, and the table of methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.botapi.params import Params
from connectors.sandbox.stage import Sandbox
from connectors.sandbox.state import BotState


@dataclass(frozen=True)
class Call:
    """Who calls, with what."""

    sandbox: Sandbox
    bot_id: int
    params: Params

    @property
    def bot(self) -> BotState:
        """The caller, looked up anew: a reset replaces the state under a call that waits."""
        return self.sandbox.state.bots[self.bot_id]


Method = Callable[[Call], Awaitable[Any]]
METHODS: dict[str, Method] = {}
"""By lower-case name: Telegram does not mind the case."""


def method(name: str) -> Callable[[Method], Method]:
    """Register a method of the Bot API under its name."""

    def register(function: Method) -> Method:
        METHODS[name.lower()] = function
        return function

    return register
