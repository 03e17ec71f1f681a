"""Many people who write at once, the same ones in the same order for one seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from connectors.sandbox import world
from tests.sandbox_process import SandboxProcess

Act = dict[str, Any]
CHATTER, FOLLOW_UPS, EDITS = 0.80, 0.15, 0.03
"""Shares; what is left are new tickets."""
REPLAYED, LATE = 0.05, 0.01
ROOMS = (("en", ""), ("zh", ""), ("fa", ""), ("tr", "withdrawals"), ("tr", "p2p"), ("tr", "chat"))
WORDS = (
    "the fees went up again, did you see",
    "gm everybody, btc looks strong today",
    "今天行情不错",
    "bugün piyasa sakin",
    "بازار امروز آرام است",
    "my withdrawal is still pending since this morning, please check",
    "how long does a TRC20 deposit take?",
)


class Crowd:
    """Writes `messages` messages through the sandbox, in batches of one request each."""

    def __init__(self, sandbox: SandboxProcess, messages: int, *, bots: int, seed: int) -> None:
        self._sandbox, self._left = sandbox, messages
        self._chance = random.Random(seed)
        self._bots = [bot.key for bot in world.BOTS[:bots]]
        self._strangers: list[int] = sandbox.control("strangers", count=max(messages // 20, 40))
        self._asking: list[tuple[int, str]] = []
        self._said: list[Act] = []
        self._late: list[Act] = []
        self.said = self.edits = 0

    def write(self, batch: int) -> Iterator[int]:
        """Send batch after batch; gives after each how many messages were said."""
        while self._left > 0:
            acts = [*self._told_late(), *self._acts(min(batch, self._left))]
            ids = self._sandbox.control("many", acts=acts)
            self._remember(acts, ids)
            yield self.said
        self._sandbox.control("many", acts=self._told_late())

    def _acts(self, count: int) -> Iterator[Act]:
        for _each in range(count):
            act = self._one()
            yield act
            if act["do"] == "say" and not act["late"] and self._chance.random() < REPLAYED:
                renumber = self._chance.random() < 0.4
                yield {"do": "duplicate", "renumber": renumber, "bot": act["bot"]}

    def _one(self) -> Act:
        kind = self._chance.random()
        self._left -= 1
        self.said += 1
        if kind < CHATTER:
            return self._chatter()
        if kind < CHATTER + FOLLOW_UPS and self._asking:
            return self._say(*self._chance.choice(self._asking), "private")
        if CHATTER + FOLLOW_UPS <= kind < CHATTER + FOLLOW_UPS + EDITS and self._said:
            self.said -= 1
            return self._edit(self._chance.choice(self._said))
        return self._request()

    def _request(self) -> Act:
        asker = self._strangers[len(self._asking) % len(self._strangers)]
        bot = self._bots[len(self._asking) % len(self._bots)]
        self._asking.append((asker, bot))
        return self._say(asker, bot, "private")

    def _chatter(self) -> Act:
        chat, thread = self._chance.choice(ROOMS)
        return self._say(self._chance.choice(self._strangers), world.BOT.key, chat, thread=thread)

    def _say(self, person: int, bot: str, chat: str, *, thread: str = "") -> Act:
        words = f"{self._chance.choice(WORDS)} ({self.said})"
        late = self._chance.random() < LATE
        return {
            "do": "say", "person": str(person), "bot": bot, "chat": chat, "thread": thread, "text": words,
            "late": late,
        }  # fmt: skip

    def _edit(self, act: Act) -> Act:
        self.edits += 1
        return {**act, "do": "edit", "text": f"{act['text'].split(' (')[0]} (edited {self.edits})"}

    def _told_late(self) -> list[Act]:
        """What the bots hear of late: half of it was changed before they hear of the original."""
        edits = [self._edit(act) for act in self._late[::2]]
        told = [{"do": "tell_late"}] if self._late else []
        self._late = []
        return [*edits, *told]

    def _remember(self, acts: list[Act], answers: list[Any]) -> None:
        for act, answer in zip(acts, answers, strict=True):
            if act["do"] == "say":
                known = {**act, "message_id": answer[0]}
                (self._late if act["late"] else self._said).append(known)
        del self._said[:-2000]
