"""Tells a story: the same steps as the actions take, at times of the past."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.demo.fill import Filler
from connectors.demo.said import SECOND, Kind, Said, Told
from connectors.demo.script import BadStory, Line, Story
from connectors.demo.staff import BY_KEY
from connectors.sandbox import world
from connectors.sandbox.world import Person
from readings import secrets
from tickets import automatic
from tickets.actions.opening import subject_of
from tickets.actions.status import HAPPENING
from tickets.models import Channel, DeliveryState, Status, Verb
from tickets.sla.stored import Happening

UNDO: Final = timedelta(seconds=5)
_CHANNEL: Final = Channel(config={"username": world.BOT.username})


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a story is put: whose it is, when it begins, and how much slower or faster than written it goes."""

    requester: Person
    number: int
    team: str
    priority: str
    opened_at: datetime
    answer_within: timedelta
    """The promise that the acknowledgement names."""
    seed: str
    agent: str
    paces: tuple[float, ...] = ()
    """A factor for each line's gap; 1 where there is none."""


def tell(story: Story, setting: Setting) -> Told:
    """The past of one ticket. Raises BadStory."""
    return _Telling(story, setting).told()


class _Telling:
    def __init__(self, story: Story, setting: Setting) -> None:
        self.setting = setting
        self.filler = Filler(setting.seed, story.language)
        self.at = setting.opened_at
        self.ticket = Told(
            story=story,
            requester=setting.requester,
            number=setting.number,
            team=setting.team,
            topic=story.head["topic"],
            priority=setting.priority,
            opened_at=setting.opened_at,
            last_message_at=setting.opened_at,
        )
        self.asked: Said | None = None
        """The requester's latest words."""

    def told(self) -> Told:
        lines = self.ticket.story.lines
        paces = self.setting.paces or (1.0,) * len(lines)
        for line, pace in zip(lines, paces, strict=True):
            self.at += line.gap * pace
            _STEPS[line.mark](self, line)
        return self.ticket

    # --- People outside

    def incoming(self, line: Line) -> None:
        if line.who:
            self.bystander(line)
            return
        said = self.say(line, "incoming", contact=self.setting.requester)
        first = self.asked is None
        self.asked = said
        if first:
            self.open(said)
        self.ticket.fact(self.at, Verb.RECEIVED, said=said)
        self.show(said, "they")
        if said.is_private:
            self.ticket.is_public = False
        if first:
            self.welcome(said)
        else:
            self.wake_up()
            self.ticket.happens(self.at, Happening.INCOMING)

    def open(self, said: Said) -> None:
        self.ticket.subject = subject_of(said.text, _CHANNEL) or said.photo
        self.ticket.is_public = not said.is_private
        self.ticket.fact(self.at, Verb.OPENED, linked_to=None)
        self.ticket.happens(self.at, Happening.OPENED)

    def welcome(self, said: Said) -> None:
        """What the desk says by itself: a warning about a secret, or that the ticket is open."""
        if said.masked:
            self.ticket.fact(self.at, Verb.SECRET_MASKED, said=said, kinds=list(said.masked))
            self.remove(said)
        if not said.is_private:
            self.automatic(automatic.GO_PRIVATE, said.place, answers=said, invites=True)
        if self.setting.requester.started:
            time = automatic.span(self.setting.answer_within, self.ticket.story.language)
            texts = automatic.SECRET_WARNING if said.masked else automatic.ACKNOWLEDGED
            self.automatic(texts, self.setting.requester, time=time)

    def remove(self, said: Said) -> None:
        if not said.is_private:
            said.deleted_at = self.at + 2 * SECOND
            self.ticket.fact(said.deleted_at, Verb.REMOVED, said=said)

    def automatic(
        self,
        texts: automatic.Texts,
        place: Person | str | None,
        *,
        answers: Said | None = None,
        invites: bool = False,
        **values: object,
    ) -> None:
        text = automatic.say(
            texts, self.ticket.story.language, number=self.setting.number, **values
        )
        said = Said(self.at + SECOND, "reply", text, place, automatic=True)
        said.answers, said.invites = answers, invites
        self.ticket.said.append(said)
        self.ticket.fact(said.at + SECOND, Verb.DELIVERED, said=said)

    def wake_up(self) -> None:
        if self.ticket.status not in (Status.PENDING, Status.SOLVED):
            return
        verb = Verb.REOPENED if self.ticket.status == Status.SOLVED else Verb.STATUS_CHANGED
        self.ticket.fact(self.at, verb, old=self.ticket.status, new=Status.OPEN, automatic=True)
        self.ticket.status, self.ticket.solved_at = Status.OPEN, None

    def courtesy(self, line: Line) -> None:
        said = self.say(line, "incoming", contact=self.setting.requester)
        self.ticket.fact(self.at, Verb.RECEIVED, said=said)
        self.show(said, "they")

    def bystander(self, line: Line) -> None:
        said = self.say(line, "incoming", contact=world.person(line.who))
        said.answers = self.asked
        self.ticket.fact(self.at, Verb.RECEIVED, said=said, bystander=True)

    def edit(self, line: Line) -> None:
        if self.asked is None:
            raise BadStory("An edit before anything was said.")
        self.asked.earlier.append((self.asked.text, self.at))
        self.asked.text = self.filler.fill(line.text)
        self.ticket.fact(self.at, Verb.EDITED, said=self.asked)

    # --- The desk

    def reply(self, line: Line) -> None:
        who = self.agent(line)
        outside = bool(line.place)
        said = self.say(line, "reply", author=who, outside=outside)
        if outside:
            said.answers = self.asked
            self.ticket.fact(self.at, Verb.REPLIED, actor=who, said=said, outside=True)
        else:
            self.ticket.fact(self.at - UNDO, Verb.REPLIED, actor=who, said=said)
        self.show(said, "us")
        self.own(who, by=who)
        if self.ticket.status == Status.NEW:
            self.ticket.status = Status.OPEN
        self.ticket.happens(self.at, Happening.REPLY_QUEUED, said)
        _FATES[line.fate](self, said)

    def arrived(self, said: Said) -> None:
        if not said.outside:
            self.ticket.fact(self.at + SECOND, Verb.DELIVERED, said=said)
        self.ticket.happens(self.at + SECOND, Happening.REPLY_LEFT, said)

    def was_blocked(self, said: Said) -> None:
        said.state, said.reason = DeliveryState.FAILED, "blocked"
        self.ticket.blocked = True
        self.ticket.fact(self.at + SECOND, Verb.DELIVERY_FAILED, said=said, reason="blocked")
        self.ticket.happens(self.at + SECOND, Happening.REPLY_FAILED, said)

    def was_lost(self, said: Said) -> None:
        said.state, said.reason = DeliveryState.UNKNOWN, "timed_out"
        self.ticket.fact(self.at + 12 * SECOND, Verb.DELIVERY_UNKNOWN, said=said)

    def note(self, line: Line) -> None:
        who = self.agent(line)
        said = Said(self.at, "note", self.words(line, who), None, author=who)
        self.ticket.said.append(said)
        self.ticket.fact(self.at, Verb.NOTED, actor=who, said=said)

    def take(self, line: Line) -> None:
        who = self.agent(line)
        self.own(who, by=self.ticket.assignee or who, again=True)

    def own(self, who: str, *, by: str, again: bool = False) -> None:
        if self.ticket.assignee and not again:
            return
        name = BY_KEY[who].name
        self.ticket.fact(self.at, Verb.ASSIGNED, actor=by, old=None, name=name)
        self.ticket.assignee = who

    def set_status(self, line: Line) -> None:
        old, self.ticket.status = self.ticket.status, line.mark
        self.ticket.solved_at = self.at if line.mark == Status.SOLVED else None
        self.ticket.fact(
            self.at, Verb.STATUS_CHANGED, actor=self.agent(line), old=old, new=line.mark
        )
        self.ticket.happens(self.at, HAPPENING[Status(line.mark)])

    # --- Both

    def agent(self, line: Line) -> str:
        return line.who or self.ticket.assignee or self.setting.agent

    def words(self, line: Line, who: str = "") -> str:
        name = BY_KEY[who].signature(self.ticket.story.language) if who else ""
        return self.filler.fill(line.text.replace("{me}", name))

    def say(
        self,
        line: Line,
        kind: Kind,
        *,
        contact: Person | None = None,
        author: str = "",
        outside: bool = False,
    ) -> Said:
        masked = secrets.mask(self.words(line, author))
        place = line.place or self.setting.requester
        said = Said(self.at, kind, masked.text, place, contact, author, outside=outside)
        said.masked = tuple(sorted({finding.kind for finding in masked.found}))
        said.photo = line.photo
        self.ticket.said.append(said)
        return said

    def show(self, said: Said, speaker: str) -> None:
        self.ticket.last_speaker, self.ticket.last_message_at = speaker, said.at
        self.ticket.excerpt = " ".join(said.text.split())[:160] or self.ticket.excerpt


_FATES: Final[Mapping[str, Callable[[_Telling, Said], None]]] = {
    "": _Telling.arrived,
    "!": _Telling.was_blocked,
    "?": _Telling.was_lost,
}
_STEPS: Final[Mapping[str, Callable[[_Telling, Line], None]]] = {
    ">": _Telling.incoming,
    ":)": _Telling.courtesy,
    "^": _Telling.edit,
    "<": _Telling.reply,
    "#": _Telling.note,
    "take": _Telling.take,
    **dict.fromkeys(("pending", "on_hold", "open", "solved"), _Telling.set_status),
}
