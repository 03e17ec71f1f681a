"""Puts the stories into the last fourteen days: who, when, by whom. The same every time but for the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from connectors.demo.clocks import measure
from connectors.demo.said import Said, Told
from connectors.demo.script import BadStory, Story, stories, talks
from connectors.demo.staff import FINANCE, SUPPORT
from connectors.demo.telling import Setting, tell
from connectors.sandbox import world
from connectors.sandbox.world import Person
from tickets.models import Status
from tickets.sla.clock import Metric, Plan
from tickets.sla.happenings import next_due

LANGUAGES: Final = ("en", "zh", "fa", "tr")
SOLVED: Final = 400
PAST: Final = timedelta(days=14)
ROUND: Final = timedelta(hours=84)
"""A person comes at most so often: their words within 72 h of a solution would have reopened it."""
LONGEST: Final = timedelta(hours=10)
CHATTER_SINCE: Final = timedelta(hours=30)
AGENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("mia", "mia", "mia", "mia", "elif", "grace", "wei"),
    "zh": ("wei", "wei", "wei", "wei", "grace"),
    "fa": ("arman",),
    "tr": ("elif",),
}
LATE: Final = 0.06
"""The share of solved tickets whose first answer took far too long."""

Plans = Callable[[str, str], Plan]
"""The plan of a team (by name) and a priority."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the day is told against."""

    now: datetime
    plans: Plans
    lift: Callable[[str, str], str]
    """The priority that a topic lifts another to."""


def the_tickets(frame: Frame, numbers: Callable[[int], list[int]]) -> list[Told]:
    """Every ticket, in the order of their numbers, which `numbers` hands out. Raises BadStory."""
    placed = [
        _placed(frame, story) for language in LANGUAGES for story in stories("open", language)
    ]
    solved = sum(tell(story, setting).status == Status.SOLVED for story, setting in placed)
    begun = {setting.requester.key: setting.opened_at for _story, setting in placed}
    placed += _past(frame, begun, SOLVED - solved)
    placed.sort(key=lambda each: each[1].opened_at)
    return [
        tell(story, replace(setting, number=number))
        for (story, setting), number in zip(placed, numbers(len(placed)), strict=True)
    ]


def _placed(frame: Frame, story: Story) -> tuple[Story, Setting]:
    """A story of the head `due` or `ago`, told from the moment that makes it true."""
    setting = _setting(
        frame, story, world.person(story.head["who"]), frame.now, agent=story.head.get("to", "")
    )
    due, ago = story.span("due"), story.span("ago")
    if due is not None:
        opened_at = frame.now + (frame.now + due - _deadline(frame, story, setting))
    else:
        opened_at = frame.now - story.length - (ago or timedelta())
    if opened_at + story.length > frame.now:
        raise BadStory(f"{setting.requester.key}: the story goes on in the future.")
    return story, replace(setting, opened_at=opened_at)


def _deadline(frame: Frame, story: Story, setting: Setting) -> datetime:
    """The nearest deadline of a rehearsal."""
    told = tell(story, setting)
    for number, said in enumerate(told.said, start=1):
        said.id = number
    clocks, _facts = measure(told, frame.plans(setting.team, setting.priority), setting.opened_at)
    due_at = next_due(clocks)
    if due_at is None:
        raise BadStory(f"{setting.requester.key}: no clock runs, so nothing is due.")
    return due_at


def _setting(
    frame: Frame, story: Story, person: Person, opened_at: datetime, *, agent: str, seed: str = ""
) -> Setting:
    team = FINANCE if story.head.get("team") == "finance" else SUPPORT
    priority = frame.lift(story.head.get("priority", "normal"), story.head["topic"])
    budgets = frame.plans(team, priority).budgets
    return Setting(
        requester=person,
        number=0,
        team=team,
        priority=priority,
        opened_at=opened_at,
        answer_within=budgets.get(Metric.FIRST_RESPONSE, timedelta(hours=1)),
        seed=seed or person.key,
        agent=agent,
    )


# --- The fourteen days


def _past(frame: Frame, begun: Mapping[str, datetime], wanted: int) -> list[tuple[Story, Setting]]:
    """So many solved tickets, each the story of somebody who had time for it."""
    random = Random("kavira")  # noqa: S311 - a story, no secret
    free = [
        (person, at)
        for person in world.crowd()
        for at in _moments(frame.now, begun.get(person.key), random)
    ]
    if len(free) < wanted:
        raise BadStory(f"There is room for {len(free)} solved tickets only.")
    chosen = sorted(random.sample(free, wanted), key=lambda each: each[1])
    decks = {language: _deck(language, random) for language in LANGUAGES}
    return [
        _solved(frame, next(decks[person.language]), person, at, random) for person, at in chosen
    ]


def _moments(now: datetime, next_one: datetime | None, random: Random) -> Iterator[datetime]:
    """When a person may have come, before what they came with last."""
    end = now - LONGEST if next_one is None else min(now, next_one) - ROUND
    at = now - PAST + ROUND * random.random()
    while at < end:
        yield at
        at += ROUND


def _deck(language: str, random: Random) -> Iterator[Story]:
    """The scenarios of a language without end, all before any comes again."""
    cards = list(stories("solved", language))
    while True:
        random.shuffle(cards)
        yield from cards


def _solved(
    frame: Frame, story: Story, person: Person, at: datetime, random: Random
) -> tuple[Story, Setting]:
    paces = [random.uniform(0.6, 1.5) for _line in story.lines]
    answer = next(place for place, line in enumerate(story.lines) if line.mark == "<")
    if random.random() < LATE:
        paces[answer] = timedelta(minutes=random.uniform(70, 170)) / story.lines[answer].gap
    setting = _setting(
        frame,
        story,
        person,
        at,
        agent=random.choice(AGENTS[person.language]),
        seed=f"{person.key} {random.random()}",
    )
    return story, replace(setting, paces=tuple(paces))


# --- The groups


def the_chatter(now: datetime) -> Iterator[Said]:
    """What people say to each other in the groups, spread over the last day and a bit."""
    random = Random("chatter")  # noqa: S311 - a story, no secret
    for language in LANGUAGES:
        conversations = talks(language)
        step = CHATTER_SINCE / len(conversations)
        for place, conversation in enumerate(conversations):
            at = now - CHATTER_SINCE + step * (place + random.random() * 0.7)
            before: Said | None = None
            for remark in conversation:
                said = _remark(remark.who, remark.text, remark.place, at)
                said.answers = before if remark.answers else None
                before = said
                yield said
                at += timedelta(seconds=random.randint(8, 110))


def _remark(who: str, text: str, place: str, at: datetime) -> Said:
    person = world.person(who)
    staff = person.kind == "staff"
    return Said(
        at,
        "incoming",
        text,
        place,
        contact=None if staff else person,
        author=who if staff else "",
        outside=staff,
    )


def in_order(everything: list[Said], ids: Iterator[int]) -> None:
    """Give everything that was said its place: our id, and in each chat the service's."""
    counters: dict[object, Iterator[int]] = {}
    for said in sorted(everything, key=lambda each: each.at):
        said.id = next(ids)
        if said.place is not None and said.state == "sent":
            chat = said.place.key if isinstance(said.place, Person) else said.place.split("/")[0]
            said.external_id = str(next(counters.setdefault(chat, count(FIRST_ID))))


FIRST_ID: Final = 101
"""The sandbox counts its messages from seconds since its epoch on, in millions; topics have ids below this one."""
