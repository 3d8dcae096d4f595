"""The programme of a protocol, item by item: each rule alone, on the sessions of a plan, against what the rule says."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.availability import clinic_from
from ketaschedule.checkin_items import NEVER, Item
from ketaschedule.checkin_programme import MOST_MONTHLY, Programme
from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.history import (
    CourseEnded,
    CoursePaused,
    Event,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionStopped,
    SessionWithheld,
    ZoneChanged,
)
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol import CheckInRule
from tests.checkin_histories import Events, doses_given, plain_course

SERIES, TAPER, OPEN = "ketamine-iv-six-in-21-days", "esketamine-taper", "esketamine-trd-us"
HOUR = 3600
SOURCE = "us-label-2021"


def ruled(anchor: str, name: str = SERIES, more: dict[str, Any] | None = None, **fields: Any) -> Course:
    """A course whose protocol asks by one rule alone."""
    course = plain_course(name, **(more or {}))
    shape: dict[str, Any] = {
        "id": "mine",
        "purpose": "review",
        "anchor": anchor,
        "instruments": ("mood",),
        "source": SOURCE if SOURCE in course.protocol.sources else "house",
    }
    return evolve(course, protocol=evolve(course.protocol, checkins=(CheckInRule(**shape | fields),)))


def programme(plan: Plan, given: dict[str, int] | None = None, until: int = NEVER) -> Programme:
    return Programme(plan.course, plan.layout, plan.person, given or {}, until)


def items(plan: Plan, given: dict[str, int] | None = None, until: int = NEVER) -> list[Item]:
    return programme(plan, given, until).items()


def doses(plan: Plan) -> dict[str, int]:
    """When each dose begins, by key, in order."""
    return {
        one.key: instant_key(one.at)
        for one in plan.sessions
        if one.kind == "dose" and one.basis != "proposed"
    }


def day_in(zone: str, seconds: int) -> int:
    return pendulum.from_timestamp(seconds, tz=zone).date().toordinal()


def noon(day: int) -> pendulum.DateTime:
    return pendulum.datetime(2026, 12, 1, 12, tz="America/New_York").add(days=day - 1)


# -- Before a dose ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "clinic"),
    [
        ("America/New_York", None),
        ("America/New_York", "America/New_York"),
        ("Asia/Tokyo", "America/New_York"),
        ("America/Los_Angeles", "Europe/London"),
    ],
)
@pytest.mark.parametrize("hours", [0, -4, -10, -11, -18, -34, -58])
def test_before_each_dose_as_long_as_the_rule_says_on_the_persons_date(
    person: str, clinic: str | None, hours: int
) -> None:
    """Due so long before it begins; on whatever date that is where the person is, midnight among them."""
    more = {"zone": person, "clinic": clinic and clinic_from({"zone": clinic})}
    plan = make_plan(
        ruled("before-dose", more=more, purpose="before-dose", offset_hours=hours, opens_hours=5)
    )
    begins = doses(plan)
    found = items(plan)
    assert [one.anchor for one in found] == list(begins)
    for one in found:
        start = begins[one.anchor]
        assert (one.key, one.base, one.number) == (f"{one.anchor}/ask/mine/1", f"{one.anchor}/ask/mine", 1)
        assert (one.due, one.opens) == (start + hours * HOUR, start + (hours - 5) * HOUR)
        assert one.closes == (start + HOUR if hours == 0 else start), (
            "an hour more where it is due as the dose begins"
        )
        assert one.day == day_in(person, one.due)
        assert (one.rule, one.text, one.rank) == ("C2", "before a dose", 3)
        assert (one.purpose, one.instruments, one.source) == (
            "before-dose",
            ("mood",),
            plan.course.protocol.checkins[0].source,
        )
        assert (one.void, one.again) == (False, True)


def test_an_hour_before_its_start_it_closes_with_the_dose() -> None:
    """Due an hour before, it closes as the dose begins, as whatever is due sooner does; a rule that says later is one that says at once."""
    for hours, closes in ((-1, 0), (-2, 0), (3, HOUR)):
        plan = make_plan(ruled("before-dose", purpose="before-dose", offset_hours=hours))
        start = next(iter(doses(plan).values()))
        assert items(plan)[0].closes == start + closes


def test_the_person_is_asked_by_the_clock_of_where_they_are_then() -> None:
    """From the date of a move on, on the dates of the other zone, wherever the sessions are."""
    more = {"clinic": clinic_from({"zone": "America/New_York"})}
    course = ruled("before-dose", more=more, purpose="before-dose", offset_hours=-18)
    move = ZoneChanged(**Events().fields(noon(1)), from_date=noon(10).date(), zone="Asia/Tokyo")
    plan = make_plan(course.with_events(move), as_of=noon(2))
    found = items(plan)
    assert [one.day for one in found] == [plan.person.day_of(one.due) for one in found]
    assert any(one.day != day_in("America/New_York", one.due) for one in found)


def test_without_a_clinic_the_sessions_go_where_the_person_goes() -> None:
    """From the date of the move on they begin at ten there, and are asked about so long before that."""
    course = ruled("before-dose", purpose="before-dose", offset_hours=-4)
    move = ZoneChanged(**Events().fields(noon(1)), from_date=noon(10).date(), zone="Asia/Tokyo")
    plan = make_plan(course.with_events(move), as_of=noon(2))
    begins = doses(plan)
    found = items(plan)
    assert [one.due - begins[one.anchor] for one in found] == [-4 * HOUR] * len(begins)
    assert {plan.person.zone_on(one.day) for one in found} == {"America/New_York", "Asia/Tokyo"}
    assert [one.day for one in found] == [
        one.at.date().toordinal() for one in plan.sessions if one.kind == "dose"
    ]


def test_the_baseline_is_asked_before_the_first_dose_and_leads() -> None:
    """Before one dose only, the first that took place or is to; with the rule and the rank of a baseline."""
    course = ruled("before-first-dose", purpose="baseline", offset_hours=-24, opens_hours=72)
    plan = make_plan(course)
    (one,) = items(plan)
    start = doses(plan)["c-1/series/1"]
    assert (one.key, one.due, one.opens, one.closes) == (
        "c-1/series/1/ask/mine/1", start - 24 * HOUR, start - 96 * HOUR, start,
    )  # fmt: skip
    assert (one.rule, one.text, one.rank, one.purpose) == ("C1", "before the first dose", 1, "baseline")


def test_what_opens_later_than_is_looked_may_be_left_out() -> None:
    """What opens in that very second is; and only that one, where sessions are not in order of time."""
    plan = make_plan(ruled("before-dose", purpose="before-dose", offset_hours=-18))
    every = items(plan)
    third = every[2]
    assert [one.key for one in items(plan, until=third.opens)] == [one.key for one in every[:2]]
    assert [one.key for one in items(plan, until=third.opens + 1)] == [one.key for one in every[:3]]
    plan.layout.runs[0].sessions.reverse()
    assert {one.key for one in items(plan, until=third.opens)} == {one.key for one in every[:2]}


@pytest.mark.parametrize(
    ("kind", "void"),
    [
        (SessionMissed, True),
        (SessionWithheld, True),
        (SessionCancelled, True),
        (SessionGiven, False),
        (SessionStopped, False),
    ],
)
def test_before_a_dose_that_did_not_take_place_nothing_applies(kind: type[Event], void: bool) -> None:
    """By what became of it; by the record of a dose it does not apply any more, either."""
    fields = {**Events().fields(noon(5)), "session": "c-1/series/2"}
    if kind in (SessionGiven, SessionStopped, SessionWithheld):
        fields["at"] = noon(5)
    if kind is SessionWithheld:
        fields["why"] = "blood pressure"
    plan = make_plan(
        ruled("before-dose", purpose="before-dose", offset_hours=-18).with_events(kind(**fields)),
        as_of=noon(5),
    )
    found = {one.anchor: one.void for one in items(plan)}
    assert found["c-1/series/2"] is void
    assert found["c-1/series/1"] is found["c-1/series/3"] is False
    assert {one.anchor: one.void for one in items(plan, {"c-1/series/3": instant_key(noon(9))})}[
        "c-1/series/3"
    ]


# -- After a dose -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "opens", "closes", "expected"),
    [
        (24, 2, 24, (22, 48)),
        (24, 30, 24, (1, 48)),
        (5, 4, 9, (1, 14)),
        (5, 3, 1, (2, 6)),
        (2, 3, 2, (1, 4)),
        (1, 3, 2, (1, 3)),
    ],
)
def test_after_a_dose_it_opens_an_hour_after_it_at_the_soonest(
    hours: int, opens: int, closes: int, expected: tuple[int, int]
) -> None:
    """By the plan, or by when the dose was given; until so many hours after it is due."""
    plan = make_plan(ruled("first-dose", offset_hours=hours, opens_hours=opens, closes_hours=closes))
    start = doses(plan)["c-1/series/1"]
    for given, begun in (({}, start), ({"c-1/series/1": start + 7 * HOUR}, start + 7 * HOUR)):
        (one,) = items(plan, given)
        assert (one.key, one.base, one.number) == ("c-1/series/1/ask/mine/1", "c-1/series/1/ask/mine", 1)
        assert one.due == begun + hours * HOUR
        assert (one.opens, one.closes) == tuple(begun + part * HOUR for part in expected)
        assert one.day == day_in("America/New_York", one.due)
        assert (one.rule, one.text) == ("C3", f"{hours} hours after the session it hangs on")
        assert (one.anchor, one.purpose, one.instruments) == ("c-1/series/1", "review", ("mood",))
        assert (one.source, one.rank, one.void, one.again) == (
            plan.course.protocol.checkins[0].source,
            4,
            False,
            True,
        )


def test_after_which_session_a_rule_asks() -> None:
    """After the first dose, after one session of a phase by its number, after the last of a phase that has an end."""
    for fields, anchors in (
        ({"anchor": "first-dose"}, ["c-1/induction/1"]),
        ({"anchor": "session", "phase": "weekly", "session": 2}, ["c-1/weekly/2"]),
        ({"anchor": "phase-end", "phase": "induction"}, ["c-1/induction/8"]),
        ({"anchor": "phase-end", "phase": "weekly"}, ["c-1/weekly/4"]),
        ({"anchor": "phase-end", "phase": "maintenance"}, []),
    ):
        plan = make_plan(ruled(name=OPEN, offset_hours=24, **fields))
        assert [one.anchor for one in items(plan)] == anchors
        assert programme(plan).hangs_on_doses() == frozenset(anchors)


def test_a_rule_of_one_phase_asks_about_its_sessions_alone() -> None:
    """Before the doses of that phase, and of no other; of none where what is asked does not move with a dose."""
    plan = make_plan(ruled("before-dose", OPEN, purpose="before-dose", offset_hours=-18, phase="weekly"))
    assert [one.anchor for one in items(plan)] == [f"c-1/weekly/{number}" for number in range(1, 5)]
    assert programme(plan).hangs_on_doses() == frozenset()
    plan = make_plan(ruled("before-dose", OPEN, purpose="before-dose", offset_hours=-18))
    assert [one.anchor for one in items(plan)] == list(doses(plan))


def test_what_hangs_on_the_first_dose_goes_to_the_next_where_it_was_none() -> None:
    """Missed, withheld or called off: the second is the first dose; in a later phase none is."""
    course = ruled("first-dose", offset_hours=24)
    fields: dict[str, Any] = {**Events().fields(noon(2)), "session": "c-1/series/1"}
    for gone in (
        SessionMissed(**fields),
        SessionWithheld(**fields, why="ill", at=noon(1)),
        SessionCancelled(**fields),
    ):
        assert [one.anchor for one in items(make_plan(course.with_events(gone), as_of=noon(2)))] == [
            "c-1/series/2"
        ]
    events = Events()
    all_gone = [SessionMissed(**events.fields(noon(30)), session=f"c-1/induction/{n}") for n in range(1, 9)]
    plan = make_plan(ruled("first-dose", TAPER, offset_hours=24).with_events(*all_gone), as_of=noon(30))
    assert items(plan) == []


def test_after_a_session_that_was_called_off_nothing_applies() -> None:
    """Nor after one that fell in a pause, of which nobody is asked at all."""
    course = ruled("session", offset_hours=24, phase="series", session=3)
    off = SessionCancelled(**Events().fields(noon(2)), session="c-1/series/3")
    assert [one.void for one in items(make_plan(course.with_events(off), as_of=noon(2)))] == [True]
    missed = SessionMissed(**Events().fields(noon(9)), session="c-1/series/3")
    assert [one.void for one in items(make_plan(course.with_events(missed), as_of=noon(9)))] == [False]
    pause = CoursePaused(**Events().fields(noon(2)), from_date=noon(3).date())
    assert items(make_plan(course.with_events(pause), as_of=noon(4))) == []


@pytest.mark.parametrize("why", ["pause", "ended"])
def test_of_sessions_that_are_not_to_come_nobody_is_asked(why: str) -> None:
    """In a pause, or after an end."""
    events = Events()
    course = doses_given(ruled("before-dose", purpose="before-dose", offset_hours=-18), noon(6), events)
    stop = (
        CoursePaused(**events.fields(noon(6)), from_date=noon(7).date())
        if why == "pause"
        else CourseEnded(**events.fields(noon(6)), at=noon(6))
    )
    plan = make_plan(course.with_events(stop), as_of=noon(6))
    assert [one.anchor for one in items(plan)] == ["c-1/series/1", "c-1/series/2"]


def test_of_a_session_that_is_only_proposed_nobody_is_asked() -> None:
    """The one more at the end that a missed one proposes."""
    missed = SessionMissed(**Events().fields(noon(21)), session="c-1/series/6")
    course = ruled("before-dose", purpose="before-dose", offset_hours=-18).with_events(missed)
    plan = make_plan(course, as_of=noon(22))
    assert any(one.basis == "proposed" for one in plan.sessions)
    assert [one.anchor for one in items(plan)] == [f"c-1/series/{number}" for number in range(1, 7)]


# -- Days of the course -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("closes", "hours"), [(1, 3), (3, 3), (4, 4), (48, 48)])
def test_a_question_of_a_week_is_open_for_three_hours_at_the_least(closes: int, hours: int) -> None:
    """On the last day of the week, from eight, due at ten; once, with the first phase."""
    plan = make_plan(ruled("week", OPEN, week=4, closes_hours=closes))
    (one,) = items(plan)
    day = plan.day1.toordinal() + 27
    assert (one.key, one.base, one.number) == ("c-1/induction/ask/mine/1", "c-1/induction/ask/mine", 1)
    assert (one.anchor, one.day) == ("c-1/induction", day)
    assert (one.opens, one.due) == plan.person.morning(day)
    assert one.closes == one.opens + hours * HOUR
    assert (one.rule, one.text, one.purpose) == ("C4", "a day of the course", "review")
    assert (one.source, one.rank, one.void, one.again) == (
        plan.course.protocol.checkins[0].source,
        4,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("from_week", "every", "first", "step"),
    [(None, None, 0, 28), (1, 7, 0, 7), (2, 28, 7, 28), (9, 28, 56, 28)],
)
def test_monthly_questions_are_asked_while_doses_go_on(
    from_week: int | None, every: int | None, first: int, step: int
) -> None:
    """From the first day of a week on, every so many days, to the day of the last dose and no further; numbered from one."""
    for name in (SERIES, TAPER, OPEN):
        plan = make_plan(ruled("monthly", name, from_week=from_week, every_days=every))
        last = max(day_in("America/New_York", at) for at in doses(plan).values())
        start = plan.day1.toordinal()
        found = items(plan)
        assert [one.day for one in found] == list(range(start + first, last + 1, step))
        phase = plan.layout.runs[0].key
        assert [one.key for one in found] == [f"{phase}/ask/mine/{n}" for n in range(1, len(found) + 1)]
        assert all((one.anchor, one.again, one.rule) == (phase, False, "C4") for one in found)


@pytest.mark.parametrize("days", [19, 20, 21])
def test_the_day_of_the_last_dose_is_the_last_on_which_it_may_be_asked(days: int) -> None:
    """The last dose of the series is on day 21, twenty days after the first."""
    plan = make_plan(ruled("monthly", every_days=days))
    assert [one.day - plan.day1.toordinal() for one in items(plan)] == ([0, days] if days <= 20 else [0])


def test_without_a_dose_to_come_there_are_no_monthly_questions() -> None:
    """Ended before its first dose: nothing goes on, and the plan is made all the same."""
    end = CourseEnded(**Events().fields(noon(-3)), at=noon(-3))
    assert items(make_plan(ruled("monthly", OPEN).with_events(end), as_of=noon(1))) == []


def test_monthly_questions_come_to_an_end() -> None:
    """Five years and a little more, however long doses go on."""
    plan = make_plan(ruled("monthly", OPEN, every_days=1))
    assert [one.number for one in items(plan)] == list(range(1, MOST_MONTHLY + 1))


def test_what_hangs_on_a_day_moves_with_no_dose() -> None:
    for fields in ({"anchor": "week", "week": 2}, {"anchor": "monthly"}):
        plan = make_plan(ruled(name=OPEN, **fields))
        assert programme(plan).hangs_on_doses() == frozenset()


def test_the_courses_own_form_stands_for_the_primary_one_and_each_is_asked_once() -> None:
    """In the order in which the rule names them."""
    course = ruled(
        "first-dose",
        more={"instruments": ("gad-7",)},
        offset_hours=24,
        instruments=("mood", "primary", "gad-7", "mood"),
    )
    asked = programme(make_plan(course))
    for _ in range(2):
        assert asked.names_of(("mood", "primary", "gad-7", "mood")) == ("mood", "gad-7")
    assert asked.names_of(("primary",)) == ("gad-7",)
    assert asked.items()[0].instruments == ("mood", "gad-7")
