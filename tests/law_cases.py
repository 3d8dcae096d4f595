"""For each law what breaks it and nothing else: a sound plan, pair or protocol, and the same with one thing made wrong.

A case makes what its law takes anew each time it is asked, so that it may be spoiled. Where data cannot be made
wrong, because the library works it out anew whenever it is asked, the fault is planted in the engine, and the
case says so in ``planted``. ``also`` are laws that the same fault must break, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pendulum
import pytest
from attrs import evolve, frozen

from ketaschedule import (
    laws_decisions,
    laws_protocol,
    laws_reminders,
    reminders_model,
    session_model,
)
from ketaschedule.availability import clinic_from
from ketaschedule.changes import Change
from ketaschedule.checkins import CheckIn
from ketaschedule.course import Course, WatchWish
from ketaschedule.folding import Dose
from ketaschedule.history import (
    ClinicalEvent,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    SessionBooked,
    SessionMissed,
    SessionWithheld,
    ZoneChanged,
)
from ketaschedule.laws import plain_plan
from ketaschedule.laws_watch import FLOOR
from ketaschedule.plan import Extra, Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol import PerWeek
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reasons import Reason
from ketaschedule.reminders import Reminder
from ketaschedule.words import Text
from tests.checkin_histories import Events, phq_9, plain_course

Made = tuple[Any, ...]
"""What a law is called with: a protocol, a plan, or two plans."""
SERIES, WEEKLY, HOME = (
    "ketamine-iv-six-in-21-days",
    "ketamine-iv-twice-weekly-3-weeks",
    "ketamine-sublingual-home-4-weeks",
)
FIRST, SECOND, THIRD = (f"c-1/series/{number}" for number in (1, 2, 3))
START = pendulum.datetime(2026, 12, 1, 12)
BASELINE = "c-1/series/1/ask/baseline/1"


@frozen(kw_only=True)
class Case:
    """``sound`` keeps the law; ``spoil`` makes of it what breaks it, with a patch that holds while the law is asked."""

    sound: Callable[[], Made]
    spoil: Callable[[Any, pytest.MonkeyPatch], Made]
    planted: str = ""
    also: tuple[str, ...] = ()
    because: str = ""


# -- what there is to spoil ------------------------------------------------------------------------------


def plain(name: str = SERIES) -> Callable[[], Made]:
    return lambda: (plain_plan(load_protocol(name)),)


def course(name: str = SERIES, **more: Any) -> Course:
    return plain_course(name, zone="UTC", **more)


def after(*kinds: Any, name: str = SERIES, days: int = 1, **more: Any) -> Callable[[], Made]:
    """The plan some days after the start, with what is made of each of ``kinds`` recorded."""

    def made() -> Made:
        events = Events()
        told = course(name, **more).with_events(*(kind(events) for kind in kinds))
        return (make_plan(told, as_of=START.add(days=days)),)

    return made


def given(session: str = FIRST, day: int = 0) -> Any:
    return lambda events: events.given(session, START.add(days=day), START.add(days=day))


def recorded(kind: type, day: int = 0, /, **fields: Any) -> Any:
    """An event recorded at noon of a day after the start."""
    return lambda events: kind(**events.fields(START.add(days=day)), **fields)


def answered(checkin: str, value: int, day: int, item_9: int = 0) -> Any:
    at = START.add(days=day)
    return lambda events: events.answered(checkin, at, phq_9(value, item_9))


def answered_short(checkin: str, day: int) -> Any:
    """The two questions of the PHQ-2, and nothing else."""
    at = START.add(days=day)
    return lambda events: events.answered(checkin, at, {"phq-2": {"1": 1, "2": 1}})


def clinical(kind: str, day: int = 0) -> Any:
    return recorded(ClinicalEvent, day, at=START.add(days=day), kind=kind)


FELL = (answered(BASELINE, 2, -1), given(), answered("c-1/series/2/ask/before-dose/1", 0, 3))
"""16 points before the first dose, none three days after it."""
FELT_WORSE = (*FELL, answered("c-1/series/3/ask/before-dose/1", 3, 7))
"""… and 24 four days later."""


# -- how it is spoiled -----------------------------------------------------------------------------------


def kept(plan: Plan, **worked_out: Any) -> Plan:
    """The plan with something that it works out when asked put in its place."""
    plan.__dict__.update(worked_out)
    return plan


def session(key: str, **wrong: Any) -> Any:
    """One session with other fields."""

    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        assert any(one.key == key for one in plan.sessions)
        found = tuple(evolve(one, **_asked(wrong, one)) if one.key == key else one for one in plan.sessions)
        return (evolve(plan, sessions=found),)

    return spoiled


def _asked(wrong: dict[str, Any], one: Any) -> dict[str, Any]:
    return {
        name: value(one) if callable(value) and name != "because" else value for name, value in wrong.items()
    }


def laid(key: str, **wrong: Any) -> Any:
    """One session as it was laid out with other fields."""

    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        (one,) = [one for one in plan.layout.all_sessions() if one.key == key]
        for name, value in _asked(wrong, one).items():
            setattr(one, name, value)
        return made

    return spoiled


def decision(name: str, **wrong: Any) -> Any:
    """One Decision with other fields; with none, without it."""

    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        assert any(one.id == name for one in plan.decisions)
        found = [
            evolve(one, **_asked(wrong, one)) if one.id == name else one
            for one in plan.decisions
            if wrong or one.id != name
        ]
        return (evolve(plan, decisions=tuple(found)),)

    return spoiled


def asked(
    which: Callable[[CheckIn], bool], change: Callable[[CheckIn], CheckIn | None], most: int = 1
) -> Any:
    """The first check-ins of a kind made into others, or taken away."""

    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        left, found = most, []
        for one in plan.checkins:
            other: CheckIn | None = one
            if left and which(one):
                other, left = change(one), left - 1
            found += [] if other is None else [other]
        assert left < most
        return (kept(plan, checkins=tuple(found)),)

    return spoiled


def asks(*instruments: str) -> Callable[[CheckIn], CheckIn]:
    return lambda one: evolve(one, group=evolve(one.group, instruments=instruments))


def item(**wrong: Any) -> Callable[[CheckIn], CheckIn]:
    """The leading item with other fields."""
    return lambda one: evolve(
        one, group=evolve(one.group, items=(evolve(one.items[0], **wrong), *one.items[1:]))
    )


def alert(kind: str, **wrong: Any) -> Any:
    """Alerts of one kind with other fields; with none, without them."""

    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        plan = made[-1]
        assert any(one.kind == kind for one in plan.alerts)
        found = [
            evolve(one, **wrong) if one.kind == kind else one
            for one in plan.alerts
            if wrong or one.kind != kind
        ]
        return (*made[:-1], kept(plan, alerts=tuple(found)))

    return spoiled


def watch(**wrong: Any) -> Any:
    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        return (kept(plan, watch=evolve(plan.watch, **_asked(wrong, plan.watch))),)

    return spoiled


def trajectory(**wrong: Any) -> Any:
    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        found = tuple(
            evolve(one, **_asked(wrong, one)) if one.instrument == "phq-9" else one
            for one in plan.trajectories
        )
        assert found != plan.trajectories
        return (evolve(plan, trajectories=found),)

    return spoiled


def other_points(name: str) -> Callable[[Any], Any]:
    """The answer that a trajectory names so, with one point more."""

    def changed(one: Any) -> Any:
        seen = getattr(one, name)
        return evolve(seen, score=evolve(seen.score, points=seen.score.points + 1))

    return changed


def told(change: Callable[[Reminder], Reminder] | None) -> Any:
    """What would be told made into something else, or into nothing."""

    def spoiled(made: Made, patch: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        ahead = laws_reminders._ahead(plan)
        assert ahead
        patch.setattr(
            laws_reminders, "_ahead", lambda _: () if change is None else tuple(change(one) for one in ahead)
        )
        return made

    return spoiled


def replaced(room: Any, name: str, change: Callable[..., Any]) -> Any:
    """A function of the engine replaced by one that gets the true one first."""

    def spoiled(made: Made, patch: pytest.MonkeyPatch) -> Made:
        true = getattr(room, name)
        patch.setattr(room, name, lambda *given, **named: change(true, *given, **named))
        return made

    return spoiled


def pair(make: Any, *, then: Any = None, days: int = 0) -> Callable[[], Made]:
    """Two plans: as it was, and after one more event or some days."""

    def made() -> Made:
        (plan,) = make()
        told = plan.course
        if then is not None:
            events = Events()
            events.count = 50
            told = told.with_events(then(events))
        return plan, make_plan(told, as_of=plan.as_of.add(days=days))

    return made


def second(spoil: Any) -> Any:
    """The later of two plans spoiled."""

    def spoiled(made: Made, patch: pytest.MonkeyPatch) -> Made:
        before, later = made
        return (before, *spoil((later,), patch))

    return spoiled


def without(key: str) -> Any:
    """A plan without one session."""

    def spoiled(made: Made, _: pytest.MonkeyPatch) -> Made:
        (plan,) = made
        return (evolve(plan, sessions=tuple(one for one in plan.sessions if one.key != key)),)

    return spoiled


def of(change: Callable[[Plan], Plan]) -> Any:
    return lambda made, _: (change(made[0]),)


def _gap_asked(days: int) -> Any:
    """Every run asks for another least gap than the one by which it was placed."""

    def change(plan: Plan) -> Plan:
        for run in plan.layout.runs:
            run.protocol = evolve(run.protocol, min_gap_days=days)
        return plan

    return of(change)


def _dose_beside_the_third(plan: Plan) -> Plan:
    """A dose elsewhere, credible and said to be an extra, the day after a session that is to come."""
    day = plan.session(THIRD).date.toordinal() + 1
    event = ClinicalEvent(**Events().fields(START), at=START, kind="dose-elsewhere")
    event = evolve(event, id="elsewhere")
    plan.folded.doses.append(Dose(day, plan.now + 1, event, None))
    extra = Extra(key="c-1/extra/elsewhere", event="elsewhere", at=START, date=plan.day1, why="elsewhere")
    return evolve(plan, extra=(*plan.extra, extra))


def _once_a_week(plan: Plan) -> Plan:
    """The phase asks for one session a week where two were laid out, and for as many in all."""
    for run in plan.layout.runs:
        run.phase = evolve(run.phase, cadence=PerWeek(1, 6))
    return plan


def _gate_before_what_came(plan: Plan) -> Plan:
    """The gate stands before the phase that was entered already."""
    (boundary,) = [one for one in plan.layout.boundaries if one.closed_gate]
    first = plan.layout.runs[0]
    wrong = evolve(boundary, rule=evolve(boundary.rule, phase=first.phase.id), first_day=plan.layout.day1)
    plan.layout.boundaries = [wrong]
    return plan


def _two_more_a_day(plan: Plan) -> Plan:
    """One check-in twice, each time as a question more after a crossing."""
    one = plan.checkins[-1]
    more = [
        evolve(
            one,
            group=evolve(
                one.group,
                key=f"{one.key}{name}",
                items=(evolve(one.items[0], key=f"{one.key}{name}", purpose="tighten"),),
            ),
        )
        for name in "ab"
    ]
    return kept(plan, checkins=(*plan.checkins, *more))


def _more_days_asked_for(plan: Plan) -> Plan:
    """The course wishes for another number of added days than were added."""
    found = plan.watch
    wish = WatchWish(check_ins=len(found.extras) + 1)
    return kept(evolve(plan, course=evolve(plan.course, watch=wish)), watch=found)


def _a_worse_day(found: Any) -> tuple[int, ...]:
    """Added days of which the first is moved to the last day on which one may be added."""
    return tuple(sorted((*found.extras[1:], 90)))


def open_now(one: CheckIn) -> bool:
    return one.state == "open"


def of_watch(one: CheckIn) -> bool:
    return any(found.purpose == "watch" for found in one.items)


def late_alone(one: CheckIn) -> bool:
    """Of the watch, and after the half year in which a whole PHQ-9 must not be too far apart."""
    return of_watch(one) and one.items[0].offset > 200 and len(one.items) == 1


def added_day(one: CheckIn) -> bool:
    """Of the watch, beside its floor."""
    return of_watch(one) and one.items[0].offset not in FLOOR


def is_short(one: CheckIn) -> bool:
    return "phq-2" in one.instruments


def closes_later(one: CheckIn) -> CheckIn:
    return evolve(one, group=evolve(one.group, closes=one.closes_key + 60))


def _misread(true: Any, data: Any, *more: Any) -> Any:
    found = true(data, *more)
    return evolve(found, title=f"{found.title} once more")


def _day_later_elsewhere(true: Any, of_course: Course, **named: Any) -> Plan:
    """A planner that is a day late away from Greenwich."""
    plan: Plan = true(of_course, **named)
    if of_course.zone == "UTC":
        return plan
    return evolve(plan, sessions=tuple(evolve(one, day=one.day + 1) for one in plan.sessions))


def _day_later_in_summer(true: Any, of_course: Course, **named: Any) -> Plan:
    """A planner that is a day late where a course starts in March."""
    plan: Plan = true(of_course, **named)
    if of_course.start.month != 3:
        return plan
    return evolve(plan, sessions=tuple(evolve(one, day=one.day + 1) for one in plan.sessions))


def _no_steps(true: Any, of_course: Course, **named: Any) -> Plan:
    plan: Plan = true(of_course, **named)
    return evolve(plan, sessions=tuple(evolve(one, rules=()) for one in plan.sessions))


def _step_a_minute_late(true: Any, step: Any, at: pendulum.DateTime, date: pendulum.Date) -> Any:
    return true(step, at.add(minutes=1), date)


def _twice(true: Any, *given: Any, **named: Any) -> Any:
    return 2 * true(*given, **named)


def _safety_untold(true: Any, *given: Any, **named: Any) -> Any:
    return tuple(one for one in true(*given, **named) if one.kind != "alert")


def _one_too_many(true: Any, plan: Plan, budget: int) -> Any:
    """A phone that is handed one more than fits."""
    return true(plan, budget=min(budget + 1, 10_000))


def _tells(true: Any, *given: Any, **named: Any) -> Text:
    return Text(title="Ketamine", body="Your infusion is tomorrow", lang="en")


def _differs_today(true: Any, plan: Plan, key: str, **named: Any) -> Any:
    """Options that differ from the first session on."""
    found = dict(true(plan, key, **named))
    first = next(iter(found))
    change = Change(FIRST, "session", {"date": plan.day1.isoformat(), "verdict": "planned"}, None)
    found[first] = evolve(found[first], removed=(change, *found[first].removed))
    return found


_LIKE_THE_EVENTS = "what the events alone give is no longer what the plan begins with"

CASES: dict[str, Case] = {
    # -- sessions
    "L1": Case(
        sound=after(clinical("dose-elsewhere")), spoil=of(lambda plan: evolve(plan, extra=2 * plan.extra))
    ),
    "L2": Case(sound=plain(), spoil=session(FIRST, number=9)),
    "L3": Case(sound=plain(), spoil=laid("c-1/series/6", number=7)),
    "L4": Case(sound=plain(), spoil=session(SECOND, day=99)),
    "L5": Case(sound=plain(), spoil=session(SECOND, verdict="overdue")),
    "L6": Case(sound=plain(), spoil=session(SECOND, verdict="given")),
    "L7": Case(sound=after(given()), spoil=session(FIRST, timing="late")),
    "L8": Case(sound=after(clinical("dose-elsewhere")), spoil=of(lambda plan: evolve(plan, extra=()))),
    "L9": Case(sound=plain(), spoil=session(SECOND, because=lambda: (Reason("S99", {}, "so", "house"),))),
    # -- instants
    "L10": Case(
        sound=plain(),
        spoil=session(SECOND, at=lambda one: one.at.add(hours=1), ends=lambda one: one.ends.add(hours=1)),
    ),
    "L11": Case(
        sound=after(clinic=clinic_from({"zone": "Europe/London"})),
        spoil=session(
            SECOND,
            at=lambda one: one.at.in_timezone("Europe/Lisbon"),
            ends=lambda one: one.ends.in_timezone("Europe/Lisbon"),
        ),
    ),
    "L12": Case(sound=plain(), spoil=session(SECOND, ends=lambda one: one.ends.add(minutes=5))),
    "L13": Case(
        sound=plain("esketamine-taper"),
        spoil=replaced(session_model, "_step_at", _step_a_minute_late),
        planted="steps are worked out from the session whenever they are asked for",
    ),
    "L14": Case(
        sound=plain(),
        spoil=asked(of_watch, lambda one: evolve(one, group=evolve(one.group, opens=one.due_key + 60))),
    ),
    # -- placing
    "L20": Case(sound=plain(), spoil=session(SECOND, earliest=lambda one: one.target.add(days=1))),
    "L21": Case(sound=after(given()), spoil=of(_dose_beside_the_third)),
    "L22": Case(sound=plain(), spoil=_gap_asked(5)),
    "L23": Case(
        sound=plain(),
        spoil=of(
            lambda plan: evolve(
                plan, course=evolve(plan.course, unavailable=((plan.session(SECOND).date,) * 2,))
            )
        ),
    ),
    "L24": Case(
        sound=after(recorded(SessionBooked, session=THIRD, to=START.add(days=9))),
        spoil=laid(THIRD, booked=lambda one: evolve(one.booked, to=one.booked.to.add(hours=1))),
    ),
    "L25": Case(sound=after(given(), name=WEEKLY), spoil=of(_once_a_week)),
    "L26": Case(
        sound=plain(),
        spoil=laid(THIRD, latest=lambda one: one.day - 1, earliest=lambda one: one.day - 1, outside=True),
    ),
    "L27": Case(sound=plain(), spoil=laid(THIRD, target=lambda one: one.day - 1)),
    "L28": Case(
        sound=plain(), spoil=laid(THIRD, day=lambda one: one.day + 1, target=lambda one: one.day + 1)
    ),
    # -- Decisions and ends
    "L30": Case(sound=plain(), spoil=decision("end-review", default="none-of-these")),
    "L31": Case(
        sound=plain(),
        spoil=replaced(laws_decisions, "preview_options", _differs_today),
        planted="the options are tried anew whenever it is asked",
    ),
    "L32": Case(
        sound=after(given(), recorded(CourseEnded, 1, at=START.add(days=1)), days=2), spoil=decision("ended")
    ),
    "L33": Case(sound=plain("ketamine-oral-er-5-days-then-twice-weekly"), spoil=of(_gate_before_what_came)),
    "L34": Case(sound=plain(HOME), spoil=session("c-1/series/2", basis="protocol")),
    "L35": Case(
        sound=after(recorded(SessionWithheld, session=FIRST, at=START, why="unwell")),
        spoil=session(FIRST, why="no-escort"),
    ),
    "L36": Case(
        sound=after(given(), recorded(SessionMissed, 5, session=SECOND), days=6),
        spoil=laid("c-1/series/7", anchor=THIRD),
    ),
    "L37": Case(
        sound=after(
            given(),
            recorded(CoursePaused, 1, from_date=pendulum.date(2026, 12, 2)),
            recorded(CourseResumed, 3, at=START.add(days=3)),
            days=4,
        ),
        spoil=decision("resume"),
    ),
    # -- check-ins
    "L40": Case(sound=after(given()), spoil=asked(of_watch, asks("gad-7"))),
    "L41": Case(sound=after(given()), spoil=asked(of_watch, asks("phq-9", "phq-2"))),
    "L42": Case(sound=plain(), spoil=asked(is_short, asks("phq-9"))),
    "L43": Case(sound=plain(), spoil=asked(of_watch, asks("phq-2", "phq-9-item-9"), most=99)),
    "L44": Case(sound=after(given()), spoil=asked(of_watch, lambda one: evolve(one, state="answered"))),
    "L45": Case(sound=after(given()), spoil=of(_two_more_a_day)),
    "L46": Case(sound=after(given()), spoil=asked(of_watch, item(rule="C99"))),
    "L47": Case(
        sound=after(given(), clinical("death", 1), days=2),
        spoil=asked(of_watch, lambda one: evolve(one, state="not-yet")),
    ),
    "L48": Case(
        sound=after(answered(BASELINE, 0, 0, item_9=1)),
        spoil=asked(lambda one: "screener" in one.purposes, lambda _: None),
    ),
    # -- the watch
    "L50": Case(
        sound=plain(),
        spoil=asked(late_alone, lambda _: None),
        also=("L54",),
        because="who is asked on fewer days is found later",
    ),
    "L51": Case(sound=plain(), spoil=of(_more_days_asked_for)),
    "L52": Case(
        sound=plain(),
        spoil=watch(
            floor_only_days=lambda one: {name: 0.9 * days for name, days in one.floor_only_days.items()}
        ),
    ),
    "L53": Case(sound=plain(), spoil=watch(extras=_a_worse_day, delay_days_by_cohort={})),
    "L54": Case(sound=plain(), spoil=asked(added_day, lambda _: None)),
    "L55": Case(sound=plain("ketamine-aud-three-weekly"), spoil=watch(extras=(3,))),
    # -- answers over time
    "L60": Case(sound=after(*FELL, days=5), spoil=trajectory(latest=other_points("latest"))),
    "L61": Case(sound=after(*FELL, days=5), spoil=trajectory(baseline=other_points("baseline"))),
    "L62": Case(sound=after(*FELL, days=5), spoil=trajectory(change_percent=-50.0)),
    "L63": Case(sound=after(*FELL, days=5), spoil=trajectory(response="no")),
    "L64": Case(sound=after(*FELL, days=5), spoil=trajectory(deterioration="yes")),
    "L65": Case(sound=after(*FELT_WORSE, days=9), spoil=trajectory(relapse_level=0)),
    "L66": Case(sound=after(answered(BASELINE, 2, -1)), spoil=trajectory(state="not-answered")),
    # -- Alerts
    "L70": Case(sound=after(answered(BASELINE, 1, -1, 1)), spoil=alert("safety-item", text="nothing much")),
    "L71": Case(
        sound=after(answered(BASELINE, 1, -1, 1)),
        spoil=alert("safety-item"),
        also=("L70",),
        because=_LIKE_THE_EVENTS,
    ),
    "L72": Case(
        sound=after(clinical("admission")),
        spoil=alert("clinical-event"),
        also=("L70",),
        because=_LIKE_THE_EVENTS,
    ),
    "L73": Case(sound=after(given(), given(SECOND, 1), days=2), spoil=alert("dose-too-close")),
    "L74": Case(sound=after(*FELT_WORSE, days=9), spoil=alert("first-crossing")),
    "L75": Case(sound=after(given(), days=60), spoil=alert("overdue-decision")),
    "L76": Case(sound=after(given(), days=60), spoil=alert("overdue-decision", open=False)),
    "L77": Case(sound=after(answered_short(BASELINE, -1)), spoil=alert("safety-item-skipped")),
    # -- pairs
    "L80": Case(sound=pair(plain(), days=3), spoil=second(without(SECOND))),
    "L81": Case(
        sound=pair(after(given(), days=40), days=1),
        spoil=second(asked(lambda one: one.state in ("open", "expired"), closes_later)),
    ),
    "L82": Case(
        sound=pair(after(given(), days=40), then=clinical("pregnancy", 40)),
        spoil=second(asked(lambda one: one.state in ("open", "expired"), closes_later)),
    ),
    "L83": Case(sound=pair(after(clinical("admission")), days=1), spoil=alert("clinical-event")),
    "L84": Case(
        sound=pair(after(clinical("admission")), then=given(FIRST, 1)),
        spoil=alert("clinical-event", open=False),
    ),
    "L85": Case(
        sound=pair(after(days=1), then=given(FIRST, 1)), spoil=second(session(SECOND, verdict="overdue"))
    ),
    "L86": Case(sound=pair(after(given(), days=1), then=given(SECOND, 1)), spoil=second(without(FIRST))),
    "L87": Case(
        sound=pair(
            after(given(), days=9),
            then=recorded(ZoneChanged, 9, from_date=pendulum.date(2026, 12, 10), zone="Asia/Tokyo"),
        ),
        spoil=second(session(SECOND, at=lambda one: one.at.add(days=1))),
    ),
    "L88": Case(
        sound=pair(after(given(), days=5), then=recorded(SessionMissed, 5, session=SECOND)),
        spoil=second(session(THIRD, date=lambda one: one.date.subtract(days=1))),
    ),
    "L89": Case(sound=pair(plain()), spoil=second(session(SECOND, number=9))),
    "L90": Case(sound=pair(plain()), spoil=second(session(SECOND, number=9))),
    "L91": Case(sound=pair(plain()), spoil=second(session(SECOND, number=9))),
    "L92": Case(
        sound=pair(
            after(given(), days=1),
            then=recorded(
                DecisionTaken, 1, decision="c-1/decision/end-review", option="one-more", at=START.add(days=1)
            ),
        ),
        spoil=second(decision("end-review", taken=None, state="open")),
    ),
    # -- the protocol by itself
    "L100": Case(
        sound=lambda: (load_protocol(SERIES),),
        spoil=replaced(laws_protocol, "protocol_from", _misread),
        planted="a protocol is what its file says",
    ),
    "L101": Case(
        sound=lambda: (load_protocol(SERIES),),
        spoil=replaced(laws_protocol, "make_plan", _day_later_elsewhere),
        planted="the law makes its plans itself",
    ),
    "L102": Case(
        sound=lambda: (load_protocol(SERIES),),
        spoil=replaced(laws_protocol, "make_plan", _day_later_in_summer),
        planted="the law makes its plans itself",
    ),
    "L103": Case(
        sound=lambda: (load_protocol("esketamine-taper"),),
        spoil=replaced(laws_protocol, "make_plan", _no_steps),
        planted="the law makes its plans itself",
    ),
    # -- telling people
    "L120": Case(
        sound=plain(),
        spoil=replaced(laws_reminders, "reminders", _twice),
        planted="reminders are worked out anew whenever they are asked for",
    ),
    "L121": Case(sound=plain(), spoil=told(lambda one: evolve(one, reasons=()))),
    "L122": Case(sound=plain(), spoil=told(lambda one: evolve(one, item_at=one.item_at.add(minutes=1)))),
    "L123": Case(sound=plain(), spoil=told(lambda one: evolve(one, fires_at=one.fires_at.at(3, 0)))),
    "L124": Case(
        sound=after(answered(BASELINE, 1, -1, 1), days=2),
        spoil=replaced(laws_reminders, "reminders", _safety_untold),
        planted="reminders are worked out anew whenever they are asked for",
    ),
    "L125": Case(
        sound=plain(),
        spoil=replaced(laws_reminders, "arm", _one_too_many),
        planted="what a phone holds is worked out anew whenever it is asked for",
    ),
    "L126": Case(sound=plain(), spoil=told(None)),
    "L127": Case(
        sound=plain(),
        spoil=replaced(reminders_model, "render", _tells),
        planted="words are made of what a reminder says whenever they are shown",
    ),
}
"""By the number of the law."""
