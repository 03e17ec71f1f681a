"""The rows of a desk that has worked for two years, as lines for COPY. The same size gives the same rows.

19 of 20 tickets are closed; the open ones are among the newest fifth. The measured agent has the same 80 open tickets
of their own at every size, 10 of them overdue, so that their page shows the same. A ticket has four messages, two
deliveries, four or five events and one or two clocks; one person has opened three tickets, about.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from benchmarks.words import ACKNOWLEDGED, REQUESTS

FIRST = 1000
"""The lowest ticket number."""
BOT = 5_000_111
PERSON = 10_000_000
"""Outside ids: PERSON + a contact's id."""
GROUP = -1_002_000_000_000
GROUPS = 30
OWN, OWN_LATE = 80, 10
LONG = 200
"""Messages of the long ticket."""
HISTORY = timedelta(days=730)
NOTHING = r"\N"

Lines = dict[str, list[str]]

COLUMNS = {
    "tickets_contact": "id name language time_zone created_at",
    "tickets_contactidentity": "id contact_id kind external_id username display_name created_at",
    "tickets_conversation": (
        "id channel_id kind external_id thread_id former_ids title member_count language closed_reason created_at"
    ),
    "tickets_ticket": (
        "number subject excerpt status category topic_id priority language team_id assignee_id requester_id "
        "channel_kind is_public last_speaker last_message_at waiting_since next_due_at created_at solved_at version"
    ),
    "tickets_message": (
        "id ticket_id conversation_id kind audience automatic contact_id author_id text entities language placeholder "
        "masked details external_id reply_to_external_id album_id sent_at created_at"
    ),
    "tickets_delivery": (
        "id message_id conversation_id operation part payload state reason tries external_id created_at not_before "
        "sent_at"
    ),
    "tickets_ticketevent": "ticket_id verb actor_id message_id payload created_at",
    "tickets_slaclock": (
        "ticket_id metric budget started_at resumed_at spent due_at warn_at met_at breached_at answers former"
    ),
}


@dataclass
class Plan:
    """Who and when. Teams and people by position, rows by id."""

    size: int
    now: datetime
    teams: list[int]
    agents: list[list[int]]
    """By team."""
    agent: int
    """The measured one."""
    topics: list[int]
    random: Random = field(default_factory=lambda: Random(7))  # noqa: S311 - no secret hangs on it
    own: list[int] = field(init=False)
    """Positions of the measured agent's open tickets, the newest first."""

    def __post_init__(self) -> None:
        mine = (at for at in reversed(range(self.size)) if self.team_of(at) == 0)
        self.own = [next(mine) for _ in range(OWN)]

    @property
    def people(self) -> int:
        return max(self.size // 3, 300)

    def person_of(self, at: int) -> int:
        """Position of the requester: spread, so that one person's tickets are far apart."""
        return at * 7919 % self.people

    def team_of(self, at: int) -> int:
        return self.person_of(at) % len(self.teams)

    def opened_at(self, at: int) -> datetime:
        return self.now - HISTORY * ((self.size - at) / self.size)


@dataclass
class Case:
    """One ticket's story."""

    at: int
    opened: datetime
    status: str
    assignee: int | None
    due: datetime | None
    author: int
    """Whoever answered it."""

    @property
    def number(self) -> int:
        return FIRST + self.at

    @property
    def answered(self) -> bool:
        return self.status != "new"


def _line(*values: object) -> str:
    return "\t".join(NOTHING if value is None else str(value) for value in values) + "\n"


def people_lines(plan: Plan, channels: list[int], positions: range) -> Lines:
    """Contacts, each with an identity and a private chat; all three have the same id."""
    lines: Lines = defaultdict(list)
    for at in positions:
        pk, name, outside = at + 1, f"Person {at}", PERSON + at + 1
        language = REQUESTS[at % len(REQUESTS)][0]
        lines["tickets_contact"].append(_line(pk, name, language, "", plan.now))
        lines["tickets_contactidentity"].append(
            _line(pk, pk, "telegram", outside, f"person{at}", name, plan.now)
        )
        channel = channels[at % len(channels)]
        lines["tickets_conversation"].append(
            _line(pk, channel, "private", outside, "", "{}", name, None, "", "", plan.now)
        )
    return lines


def group_lines(plan: Plan, channels: list[int]) -> Lines:
    lines: Lines = defaultdict(list)
    for at in range(GROUPS * len(channels)):
        channel, title = channels[at % len(channels)], f"Kite Talk {at}"
        lines["tickets_conversation"].append(
            _line(plan.people + at + 1, channel, "group", GROUP - at, "", "{}", title, 5000, "", "", plan.now)
        )  # fmt: skip
    return lines


def ticket_lines(plan: Plan, positions: range) -> Lines:
    """Tickets with everything under them."""
    own, lines = set(plan.own), defaultdict(list)
    for at in positions:
        case = _own_case(plan, at) if at in own else _case(plan, at)
        lines["tickets_ticket"].append(_ticket(plan, case))
        _talk(plan, case, lines)
        lines["tickets_ticketevent"] += _events(case)
        lines["tickets_slaclock"] += _clocks(case, plan.now)
    return lines


def _case(plan: Plan, at: int) -> Case:
    draw, opened, team = plan.random.random, plan.opened_at(at), plan.team_of(at)
    author = plan.agents[team][int(draw() * (len(plan.agents[team]) - 1)) + 1]
    if at < plan.size * 0.8 or draw() > 0.25:
        return Case(at, opened, "closed", author, None, author)
    if draw() < 0.3:
        return Case(at, opened, "new", None, _deadline(plan), author)
    status = "open" if draw() < 0.6 else "pending" if draw() < 0.75 else "on_hold"
    return Case(at, opened, status, author, _deadline(plan) if status == "open" else None, author)


def _deadline(plan: Plan) -> datetime:
    """One in 25 is overdue; half of the others come within half a day."""
    draw = plan.random.random
    if draw() < 0.04:
        return plan.now - timedelta(hours=24 * draw())
    return plan.now + timedelta(hours=min(plan.random.expovariate(1 / 18), 72))


def _own_case(plan: Plan, at: int) -> Case:
    place = plan.own.index(at)
    hours = -1.0 - place if place < OWN_LATE else 2.0 + place / 2
    due = plan.now + timedelta(hours=hours)
    return Case(at, plan.opened_at(at), "open", plan.agent, due, plan.agent)


def _ticket(plan: Plan, case: Case) -> str:
    language, subject, *_rest, thanks = REQUESTS[case.at % len(REQUESTS)]
    closed = case.status == "closed"
    last = case.opened + timedelta(minutes=40)
    return _line(
        case.number, subject, thanks, case.status, "withdrawal", plan.topics[case.at % len(plan.topics)],
        ("normal", "high")[case.at % 4 == 0], language, plan.teams[plan.team_of(case.at)], case.assignee,
        plan.person_of(case.at) + 1, "telegram", case.at % 5 == 0, "they", last, last if case.due else None, case.due,
        case.opened, last if closed else None, 6,
    )  # fmt: skip


def _talk(plan: Plan, case: Case, lines: Lines) -> None:
    """Request, acknowledgement, answer, thanks; without an answer they ask once more."""
    language, _subject, request, answer, thanks = REQUESTS[case.at % len(REQUESTS)]
    spoken = (
        ("incoming", request, 0),
        ("automatic", ACKNOWLEDGED, 0.1),
        ("reply", answer, 20) if case.answered else ("incoming", request, 20),
        ("incoming", thanks, 40),
    )
    for place, (kind, text, minutes) in enumerate(spoken):
        pk, at = case.at * 4 + place + 1, case.opened + timedelta(minutes=minutes)
        _say(plan, case, lines, pk, kind, text, language, at, case.at * 2 + place)


def _say(
    plan: Plan, case: Case, lines: Lines, pk: int, kind: str, text: str, language: str, at: datetime, delivery: int
) -> None:  # fmt: skip
    person, theirs = plan.person_of(case.at), kind == "incoming"
    public = case.at % 5 == 0 and theirs
    # A group of the person's own channel.
    group = person % len(plan.teams) + len(plan.teams) * (case.at % GROUPS)
    conversation = plan.people + 1 + group if public else person + 1
    lines["tickets_message"].append(
        _line(
            pk, case.number, conversation, "incoming" if theirs else "reply", "public" if public else "private",
            kind == "automatic", person + 1 if theirs else None, case.author if kind == "reply" else None, text, "[]",
            language if theirs else "", "", "{}", "{}", pk if theirs else "", "", "", at, at,
        )
    )  # fmt: skip
    if not theirs:
        payload = f'{{"text": "{text}", "buttons": [], "reply_to": ""}}'
        lines["tickets_delivery"].append(
            _line(delivery, pk, conversation, "send_text", 0, payload, "sent", "", 1, f"d{pk}", at, at, at)
        )  # fmt: skip


def _events(case: Case) -> list[str]:
    told: list[tuple[str, int | None, int | None, str, float]] = [
        ("opened", None, None, '{"linked_to": null}', 0),
        ("received", None, 1, "{}", 0),
        ("received", None, 4, "{}", 40),
    ]
    if case.answered:
        told.append(("replied", case.author, 3, "{}", 20))
    if case.status == "closed":
        told.append(("status_changed", case.author, None, '{"old": "open", "new": "solved"}', 41))
    return [
        _line(
            case.number, verb, actor, place and case.at * 4 + place, payload, case.opened + timedelta(minutes=minutes)
        )
        for verb, actor, place, payload, minutes in told
    ]  # fmt: skip


def _clocks(case: Case, now: datetime) -> list[str]:
    """First response, met or running; the resolution of what is closed."""
    first, resolution = timedelta(hours=1), timedelta(hours=24)
    met = case.opened + timedelta(minutes=20)
    due = case.opened + first
    if not case.answered:
        return [_clock(case, "first_response", first, case.due or due, None, now)]
    rows = [_clock(case, "first_response", first, due, met, now)]
    if case.status == "closed":
        rows.append(_clock(case, "resolution", resolution, case.opened + resolution, met, now))
    elif case.due:
        rows.append(_clock(case, "resolution", resolution, case.due, None, now))
    return rows


def _clock(
    case: Case, metric: str, budget: timedelta, due: datetime, met: datetime | None, now: datetime
) -> str:
    late = met is None and due < now  # told as missed already
    return _line(
        case.number, metric, f"{budget.total_seconds():.0f} s", case.opened, case.opened, "0 s", due,
        due - budget / 5, met, due if late else None, "[]", "[]",
    )  # fmt: skip


def long_lines(plan: Plan) -> Lines:
    """The rest of the long ticket: requester and agent by turns, a minute apart."""
    at = plan.own[1]
    case, lines = _own_case(plan, at), defaultdict[str, list[str]](list)
    language, _subject, request, answer, _thanks = REQUESTS[at % len(REQUESTS)]
    for place in range(4, LONG):
        pk, turn = plan.size * 4 + place, place % 2
        said: tuple[str, str] = ("reply", answer) if turn else ("incoming", request)
        when = case.opened + timedelta(minutes=40 + place)
        _say(plan, case, lines, pk, *said, language, when, plan.size * 2 + 2 * place)
    return lines
