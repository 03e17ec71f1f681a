"""Trouble on order: what the next calls of a bot shall meet instead of an answer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal, get_args

Json = dict[str, Any]
FaultKind = Literal["429", "500", "400", "403", "hang", "close", "lost", "stall"]
"""429, 500, 400, 403: that answer, nothing done. hang, close: nothing done, no answer. lost, stall: done, no answer."""
FAULT_KINDS: tuple[str, ...] = get_args(FaultKind)


@dataclass
class Fault:
    """One kind of trouble, for the next `times` calls that match. Empty fields match everything but getUpdates.

    The method "webhook" stands for our own posts to a bot's webhook.
    """

    kind: FaultKind
    times: int = 1
    skip: int = 0
    """So many matching calls go well first."""
    method: str = ""
    bot: int = 0
    chat: int = 0
    seconds: float = 3600.0
    """hang, stall: how long, if the caller does not give up before."""
    retry_after: int = 3
    description: str = ""

    def matches(self, bot: int, method: str, chat: int) -> bool:
        """Whether this call is meant. A fault for a send should not hit how updates come in: that must be named."""
        if not self.method and method in ("getupdates", "webhook"):
            return False
        return (
            self.method.lower() in ("", method) and self.bot in (0, bot) and self.chat in (0, chat)
        )


class Faults:
    """What is armed, and the updates that shall be handed out a second time."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self.replay_rate = 0.0
        self._echoes: dict[int, list[Json]] = {}
        self._random = random.Random(7)  # noqa: S311 - no secret, and the same every time

    def take(self, bot: int, method: str, chat: int) -> Fault | None:
        """The fault for this call, used up by it."""
        for fault in self.armed:
            if not fault.matches(bot, method, chat):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.armed.remove(fault)
            return fault
        return None

    def repeat(self, bot: int, update: Json) -> None:
        """Hand this update out again with the next batch, under the same id."""
        self._echoes.setdefault(bot, []).append(update)

    def repeats(self, bot: int) -> list[Json]:
        """The updates to hand out again, once."""
        return self._echoes.pop(bot, [])

    def handed(self, bot: int, updates: list[Json]) -> None:
        """Choose by `replay_rate` what of this batch comes again."""
        for update in updates:
            if self._random.random() < self.replay_rate:
                self.repeat(bot, update)

    def clear(self) -> None:
        """No trouble any more."""
        self.armed.clear()
        self.replay_rate = 0.0
        self._echoes.clear()
