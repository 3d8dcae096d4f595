"""A stateful machine drives random courses through random events, for every built-in protocol.

After each event the plan is held to the laws of folding, placing, missing and deciding.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

import pendulum
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ketaschedule import times
from ketaschedule.availability import clinic_from
from ketaschedule.changes import KINDS, Changes, changes, preview, preview_options
from ketaschedule.course import Course, Monitor
from ketaschedule.history import (
    AvailabilityChanged,
    ClinicalEvent,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    Event,
    GoAheadGiven,
    ProtocolChanged,
    Retracted,
    ReviewHeld,
    SessionBooked,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    SessionStopped,
    SessionWithheld,
    ZoneChanged,
)
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.sessions import Session

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
)
EXAMPLES = int(os.environ.get("KETASCHEDULE_MACHINE_EXAMPLES", "6"))
PHASES = [phase for phase in Phase if phase is not Phase.shrink or "KETASCHEDULE_SHRINK" in os.environ]
"""Shrinking a course takes minutes: it is done on request."""
SETTLED = ("given", "stopped", "missed", "withheld", "cancelled")


def dose_sessions(plan: Plan) -> list[Session]:
    return [session for session in plan.sessions if session.kind == "dose"]


FROM_A_DATE = (ZoneChanged, AvailabilityChanged, ProtocolChanged)
PLAIN_FACTS = (SessionGiven, SessionMissed, SessionCancelled, SessionBooked, SessionMoved, SessionWithheld)


def first_difference(found: dict[str, Changes]) -> str | None:
    """The first date on which what the options of a Decision do to dose sessions differs."""
    moves: list[dict[str, tuple[Any, ...]]] = [
        {
            change.key: (change.before, change.after)
            for change in (*one.added, *one.removed, *one.moved)
            if change.kind == "session"
        }
        for one in found.values()
    ]
    dates = [
        side["date"]
        for move in moves
        for key, sides in move.items()
        if any(other.get(key) != sides for other in moves)
        for side in sides
        if side is not None
    ]
    return min(dates, default=None)


def gap_in_force(plan: Plan, day: int) -> int:
    """The least gap of the protocol in force on a day."""
    gap = plan.course.protocol.min_gap_days
    for event in plan.folded.protocols:
        if day >= event.from_date.toordinal():
            gap = load_protocol(event.protocol).min_gap_days
    return gap


class CourseMachine(RuleBasedStateMachine):
    """One course, from its start, one event after another."""

    protocol_name = "esketamine-taper"

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.course: Any = None
        self.now: Any = None
        self.jumped = False

    @initialize(
        offset=st.integers(0, 400),
        zone=st.sampled_from(ZONES),
        closed=st.lists(st.integers(0, 120), max_size=6),
        days=st.sampled_from([(), ("tue", "fri"), ("mon", "wed", "fri"), ("thu",)]),
        with_clinic=st.booleans(),
    )
    def begin(
        self, offset: int, zone: str, closed: list[int], days: tuple[str, ...], with_clinic: bool
    ) -> None:
        start = pendulum.date(2026, 1, 1).add(days=offset)
        clinic = None
        if with_clinic:
            shut = [start.add(days=day).isoformat() for day in closed]
            clinic = clinic_from(
                {"zone": zone, "closed": shut, "hours": {d: ["08:00-18:00"] for d in times.WEEKDAYS[:6]}}
            )
        self.course = Course(
            id="c-1",
            protocol=load_protocol(self.protocol_name),
            start=start,
            zone=zone,
            adult="yes",
            days=days,
            clinic=clinic,
            monitor=Monitor(name="A. Person", adult=True),
        )
        self.now = times.clock(zone).at(start.toordinal(), 7 * 60)

    # helpers -----------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        return make_plan(self.course, as_of=self.now)

    def named(self) -> dict[str, Any]:
        self.count += 1
        return {"id": f"e-{self.count:03}", "course": "c-1", "recorded_at": self.now, "by": "dr-a"}

    def record(self, event: Event) -> None:
        before = self.plan
        kinds = (
            KINDS if self.count % 4 == 0 else ("session", "decision")
        )  # check-ins cost more, so not each time
        expected = preview(self.course, event, self.now, kinds=kinds)
        self.course = self.course.with_events(event)
        after = self.plan
        assert changes(before, after, kinds=kinds) == expected, "a preview is what recording does"
        self.keys_survive(before, after, event)
        if isinstance(event, FROM_A_DATE):
            self.past_stands(before, after, self.date(0).toordinal())
        if isinstance(event, (SessionBooked, SessionMoved)):
            to = times.clock(self.course.session_zone).ordinal(event.to)
            lay = [s.date.toordinal() for s in before.sessions if s.key == event.session]
            self.past_stands(before, after, min(to, self.date(0).toordinal(), *lay))

    def keys_survive(self, before: Plan, after: Plan, event: Event) -> None:
        """A session with a fact keeps its key whatever follows; plain facts take no key of a counted phase away,
        after however many changes of path.
        """
        kept = {session.key for session in after.sessions}
        if isinstance(event, Retracted):
            return
        with_facts = {s.key for s in before.sessions if s.verdict in SETTLED and s.key in before.folded.facts}
        assert with_facts <= kept, f"{event.type} loses {with_facts - kept}"
        if isinstance(event, PLAIN_FACTS):
            counted = {
                laid.key
                for run in before.layout.runs
                for laid in run.sessions
                if run.phase.count is not None
                and laid.anchor is None  # what a miss added falls with the miss
            }
            assert counted <= kept, f"{event.type} loses {counted - kept}"

    def past_stands(self, before: Plan, after: Plan, today: int) -> None:
        """What acts from a date on never rewrites what lies before it and before today."""
        now = {s.key: s for s in after.sessions}
        for session in dose_sessions(before):
            if session.date.toordinal() < today:
                assert session.key in now, f"{session.key} is gone"
                assert now[session.key].at == session.at, f"{session.key} lay in the past and moved"

    def date(self, ahead: int) -> pendulum.Date:
        return pendulum.Date.fromordinal(times.clock(self.course.session_zone).ordinal(self.now) + ahead)

    def next_open(self, index: int) -> Session | None:
        found = [s for s in dose_sessions(self.plan) if s.verdict not in SETTLED and s.basis != "proposed"]
        return found[min(index, len(found) - 1)] if found else None

    def go_to(self, session: Session, shift: int) -> None:
        zone = self.course.session_zone
        day = session.date.toordinal() + shift
        instant = times.clock(zone).at(day, 12 * 60)
        if times.instant_key(instant) > times.instant_key(self.now):
            self.now = instant

    # events ------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        before = self.plan
        self.now = times.clock(self.course.session_zone).after(self.now, days * 1440)
        after = self.plan
        assert [(s.key, s.at, s.basis) for s in before.sessions] == [
            (s.key, s.at, s.basis) for s in after.sessions
        ], "time alone moves, adds, proposes nothing"
        asked = {decision.key: decision.taken for decision in before.decisions}
        for decision in after.decisions:
            assert decision.key in asked or any(reason.rule == "M14" for reason in decision.reasons), (
                f"{decision.key} was raised by silence"
            )
            assert asked.get(decision.key) == decision.taken

    @rule(shift=st.integers(-5, 9), named=st.booleans(), stopped=st.booleans(), index=st.integers(0, 1))
    def dose(self, shift: int, named: bool, stopped: bool, index: int) -> None:
        session = self.next_open(index)
        if session is None:
            return
        self.go_to(session, shift)
        key = session.key if named else None
        if stopped:
            self.record(SessionStopped(**self.named(), at=self.now, session=key, minutes=10))
        else:
            self.record(SessionGiven(**self.named(), at=self.now, session=key))

    @rule(shift=st.integers(0, 9), index=st.integers(0, 1))
    def miss(self, shift: int, index: int) -> None:
        session = self.next_open(index)
        if session is None:
            return
        self.go_to(session, shift)
        event = SessionMissed(**self.named(), session=session.key)
        before = {s.key: s for s in dose_sessions(self.plan)}
        self.record(event)
        for later in dose_sessions(self.plan):
            was = before.get(later.key)
            if was is not None and was.date > session.date:
                assert later.date >= was.date, "no later session becomes earlier because another was missed"

    @rule(why=st.sampled_from(["blood-pressure", "intoxication", "no-escort"]))
    def withhold(self, why: str) -> None:
        session = self.next_open(0)
        if session is None:
            return
        self.go_to(session, 0)
        event = SessionWithheld(**self.named(), session=session.key, at=self.now, why=why)
        self.record(event)
        found = self.plan.session(session.key)
        assert (found.verdict, found.why) == ("withheld", why)
        assert any(d.id == "withheld" and d.about == session.key for d in self.plan.decisions), (
            "it raises a review"
        )

    @rule(index=st.integers(0, 3))
    def record_late(self, index: int) -> None:
        """A dose recorded late for a session said to be missed takes its proposal away in the same plan."""
        missed = [s for s in dose_sessions(self.plan) if s.verdict == "missed"]
        if not missed:
            return
        session = missed[min(index, len(missed) - 1)]
        clock = times.clock(self.course.session_zone)
        at = clock.at(session.date.toordinal(), 11 * 60)
        if times.instant_key(at) > times.instant_key(self.now):
            return
        self.record(SessionGiven(**self.named(), at=at, session=session.key))
        found = self.plan.session(session.key)
        if found.verdict == "given":
            left = [
                laid
                for run in self.plan.layout.runs
                for laid in run.sessions
                if laid.basis == "proposed" and laid.anchor == session.key
            ]
            assert left == []

    @rule(index=st.integers(0, 1))
    def go_ahead(self, index: int) -> None:
        session = self.next_open(index)
        if session is not None:
            self.record(GoAheadGiven(**self.named(), session=session.key, at=self.now))

    @rule(ahead=st.integers(0, 30), zone=st.sampled_from(ZONES))
    def change_zone(self, ahead: int, zone: str) -> None:
        self.record(ZoneChanged(**self.named(), from_date=self.date(ahead), zone=zone))

    @rule(
        ahead=st.integers(0, 30),
        days=st.sampled_from([None, (), ("mon",), ("tue", "fri")]),
        away=st.lists(st.integers(0, 60), max_size=3),
        at=st.sampled_from([None, "09:00", "14:00"]),
    )
    def change_availability(
        self, ahead: int, days: tuple[str, ...] | None, away: list[int], at: str | None
    ) -> None:
        spans = tuple((self.date(ahead + day), self.date(ahead + day + 3)) for day in away)
        self.record(
            AvailabilityChanged(
                **self.named(), from_date=self.date(ahead), days=days, unavailable=spans or None, at=at
            )
        )

    @rule(ahead=st.integers(0, 20), other=st.sampled_from(["esketamine-taper", "ketamine-iv-six-in-21-days"]))
    def change_protocol(self, ahead: int, other: str) -> None:
        phase = load_protocol(other).phases[0].id
        event = ProtocolChanged(**self.named(), from_date=self.date(ahead), protocol=other, phase=phase)
        self.record(event)
        self.jumped = True

    @rule(index=st.integers(0, 3))
    def look_at_options(self, index: int) -> None:
        """Every Decision is due before the first date on which its options differ, or when raised, if later."""
        open_ones = [decision for decision in self.plan.decisions if decision.state != "taken"]
        if not open_ones:
            return
        plan = self.plan
        decision = open_ones[min(index, len(open_ones) - 1)]
        found = preview_options(plan, decision.key, kinds=("session", "decision"))
        first = first_difference(found)
        assert first is None or decision.due.isoformat() < first or decision.due == decision.raised, (
            f"{decision.key} is due {decision.due}, raised {decision.raised}, and differs from {first}"
        )

    @rule()
    def cancel(self) -> None:
        session = self.next_open(1)
        if session is not None:
            self.record(SessionCancelled(**self.named(), session=session.key))

    @rule(shift=st.integers(-3, 6), moved=st.booleans(), index=st.integers(0, 2))
    def book(self, shift: int, moved: bool, index: int) -> None:
        session = self.next_open(index)
        if session is None:
            return
        to = times.clock(self.course.session_zone).at(session.date.toordinal() + shift, 11 * 60)
        kind: type[SessionBooked] | type[SessionMoved] = SessionMoved if moved else SessionBooked
        self.record(kind(**self.named(), session=session.key, to=to))

    @rule()
    def elsewhere(self) -> None:
        self.record(ClinicalEvent(**self.named(), at=self.now, kind="dose-elsewhere"))

    @rule(worse=st.sampled_from(["yes", "no"]), rating=st.integers(1, 7))
    def review(self, worse: str, rating: int) -> None:
        self.record(
            ReviewHeld(
                **self.named(), at=self.now, kind="review", findings={"worsening": worse, "cgi-s": rating}
            )
        )

    @rule(length=st.integers(1, 30))
    def pause(self, length: int) -> None:
        first = times.clock(self.course.session_zone).ordinal(self.now)
        before = self.plan
        self.record(CoursePaused(**self.named(), from_date=pendulum.Date.fromordinal(first)))
        self.past_stands(before, self.plan, first)
        self.now = times.clock(self.course.session_zone).after(self.now, length * 1440)
        self.record(CourseResumed(**self.named(), at=self.now))
        self.past_stands(before, self.plan, first)
        assert any(decision.id == "resume" for decision in self.plan.decisions)

    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        open_ones = [decision for decision in self.plan.decisions if decision.state != "taken"]
        if not open_ones:
            return
        decision = data.draw(st.sampled_from(open_ones), label="decision")
        option = data.draw(st.sampled_from(decision.options), label="option")
        self.record(DecisionTaken(**self.named(), decision=decision.key, option=option.id, at=self.now))
        self.jumped = True
        found = next((one for one in self.plan.decisions if one.key == decision.key), None)
        if found is not None:
            assert found.taken == option.id

    @precondition(lambda self: self.count > 0)
    @rule(back=st.integers(1, 4))
    def retract(self, back: int) -> None:
        target = self.course.history[-min(back, len(self.course.history))]
        without = tuple(event for event in self.course.history if event.id != target.id)
        if any(isinstance(e, Retracted) and e.event == target.id for e in without) or isinstance(
            target, Retracted
        ):
            return
        self.record(Retracted(**self.named(), event=target.id))
        self.jumped = True

    @precondition(lambda self: self.count > 6)
    @rule()
    def end(self) -> None:
        self.record(CourseEnded(**self.named(), at=self.now))
        plan = self.plan
        assert any(s.key.endswith("/end-review/1") for s in plan.sessions), (
            "every end of treatment has a review"
        )
        assert any(d.key.startswith("c-1/decision/ended/event/") for d in plan.decisions), (
            "every end of treatment has a clinic item"
        )

    # laws --------------------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        if self.course is None:
            return
        plan = self.plan
        keys = [session.key for session in plan.sessions]
        assert len(keys) == len(set(keys)), "keys are unique"
        self.counts_add_up(plan)
        self.gaps_hold(plan)
        self.decisions_stand(plan)
        shuffled = Course.with_events(_without_history(self.course), *reversed(self.course.history))
        assert make_plan(shuffled, as_of=self.now).sessions == plan.sessions, "arrival order does not matter"

    def counts_add_up(self, plan: Plan) -> None:
        for run in plan.layout.runs:
            if run.phase.count is None:
                continue
            made = [laid for laid in run.sessions if laid.basis != "proposed"]
            plain = [laid for laid in made if not laid.added]
            limited = run.limit if run.limit is not None else run.phase.count
            assert len(plain) == limited, f"{run.key}: asked {limited}, found {len(plain)}"
            assert [laid.number for laid in plain] == list(range(1, limited + 1))

    def gaps_hold(self, plan: Plan) -> None:
        gaps = {laid.key: run.protocol.min_gap_days for run in plan.layout.runs for laid in run.sessions}
        given = [dose.day for dose in plan.folded.doses]
        open_ones = [
            s for s in dose_sessions(plan) if s.verdict in ("planned", "due") and s.basis != "proposed"
        ]
        for session in open_ones:
            for day in given:
                assert abs(session.date.toordinal() - day) >= gaps[session.key], (
                    f"{session.key} is too near to the dose on {day}"
                )
        standing = [
            s
            for s in dose_sessions(plan)
            if s.verdict in ("planned", "due", "overdue", "presumed-missed") and s.basis != "proposed"
        ]
        for before, after in pairwise(standing):
            if after.verdict in ("planned", "due"):
                assert (after.date - before.date).days >= gaps[after.key], (
                    f"{before.key} and {after.key} are too near"
                )
        breaches = {
            b.event.id
            for a in plan.folded.doses
            for b in plan.folded.doses
            if (a.key, a.event.id) < (b.key, b.event.id)
            and b.day - a.day < gap_in_force(plan, b.day)
            and not (a.day == b.day and a.session is not None and a.session == b.session)
        }
        named = {event for alert in plan.alerts if alert.kind == "dose-too-close" for event in alert.events}
        matched = set(plan.layout.matched)
        assert {event for event in breaches if event not in matched} <= named, "a recorded breach is an Alert"

    def decisions_stand(self, plan: Plan) -> None:
        sessions = {session.key for session in plan.sessions}
        runs = {run.key for run in plan.layout.runs}
        for decision in plan.decisions:
            assert decision.about in sessions | runs | {plan.course.id}, (
                f"{decision.key} is about {decision.about}"
            )
            assert decision.default in {option.id for option in decision.options}
            assert decision.raised <= decision.due


def _without_history(course: Course) -> Course:
    return Course(
        id=course.id,
        protocol=course.protocol,
        start=course.start,
        zone=course.zone,
        adult=course.adult,
        days=course.days,
        clinic=course.clinic,
        monitor=course.monitor,
    )


@pytest.mark.parametrize("name", protocol_names())
def test_random_courses_keep_the_laws(name: str) -> None:
    """Whatever happens to a course, the counts add up, gaps hold, and previews are what recording does."""
    machine = type("Machine", (CourseMachine,), {"protocol_name": name})
    base = settings.get_profile("default")
    run_state_machine_as_test(
        machine,
        settings=settings(
            base,
            max_examples=EXAMPLES,
            stateful_step_count=14,
            phases=PHASES,
            report_multiple_bugs=False,
            derandomize="KETASCHEDULE_MACHINE_EXAMPLES" not in os.environ,  # a longer hunt looks elsewhere
            database=None,
        ),
    )
