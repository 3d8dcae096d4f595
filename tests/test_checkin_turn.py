"""A stretch of doses that came in turn is told by one layout: nothing is asked otherwise than layout by layout."""

from __future__ import annotations

import pytest
from attrs import evolve

from ketaschedule import checkin_known
from ketaschedule.checkin_turn import Turn
from ketaschedule.course import Course
from ketaschedule.errors import InputError
from ketaschedule.history import SessionBooked, SessionGiven
from ketaschedule.matching import lay_matched
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.session_model import Session
from tests.checkin_histories import UTC, Events, plain_course
from tests.turn_histories import WEEKS, TurnStory

Said = tuple[object, ...] | str


def said(course: Course, at: int) -> Said:
    """Every check-in and every Alert of a course that was just read."""
    try:
        plan = make_plan(evolve(course), as_of=UTC.from_key(at), weeks=WEEKS)
        return (plan.checkins, tuple(repr(one) for one in plan.checkins), plan.alerts)
    except InputError as error:
        return str(error)


def told_one_by_one(course: Course, at: int, monkeypatch: pytest.MonkeyPatch) -> Said:
    """The same, each layout laid out by itself: the slow, obvious way."""
    with monkeypatch.context() as patch:
        patch.setattr(checkin_known, "stretch_end", lambda *_: -1)
        return said(course, at)


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many moments each stretch had that was told by one layout, however few it saved."""
    found: list[int] = []
    layout = Turn.layout

    def counted(self: Turn) -> object:
        found.append(len(self.moments))
        return layout(self)

    monkeypatch.setattr(Turn, "layout", counted)
    monkeypatch.setattr(checkin_known, "LEAST_SAVED", 1)
    return found


def test_what_is_told_by_one_layout_is_what_each_layout_told(
    monkeypatch: pytest.MonkeyPatch, stretches: list[int]
) -> None:
    """Protocols of several kinds, doses late by up to four days, booked, reviewed, with answers and other events between."""
    for seed in range(60):
        try:
            story = TurnStory(seed)
        except InputError:
            continue  # drawn so that no day is possible
        for at in story.looks():
            assert said(story.course, at) == told_one_by_one(story.course, at, monkeypatch), (seed, at)
    assert sum(stretches) > 200


def coming(plan: Plan) -> Session:
    """The next session that was not given."""
    return next(one for one in plan.sessions if one.kind == "dose" and one.given_at is None)


def weekly(days_late: tuple[int, ...], hours: int = 1) -> tuple[Course, Events]:
    """A course in its weekly maintenance, whose doses came so many days late, each recorded some hours after."""
    course, events = plain_course("esketamine-trd-us"), Events()
    late = iter(days_late)
    while True:
        plan = make_plan(course, weeks=WEEKS)
        session = coming(plan)
        days = 0 if "/maintenance/" not in session.key else next(late, None)
        if days is None:
            return course, events
        at = session.at.add(days=days)
        course = course.with_events(events.given(session.key, at, at.add(hours=hours if days else 1)))


def ends_with(course: Course) -> int:
    return max(event.recorded_key for event in course.history)


@pytest.mark.parametrize(
    ("days_late", "longest", "why"),
    [
        ((0, 0, 0, 0, 0, 0), 0, "each on its day: nothing moves, and nothing need be told"),
        ((0, 0, 0, 0, 1, 1), 2, "two late ones: the first is laid out with the second"),
        ((0, 0, 0, 0, 1, 1, 0, 1), 4, "and those on time between"),
        ((0, 0, 0, 0, 3, 3), 2, "three days: what is asked before the next was not open yet"),
        ((0, 0, 0, 0, 1, 4), 2, "four: the same"),
        ((0, 0, 0, 0, 1, 5), 0, "five: the next could have been asked about by then"),
    ],
)
def test_how_late_a_dose_in_turn_may_be(
    days_late: tuple[int, ...],
    longest: int,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    stretches: list[int],
) -> None:
    """The day on which a dose became known is two days and more before what hangs on the next."""
    course, _ = weekly(days_late)
    at = ends_with(course)
    fast = said(course, at)
    assert max(stretches, default=0) == longest, why
    assert fast == told_one_by_one(course, at, monkeypatch)


@pytest.mark.parametrize(("hours", "longest"), [(107, 3), (110, 2)])
def test_a_dose_told_late_is_none_of_a_stretch(
    hours: int, longest: int, monkeypatch: pytest.MonkeyPatch, stretches: list[int]
) -> None:
    """A day late and known at 22:00 of the fourth day after, or at 01:00 of the fifth: then what hangs on the next may be open."""
    course, _ = weekly((0, 0, 0, 0, 1, 0), hours=1)
    session = coming(make_plan(course, weeks=WEEKS))
    at = session.at.add(days=1)
    given = SessionGiven(
        id="late", course="c-1", recorded_at=session.at.add(hours=hours), at=at, session=session.key
    )
    course = course.with_events(given)
    fast = said(course, ends_with(course))
    assert max(stretches, default=0) == longest
    assert fast == told_one_by_one(course, ends_with(course), monkeypatch)


def test_a_booking_for_the_planned_instant_is_in_turn_and_another_is_not(
    monkeypatch: pytest.MonkeyPatch, stretches: list[int]
) -> None:
    """Each visit is booked for when it is planned, and its dose comes a day late."""
    for hours, in_turn in ((0, True), (1, False)):
        course, events = weekly((0, 0, 0, 0, 1))
        for _ in range(4):
            plan = make_plan(course, weeks=WEEKS)
            session = coming(plan)
            booked = SessionBooked(
                **events.fields(session.at.subtract(days=2)),
                session=session.key,
                to=session.at.add(hours=hours),
            )
            at = session.at.add(days=1)
            course = course.with_events(booked, events.given(session.key, at, at.add(hours=1)))
        stretches.clear()
        fast = said(course, ends_with(course))
        assert (max(stretches, default=0) > 4) == in_turn
        assert fast == told_one_by_one(course, ends_with(course), monkeypatch)


def test_a_stretch_costs_one_layout_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty late doses of maintenance are laid out a few times, not thirty."""
    course, _ = weekly((0,) * 4 + (1,) * 30)
    laid: list[int] = []

    def counted(*given: object, **named: object) -> object:
        laid.append(1)
        return lay_matched(*given, **named)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(checkin_known, "lay_matched", counted)
    assert isinstance(said(course, ends_with(course)), tuple)
    assert len(laid) < 8


def test_an_event_that_was_sent_again_costs_no_layout_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that sends each record twice, the second as another object, is told the same, and nothing is laid out for it."""
    course, _ = weekly((0,) * 4 + (1,) * 10)
    again = tuple(evolve(event) for event in course.history)
    twice = course.with_history((*course.history, *again))
    counts: list[int] = []

    def counted(*given: object, **named: object) -> object:
        counts[-1] += 1
        return lay_matched(*given, **named)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(checkin_known, "lay_matched", counted)
    told = []
    for one in (course, twice, course.with_history((*again, *course.history))):
        counts.append(0)
        told.append(said(one, ends_with(one)))
    assert told[0] == told[1] == told[2]
    assert counts[0] == counts[1] == counts[2] > 0
