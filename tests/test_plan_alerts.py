"""Alerts of a plan: each kind is raised, none goes away but by a named person, and safety needs no plan."""

from __future__ import annotations

import re
from typing import Any

import pendulum
import pytest

from ketaschedule import checkin_past
from ketaschedule.alerts import Alert
from ketaschedule.availability import clinic_from
from ketaschedule.days import instant_key
from ketaschedule.formats import Style, render
from ketaschedule.history import (
    AlertClosed,
    CheckInDeclined,
    ClinicalEvent,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    Event,
    Retracted,
    ReviewHeld,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionStopped,
)
from ketaschedule.plan import Plan
from ketaschedule.plan_reading import RESEARCH_MONITORING, read_times
from ketaschedule.planner import make_plan
from ketaschedule.rules import RULES
from ketaschedule.safety import safety_alerts
from ketaschedule.tracking import worsening_days
from tests.checkin_histories import UTC, Events, doses_given, phq_9, plain_course, random_story

SERIES = "ketamine-iv-six-in-21-days"


def only(plan: Plan, kind: str) -> Alert:
    found = [one for one in plan.alerts if one.kind == kind]
    assert len(found) == 1, [one.key for one in found]
    return found[0]


def crossed(scores: list[tuple[str, int]]) -> tuple[Plan, Events]:
    """A series with these answers, each at its check-in; the plan just after the last of them."""
    course = plain_course(SERIES)
    events = Events()
    until = pendulum.datetime(2026, 12, 24, tz="America/New_York")
    course = doses_given(course, until, events)
    plan = make_plan(course, as_of=until)
    last = until
    for key, value in scores:
        one = next(one for one in plan.checkins if key in one.keys)
        course = course.with_events(events.answered(key, one.due, phq_9(value)))
        last = one.due
    return make_plan(course, as_of=last), events


BASELINE = "c-1/series/1/ask/baseline/1"
DAY_7, DAY_14, DAY_21 = (f"c-1/series/6/watch/1/{day}" for day in (7, 14, 21))


@pytest.mark.parametrize("block", range(3))
def test_open_alerts_go_away_only_by_a_named_person(block: int) -> None:
    """Over random courses with late, corrected and withdrawn records, of every kind of Alert."""
    kinds: set[str] = set()
    for seed in range(block * 7, block * 7 + 7):
        story = random_story(8000 + seed, 8 + seed % 8)
        before: set[str] = set()
        moments = story.moments()
        for moment in moments[:: max(1, len(moments) // 16)]:
            plan = story.plan(moment)
            keys = [one.key for one in plan.alerts]
            assert len(keys) == len(set(keys))
            now = {one.key for one in plan.alerts if one.open}
            assert before <= now, f"story {seed}: {sorted(before - now)} went away"
            kinds |= {one.kind for one in plan.alerts}
            before = now
    assert "safety-item" in kinds


def test_a_first_crossing_is_an_alert_and_stays_when_it_is_corrected_or_withdrawn() -> None:
    """Its key is the check-in's; a later correction or withdrawal is said in the text."""
    plan, events = crossed([(BASELINE, 2), (DAY_7, 0), (DAY_14, 2)])
    alert = only(plan, "first-crossing")
    assert alert.key == f"{DAY_14}/alert/first-crossing"
    assert alert.open
    assert "phq-9" in alert.text
    when = plan.as_of.add(hours=2)
    answer = plan.folded.answers[-1]
    for later in (
        Retracted(**events.fields(when), event=answer.id),
        events.answered(DAY_14, when, phq_9(0)),
        CourseEnded(**events.fields(when), at=when),
    ):
        after = make_plan(plan.course.with_events(later), as_of=when)
        kept = only(after, "first-crossing")
        assert (kept.key, kept.open, kept.received_at) == (alert.key, True, alert.received_at)
        assert ("withdrawn since" in kept.text) == (not isinstance(later, CourseEnded))


def test_a_relapse_confirmed_rings_by_itself_also_where_the_first_crossing_was_closed() -> None:
    """Four days later confirms nothing; from five to fifteen days it does, once, at the check-in that confirmed."""
    plan, events = crossed([(BASELINE, 2), (DAY_7, 0), (DAY_14, 2)])
    first, at = only(plan, "first-crossing"), plan.as_of
    closed = AlertClosed(
        **events.fields(at.add(hours=1)), alert=first.key, at=at.add(hours=1), how="called, seen on Friday"
    )
    course = plan.course.with_events(closed)
    for days, rings in ((4, 0), (5, 1), (15, 1), (16, 0)):
        when = at.add(days=days)
        after = make_plan(course.with_events(events.answered(DAY_21, when, phq_9(2))), as_of=when)
        found = [one for one in after.alerts if one.kind == "relapse-confirmed"]
        assert [one.key for one in found] == [f"{DAY_21}/alert/relapse-confirmed"] * rings, days
        assert [one.open for one in after.alerts if one.key == first.key] == [False]
        assert (after.trajectories[0].state == "relapse-confirmed") is bool(rings)
        for alert in found:
            assert (alert.open, alert.level, alert.received_at) == (True, 3, when)
            assert "confirm a relapse (T8)" in alert.text
    when = at.add(days=7)
    course = course.with_events(events.answered(DAY_21, when, phq_9(2)))
    later = when
    for days in (14, 20):  # a third one confirms nothing anew
        later = at.add(days=days)
        course = course.with_events(events.answered(f"c-1/series/6/watch/1/{14 + days}", later, phq_9(2)))
        assert only(make_plan(course, as_of=later), "relapse-confirmed").received_at == when
    gone = Retracted(**events.fields(later), event=course.history[-3].id)  # then the one after it confirms
    kept, new = (
        one
        for one in make_plan(course.with_events(gone), as_of=later).alerts
        if one.kind == "relapse-confirmed"
    )
    assert ("withdrawn since" in kept.text, "withdrawn since" in new.text) == (True, False)
    assert new.key == "c-1/series/6/watch/1/28/alert/relapse-confirmed"


def test_an_answer_that_names_a_relapse_at_once_rings_once() -> None:
    """Where one visit is enough, or an attempt says so, there is nothing left to confirm."""
    plan, events = crossed([(BASELINE, 2), (DAY_7, 0), (DAY_14, 2)])
    when = plan.as_of.add(hours=1)
    attempt = ClinicalEvent(**events.fields(when), at=when, kind="attempt")
    after = make_plan(
        plan.course.with_events(attempt, events.answered(DAY_21, when.add(days=7), phq_9(2))),
        as_of=when.add(days=7),
    )
    assert after.trajectories[0].state == "relapse-confirmed"
    kinds = {one.kind for one in after.alerts}
    assert "relapse-confirmed" not in kinds
    assert kinds >= {"clinical-event", "first-crossing"}


def test_deterioration_below_baseline_is_one_alert_for_each_stretch() -> None:
    """It keeps its key while the answers stay as bad, and stays when they are better."""
    plan, events = crossed([(BASELINE, 1), (DAY_7, 2)])
    alert = only(plan, "deterioration")
    assert alert.key == f"{DAY_7}/alert/deterioration"
    course = plan.course
    when = plan.as_of
    for days, value in ((7, 3), (14, 0)):
        when = plan.as_of.add(days=days)
        course = course.with_events(events.answered(f"c-1/series/6/watch/1/{7 + days}", when, phq_9(value)))
        assert only(make_plan(course, as_of=when), "deterioration").key == alert.key
    when = plan.as_of.add(days=21)
    again = course.with_events(events.answered("c-1/series/6/watch/1/28", when, phq_9(3)))
    found = {one.key for one in make_plan(again, as_of=when).alerts if one.kind == "deterioration"}
    assert found == {alert.key, "c-1/series/6/watch/1/28/alert/deterioration"}


@pytest.mark.parametrize(
    ("answers", "rings"),
    [
        (
            {str(n): 3 for n in range(1, 7)},
            True,
        ),  # 18 points at least, after 8: worse by 10 whatever is missing
        ({str(n): 3 for n in range(1, 5)}, False),  # 12 at least: worse by 4, or by more
    ],
)
def test_an_incomplete_answer_that_is_worse_for_certain_is_told_too(
    answers: dict[str, int], rings: bool
) -> None:
    """Who stops half-way through a form after a bad turn is not passed over until they finish it."""
    plan, events = crossed([(BASELINE, 1)])
    when = next(one for one in plan.checkins if DAY_7 in one.keys).due
    part = plan.course.with_events(events.answered(DAY_7, when, {"phq-9": {**answers, "9": 0}}))
    found = [one for one in make_plan(part, as_of=when).alerts if one.kind == "deterioration"]
    assert [one.key for one in found] == [f"{DAY_7}/alert/deterioration"] * rings
    if rings:
        assert "(8 to between 18 and 24 points)" in found[0].text


def test_an_incomplete_answer_that_may_be_either_way_parts_no_stretch() -> None:
    """Between two answers that are worse it is no better one: the Alert stays one."""
    plan, events = crossed([(BASELINE, 1), (DAY_7, 2)])
    when = plan.as_of.add(days=7)
    part = plan.course.with_events(events.answered(DAY_14, when, {"phq-9": {"1": 1}}))
    when = plan.as_of.add(days=14)
    whole = part.with_events(events.answered(DAY_21, when, phq_9(2)))
    assert only(make_plan(whole, as_of=when), "deterioration").key == f"{DAY_7}/alert/deterioration"


def test_two_doses_too_close_are_an_alert_even_where_one_is_withdrawn() -> None:
    """A record that was wrong is a reason to look, not a reason to be silent."""
    course = plain_course(SERIES)
    events = Events()
    first = make_plan(course).session("c-1/series/1").at
    near = first.add(days=1)
    course = course.with_events(
        events.given("c-1/series/1", first), events.given("c-1/series/2", near, recorded=near.add(hours=1))
    )
    alert = only(make_plan(course, as_of=near.add(hours=1)), "dose-too-close")
    assert alert.events == ("e-001", "e-002")
    gone = course.with_events(Retracted(**events.fields(near.add(days=1)), event="e-002"))
    kept = only(make_plan(gone, as_of=near.add(days=1)), "dose-too-close")
    assert kept.open
    assert "withdrawn since" in kept.text


@pytest.mark.parametrize(
    ("seconds", "rings"), [(0, False), (3599, False), (3600, True), (3601, True), (14400, True)]
)
@pytest.mark.parametrize("turned", [False, True])
def test_two_records_of_one_session_an_hour_apart_ring_and_count_once(
    seconds: int, rings: bool, turned: bool
) -> None:
    """Below, at and above the hour, in whichever order they arrive. What counts towards the course stays one dose."""
    course = plain_course(SERIES)
    first = make_plan(course).session("c-1/series/1").at
    told, events = first.add(hours=5), Events()
    once = events.given("c-1/series/1", first, recorded=told)
    again = events.given("c-1/series/1", first.add(seconds=seconds), recorded=told)
    plan = make_plan(course.with_events(*((again, once) if turned else (once, again))), as_of=told)
    found = [alert.events for alert in plan.alerts if alert.kind == "dose-too-close"]
    assert found == ([("e-001", "e-002")] if rings else [])
    alone = make_plan(course.with_events(again), as_of=told)
    assert [one.at for one in plan.sessions] == [one.at for one in alone.sessions]
    assert [one.verdict for one in plan.sessions] == [one.verdict for one in alone.sessions]


def test_a_decision_overdue_for_more_than_7_days_is_an_alert_that_a_late_answer_does_not_close() -> None:
    """Not on the seventh day, on the eighth; taken later it says so, and a person still closes it."""
    course = plain_course("esketamine-trd-us")
    plan = make_plan(course)
    decision = next(one for one in plan.decisions if one.id == "week-9")
    due = pendulum.datetime(decision.due.year, decision.due.month, decision.due.day, tz="America/New_York")
    given = doses_given(course, due.add(hours=20), Events())

    def overdue(when: pendulum.DateTime, *more: Event) -> list[Alert]:
        plan = make_plan(given.with_events(*more), as_of=when)
        return [one for one in plan.alerts if one.key == f"{decision.key}/alert/overdue"]

    assert overdue(due.add(days=7, hours=23)) == []
    assert [one.open for one in overdue(due.add(days=8))] == [True]
    fields: dict[str, Any] = {"course": "c-1", "by": "dr-b"}
    when = due.add(days=9)
    taken = DecisionTaken(
        id="x-1", recorded_at=when, at=when, decision=decision.key, option="every-2-weeks", **fields
    )
    late = overdue(when, taken)
    assert [one.open for one in late] == [True]
    assert "taken late" in late[0].text
    in_time = DecisionTaken(
        id="x-1", recorded_at=due, at=due, decision=decision.key, option="every-2-weeks", **fields
    )
    assert overdue(when.add(days=30), in_time) == []


def test_only_a_named_person_closes_an_alert_and_only_what_came_before() -> None:
    """Not without a name, not before it was received; the plan of an earlier instant still has it open."""
    plan, events = crossed([(BASELINE, 2), (DAY_7, 0), (DAY_14, 2)])
    alert = only(plan, "first-crossing")
    when = plan.as_of.add(hours=3)

    def closed(recorded: pendulum.DateTime, by: str | None) -> Alert:
        fields = {**events.fields(recorded), "by": by}
        event = AlertClosed(**fields, alert=alert.key, at=recorded, how="called")
        return only(make_plan(plan.course.with_events(event), as_of=when), "first-crossing")

    assert closed(plan.as_of.add(hours=1), "nurse-c").open is False
    assert closed(plan.as_of.add(hours=1), "nurse-c").closed_by == "nurse-c"
    assert closed(when, "nurse-c").open is False, "known at this very instant"
    assert closed(plan.as_of.add(hours=1), None).open
    assert closed(plan.as_of.subtract(hours=1), "nurse-c").open
    assert closed(plan.as_of, "nurse-c").open
    assert closed(when.add(seconds=1), "nurse-c").open, "not known yet"


def test_a_crossing_read_from_a_review_goes_by_its_event() -> None:
    """A review has no check-in, so the key names the event, within the course."""
    plan, events = crossed([(BASELINE, 2), (DAY_7, 0)])
    when = plan.as_of.add(days=3)
    review = ReviewHeld(**events.fields(when), at=when, kind="call", findings={"phq-9": 17})
    after = make_plan(plan.course.with_events(review), as_of=when)
    assert only(after, "first-crossing").key == f"c-1/event/{review.id}/alert/first-crossing"
    confirm = [one for one in after.checkins if "confirm" in one.purposes]
    assert any(f"c-1/event/{review.id}/ask/confirm/1" in one.keys for one in confirm)


def test_the_plan_has_every_alert_of_safety_and_safety_needs_no_plan() -> None:
    """The same Alerts come from the events alone, whatever the plan says beside them."""
    for seed in range(6):
        story = random_story(9100 + seed, 10)
        plan = story.plan()
        alone = safety_alerts(story.course.history, as_of=UTC.from_key(story.now))
        assert plan.alerts[: len(alone)] == alone
        rest = plan.alerts[len(alone) :]
        received = [instant_key(one.received_at) for one in rest if one.received_at is not None]
        assert received == sorted(received)


BEFORE_A_DOSE = "c-1/series/4/ask/before/1"
EIGHT = (
    "open",
    "partial",
    "late",
    "expired",
    "declined later",
    "cancelled",
    "unknown check-in",
    "ended course",
)
CLOCKS = {"right": 0, "an hour ahead": 3600, "a year ahead": 365 * 86400, "a year behind": -365 * 86400}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("state", EIGHT)
def test_a_positive_answer_in_any_state_is_one_open_alert_of_the_next_plan(state: str, clock: str) -> None:
    """Of real check-ins: open, answered in part, told late, expired, declined, called off, unknown, after the end."""
    course, events = plain_course(SERIES), Events()
    asked = next(one for one in make_plan(course).checkins if BEFORE_A_DOSE in one.keys)
    key, when = asked.key, asked.due
    if state == "cancelled":
        session = SessionCancelled(**events.fields(asked.opens.add(minutes=1)), session="c-1/series/4")
        course = course.with_events(session)
    if state == "ended course":
        course = course.with_events(CourseEnded(**events.fields(asked.opens.add(minutes=1)), at=asked.opens))
    if state == "expired":
        when = asked.closes.add(days=2)
    if state == "unknown check-in":
        key = "c-1/series/4/ask/nobody/1"
    recorded = when.add(days=3) if state == "late" else when
    answers = {"phq-9": {"9": 1}} if state == "partial" else phq_9(0, 1)
    at = when.add(seconds=CLOCKS[clock])
    course = course.with_events(events.answered(key, at, answers, recorded))
    now = recorded
    if state == "declined later":
        now = recorded.add(minutes=5)
        course = course.with_events(CheckInDeclined(**events.fields(now), checkin=key))
    before = make_plan(course, as_of=recorded.subtract(seconds=1))
    stood = next((one.state for one in before.checkins if key in one.keys), "none")
    expected = {"late": "expired", "expired": "expired", "cancelled": "not-applicable",
                "ended course": "not-applicable", "unknown check-in": "none"}  # fmt: skip
    assert stood == expected.get(state, "open")
    for moment in (recorded, now, now.add(years=2)):
        plan = make_plan(course, as_of=moment)
        found = [one for one in plan.alerts if one.kind == "safety-item" and one.open]
        assert [(one.instrument, one.item, one.level, one.times) for one in found] == [("phq-9", "9", 1, 1)]
        assert found == [one for one in safety_alerts(course.history) if one.kind == "safety-item"]


def test_no_text_of_an_alert_reassures() -> None:
    """No word that sounds like an all-clear."""
    plan, _ = crossed([(BASELINE, 1), (DAY_7, 0), (DAY_14, 3)])
    for alert in plan.alerts:
        words = set(alert.text.lower().replace(".", " ").replace(",", " ").split())
        assert not words & {"safe", "fine", "ok", "well"}
        assert "low risk" not in alert.text.lower()


# -- Worsening ----------------------------------------------------------------------------------------------


def test_a_worsening_asks_a_question_that_a_better_answer_does_not_take_back() -> None:
    """A Decision never lapses: it is about the day on which the worsening was first shown."""
    course = plain_course("esketamine-taper")
    events = Events()
    until = pendulum.datetime(2027, 3, 1, tz="America/New_York")
    course = doses_given(course, until, events)
    plan = make_plan(course, as_of=until)
    asked = [one for one in plan.checkins if "phq-9" in one.instruments and one.due < until]
    scores = {0: 2, len(asked) - 3: 0, len(asked) - 2: 1, len(asked) - 1: 0}
    for place, value in scores.items():
        course = course.with_events(events.answered(asked[place].key, asked[place].due, phq_9(value)))
    shown_on = asked[-2].due
    for when in (shown_on, asked[-1].due, until):
        found = make_plan(course, as_of=when)
        assert worsening_days(found.folded, found.trajectories) == [asked[-2].date.toordinal()]
        assert any(one.id.startswith("worse") for one in found.decisions)
    before = make_plan(course, as_of=shown_on.subtract(seconds=1))
    assert worsening_days(before.folded, before.trajectories) == []
    word = ReviewHeld(**events.fields(until), at=until, kind="review", findings={"worsening": "yes"})
    said = make_plan(course.with_events(word), as_of=until)
    assert until.date().toordinal() in worsening_days(said.folded, said.trajectories)


def test_a_form_on_which_more_is_better_worsens_downwards() -> None:
    """WHO-5: fewer points are worse, and only the course's first form is looked at."""
    course = plain_course(SERIES, instruments=("who-5", "phq-9"))
    events = Events()
    until = pendulum.datetime(2027, 2, 1, tz="America/New_York")
    course = doses_given(course, until, events)
    asked = [one for one in make_plan(course, as_of=until).checkins if "who-5" in one.instruments]
    values = (2, 4, 1)
    for place, value in zip((0, 2, 3), values, strict=True):
        answers = {"who-5": {str(n): value for n in range(1, 6)}}
        course = course.with_events(events.answered(asked[place].key, asked[place].due, answers))
    plan = make_plan(course, as_of=until)
    assert worsening_days(plan.folded, plan.trajectories) == [asked[3].date.toordinal()]
    assert worsening_days(plan.folded, plan.trajectories[1:]) == []


@pytest.mark.parametrize(
    ("form", "first", "answers", "worse"),
    [
        ("phq-9", 2, {str(n): 3 for n in range(1, 9)}, True),  # 16, then 24 at least
        ("phq-9", 2, {str(n): 3 for n in range(1, 8)}, False),  # 21 at least: by 5, or by more
        ("who-5", 4, {"1": 0, "2": 0, "3": 0, "4": 0}, True),  # 80, then 20 at most
        ("who-5", 4, {"1": 5, "2": 5, "3": 4}, False),  # 80, then 56 to 96
    ],
)
def test_an_incomplete_answer_worsens_where_that_is_certain(
    form: str, first: int, answers: dict[str, int], worse: bool
) -> None:
    """On a form where more is worse and on one where less is; the next whole answer that is as bad adds no day."""
    course, events = plain_course(SERIES, instruments=(form,)), Events()
    until = pendulum.datetime(2027, 2, 1, tz="America/New_York")
    course = doses_given(course, until, events)
    asked = [one for one in make_plan(course, as_of=until).checkins if form in one.instruments]
    whole = {"phq-9": phq_9(first), "who-5": {"who-5": {str(n): first for n in range(1, 6)}}}[form]
    course = course.with_events(
        events.answered(asked[0].key, asked[0].due, whole),
        events.answered(asked[3].key, asked[3].due, {form: answers}),
    )
    plan = make_plan(course, as_of=until)
    day = asked[3].date.toordinal()
    assert worsening_days(plan.folded, plan.trajectories) == ([day] if worse else [])
    assert (plan.trajectories[0].worsening == "yes") is worse
    bad = {"phq-9": phq_9(3), "who-5": {"who-5": {str(n): 0 for n in range(1, 6)}}}[form]
    more = course.with_events(events.answered(asked[4].key, asked[4].due, bad))
    plan = make_plan(more, as_of=until)
    expected = [day] if worse else [asked[4].date.toordinal()]
    assert worsening_days(plan.folded, plan.trajectories) == expected


# -- When answers are read ----------------------------------------------------------------------------------


def test_none_set_is_a_finding_that_shows_what_experts_ask_of_research_as_that() -> None:
    """Once every weekday and within 12 hours: of research monitoring, and no promise of this clinic."""
    finding = next(one for one in make_plan(plain_course(SERIES)).findings if one.code == "no-read-time")
    assert "research" in finding.text
    assert "no promise" in finding.text
    assert "10.1176/appi.prcp.20200029" in finding.text
    assert finding.rule == "C16"
    assert "20200029" in RULES["C16"].source


def test_what_the_clinic_said_stands_alone() -> None:
    """Then there is no such finding, and the clinic's words are its own."""
    clinic = clinic_from({"zone": "America/New_York", "reads_answers": "on weekdays before noon"})
    course = plain_course(SERIES, clinic=clinic)
    assert "no-read-time" not in {one.code for one in make_plan(course).findings}
    said = read_times(course)
    assert (said.state, said.clinic) == ("said", "on weekdays before noon")
    assert said.research == RESEARCH_MONITORING
    assert not set(RESEARCH_MONITORING) & {said.clinic}
    assert read_times(plain_course(SERIES)).clinic == ""


SOOTHING = re.compile(r"\b(?:safe|fine|ok|okay|well|low[- ]risk|no risk|harmless|cleared)\b", re.IGNORECASE)
NEAR = re.compile(r"safety|item 9|item 12|item 10|self-harm|suicid|c-ssrs|thoughts of death", re.IGNORECASE)


def all_texts(plan: Plan) -> list[str]:
    """Every sentence that a plan says to anyone."""
    found = [alert.text for alert in plan.alerts]
    found += [one.text for one in plan.findings]
    found += [reason.text for session in plan.sessions for reason in session.reasons]
    found += [reason.text for checkin in plan.checkins for reason in checkin.reasons]
    found += [reason.text for decision in plan.decisions for reason in decision.reasons]
    found += [reason.text for one in plan.trajectories for reason in one.reasons]
    found += [one.question for one in plan.decisions]
    found += [option.text for one in plan.decisions for option in one.options]
    return [*found, *plan.watch.assumes]


@pytest.mark.parametrize("block", range(3))
def test_no_text_of_a_plan_near_a_safety_question_soothes(block: int) -> None:
    """Whatever was answered, skipped or closed: every sentence of a plan, and every line of its table."""
    near = 0
    for seed in range(block * 8, block * 8 + 8):
        plan = random_story(7000 + seed, 14).plan()
        lines = render(plan, "table", Style(why=True)).decode().splitlines()
        for text in [*all_texts(plan), *lines]:
            if NEAR.search(text):
                near += 1
                assert not SOOTHING.search(text), text
    assert near > 30


def test_a_stopped_dose_that_was_asked_about_for_long_rings_on_when_another_is_recorded() -> None:
    """Stopped on its very day, its Decision overdue on the eighth day after; then a dose of the same session is recorded
    and nothing asks any more: the Alert stays, and says that what it rests on was changed.
    """
    events = Events()
    course = doses_given(plain_course(SERIES), pendulum.datetime(2026, 12, 12, tz="America/New_York"), events)
    at = pendulum.datetime(2026, 12, 13, 10, tz="America/New_York")
    stopped = SessionStopped(**events.fields(at.add(hours=1)), at=at, session="c-1/series/4", minutes=10)
    given = SessionGiven(**events.fields(at.add(days=9)), at=at.add(days=1), session="c-1/series/4")
    key = "c-1/decision/count-dose/series/4/alert/overdue"
    before = make_plan(course.with_events(stopped), as_of=at.add(days=8))
    assert [one.open for one in before.alerts if one.key == key] == [True]
    after = make_plan(course.with_events(stopped, given), as_of=at.add(days=9))
    assert not any(one.key.startswith("c-1/decision/count-dose/") for one in after.decisions)
    (alert,) = [one for one in after.alerts if one.key == key]
    assert alert.open
    assert "withdrawn since" in alert.text


def test_a_dose_after_a_recorded_miss_may_begin_a_gap_and_rings_on_when_it_is_withdrawn() -> None:
    """Session 4 was missed; a dose of session 1, recorded later, begins the gap that asks what follows; nobody answers, and
    the dose is withdrawn: the question goes, its Alert stays.
    """
    course, events = plain_course("ketamine-iv-stretching"), Events()
    plan = make_plan(course)
    first, fourth = plan.session("c-1/stretching/1"), plan.session("c-1/stretching/4")
    missed = SessionMissed(**events.fields(fourth.at.add(days=2)), session=fourth.key)
    given = events.given(first.key, first.at, fourth.at.add(days=3))
    asked = make_plan(course.with_events(missed, given), as_of=fourth.at.add(days=100))
    key = "c-1/decision/long-gap/stretching/4/alert/overdue"
    assert [one.open for one in asked.alerts if one.key == key] == [True]
    gone = Retracted(**events.fields(fourth.at.add(days=101)), event=given.id)
    after = make_plan(course.with_events(missed, given, gone))
    assert not any(one.id == "long-gap" for one in after.decisions)
    assert [one.open for one in after.alerts if one.key == key] == [True]


@pytest.mark.parametrize("kind", ["pregnancy", "rating"])
def test_a_decision_that_a_record_asked_for_long_rings_on_when_the_record_is_withdrawn(kind: str) -> None:
    """A pregnancy, or a rating that offers another frequency, moves no session by itself and asks a Decision: overdue, it
    is an Alert, and stays one when the record is taken back.
    """
    course, events = plain_course("esketamine-taper"), Events()
    until = pendulum.datetime(2027, 1, 30, tz="America/New_York")
    course = doses_given(course, until, events)
    asked: Event = (
        ClinicalEvent(**events.fields(until), at=until, kind="pregnancy")
        if kind == "pregnancy"
        else ReviewHeld(**events.fields(until), at=until, kind="review", findings={"cgi-s": 6})
    )
    name = "pregnancy" if kind == "pregnancy" else "frequency"
    key = f"c-1/decision/{name}/event/{asked.id}/alert/overdue"
    rung = make_plan(course.with_events(asked), as_of=until.add(days=9))
    assert [one.open for one in rung.alerts if one.key == key] == [True]
    gone = Retracted(**events.fields(until.add(days=10)), event=asked.id)
    after = make_plan(course.with_events(asked, gone))
    assert not any(one.id == name for one in after.decisions)
    assert [one.open for one in after.alerts if one.key == key] == [True]


def a_year_of_answers(count: int) -> Plan:
    """A crossing that was withdrawn the day after, then so many answers, one every 20 hours."""
    course, events = plain_course(SERIES), Events()
    begin = pendulum.datetime(2026, 12, 1, 15)
    bad = events.answered("c-1/series/ask/1", begin.add(days=20), phq_9(2))
    course = course.with_events(
        events.given("c-1/series/1", begin),
        events.answered("c-1/series/ask/0", begin.add(days=10), phq_9(0)),
        bad,
        Retracted(**events.fields(begin.add(days=21)), event=bad.id),
    )
    answers = [
        events.answered(f"c-1/series/ask/{number}", begin.add(days=22, hours=20 * number), phq_9(0))
        for number in range(2, 2 + count)
    ]
    return make_plan(course.with_events(*answers))


@pytest.mark.parametrize("count", [396, 397, 420])
def test_no_alert_goes_however_long_the_history_is(count: int) -> None:
    """What once called for a person stays, whatever number of records comes after it."""
    assert only(a_year_of_answers(count), "first-crossing").open


def test_where_not_all_of_a_long_history_is_followed_the_plan_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of more changes than can be followed one by one the latest are; never fewer than 400."""
    monkeypatch.setattr(checkin_past, "_MOST_READ", 0)
    told = {count: [one.code for one in a_year_of_answers(count).findings] for count in (396, 397)}
    assert [("past-cut" in codes) for codes in told.values()] == [False, True]
    assert [checkin_past.most_states(events) for events in (0, 10, 20_000)] == [400, 400, 400]


@pytest.mark.parametrize("resumed", [False, True])
def test_a_pause_makes_nothing_due(resumed: bool) -> None:
    """Two doses, then a pause: what is asked about later phases is due when it was due before, and no Alert rings for it."""
    course, events = plain_course("esketamine-taper"), Events()
    zone = "America/New_York"
    for number, day in ((1, 1), (2, 4)):
        course = course.with_events(
            events.given(f"c-1/induction/{number}", pendulum.datetime(2026, 12, day, 10, tz=zone))
        )
    before = {one.key: one.due for one in make_plan(course).decisions}
    paused = CoursePaused(
        **events.fields(pendulum.datetime(2026, 12, 5, 9, tz=zone)), from_date=pendulum.date(2026, 12, 6)
    )
    course = course.with_events(paused)
    if resumed:
        at = pendulum.datetime(2026, 12, 13, 9, tz=zone)
        course = course.with_events(CourseResumed(**events.fields(at), at=at))
    plan = make_plan(course, as_of=pendulum.datetime(2026, 12, 14, 9, tz=zone))
    assert len(before) == 4
    assert {one.key: one.due for one in plan.decisions if one.key in before} == before
    assert not plan.alerts
