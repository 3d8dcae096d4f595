"""Closings that close nothing: each is named, at the bounds of each reason; the vectors of rule H13 and what they cannot say."""

from __future__ import annotations

import pendulum
import pytest
from attrs import evolve

from ketaschedule.history import AlertClosed, Event
from ketaschedule.plan import Plan
from ketaschedule.plan_closings import CLOSING_CODES
from ketaschedule.planner import make_plan
from tests.checkin_histories import Events, doses_given, phq_9, plain_course

SERIES = "ketamine-iv-six-in-21-days"
KEY = "c-1/series/6/watch/1/{}"
UNTIL = pendulum.datetime(2026, 12, 24, tz="America/New_York")


def named(plan: Plan) -> list[tuple[str, str, str]]:
    """(code, path, rule) of what the plan says of closings."""
    return [(one.code, one.path, one.rule) for one in plan.findings if one.code in CLOSING_CODES]


def relapsed() -> tuple[list[Event], Events, pendulum.DateTime]:
    """The history of a series, well on day 7 of the watch and not on day 14, at which the last answer came."""
    events = Events()
    course = doses_given(plain_course(SERIES), UNTIL, events)
    due = {key: one.due for one in make_plan(course, as_of=UNTIL).checkins for key in one.keys}
    said = [
        events.answered(KEY.format(day), due[KEY.format(day)], phq_9(value))
        for day, value in ((7, 0), (14, 2))
    ]
    baseline = events.answered("c-1/series/1/ask/baseline/1", due["c-1/series/1/ask/baseline/1"], phq_9(2))
    return [*course.history, baseline, *said], events, said[-1].recorded_at


@pytest.mark.parametrize(
    ("seconds", "by", "how", "code"),
    [
        (-1, "dr-a", "called", "closing-too-early"),
        (0, "dr-a", "called", "closing-too-early"),
        (1, "dr-a", "called", None),
        (1, None, "called", "closing-unnamed"),
        (1, " ", "called", "closing-unnamed"),
        (1, "dr-a", "", "closing-unnamed"),
        (1, "dr-a", " ", "closing-unnamed"),
    ],
)
def test_an_alert_of_the_plan_is_closed_or_the_closing_is_named(
    seconds: int, by: str | None, how: str, code: str | None
) -> None:
    """Of a first crossing, which needs a plan; what is named is what left the Alert open."""
    history, events, at = relapsed()
    when = at.add(seconds=seconds)
    key = f"{KEY.format(14)}/alert/first-crossing"
    closed = AlertClosed(**{**events.fields(when), "by": by}, alert=key, at=when, how=how)
    plan = make_plan(plain_course(SERIES).with_history((*history, closed)), as_of=at.add(hours=1))
    assert named(plan) == ([] if code is None else [(code, closed.id, "H13")])
    assert [one.open for one in plan.alerts if one.key == key] == [code is not None]


def test_what_is_recorded_later_names_no_closing_and_excuses_none() -> None:
    """A plan of an earlier instant knows neither a closing nor an answer that is recorded after it."""
    history, events, at = relapsed()
    early, late = at.add(hours=1), at.add(hours=2)
    key = f"{KEY.format(21)}/alert/phq-9.9"
    closed = AlertClosed(**events.fields(early), alert=key, at=early, how="called")
    answered = events.answered(KEY.format(21), late, phq_9(0, 1))
    course = plain_course(SERIES).with_history((*history, closed, answered))
    unknown, too_early = (
        ("closing-unknown-alert", closed.id, "H13"),
        ("closing-too-early", closed.id, "H13"),
    )
    for as_of, expected in (
        (early.subtract(seconds=1), []),
        (early, [unknown]),
        (late.subtract(seconds=1), [unknown]),
        (late, [too_early]),
    ):
        assert named(make_plan(course, as_of=as_of)) == expected, as_of


def test_a_closing_of_what_rang_anew_is_not_called_too_early() -> None:
    """It closed what came before; the Alert that stands open under its key now is another one, and says its level before."""
    history, events, at = relapsed()
    key = f"{KEY.format(14)}/alert/phq-9.9"
    first, again = (events.answered(KEY.format(14), at.add(hours=n), phq_9(2, 1)) for n in (1, 3))
    closed = AlertClosed(**events.fields(at.add(hours=2)), alert=key, at=at.add(hours=2), how="called")
    course = plain_course(SERIES).with_history((*history, first, closed, again))
    plan = make_plan(course, as_of=at.add(hours=4))
    assert [one.open for one in plan.alerts if one.key == key] == [True]
    assert named(plan) == []


def test_the_text_says_which_closing_and_which_key_however_long() -> None:
    history, events, at = relapsed()
    closed = AlertClosed(**events.fields(at), alert="c-1/" + "x" * 300, at=at, how="called")
    plan = make_plan(plain_course(SERIES).with_history((*history, closed)), as_of=at)
    (text,) = (one.text for one in plan.findings if one.code in CLOSING_CODES)
    assert text == f"{closed.id}: {CLOSING_CODES['closing-unknown-alert']}: c-1/{'x' * 116}"


def test_of_two_closings_the_first_closed_it_whatever_the_order_in_which_they_came() -> None:
    history, events, at = relapsed()
    key = f"{KEY.format(14)}/alert/first-crossing"
    later, first = (
        AlertClosed(**{**events.fields(when), "by": by}, alert=key, at=when, how="called")
        for by, when in (("dr-b", at.add(hours=2)), ("dr-a", at.add(hours=1)))
    )
    plan = make_plan(plain_course(SERIES).with_history((*history, later, first)), as_of=at.add(hours=3))
    assert [one.closed_by for one in plan.alerts if one.key == key] == ["dr-a"]
    assert named(plan) == []


def test_a_closing_in_conflict_with_another_of_its_id_is_named_as_that_and_no_more() -> None:
    history, events, at = relapsed()
    answered = events.answered(KEY.format(21), at.add(hours=1), phq_9(0, 1))
    key = f"{KEY.format(21)}/alert/phq-9.9"
    one = AlertClosed(**events.fields(at.add(hours=2)), alert=key, at=at.add(hours=2), how="called")
    course = plain_course(SERIES).with_history((*history, answered, one, evolve(one, by="dr-b")))
    plan = make_plan(course, as_of=at.add(hours=3))
    assert [alert.open for alert in plan.alerts if alert.key == key] == [True]
    assert named(plan) == []
    assert [found.path for found in plan.findings if found.code == "conflict"] == [one.id]


def test_a_closing_of_a_question_left_out_with_its_form_is_heard() -> None:
    """That Alert needs a plan, and has the kind of one that does not."""
    history, events, at = relapsed()
    key = KEY.format(14)
    silent = events.answered(key, at, {"phq-2": {"1": 1, "2": 1}})
    course = plain_course(SERIES).with_history((*history[:-1], silent))
    closed = AlertClosed(
        **events.fields(at.add(hours=1)),
        alert=f"{key}/alert/safety.skipped",
        at=at.add(hours=1),
        how="called",
    )
    plan = make_plan(course.with_events(closed), as_of=at.add(hours=2))
    assert [one.open for one in plan.alerts if one.key == closed.alert] == [False]
    assert named(plan) == []


def test_an_overdue_decision_closed_before_it_was_one_is_not_called_too_early() -> None:
    """It may ring again by what was known then, after a closing that closed its first ring."""
    course = plain_course("esketamine-taper")
    due = next(one for one in make_plan(course).decisions if one.id == "induction-review").due
    given = doses_given(
        course, pendulum.datetime(due.year, due.month, due.day, 20, tz="America/New_York"), Events()
    )
    (decision,) = (
        one for one in make_plan(given, as_of=given.history[-1].recorded_at).decisions if one.due == due
    )
    day = pendulum.datetime(due.year, due.month, due.day, tz="America/New_York")
    for days, is_open in ((7, True), (9, False)):
        when = day.add(days=days, hours=9)
        closed = AlertClosed(
            id="x-1",
            course="c-1",
            recorded_at=when,
            by="dr-a",
            alert=f"{decision.key}/alert/overdue",
            at=when,
            how="seen",
        )
        plan = make_plan(given.with_events(closed), as_of=day.add(days=12))
        assert [one.open for one in plan.alerts if one.key == closed.alert] == [is_open]
        assert named(plan) == []
