"""What a fact settles where it could be doubted: a dose at home after its miss, a gap after a change, an end."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest

from ketaschedule.course import Course, Monitor
from ketaschedule.history import (
    CourseEnded,
    Event,
    ProtocolChanged,
    SessionGiven,
    SessionMissed,
)
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names

ZONE = "America/New_York"


def on(day: int, hour: int = 12) -> pendulum.DateTime:
    """An instant of a course whose day 1 is Monday, 30 November 2026."""
    date = pendulum.date(2026, 11, 30).add(days=day - 1)
    return pendulum.datetime(date.year, date.month, date.day, hour, tz=ZONE)


def fields(number: int, when: pendulum.DateTime) -> dict[str, Any]:
    return {"id": f"e-{number}", "course": "c-1", "recorded_at": when, "by": "dr-a"}


def planned(name: str, as_of: pendulum.DateTime, *events: Event) -> Plan:
    course = Course(
        id="c-1",
        protocol=load_protocol(name),
        start=pendulum.date(2026, 11, 30),
        zone=ZONE,
        adult="yes",
        monitor=Monitor(name="A. Person", adult=True),
        history=events,
    )
    return make_plan(course, as_of=as_of)


@pytest.mark.parametrize(("day", "timing"), [(8, "on-time"), (9, "on-time"), (10, "late")])
def test_a_dose_at_home_that_names_its_session_settles_it_after_a_miss(day: int, timing: str) -> None:
    """Nothing is made up at home; but what was taken was taken, and the next target is seven days after it."""
    first = SessionGiven(**fields(1, on(1)), session="c-1/series/1", at=on(1))
    missed = SessionMissed(**fields(2, on(8, 11)), session="c-1/series/2")
    taken = SessionGiven(**fields(3, on(day, 20)), session="c-1/series/2", at=on(day, 19))
    plan = planned("ketamine-sublingual-home-4-weeks", on(day, 21), first, missed, taken)
    found = plan.session("c-1/series/2")
    assert (found.verdict, found.timing, found.date) == ("given", timing, on(day).date())
    assert plan.session("c-1/series/3").date == on(day + 7).date()
    assert not plan.extra


def test_a_dose_at_home_that_names_no_session_makes_up_none_that_was_missed() -> None:
    """The day after the miss: it belongs to no session, counts for spacing, and the miss stands."""
    first = SessionGiven(**fields(1, on(1)), session="c-1/series/1", at=on(1))
    missed = SessionMissed(**fields(2, on(8, 11)), session="c-1/series/2")
    taken = SessionGiven(**fields(3, on(9, 20)), at=on(9, 19))
    plan = planned("ketamine-sublingual-home-4-weeks", on(9, 21), first, missed, taken)
    assert plan.session("c-1/series/2").verdict == "missed"
    assert [(one.event, one.why) for one in plan.extra] == [("e-3", "unmatched")]


def gap_text(plan: Plan) -> str:
    (alert,) = [one for one in plan.alerts if one.kind == "dose-too-close"]
    return alert.text


def test_the_alert_of_two_doses_names_the_least_gap_in_force_on_the_later_day() -> None:
    """Two days on the first protocol, six on the one that holds from day 10 on; below, at and above that day."""
    names = {load_protocol(name).min_gap_days: name for name in protocol_names()}
    wide, narrow = names[max(names)], names[min(one for one in names if one > 1)]
    protocol = load_protocol(wide)
    assert protocol.min_gap_days > load_protocol(narrow).min_gap_days
    changed = ProtocolChanged(
        **fields(1, on(1)), from_date=on(10).date(), protocol=wide, phase=protocol.phases[0].id
    )
    for day, gap in (
        (9, load_protocol(narrow).min_gap_days),
        (10, protocol.min_gap_days),
        (11, protocol.min_gap_days),
    ):
        doses = [SessionGiven(**fields(2 + n, on(d)), at=on(d)) for n, d in enumerate((day - 1, day))]
        text = gap_text(planned(narrow, on(day, 20), changed, *doses))
        assert text.endswith(f"the least is {gap}."), day


@pytest.mark.parametrize("name", protocol_names())
def test_the_question_of_an_ended_course_is_raised_though_it_has_one_answer(name: str) -> None:
    """It is open from the day of the end, due on the review, and settled by that answer alone."""
    given = SessionGiven(**fields(1, on(1)), at=on(1))
    ended = CourseEnded(**fields(2, on(3)), at=on(3))
    plan = planned(name, on(3, 20), given, ended)
    (asked,) = [one for one in plan.decisions if one.id == "ended"]
    assert [one.id for one in asked.options] == ["agreed"]
    assert (asked.state, asked.raised) == ("open", on(3).date())
    assert asked.due == plan.session(asked.about).date
    assert plan.session(asked.about).kind == "review"
