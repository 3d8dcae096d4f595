"""What may be passed over when the past of a course is followed: events after which nothing else stands elsewhere."""

from __future__ import annotations

import random
from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.checkin_items import NEVER
from ketaschedule.checkin_known import _given, _moments
from ketaschedule.checkin_past import Known
from ketaschedule.checkins import CheckIn
from ketaschedule.days import instant_key
from ketaschedule.errors import InputError
from ketaschedule.folding import fold
from ketaschedule.history import (
    CoursePaused,
    ProtocolChanged,
    SessionBooked,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    SessionStopped,
)
from ketaschedule.matching import lay_matched
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import protocol_names
from ketaschedule.watching import course_checkins
from tests.checkin_histories import UTC, Events, Story, plain_course, random_story

LATE_STORIES = 8
"""Of each protocol; some hundreds of each were tried."""
TOLD = {"esketamine-trd-us": (156, 750), "ketamine-ptsd-thrice-weekly-2-weeks": (94,)}
"""Stories that told of a fault: a dose recorded out of order, and one whose question had been over before."""


def shown(one: CheckIn) -> tuple[object, ...]:
    """Everything about a check-in but its state."""
    return (one.keys, one.opens_key, one.due_key, one.closes_key, one.instruments)


def slow_states(story: Story, plan: Plan) -> list[Known]:
    """The obvious twin: the course laid out again after each event, without looking which ones matter."""
    course = story.course
    states: list[Known] = []
    moments = [moment for moment, _ in _moments(course, plan.now)]
    for since in [-NEVER, *moments]:
        folded = fold(course, UTC.from_key(moments[0] - 1 if since == -NEVER else since))
        try:
            layout = lay_matched(course, folded, weeks=None, until=None)
        except InputError:
            continue
        if states:
            states[-1].until = since
        states.append(Known(since if states else -NEVER, NEVER, folded, layout, _given(layout)))
    return states


@pytest.mark.parametrize("block", range(4))
def test_events_that_change_nothing_are_rightly_passed_over(block: int) -> None:
    """Laying the course out again after every single event gives the same check-ins."""
    for seed in range(block * 12, block * 12 + 12):
        story = random_story(3000 + seed, 4 + seed % 10)
        plan = story.plan(story.now + 86400)
        if not _moments(story.course, plan.now):
            continue
        # of what came with answers the twin would need the states between; a course without crossings does not
        if any(one.crossings for one in plan.trajectories):
            continue
        slow = course_checkins(
            story.course, [(state, ()) for state in slow_states(story, plan)], plan.folded, plan.now
        )
        kept = [
            one for one in plan.checkins if "tighten" not in one.purposes and "confirm" not in one.purposes
        ]
        assert [shown(one) for one in slow] == [shown(one) for one in kept], f"story {seed}"


def late_story(dice: random.Random, name: str) -> Story:
    """Doses in order, some a few days late, some missed or stopped, some booked: for the planned instant or another."""
    story = Story(dice, name)
    for number in range(dice.randrange(3, 12)):
        doses = [one for one in story.plan().sessions if one.kind == "dose" and one.basis != "proposed"]
        coming = [one for one in doses if one.verdict in ("planned", "due", "overdue", "presumed-missed")]
        if not coming:
            break
        session = coming[min(len(coming) - 1, dice.choice((0, 0, 0, 0, 1)))]
        if dice.random() < 0.4:
            later = dice.choice(coming[:4])
            to = later.at.add(hours=dice.choice((0, 0, 0, 1)), days=dice.choice((0, 0, 0, 1)))
            kind: Any = dice.choice((SessionBooked, SessionMoved))
            story.record(kind(**story.named(), session=later.key, to=to))
        moment = (
            instant_key(session.at) + 86400 * dice.choice((0, 0, 0, 1, 1, 2, 3, 4)) + dice.choice((0, 600))
        )
        story.now = max(story.now, moment)
        if number and dice.random() < 0.1:
            story.record(SessionMissed(**story.named(), session=session.key))
            continue
        fields = {"at": UTC.from_key(moment), "session": session.key}
        dose: Any = SessionGiven if dice.random() < 0.9 else SessionStopped
        story.record(dose(**story.named(dice.choice((60, 3600, 2 * 86400))), **fields))
    return story


@pytest.mark.parametrize("name", protocol_names())
def test_late_doses_and_bookings_are_rightly_passed_over(name: str) -> None:
    """Where no session but its own moves; laying the course out again each time gives the same check-ins."""
    for seed in (*range(LATE_STORIES), *TOLD.get(name, ())):
        story = late_story(random.Random(f"{name}-{seed}"), name)
        plan = story.plan(story.now + 3 * 86400)
        slow = course_checkins(
            story.course, [(state, ()) for state in slow_states(story, plan)], plan.folded, plan.now
        )
        assert [shown(one) for one in slow] == [shown(one) for one in plan.checkins], (name, seed)


def test_most_late_doses_of_a_fixed_grid_are_passed_over() -> None:
    """Eight doses, every other a day late: the plan follows fewer states than there are events."""
    course, events = plain_course("esketamine-trd-us"), Events()
    for number in range(8):
        key = f"c-1/induction/{number + 1}"
        given = make_plan(course).session(key).at.add(days=number % 2)
        course = course.with_events(events.given(key, given, given.add(hours=1)))
    plan = make_plan(course)
    assert [one.verdict for one in plan.sessions[:8]] == ["given"] * 8
    assert len(plan.past) <= 4


def test_a_late_dose_from_which_a_watch_counts_is_not_passed_over() -> None:
    """The last before a pause: its watch begins on the day on which it was given."""
    course, events = plain_course("esketamine-trd-us"), Events()
    for number in (1, 2):
        given = make_plan(course).session(f"c-1/induction/{number}").at
        course = course.with_events(events.given(f"c-1/induction/{number}", given))
    third = make_plan(course).session("c-1/induction/3").at
    paused = CoursePaused(**events.fields(third.subtract(hours=5)), from_date=third.date().add(days=2))
    late = events.given("c-1/induction/3", third.add(days=1))
    plan = make_plan(course.with_events(paused, late))
    anchor = next(one for one in plan.watch.anchors if one.alone)
    assert (anchor.key, anchor.why) == ("c-1/induction/3", "pause")
    first = next(one for one in plan.checkins if "watch" in one.purposes)
    assert first.date == third.date().add(days=1 + 7)


@pytest.mark.parametrize("number", [1, 8])
def test_a_late_dose_on_which_the_days_of_a_phase_hang_is_not_passed_over(number: int) -> None:
    """The first of a course, from which its days count, and the last of a phase, after which the next begins."""
    course, events = plain_course("esketamine-trd-us"), Events()
    for each in range(1, number):
        given = make_plan(course).session(f"c-1/induction/{each}").at
        course = course.with_events(events.given(f"c-1/induction/{each}", given))
    plan = make_plan(course)
    late = events.given(f"c-1/induction/{number}", plan.session(f"c-1/induction/{number}").at.add(days=2))
    after = make_plan(course.with_events(late), as_of=late.recorded_at.add(minutes=1))
    following = [one for one in after.sessions if one.verdict == "planned"]
    asked = {one.anchor: one for one in after.checkins if one.purposes == ("before-dose",)}
    shared = [one for one in following if one.key in asked]
    assert len(shared) > 4
    assert all(asked[one.key].closes.date() == one.date for one in shared)


def test_a_first_dose_off_its_target_moves_what_counts_from_it() -> None:
    """A second run begins on its planned day, a day after its target: all that follows counts from the dose."""
    course = plain_course(
        "ketamine-iv-six-in-21-days",
        "2026-01-05",
        "UTC",
        days=("tue", "fri"),
        at="12:00",
        unavailable=((pendulum.date(2026, 1, 8), pendulum.date(2026, 1, 8)),),
    )
    events = Events()
    for number, day in enumerate((5, 9, 13, 16), start=1):
        course = course.with_events(events.given(f"c-1/series/{number}", pendulum.datetime(2026, 1, day, 12)))
    changed = ProtocolChanged(
        **events.fields(pendulum.datetime(2026, 1, 27, 15)), from_date=pendulum.date(2026, 1, 27),
        protocol="ketamine-iv-six-in-21-days", phase="series",
    )  # fmt: skip
    at = pendulum.datetime(2026, 1, 27, 15, 4)
    course = course.with_events(changed, events.given("c-1/series/6", at))
    course = course.with_events(SessionCancelled(**events.fields(at.add(minutes=1)), session="c-1/series/5"))
    first = next(one for one in make_plan(course).sessions if one.key == "c-1/series~2/1")
    assert first.date != first.target
    course = course.with_events(events.given(first.key, first.at))
    plan = make_plan(course)
    dates = {one.key: one.date for one in plan.sessions}
    asked = {one.anchor: one.date for one in plan.checkins if any("/ask/before/" in key for key in one.keys)}
    compared = 0
    for key, date in asked.items():
        if key in dates and key.startswith("c-1/series~2/") and key != first.key:
            assert (dates[key] - date).days == 1, key
            compared += 1
    assert compared > 1
    twice = evolve(course, history=(*reversed(course.history), *(evolve(one) for one in course.history)))
    assert make_plan(twice).checkins == plan.checkins


def test_a_dose_that_undoes_a_booking_of_session_1_is_not_passed_over() -> None:
    """Session 1 was moved to day 4 when it was over, then missed: Day 1 is that day, until a dose before that record is
    known, given on its own day. Told in one piece or event by event, the watch counts from the same day.
    """
    course, events = plain_course("ketamine-sc-twice-weekly-4-weeks", "2026-05-27", "Europe/London"), Events()
    moved = pendulum.datetime(2026, 6, 12, 14)
    to = pendulum.datetime(2026, 5, 30, 10, tz="Europe/London")
    course = course.with_events(
        SessionMoved(**events.fields(moved), session="c-1/series/1", to=to),
        SessionMissed(**events.fields(moved.add(days=3)), session="c-1/series/1"),
    )
    before = make_plan(course, as_of=moved.add(days=4))
    assert before.day1 == pendulum.date(2026, 5, 30)
    second = before.session("c-1/series/2")
    plan = make_plan(course.with_events(events.given(second.key, second.at, pendulum.datetime(2026, 7, 23))))
    assert plan.day1 == pendulum.date(2026, 5, 27)
    twice = evolve(plan.course, history=(*plan.course.history, *(evolve(e) for e in plan.course.history)))
    assert make_plan(twice, as_of=plan.as_of).checkins == plan.checkins
