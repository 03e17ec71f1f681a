"""The pure SLA clocks. The table of cases is in sla_stories.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shifts.calendar import ROUND_THE_CLOCK
from tests.tickets.sla_stories import (
    LOW,
    NORMAL,
    OFFICE,
    STORIES,
    URGENT,
    Promise,
    Step,
    Story,
    at,
    changed,
    courtesy,
    failed,
    incoming,
    is_open,
    left,
    note,
    on_hold,
    opened,
    pending,
    play,
    queued,
    told,
    undone,
)
from tickets.sla.clock import ANSWERS_KEPT, Metric, State, remaining, start
from tickets.sla.happenings import Clocks, Happening, current, next_due, waiting_since


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_story(story: Story) -> None:
    clocks = play(*story.steps, plan=story.plan)
    told_now = [told(clocks, metric) for metric in Metric]
    assert told_now == [story.first, story.following, story.resolution]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_deadline_for_sorting_is_the_nearest_of_those_that_wait(story: Story) -> None:
    clocks = play(*story.steps, plan=story.plan)
    waiting = [
        clock for metric in Metric if (clock := current(clocks, metric)) and not clock.met_at
    ]
    assert next_due(clocks) == min(
        (clock.due_at for clock in waiting if clock.due_at), default=None
    )


def test_waiting_since_is_the_first_unanswered_message() -> None:
    asked = play(("10:00", opened), ("10:05", incoming))
    assert waiting_since(asked) == at("10:00")
    answered = play(("10:20", queued, 1), clocks=asked)
    assert waiting_since(answered) is None
    again = play(("10:30", incoming), ("10:31", incoming), clocks=answered)
    assert waiting_since(again) == at("10:30")
    assert waiting_since(play(("10:32", failed, 1), clocks=again)) == at("10:00")


def test_states() -> None:
    def state(*steps: Step) -> State:
        clock = current(play(("10:00", opened), *steps), Metric.FIRST_RESPONSE)
        assert clock is not None
        return clock.state

    assert state() == State.RUNNING
    assert state(("10:10", pending)) == State.PAUSED
    assert state(("10:10", queued, 1)) == State.MET
    assert state(("11:10", queued, 1)) == State.BREACHED
    assert state(("11:10", pending)) == State.BREACHED


@pytest.mark.parametrize(
    ("budget", "warned_after"),
    [(480, 360), (60, 45), (8, 6), (5, 3), (2, 0), (1, 0)],
    ids=lambda minutes: f"{minutes}",
)
def test_a_warning_comes_with_a_quarter_or_two_minutes_left(budget: int, warned_after: int) -> None:
    clock = start(Metric.RESOLUTION, timedelta(minutes=budget), at("10:00"), ROUND_THE_CLOCK)
    assert clock.warn_at == at("10:00") + timedelta(minutes=warned_after)


def test_a_warning_is_given_again_only_when_its_time_lies_ahead_again() -> None:
    clocks = tuple(replace(clock, warned_at=at("10:45")) for clock in play(("10:00", opened)))
    shorter = current(play(("10:46", changed, URGENT), clocks=clocks), Metric.FIRST_RESPONSE)
    longer = current(play(("10:46", changed, LOW), clocks=clocks), Metric.FIRST_RESPONSE)
    assert shorter is not None
    assert shorter.warned_at == at("10:45")
    assert longer is not None
    assert longer.warned_at is None


def test_remaining_turns_negative_and_survives_a_pause() -> None:
    late = current(
        play(("10:00", opened), ("11:10", pending), ("12:00", is_open)), Metric.FIRST_RESPONSE
    )
    assert late is not None
    assert remaining(late, at("12:05"), ROUND_THE_CLOCK) == timedelta(minutes=-15)
    assert late.due_at == at("11:00"), "the most overdue comes first, pause or not"


def test_a_wait_is_not_forgotten_before_its_answer_has_left() -> None:
    steps: list[Step] = [("10:00", opened), ("10:01", queued, 1), ("10:01", left, 1)]
    for number in range(2, 8):
        steps += [(f"10:{2 * number}", incoming), (f"10:{2 * number + 1}", queued, number)]
    clocks = play(*steps)
    assert len(clocks) == 2 + 6
    assert len(play(("10:50", left, 7), clocks=clocks)) == 2 + 1
    for number in range(2, 8):
        clocks = play(("10:50", failed, number), clocks=clocks)
    assert told(clocks, Metric.NEXT_RESPONSE) == "missed 10:34"
    assert len(clocks) == 3


def test_answers_kept_are_bounded() -> None:
    clocks = play(("10:00", opened), *(("10:10", queued, number) for number in range(1, 50)))
    first = current(clocks, Metric.FIRST_RESPONSE)
    assert first is not None
    assert len(first.answers) == ANSWERS_KEPT


@pytest.mark.parametrize("happening", [queued, left, undone, failed])
def test_what_is_about_a_reply_needs_its_id(happening: Happening) -> None:
    with pytest.raises(ValueError, match="needs the id"):
        play(("10:00", opened), ("10:10", happening))


talk = st.sampled_from([incoming, courtesy, note, on_hold, is_open])
replies = st.integers(1, 5)
plans = st.sampled_from([NORMAL, URGENT, LOW, OFFICE])


@given(st.lists(st.one_of(talk, replies, plans), max_size=40))
def test_replies_that_are_all_lost_leave_no_trace(story: list[Happening | int | Promise]) -> None:
    """The clocks are then what they would be if nobody had answered."""
    steps: list[Step] = [("10:00", opened)]
    for number, step in enumerate(story):
        when = f"{10 + number // 4}:{number % 4 * 15 + 7:02}"
        match step:
            case int():
                steps.append((when, queued, step))
            case Promise():
                steps.append((when, changed, step))
            case _:
                steps.append((when, step))
    lost: list[Step] = [("23:00", failed, number) for number in range(1, 6)]
    silent = [step for step in steps if step[1] != queued]
    assert without_marks(play(*steps, *lost)) == without_marks(play(*silent))


def without_marks(clocks: Clocks) -> Clocks:
    """A deadline that came and went under an answer was not missed then: marks may differ, times may not."""
    return tuple(replace(clock, breached_at=None) for clock in clocks)
