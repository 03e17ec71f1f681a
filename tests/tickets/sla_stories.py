"""The SLA clocks as stories: what happened when, and what the clocks say afterwards.

A clock is written as "due 11:00" (it runs), "45 min left" (paused), "missed 11:00" (nobody answered in time),
"met 10:20", or "met 11:30, missed 11:00" (too late). A dash is a metric that is not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shifts.calendar import ROUND_THE_CLOCK, Calendar
from tickets.sla.clock import Clock, Metric
from tickets.sla.happenings import Clocks, Happening, after, current

opened, incoming, courtesy = Happening.OPENED, Happening.INCOMING, Happening.COURTESY
queued, left = Happening.REPLY_QUEUED, Happening.REPLY_LEFT
undone, failed = Happening.REPLY_UNDONE, Happening.REPLY_FAILED
automatic, note = Happening.AUTOMATIC_REPLY, Happening.NOTE
pending, on_hold, is_open = Happening.PENDING, Happening.ON_HOLD, Happening.OPEN
solved, closed, merged, changed = (
    Happening.SOLVED,
    Happening.CLOSED,
    Happening.MERGED,
    Happening.PLAN_CHANGED,
)


@dataclass(frozen=True)
class Promise:
    """A plan in plain values."""

    budgets: Mapping[Metric, timedelta]
    calendar: Calendar = ROUND_THE_CLOCK


def promise(*minutes: int | None, calendar: Calendar = ROUND_THE_CLOCK) -> Promise:
    """Minutes for first response, next response and resolution; None is not promised."""
    amounts = zip(Metric, minutes, strict=True)
    return Promise(
        {metric: timedelta(minutes=each) for metric, each in amounts if each is not None}, calendar
    )


NORMAL = promise(60, 30, 480)
URGENT = promise(5, 5, 60)
LOW = promise(240, 120, 960)
NO_FIRST = promise(None, 30, 480)
ONLY_FIRST = promise(60, None, None)
OFFICE = promise(60, 30, 480, calendar=Calendar("UTC", (((9 * 60, 17 * 60),),) * 7))
LATE_OFFICE = promise(60, 30, 480, calendar=Calendar("UTC", (((11 * 60, 19 * 60),),) * 7))

Step = tuple[str, Happening] | tuple[str, Happening, int] | tuple[str, Happening, Promise]


def at(clock: str) -> datetime:
    """ "10:30", or "2 10:30" on the next day."""
    day, _, time = clock.rpartition(" ")
    hour, minute = time.split(":")
    return datetime(2027, 6, int(day or 1), int(hour), int(minute), tzinfo=UTC)


def play(*steps: Step, clocks: Clocks = (), plan: Promise = NORMAL) -> Clocks:
    for when, happening, *rest in steps:
        plan = next((each for each in rest if isinstance(each, Promise)), plan)
        message_id = next((each for each in rest if isinstance(each, int)), None)
        clocks = after(happening, clocks, at=at(when), plan=plan, message_id=message_id)
    return clocks


def told(clocks: Clocks, metric: Metric) -> str:
    clock = current(clocks, metric)
    return "-" if clock is None else tell(clock)


def tell(clock: Clock) -> str:
    missed = f"missed {show(clock.breached_at)}" if clock.breached_at else ""
    if clock.met_at:
        return ", ".join(filter(None, (f"met {show(clock.met_at)}", missed)))
    if clock.due_at is None:
        left_over = (clock.budget - clock.spent) // timedelta(minutes=1)
        return ", ".join(filter(None, (f"{left_over} min left", missed)))
    return missed or f"due {show(clock.due_at)}"


def show(when: datetime) -> str:
    return f"{when.day} {when:%H:%M}" if when.day > 1 else f"{when:%H:%M}"


@dataclass(frozen=True)
class Story:
    name: str
    steps: tuple[Step, ...]
    first: str
    following: str = "-"
    resolution: str = "due 18:00"
    plan: Promise = NORMAL


STORIES = [
    Story("a request starts two clocks", (("10:00", opened),), first="due 11:00"),
    Story(
        "more words before the first answer change nothing",
        (("10:00", opened), ("10:05", incoming), ("10:40", incoming)),
        first="due 11:00",
    ),
    Story(
        "a reply meets the first response when it is queued",
        (("10:00", opened), ("10:20", queued, 1), ("10:25", left, 1)),
        first="met 10:20",
    ),
    Story("a reply at the very deadline is in time", (("10:00", opened), ("11:00", queued, 1)), first="met 11:00"),
    Story(
        "a late reply meets it, and the deadline stays missed",
        (("10:00", opened), ("11:30", queued, 1), ("11:30", left, 1)),
        first="met 11:30, missed 11:00",
    ),
    Story(
        "a note or an automatic message meets nothing",
        (("10:00", opened), ("10:01", automatic), ("10:10", note)),
        first="due 11:00",
    ),
    Story(
        "only the first reply is the first response",
        (("10:00", opened), ("10:20", queued, 1), ("10:40", queued, 2), ("10:40", left, 1)),
        first="met 10:20",
    ),
    Story("on hold is on us: the clocks run", (("10:00", opened), ("10:20", on_hold)), first="due 11:00"),
    # Next response
    Story(
        "a question after an answer starts the next response",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("10:30", incoming)),
        first="met 10:20",
        following="due 11:00",
    ),
    Story(
        "it runs from the first unanswered message",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("10:30", incoming), ("10:55", incoming)),
        first="met 10:20",
        following="due 11:00",
    ),
    Story(
        "every question and answer is a wait of its own",
        (
            ("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("10:30", incoming),
            ("11:30", queued, 2), ("11:30", left, 2), ("12:00", incoming),
        ),
        first="met 10:20",
        following="due 12:30",
    ),
    Story(
        "thanks, a sticker, a reaction start nothing",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("10:30", courtesy)),
        first="met 10:20",
    ),
    Story(
        "without a promise for the first response the next one measures from the opening",
        (("10:00", opened), ("10:10", incoming)),
        first="-",
        following="due 10:30",
        plan=NO_FIRST,
    ),
    Story(
        "what is not promised is not measured",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("10:30", incoming), ("10:40", solved)),
        first="met 10:20",
        resolution="-",
        plan=ONLY_FIRST,
    ),
    # Pauses
    Story(
        "pending on the requester stops all clocks",
        (("10:00", opened), ("10:15", pending)),
        first="45 min left",
        resolution="465 min left",
    ),
    Story(
        "they go on with the time left",
        (("10:00", opened), ("10:15", pending), ("12:00", is_open)),
        first="due 12:45",
        resolution="due 19:45",
    ),
    Story(
        "words of the requester end the pause",
        (("10:00", opened), ("10:15", pending), ("12:00", incoming)),
        first="due 12:45",
        resolution="due 19:45",
    ),
    Story(
        "a thanks does not end it",
        (("10:00", opened), ("10:15", pending), ("12:00", courtesy)),
        first="45 min left",
        resolution="465 min left",
    ),
    Story(
        "two pauses, told twice each",
        (
            ("10:00", opened), ("10:15", pending), ("10:20", pending), ("12:00", is_open), ("12:05", is_open),
            ("12:15", pending), ("13:00", on_hold),
        ),
        first="due 13:30",
        resolution="due 20:30",
    ),
    Story(
        "a pause after the deadline hides nothing",
        (("10:00", opened), ("11:10", pending)),
        first="-10 min left, missed 11:00",
        resolution="410 min left",
    ),
    Story(
        "and the deadline stays where it was when the pause ends",
        (("10:00", opened), ("11:10", pending), ("12:00", is_open)),
        first="missed 11:00",
        resolution="due 18:50",
    ),
    Story(
        "a reply while pending meets the first response in time",
        (("10:00", opened), ("10:15", pending), ("14:00", queued, 1), ("14:01", left, 1)),
        first="met 14:00",
        resolution="465 min left",
    ),
    Story(
        "undone while pending: paused with the time that was left",
        (("10:00", opened), ("10:15", pending), ("14:00", queued, 1), ("14:01", undone, 1)),
        first="45 min left",
        resolution="465 min left",
    ),
    # Answers that nobody got
    Story("undo gives the start back", (("10:00", opened), ("10:20", queued, 1), ("10:21", undone, 1)), "due 11:00"),
    Story(
        "a final failure does, even after the deadline",
        (("10:00", opened), ("10:20", queued, 1), ("11:20", failed, 1)),
        first="missed 11:00",
    ),
    Story(
        "so does deleting what had been delivered",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("10:40", undone, 1)),
        first="due 11:00",
    ),
    Story(
        "met again later, in time",
        (("10:00", opened), ("10:20", queued, 1), ("10:21", undone, 1), ("10:50", queued, 2), ("10:50", left, 2)),
        first="met 10:50",
    ),
    Story(
        "the same reply queued again counts from then",
        (("10:00", opened), ("10:20", queued, 1), ("10:30", failed, 1), ("11:30", queued, 1)),
        first="met 11:30, missed 11:00",
    ),
    Story(
        "queued twice is queued once",
        (("10:00", opened), ("10:20", queued, 1), ("10:40", queued, 1), ("10:41", undone, 1)),
        first="due 11:00",
    ),
    Story(
        "two queued, the first undone: the second one counts",
        (("10:00", opened), ("10:20", queued, 1), ("10:30", queued, 2), ("10:31", undone, 1)),
        first="met 10:30",
    ),
    Story(
        "two queued, the second undone: the first one counts",
        (("10:00", opened), ("10:20", queued, 1), ("10:30", queued, 2), ("10:31", undone, 2)),
        first="met 10:20",
    ),
    Story(
        "two queued, the second one late, the first one lost",
        (("10:00", opened), ("10:20", queued, 1), ("11:10", queued, 2), ("11:11", left, 2), ("11:20", failed, 1)),
        first="met 11:10, missed 11:00",
    ),
    Story(
        "both lost",
        (("10:00", opened), ("10:20", queued, 1), ("10:30", queued, 2), ("10:40", failed, 1), ("10:41", failed, 2)),
        first="due 11:00",
    ),
    Story(
        "somebody else's message is undone",
        (("10:00", opened), ("10:20", queued, 1), ("10:30", undone, 7)),
        first="met 10:20",
    ),
    Story(
        "words between the first answer and its failure belong to the first wait",
        (("10:00", opened), ("10:20", queued, 1), ("10:25", incoming), ("10:40", failed, 1)),
        first="due 11:00",
    ),
    Story(
        "an answer on its way and a new question: both waits are known",
        (
            ("10:00", opened), ("10:05", queued, 1), ("10:05", left, 1), ("10:10", incoming),
            ("10:20", queued, 2), ("10:25", incoming),
        ),
        first="met 10:05",
        following="due 10:55",
    ),
    Story(
        "that answer fails: the wait is from the first question",
        (
            ("10:00", opened), ("10:05", queued, 1), ("10:05", left, 1), ("10:10", incoming),
            ("10:20", queued, 2), ("10:25", incoming), ("10:30", failed, 2),
        ),
        first="met 10:05",
        following="due 10:40",
    ),
    Story(
        "that answer leaves: the wait is from the second question",
        (
            ("10:00", opened), ("10:05", queued, 1), ("10:05", left, 1), ("10:10", incoming),
            ("10:20", queued, 2), ("10:25", incoming), ("10:30", left, 2), ("10:31", undone, 2),
        ),
        first="met 10:05",
        following="due 10:55",
    ),
    Story(
        "a third reply answers both waits when the second is lost",
        (
            ("10:00", opened), ("10:05", queued, 1), ("10:05", left, 1), ("10:10", incoming),
            ("10:20", queued, 2), ("10:25", incoming), ("10:35", queued, 3), ("10:36", failed, 2), ("10:37", left, 3),
        ),
        first="met 10:05",
        following="met 10:35",
    ),
    # An answer together with "pending"
    Story(
        "answered and pending: the pause counts once the answer has left",
        (
            ("10:00", opened), ("10:20", queued, 1), ("10:20", pending), ("10:30", left, 1),
            ("12:00", undone, 1), ("13:00", is_open),
        ),
        first="due 13:40",
        resolution="due 20:40",
    ),
    Story(
        "answered and pending, and it never left: nobody was waiting for the requester",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", pending), ("10:50", failed, 1)),
        first="10 min left",
        resolution="460 min left",
    ),
    Story(
        "answered and pending, opened again, then undone",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", pending), ("10:25", is_open), ("10:25", undone, 1)),
        first="due 11:00",
        resolution="due 18:05",
    ),
    # Solving
    Story(
        "solving meets the resolution and stops what waits",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("10:30", incoming), ("10:40", solved)),
        first="met 10:20",
        following="20 min left",
        resolution="met 10:40",
    ),
    Story(
        "closing a solved ticket changes nothing",
        (("10:00", opened), ("10:20", queued, 1), ("10:40", solved), ("2 10:40", closed)),
        first="met 10:20",
        resolution="met 10:40",
    ),
    Story(
        "solved too late",
        (("10:00", opened), ("10:20", queued, 1), ("19:00", solved)),
        first="met 10:20",
        resolution="met 19:00, missed 18:00",
    ),
    Story(
        "thanks after solving neither reopens nor starts anything",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("11:00", solved), ("11:05", courtesy)),
        first="met 10:20",
        resolution="met 11:00",
    ),
    Story(
        "a question after solving reopens: the resolution goes on with what was spent",
        (("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("11:00", solved), ("2 11:00", incoming)),
        first="met 10:20",
        following="due 2 11:30",
        resolution="due 2 18:00",
    ),
    Story(
        "solved pending on the requester, then reopened",
        (
            ("10:00", opened), ("10:20", queued, 1), ("10:20", left, 1), ("11:00", pending),
            ("12:00", solved), ("14:00", is_open),
        ),
        first="met 10:20",
        resolution="due 21:00",
    ),
    Story(
        "solved without an answer, reopened: the first response still waits",
        (("10:00", opened), ("10:30", solved), ("12:00", is_open)),
        first="due 12:30",
        resolution="due 19:30",
    ),
    Story(
        "solved, then pending after all: not solved",
        (("10:00", opened), ("10:20", queued, 1), ("11:00", solved), ("12:00", pending)),
        first="met 10:20",
        resolution="420 min left",
    ),
    Story(
        "merged away: neither met nor missed",
        (("10:00", opened), ("10:15", merged)),
        first="45 min left",
        resolution="465 min left",
    ),
    # Changed promises
    Story(
        "urgent at once",
        (("10:00", opened), ("10:00", changed, URGENT)),
        first="due 10:05",
        resolution="due 11:00",
    ),
    Story(
        "a shorter promise counts from now",
        (("10:00", opened), ("10:30", changed, URGENT)),
        first="due 10:35",
        resolution="due 11:30",
    ),
    Story(
        "but never ends later than the old one",
        (("10:00", opened), ("10:58", changed, URGENT)),
        first="due 11:00",
        resolution="due 11:58",
    ),
    Story(
        "told twice it moves nothing",
        (("10:00", opened), ("10:30", changed, URGENT), ("10:33", changed, URGENT)),
        first="due 10:35",
        resolution="due 11:30",
    ),
    Story(
        "a longer promise counts from the start",
        (("10:00", opened), ("10:30", changed, LOW)),
        first="due 14:00",
        resolution="due 2 02:00",
    ),
    Story(
        "up and down again is where it was",
        (("10:00", opened), ("10:30", changed, URGENT), ("10:31", changed, NORMAL)),
        first="due 11:00",
    ),
    Story(
        "a missed deadline stays missed",
        (("10:00", opened), ("11:30", changed, LOW)),
        first="missed 11:00",
        resolution="due 2 02:00",
    ),
    Story(
        "while paused the time left changes",
        (("10:00", opened), ("10:15", pending), ("10:20", changed, LOW), ("12:00", is_open)),
        first="due 15:45",
        resolution="due 2 03:45",
    ),
    Story(
        "what was met stays met",
        (("10:00", opened), ("10:30", queued, 1), ("10:30", left, 1), ("10:40", changed, URGENT)),
        first="met 10:30",
        resolution="due 11:40",
    ),
    Story(
        "an answer on its way comes back under the new promise",
        (("10:00", opened), ("10:30", queued, 1), ("10:30", changed, URGENT), ("10:32", undone, 1)),
        first="due 10:35",
        resolution="due 11:30",
    ),
    Story(
        "a promise that is gone is not measured any more",
        (("10:00", opened), ("10:30", changed, ONLY_FIRST)),
        first="due 11:00",
        resolution="-",
    ),
    # Working hours
    Story(
        "a request in the evening is due in the morning",
        (("18:00", opened),),
        first="due 2 10:00",
        resolution="due 2 17:00",
        plan=OFFICE,
    ),
    Story(
        "a pause over the night costs only working time",
        (("16:30", opened), ("16:45", pending), ("2 08:00", is_open)),
        first="due 2 09:45",
        resolution="due 2 16:45",
        plan=OFFICE,
    ),
    Story(
        "another calendar plans the running stretch anew",
        (("10:00", opened), ("10:30", changed, LATE_OFFICE)),
        first="due 12:00",
        resolution="due 19:00",
        plan=OFFICE,
    ),
]  # fmt: skip
