"""Takes updates to webhooks: many at a time, in no order, and again and again until somebody says 200."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import httpx

from connectors.sandbox.state import BotState, Json

if TYPE_CHECKING:
    from connectors.sandbox.stage import Sandbox

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 15.0
"""Seconds between two tries; Telegram itself takes its time in the same way, up to an hour."""
PATIENCE = 15.0
"""Seconds that a webhook has to answer."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105


@dataclass(frozen=True)
class Trouble:
    """Why the newest delivery failed, and when (seconds)."""

    words: str
    at: int


@dataclass
class Waiting:
    """An update that was refused `tries` times and is not taken there again before `until` (monotonic seconds)."""

    tries: int = 0
    until: float = 0.0


class Postman:
    """Serves all bots of one sandbox that have a webhook."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.trouble: dict[int, Trouble] = {}
        self._sandbox = sandbox
        self._carried: set[tuple[int, int]] = set()
        self._waiting: dict[tuple[int, int], Waiting] = {}
        self._random = random.Random(11)  # noqa: S311 - an order, no secret

    def forget(self, bot_id: int) -> None:
        """A webhook that was set anew begins without old troubles."""
        self.trouble.pop(bot_id, None)
        self._waiting = {key: note for key, note in self._waiting.items() if key[0] != bot_id}

    async def run(self) -> None:
        """Deliver until cancelled."""
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=100)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE, limits=limits) as http,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                for bot in self._sandbox.state.bots.values():
                    for update in self._ready(bot):
                        self._carried.add((bot.bot.id, update["update_id"]))
                        tasks.create_task(self._carry(http, bot.bot.id, update))
                await self._sandbox.wait_for_news(FIRST_PAUSE)

    def _ready(self, bot: BotState) -> list[Json]:
        """What may go now, shuffled, with what shall come a second time; no more than there are connections."""
        busy = sum(bot_id == bot.bot.id for bot_id, _ in self._carried)
        free = bot.connections - busy if bot.webhook else 0
        if free <= 0:
            return []
        due = islice((u for u in bot.queue if self._is_due(bot.bot.id, u["update_id"])), free)
        found = [*due, *self._sandbox.faults.repeats(bot.bot.id)]
        self._random.shuffle(found)
        return found

    def _is_due(self, bot_id: int, update_id: int) -> bool:
        key = (bot_id, update_id)
        if key in self._carried:
            return False
        return key not in self._waiting or self._waiting[key].until <= time.monotonic()

    async def _carry(self, http: httpx.AsyncClient, bot_id: int, update: Json) -> None:
        key = (bot_id, update["update_id"])
        bot = self._sandbox.state.bots[bot_id]
        url = bot.webhook
        try:
            problem = await self._post(http, bot, update)
        finally:
            self._carried.discard(key)
        if self._sandbox.state.bots[bot_id].webhook != url:
            # It may have arrived nevertheless; then getUpdates hands it out once more, as Telegram would.
            self._sandbox.wake()
        elif problem:
            self._put_off(key, problem)
        else:
            self._waiting.pop(key, None)
            self._sandbox.record({"kind": "delivered", "bot": bot_id, "update": key[1]})
            self._sandbox.faults.handed(bot_id, [update])

    async def _post(self, http: httpx.AsyncClient, bot: BotState, update: Json) -> str:
        """Empty if it was taken, else the reason in Telegram's words."""
        fault = self._sandbox.faults.take(bot.bot.id, "webhook", 0)
        if fault and fault.kind not in ("lost", "stall"):
            return "Connection timed out"
        self._sandbox.record(
            {"kind": "handed", "bot": bot.bot.id, "updates": [update["update_id"]]}
        )
        headers = {"Content-Type": "application/json"}
        if bot.hook_secret:
            headers[SECRET_HEADER] = bot.hook_secret
        try:
            # Escaped to ASCII: a lone surrogate has no UTF-8.
            answer = await http.post(bot.webhook, content=json.dumps(update), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return "Connection refused" if isinstance(error, httpx.ConnectError) else "Read timeout"
        if answer.is_success:
            return "Read timeout expired" if fault else ""
        return f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"

    def _put_off(self, key: tuple[int, int], problem: str) -> None:
        note = self._waiting.setdefault(key, Waiting())
        pause = min(FIRST_PAUSE * 2**note.tries, LONGEST_PAUSE)
        note.tries, note.until = note.tries + 1, time.monotonic() + pause
        self.trouble[key[0]] = Trouble(problem, int(time.time()))
