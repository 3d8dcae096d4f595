"""A safety question that was asked and is in no answer is an Alert, also where its whole form was left out."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.alerts import Alert
from ketaschedule.checkin_merging import asks_safety
from ketaschedule.checkins import CheckIn
from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.history import (
    AlertClosed,
    CheckInAnswered,
    CheckInDeclined,
    ClinicalEvent,
    CourseEnded,
    CoursePaused,
    Event,
    Retracted,
    SessionCancelled,
)
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.reminders import reminders
from ketaschedule.safety import safety_alerts
from tests.checkin_histories import UTC, Events, plain_course, random_story

SERIES = "ketamine-iv-six-in-21-days"
GAD_7 = {"gad-7": {str(n): 1 for n in range(1, 8)}}
PHQ_2 = {"phq-2": {"1": 1, "2": 0}}
SHORT = "c-1/series/4/ask/before/1"
"""Asks the PHQ-2 with item 9."""


def anxious() -> Course:
    """A course whose form is the GAD-7, so that most check-ins have the clinic's own question beside it."""
    return plain_course(SERIES, instruments=("gad-7",))


def asked(course: Course, *forms: str) -> CheckIn:
    """The first check-in that asks just these."""
    return next(one for one in make_plan(course).checkins if one.instruments == forms)


def skipped(plan: Plan) -> list[Alert]:
    return [one for one in plan.alerts if one.kind == "safety-item-skipped"]


def left_out(course: Course, now: pendulum.DateTime, *more: Event) -> list[Alert]:
    return skipped(make_plan(course.with_events(*more), as_of=now))


@pytest.mark.parametrize(
    ("course", "forms", "answers", "about"),
    [
        (anxious(), ("gad-7", "safety-question"), GAD_7, ("safety-question", "safety")),
        (plain_course(SERIES), ("phq-2", "phq-9-item-9"), PHQ_2, ("phq-9", "9")),
        (plain_course(SERIES), ("phq-9",), PHQ_2, ("phq-9", "9")),
        (plain_course(SERIES, instruments=("madrs-s",)), ("madrs-s",), GAD_7, ("madrs-s", "9")),
        (plain_course(SERIES, instruments=("qids-sr16",)), ("qids-sr16",), GAD_7, ("qids-sr16", "12")),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_question_left_out_with_its_whole_form_is_an_alert(
    course: Course, forms: tuple[str, ...], answers: dict[str, Any], about: tuple[str, str]
) -> None:
    """At once, for a person to close; the events alone, which do not know what was asked, say nothing."""
    one = asked(course, *forms)
    event = Events().answered(one.key, one.due, answers)
    plan = make_plan(course.with_events(event), as_of=one.due)
    (alert,) = plan.alerts
    assert alert.kind == "safety-item-skipped"
    assert alert.key == f"{one.key}/alert/safety.skipped"
    assert (alert.instrument, alert.item) == about
    assert (alert.level, alert.times, alert.rings, alert.open, alert.events) == (1, 1, 1, True, ("e-001",))
    assert alert.received_at == alert.answered_at == one.due
    assert "A person must read this now." in alert.text
    assert safety_alerts(plan.course.history) == ()
    codes = [(found.path, found.rule) for found in plan.findings if found.code == "answer-no-safety-question"]
    assert codes == [("e-001", "C13")]


@pytest.mark.parametrize(
    "more",
    [
        {"phq-9": {"9": 0}},
        {"phq-9": {str(n): 0 for n in range(1, 10)}},
        {"safety-question": {"safety": 0}},
        {"mood": {"mood": 5, "safety": 0}},
        {"qids-sr16": {"12": 0}},
        {"phq-2": {"1": 0, "2": 0, "9": 0}},
        {"c-ssrs-screener": {"1": "no", "2": "no", "6": "no"}},
    ],
)
def test_any_safety_question_is_an_answer(more: dict[str, Any]) -> None:
    """In the same answer or in one before it, to whichever of the keys; a zero rings nothing here."""
    course = plain_course(SERIES)
    one = asked(course, "phq-2", "phq-9-item-9")
    events = Events()
    together = events.answered(one.key, one.due, {**PHQ_2, **more})
    assert left_out(course, one.due, together) == []
    before = events.answered(one.keys[-1], one.due, more)
    after = events.answered(one.key, one.due.add(minutes=1), GAD_7)
    assert left_out(course, one.due.add(minutes=1), before, after) == []
    course = plain_course(SERIES)
    plan = make_plan(course.with_events(before, after), as_of=one.due.add(minutes=1))
    assert "answer-no-safety-question" not in {found.code for found in plan.findings}


def test_an_answer_to_another_check_in_is_none_to_this_one() -> None:
    course, events = plain_course(SERIES), Events()
    first, second = (make_plan(course).session(f"c-1/series/{n}").key + "/ask/before/1" for n in (3, 4))
    checkins = {key: one for one in make_plan(course).checkins for key in one.keys}
    said = events.answered(first, checkins[first].due, {"phq-9": {"9": 0}})
    silent = events.answered(second, checkins[second].due, PHQ_2)
    assert [one.key for one in left_out(course, checkins[second].due, said, silent)] == [
        f"{second}/alert/safety.skipped"
    ]


def test_where_the_events_alone_ring_nothing_rings_twice() -> None:
    """A form that was begun, an answer that cannot be read: each is an Alert of the events already."""
    course = plain_course(SERIES)
    one = asked(course, "phq-2", "phq-9-item-9")
    for answers in (
        {"phq-9": {"1": 1}},
        {"phq-9": {"9": "?"}},
        {"phq-9": None},
        {},
        {"suicidality": {"a": 1}},
    ):
        event: Any = Events().answered(one.key, one.due, answers)  # type: ignore[arg-type]  # what an app may send
        plan = make_plan(course.with_events(event), as_of=one.due)
        assert len(plan.alerts) == 1, answers
        assert plan.alerts == safety_alerts([event])


def test_of_an_answer_in_two_pieces_the_first_rings_and_the_second_closes_nothing() -> None:
    """As with a form that was begun; told the other way round, or in one second, it is whole."""
    course = plain_course(SERIES)
    one = asked(course, "phq-2", "phq-9-item-9")
    for minutes, rings in ((2, 1), (0, 0), (-2, 0)):
        events = Events()
        said = events.answered(one.key, one.due.add(minutes=minutes), {"phq-9": {"9": 0}})
        silent = events.answered(one.key, one.due, PHQ_2)
        for pieces in itertools.permutations((said, silent, evolve(silent))):
            found = left_out(course, one.due.add(minutes=5), *pieces)
            assert [(alert.open, alert.times) for alert in found] == [(True, 1)] * rings


def test_a_second_answer_without_it_joins_and_one_after_a_closing_opens_it_again() -> None:
    course = plain_course(SERIES)
    one = asked(course, "phq-2", "phq-9-item-9")
    key = f"{one.key}/alert/safety.skipped"
    events = Events()
    pieces = [events.answered(one.key, one.due.add(minutes=n), PHQ_2) for n in (0, 1, 9)]
    now = one.due.add(minutes=30)
    (alert,) = left_out(course, now, *pieces)
    assert (alert.times, alert.rings, alert.received_at, alert.last_received_at) == (
        3, 1, one.due, one.due.add(minutes=9),
    )  # fmt: skip
    for minute, expected in (
        (0, (True, 3)),
        (1, (True, 2)),
        (5, (True, 1)),
        (9, (True, 1)),
        (10, (False, 3)),
    ):
        at = one.due.add(minutes=minute)
        closed = AlertClosed(**events.fields(at), alert=key, at=at, how="called")
        for order in itertools.permutations((*pieces, closed)):
            (alert,) = left_out(course, now, *order)
            assert (alert.open, alert.times) == expected, minute
        unnamed = evolve(closed, by=None)
        assert [alert.open for alert in left_out(course, now, *pieces, unnamed)] == [True]


def test_who_says_no_or_nothing_has_skipped_nothing() -> None:
    course = plain_course(SERIES)
    one = asked(course, "phq-2", "phq-9-item-9")
    declined = CheckInDeclined(**Events().fields(one.due), checkin=one.key)
    assert left_out(course, one.due, declined) == []
    assert left_out(course, one.closes.add(days=3)) == []
    unknown = Events().answered("c-1/series/4/ask/nobody/1", one.due, PHQ_2)
    assert left_out(course, one.closes.add(days=3), unknown) == []


@pytest.mark.parametrize("state", ["early", "as it opens", "open", "expired", "after a no", "called off", "cancelled open",
                                   "dead", "ended"])  # fmt: skip
def test_whatever_the_state_of_its_check_in_it_rings_and_stays(state: str) -> None:
    """Nothing recorded later takes it away: a withdrawal, a pause, an end, a cancelled session, a late answer."""
    course, events = plain_course(SERIES), Events()
    one = next(one for one in make_plan(course).checkins if SHORT in one.keys)
    when = {"early": one.opens.subtract(hours=5), "as it opens": one.opens, "expired": one.closes.add(days=2)}
    at = when.get(state, one.due)
    before: list[Event] = []
    early = one.opens.subtract(hours=1)
    if state == "after a no":
        before = [CheckInDeclined(**events.fields(one.opens.add(minutes=1)), checkin=one.key)]
    if state == "called off":
        before = [SessionCancelled(**events.fields(early), session="c-1/series/4")]
    if state == "cancelled open":
        before = [SessionCancelled(**events.fields(one.opens.add(minutes=1)), session="c-1/series/4")]
    if state == "dead":
        opened = one.opens.add(minutes=1)
        before = [ClinicalEvent(**events.fields(opened), at=opened, kind="death")]
    if state == "ended":
        before = [CourseEnded(**events.fields(one.opens.add(minutes=1)), at=one.opens.add(minutes=1))]
    silent = events.answered(SHORT, at, PHQ_2)
    told = course.with_events(*before, silent)
    key = f"{SHORT}/alert/safety.skipped"
    (alert,) = [one for one in make_plan(told, as_of=at).alerts if one.key == key]
    assert (alert.open, alert.received_at) == (True, at)
    later = at.add(minutes=10)
    for event in [
        Retracted(**events.fields(later), event=silent.id),
        SessionCancelled(**events.fields(later), session="c-1/series/4"),
        CoursePaused(**events.fields(later), from_date=later.date().subtract(days=3)),
        CourseEnded(**events.fields(later), at=later),
        events.answered(SHORT, later, {"phq-9": {"9": 0}}),
        CheckInDeclined(**events.fields(later), checkin=SHORT),
        *(Retracted(**events.fields(later), event=one.id) for one in before),
    ]:
        for moment in (later, later.add(days=1), later.add(days=200)):
            plan = make_plan(told.with_events(event), as_of=moment)
            assert [found for found in plan.alerts if found.key == key] == [alert], (event.type, moment)
    assert left_out(course, at.subtract(seconds=1), *before, silent) == []


def test_an_answer_about_safety_that_was_withdrawn_says_nothing() -> None:
    """From the withdrawal on, which is when the clinic learns of it; withdrawing that takes no Alert away again."""
    course, events = plain_course(SERIES), Events()
    one = asked(course, "phq-2", "phq-9-item-9")
    said = events.answered(one.key, one.due, {"phq-9": {"9": 0}})
    silent = events.answered(one.key, one.due.add(minutes=1), PHQ_2)
    gone = Retracted(**events.fields(one.due.add(minutes=7)), event=said.id)
    assert left_out(course, one.due.add(minutes=6), said, silent, gone) == []
    (alert,) = left_out(course, one.due.add(minutes=7), said, silent, gone)
    assert alert.received_at == one.due.add(minutes=7)
    back = Retracted(**events.fields(one.due.add(minutes=8)), event=gone.id)
    assert left_out(course, one.due.add(minutes=8), said, silent, gone, back) == [alert]


def test_an_answer_to_what_the_plan_learns_of_later_rings_then() -> None:
    """Sent while the course was thought to be paused, so that the plan did not ask; the pause is then withdrawn."""
    course, events = plain_course(SERIES), Events()
    one = next(one for one in make_plan(course).checkins if SHORT in one.keys)
    early = one.opens.subtract(hours=1)
    paused = CoursePaused(**events.fields(early), from_date=early.date())
    silent = events.answered(SHORT, one.due, PHQ_2)
    told = (paused, silent)
    assert SHORT not in {key for one in make_plan(course.with_events(*told)).checkins for key in one.keys}
    assert left_out(course, one.due, *told) == []
    gone = Retracted(**events.fields(one.due.add(minutes=30)), event=paused.id)
    (alert,) = left_out(course, one.due.add(minutes=30), *told, gone)
    assert alert.received_at == one.due.add(minutes=30)
    assert left_out(course, one.due.add(days=90), *told, gone) == [alert]


def test_the_clinic_is_told_at_once_and_each_working_morning() -> None:
    """Of a question left out as of one skipped: the clinic, and nobody else."""
    course = plain_course(SERIES)
    one = asked(course, "phq-2", "phq-9-item-9")
    plan = make_plan(course.with_events(Events().answered(one.key, one.due, PHQ_2)), as_of=one.due)
    key = f"{one.key}/alert/safety.skipped"
    told = [
        found
        for found in reminders(plan, one.due, one.due.add(days=3))
        if key in found.key and found.audience == "clinic"
    ]
    assert [found.kind for found in told][:2] == ["alert", "alert-open"]
    assert told[0].fires_at == one.due
    everyone = {found.audience for found in reminders(plan, one.due, one.due.add(days=3)) if key in found.key}
    assert everyone == {"clinic"}


def slow_twin(plan: Plan, then: dict[int, Plan]) -> set[str]:
    """Keys that ring: for each moment at which something was recorded, what the plan of that moment asked."""
    found: set[str] = set()
    for event in plan.course.history:
        if not isinstance(event, CheckInAnswered) or set(event.answers) - {
            "gad-7",
            "phq-2",
            "pcl-5",
            "who-5",
        }:
            continue
        for moment, plan_then in sorted(then.items()):
            one = next((one for one in plan_then.checkins if event.checkin in one.keys), None)
            if moment < event.recorded_key or one is None:
                continue
            said = any(
                isinstance(other, CheckInAnswered)
                and other.checkin in one.keys
                and other.recorded_key <= moment
                and any(asks_safety(name) for name in other.answers)
                for other in plan.course.history
            )
            if not said:
                found.add(f"{event.checkin}/alert/safety.skipped")
    return found


@pytest.mark.parametrize("seed", range(8))
def test_over_random_courses_it_rings_where_the_plan_of_the_moment_asked(seed: int) -> None:
    """Every plan from the first answer on, and the slow look at each; no Alert goes as more is recorded."""
    dice = random.Random(seed)
    story = random_story(
        5200 + seed, 6, dice.choice((SERIES, "esketamine-taper", "ketamine-aud-three-weekly"))
    )
    for _ in range(6):
        story.step()
        opened = [one for one in story.plan().checkins if one.opens_key <= story.now + 86_400]
        if opened:
            one = dice.choice(opened[-4:])
            answers = dice.choice((GAD_7, PHQ_2, {**PHQ_2, "phq-9": {"9": 0}}))
            fields = story.named(dice.choice((0, 0, 9000)))
            at = UTC.from_key(story.now)
            story.record(CheckInAnswered(**fields, checkin=dice.choice(one.keys), at=at, answers=answers))
    history = [one for one in story.course.history if not isinstance(one, Retracted)]
    course = story.course.with_history(history)
    moments = sorted({instant_key(one.recorded_at) for one in history})
    then: dict[int, Plan] = {}
    before: set[str] = set()
    for moment in moments:
        plan = then[moment] = make_plan(course, as_of=UTC.from_key(moment))
        keys = [one.key for one in plan.alerts]
        assert len(keys) == len(set(keys))
        now = {key for key in keys if key.endswith("/alert/safety.skipped")}
        known = course.with_history([one for one in history if one.recorded_key <= moment])
        assert now == slow_twin(make_plan(known, as_of=plan.as_of), then)
        assert before <= now
        before = now
