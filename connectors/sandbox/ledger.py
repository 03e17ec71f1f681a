"""What really happened outside, for tests of the desk. Read from the journal, it holds even for a dead sandbox."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from connectors.sandbox.journal import Event, read
from connectors.sandbox.state import thread_of

Json = dict[str, Any]


@dataclass
class Said:
    """A message in a chat. `by` is the numeric id of a person or a bot; `edits` counts, `text` is the newest."""

    chat: str
    message_id: int
    by: int
    text: str
    at: float
    thread: int = 0
    edits: int = 0
    deleted: bool = False


@dataclass
class Called:
    """A call of a bot other than getUpdates. `status` 0: it was given no chance; `fault` says what it met."""

    bot: int
    method: str
    chat_id: int
    text: str
    status: int
    fault: str
    at: float
    messages: list[int] = field(default_factory=list)


@dataclass
class Told:
    """An update for a bot: how often it was handed out, and whether the bot confirmed it."""

    bot: int
    update_id: int
    kind: str
    chat_id: int
    message_id: int
    handed: int = 0
    confirmed: bool = False


@dataclass
class Ledger:
    """Everything since the last reset."""

    by_people: list[Said] = field(default_factory=list)
    by_bots: list[Said] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    updates: list[Told] = field(default_factory=list)
    _said: dict[tuple[str, int], Said] = field(default_factory=dict, repr=False)
    _told: dict[tuple[int, int], Told] = field(default_factory=dict, repr=False)
    _waiting: dict[int, deque[Told]] = field(default_factory=lambda: defaultdict(deque), repr=False)
    """By bot what it has not confirmed, in the order of the update ids."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Ledger:
        """Read it from events."""
        ledger = cls()
        for event in events:
            if event["kind"] == "reset":
                ledger = cls()
            ledger._take(event)
        return ledger

    @classmethod
    def at(cls, journal: Path) -> Ledger:
        """Read it from a journal file."""
        return cls.of(read(journal))

    def sent_twice(self) -> list[str]:
        """Texts that a bot has put into one chat more than once: what an outbox must never do."""
        counts = Counter((said.chat, said.thread, said.by, said.text) for said in self.by_bots)
        return [key[3] for key, count in counts.items() if count > 1]

    def unconfirmed(self, bot: int = 0) -> list[Told]:
        """Updates that the bot (0: any) has not confirmed."""
        return [told for told in self.updates if not told.confirmed and bot in (0, told.bot)]

    def as_json(self) -> Json:
        """For the control interface."""
        lists = ("by_people", "by_bots", "calls", "updates")
        return {name: [asdict(row) for row in getattr(self, name)] for name in lists}

    def _take(self, event: Event) -> None:
        take = getattr(self, f"_{event['kind']}", None)
        if take:
            take(event)

    def _message(self, event: Event) -> None:
        message = event["message"]
        words = message.get("text") or message.get("caption") or ""
        said = Said(
            event["chat"], message["message_id"], message["from"]["id"], words, event["at"],
            thread=thread_of(message),
        )  # fmt: skip
        (self.by_bots if message["from"]["is_bot"] else self.by_people).append(said)
        self._said[said.chat, said.message_id] = said

    def _edited(self, event: Event) -> None:
        for said in self._find(event["chat"], [event["message"]["message_id"]]):
            message = event["message"]
            said.text = message.get("text") or message.get("caption") or ""
            said.edits += 1

    def _deleted(self, event: Event) -> None:
        for said in self._find(event["chat"], event["ids"]):
            said.deleted = True

    def _find(self, chat: str, ids: list[int]) -> list[Said]:
        return [self._said[chat, number] for number in ids if (chat, number) in self._said]

    def _call(self, event: Event) -> None:
        self.calls.append(
            Called(event["bot"], event["method"], event["chat_id"], event["text"],
                   event["status"], event["fault"], event["at"], event.get("messages", []))
        )  # fmt: skip

    def _update(self, event: Event) -> None:
        update = event["update"]
        kind, content = next((k, v) for k, v in update.items() if k != "update_id")
        chat_id = content.get("chat", {}).get("id", 0)
        message_id = content.get("message_id", 0)
        told = Told(event["bot"], update["update_id"], kind, chat_id, message_id)
        self.updates.append(told)
        self._told[told.bot, told.update_id] = told
        self._waiting[told.bot].append(told)

    def _handed(self, event: Event) -> None:
        for update_id in event["updates"]:
            told = self._told.get((event["bot"], update_id))
            if told:  # one from before a reset can be handed out again
                told.handed += 1

    def _delivered(self, event: Event) -> None:
        told = self._told.get((event["bot"], event["update"]))
        if told:
            told.confirmed = True

    def _confirmed(self, event: Event) -> None:
        waiting = self._waiting[event["bot"]]
        while waiting and waiting[0].update_id < event["offset"]:
            waiting.popleft().confirmed = True
