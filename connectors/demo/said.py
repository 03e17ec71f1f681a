"""What was said and what happened, in times of the past, before any of it is a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.demo.script import Story
from connectors.sandbox.world import Person
from tickets.models import DeliveryState, Verb
from tickets.sla.stored import Happening

Kind = Literal["incoming", "reply", "note"]


@dataclass(eq=False, slots=True)
class Said:
    """A message. `place` is the private chat of this person, or a group by key (`tr/p2p`); None for a note."""

    at: datetime
    kind: Kind
    text: str
    place: Person | str | None
    contact: Person | None = None
    author: str = ""
    """Key of a member of the staff."""
    automatic: bool = False
    outside: bool = False
    """Staff's words, typed on their own phone: nothing was delivered for them."""
    answers: Said | None = None
    masked: tuple[str, ...] = ()
    photo: str = ""
    invites: bool = False
    """Carries the button that opens the private chat."""
    state: DeliveryState = DeliveryState.SENT
    reason: str = ""
    earlier: list[tuple[str, datetime]] = field(default_factory=list)
    """What it said before its edits, and until when."""
    deleted_at: datetime | None = None
    # Given when everything that was said is known and in order:
    id: int = 0
    external_id: str = ""

    @property
    def is_private(self) -> bool:
        return isinstance(self.place, Person)

    @property
    def is_delivered(self) -> bool:
        """Sent by the desk, so that the outbox has it."""
        return self.kind == "reply" and not self.outside


@dataclass(frozen=True, slots=True)
class Fact:
    """What becomes an event of the ticket."""

    at: datetime
    verb: Verb
    actor: str = ""
    said: Said | None = None
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Told:
    """One ticket's whole past."""

    story: Story
    requester: Person
    number: int
    team: str
    topic: str
    priority: str
    opened_at: datetime
    last_message_at: datetime
    subject: str = ""
    excerpt: str = ""
    status: str = "new"
    assignee: str = ""
    is_public: bool = False
    last_speaker: str = "they"
    solved_at: datetime | None = None
    blocked: bool = False
    said: list[Said] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    happenings: list[tuple[datetime, Happening, Said | None]] = field(default_factory=list)

    def fact(
        self, at: datetime, verb: Verb, *, actor: str = "", said: Said | None = None, **payload: Any
    ) -> None:
        """Write an event down, a moment after the one before it: pages tell what is of one instant in any order."""
        moment = at + timedelta(microseconds=len(self.facts))
        self.facts.append(Fact(moment, verb, actor, said, payload))

    def happens(self, at: datetime, happening: Happening, said: Said | None = None) -> None:
        """Note what moves the clocks."""
        self.happenings.append((at, happening, said))


SECOND = timedelta(seconds=1)
