"""What a default may do, and what silence may: in none of the built-in protocols more than its file says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pendulum
import pytest

from ketaschedule.changes import changes, preview
from ketaschedule.course import Course, Monitor
from ketaschedule.history import (
    EVENT_TYPES,
    WITHHELD_WHY,
    ClinicalEvent,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    Event,
    ReviewHeld,
    SessionBooked,
    SessionGiven,
    SessionMissed,
    SessionStopped,
    SessionWithheld,
)
from ketaschedule.history_files import event_from
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.session_model import Session

NAMES = protocol_names()
ZONE = "America/New_York"
PROPOSING = [
    name for name in NAMES if any(phase.missed.propose_extra for phase in load_protocol(name).phases)
]


def plain(name: str) -> Course:
    return Course(
        id="c-1",
        protocol=load_protocol(name),
        start=pendulum.date(2026, 11, 30),
        zone=ZONE,
        adult="yes",
        monitor=Monitor(name="A. Person", adult=True),
    )


def doses(plan: Plan) -> list[Session]:
    return [one for one in plan.sessions if one.kind == "dose"]


def fields(number: int, when: pendulum.DateTime) -> dict[str, Any]:
    return {"id": f"e-{number}", "course": "c-1", "recorded_at": when, "by": "dr-a"}


@cache
def on_time(name: str) -> tuple[tuple[Event, ...], tuple[Session, ...]]:
    """(events of a course on which each dose is given as planned and each gate opened, the doses given).

    An open-ended phase is given to its tenth session.
    """
    course = plain(name)
    for rule in course.protocol.decisions:
        if rule.gate:
            enter = next(option.id for option in rule.options if option.effect.keep)
            decision = next(one for one in make_plan(course).decisions if one.id == rule.id)
            when = evening(decision.due)
            course = course.with_events(
                DecisionTaken(**fields(900, when), decision=decision.key, option=enter, at=when)
            )
    sessions = doses(make_plan(course, as_of=pendulum.datetime(2028, 1, 1, tz=ZONE)))
    counted = {phase.id for phase in course.protocol.phases if phase.count is not None}
    kept = tuple(one for one in sessions if one.phase in counted or one.number <= 10)
    given = [
        SessionGiven(**fields(number, one.ends), session=one.key, at=one.at)
        for number, one in enumerate(kept, start=1)
    ]
    return (*course.history, *given), kept


def evening(date: pendulum.Date) -> pendulum.DateTime:
    return pendulum.datetime(date.year, date.month, date.day, 17, tz=ZONE)


def up_to(name: str, session: Session) -> Course:
    """The course with everything recorded before ``session`` began."""
    return plain(name).with_events(*(one for one in on_time(name)[0] if one.recorded_at <= session.at))


def picked(name: str) -> list[Session]:
    """Of each phase its second session, or its only one, and the last but one."""
    found: dict[str, Session] = {}
    for phase in load_protocol(name).phases:
        inside = [one for one in on_time(name)[1] if one.phase == phase.id]
        for one in (*inside[:2][-1:], *inside[-2:][:1]):
            found[one.key] = one
    return list(found.values())


def worse(when: pendulum.DateTime) -> ReviewHeld:
    return ReviewHeld(**fields(502, when), at=when, kind="review", findings={"worsening": "yes"})


def troubles(session: Session) -> Iterator[tuple[str, tuple[Event, ...], pendulum.DateTime]]:
    """(what went wrong at this session, its events, the instant of the plan)."""
    key, at, after = session.key, session.at, session.at.add(hours=8)
    day_after = after.add(days=1)
    missed = SessionMissed(**fields(501, after), session=key)
    yield "nothing", (), at
    yield "missed", (missed,), after
    yield "missed and worse", (missed, worse(day_after)), day_after
    yield "missed for long", (missed,), after.add(days=150)
    yield "worse", (worse(day_after),), day_after
    yield "stopped", (SessionStopped(**fields(503, after), session=key, at=at, minutes=10),), after
    if session.hard_min is not None:
        soon = evening(session.hard_min).subtract(days=1)
        yield "too soon", (SessionGiven(**fields(504, soon), session=key, at=soon),), soon
    for rating in (1, 3, 4, 6):
        rated = ReviewHeld(**fields(505, after), at=after, kind="review", findings={"cgi-s": rating})
        yield f"rated {rating}", (rated,), after
    withheld = SessionWithheld(**fields(506, after), session=key, at=at, why="blood-pressure")
    yield "withheld", (withheld,), after
    back = at.add(days=9)
    paused = CoursePaused(**fields(507, at), from_date=session.date)
    yield "paused", (paused, CourseResumed(**fields(508, back), at=back)), back
    yield "pregnant", (ClinicalEvent(**fields(509, after), at=after, kind="pregnancy"),), after


def to_come(plan: Plan) -> dict[str, tuple[int, int]]:
    """(day, interval) of each dose session given or to come; proposals are neither."""
    return {
        laid.key: (laid.day, laid.interval)
        for run in plan.layout.runs
        for laid in run.sessions
        if laid.basis != "proposed" and laid.cancelled is None and not laid.omitted
    }


# -- Defaults ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_taking_a_default_adds_no_dose_and_changes_no_frequency(name: str) -> None:
    """Whatever went wrong, each Decision answered by its default leaves every dose where it was, or takes
    one away; it gives none, hastens none and opens no phase.
    """
    asked: set[str] = set()
    for session in picked(name):
        before = up_to(name, session)
        for what, events, now in troubles(session):
            course = before.with_events(*events)
            plan = make_plan(course, as_of=now)
            for decision in plan.decisions:
                if decision.taken is not None or decision.raised > now.date():
                    continue
                asked.add(decision.id)
                answer = DecisionTaken(
                    **fields(600, now), decision=decision.key, option=decision.default, at=now
                )
                after = to_come(make_plan(course.with_events(answer), as_of=now))
                was = to_come(plan)
                assert {key: was.get(key) for key in after} == after, f"{what}: {decision.key}"
                if decision.id not in ("pregnancy", "extra-session"):
                    assert set(was) == set(after), f"{what}: {decision.key}"
    assert {"count-dose", "withheld", "resume", "pregnancy"} <= asked
    rules = load_protocol(name)
    assert {rule.id for rule in rules.lapse} <= asked
    assert not rules.frequency or "frequency" in asked


@pytest.mark.parametrize("name", NAMES)
def test_while_nothing_is_decided_the_path_is_that_of_the_file(name: str) -> None:
    """Open Decisions leave each phase its count and its spacing, and a gate shut."""
    course = plain(name)
    protocol = course.protocol
    shut = next((rule.phase for rule in protocol.decisions if rule.gate), None)
    for session in picked(name):
        for what, events, now in troubles(session):
            history = [one for one in up_to(name, session).history if not isinstance(one, DecisionTaken)]
            plan = make_plan(course.with_events(*history, *events), as_of=now)
            phases = [phase.id for phase in protocol.path]
            allowed = phases[: phases.index(shut)] if shut is not None else phases
            assert [run.phase.id for run in plan.layout.runs] == allowed, what
            for run in plan.layout.runs:
                real = [laid for laid in run.sessions if laid.basis != "proposed"]
                assert not [laid.key for laid in real if laid.added], what
                assert run.phase.count is None or len(real) == run.phase.count, what
                assert not run.changes or set(run.changes) == {(None, 7)}, f"{what}: weekly goes on, held"


@pytest.mark.parametrize("name", NAMES)
def test_the_default_of_a_gate_opens_nothing(name: str) -> None:
    """Neither its silence nor its default; only another option does."""
    plan = make_plan(plain(name), as_of=pendulum.datetime(2028, 1, 1, tz=ZONE))
    for rule in plan.course.protocol.decisions:
        if not rule.gate:
            continue
        decision = next(one for one in plan.decisions if one.id == rule.id)
        opened: dict[str, bool] = {}
        for option in rule.options:
            when = evening(decision.due)
            event = DecisionTaken(**fields(1, when), decision=decision.key, option=option.id, at=when)
            after = make_plan(plan.course.with_events(event), as_of=when)
            opened[option.id] = set(to_come(after)) > set(to_come(plan))
        assert opened == {option.id: option.id != rule.default for option in rule.options}


# -- What silence may not do -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_lapse_rules_read_recorded_misses_only(name: str) -> None:
    """Nobody wrote the session down, and the person is worse, for half a year: no lapse rule that rests on a
    miss asks. The same session recorded as missed: each of them does.
    """
    protocol = load_protocol(name)
    rules = [rule for rule in protocol.lapse if rule.when in ("missed-and-worse", "long-gap")]
    heard: set[str] = set()
    for session in picked(name):
        now = session.at.add(days=150)
        silent = up_to(name, session).with_events(worse(session.at.add(days=2)))
        plan = make_plan(silent, as_of=now)
        assert plan.session(session.key).verdict == "presumed-missed"
        assert not {one.id for one in plan.decisions} & {rule.id for rule in rules}
        told = silent.with_events(SessionMissed(**fields(501, session.at.add(days=1)), session=session.key))
        heard |= {one.id for one in make_plan(told, as_of=now).decisions}
    assert {rule.id for rule in rules} <= heard


@pytest.mark.parametrize("name", PROPOSING)
def test_a_late_record_of_a_dose_takes_its_proposal_away(name: str) -> None:
    """Missed: one more is proposed. It had been given after all: the proposal is gone from the same plan,
    and with it the question; silence had proposed nothing.
    """
    for session in picked(name):
        if not load_protocol(name).phase(session.phase).missed.propose_extra:
            continue
        course = up_to(name, session)
        assert not proposed(make_plan(course, as_of=session.at.add(days=120)))
        missed = SessionMissed(**fields(501, session.at.add(hours=8)), session=session.key)
        course = course.with_events(missed)
        assert [laid.anchor for laid in proposed(make_plan(course, as_of=session.at.add(days=1)))] == [
            session.key
        ]
        found = session.at.add(days=40)
        late = SessionGiven(**fields(502, found), session=session.key, at=session.at)
        plan = make_plan(course.with_events(late), as_of=found)
        assert plan.session(session.key).verdict == "given"
        assert not proposed(plan)
        assert "extra-session" not in {one.id for one in plan.decisions}


@pytest.mark.parametrize("name", PROPOSING)
def test_a_late_record_renumbers_no_session_that_another_miss_added(name: str) -> None:
    """Two misses, one more session decided and booked for the second; then the first had been given after all:
    the session that was decided keeps its key, its booking and its day.
    """
    phase = next(one for one in load_protocol(name).phases if one.missed.propose_extra)
    inside = [one for one in on_time(name)[1] if one.phase == phase.id]
    if len(inside) < 2:
        return
    one, two = inside[-2:]
    course = up_to(name, one).with_events(
        SessionMissed(**fields(501, one.at.add(hours=8)), session=one.key),
        SessionMissed(**fields(502, two.at.add(hours=8)), session=two.key),
    )
    key = f"c-1/{phase.id}/{len(inside) + 2}"
    when = two.at.add(hours=9)
    added = make_plan(course, as_of=when).session(key)
    course = course.with_events(
        DecisionTaken(
            **fields(503, when),
            decision=f"c-1/decision/extra-session/{two.key.removeprefix('c-1/')}",
            option="add",
            at=when,
        ),
        SessionBooked(**fields(504, when), session=key, to=added.at.add(days=1)),
    )
    found = make_plan(course, as_of=when).session(key)
    assert (found.date, found.basis) == (added.date.add(days=1), "protocol")
    late = SessionGiven(**fields(505, when.add(hours=1)), session=one.key, at=one.at)
    plan = make_plan(course.with_events(late), as_of=when.add(hours=1))
    assert (plan.session(key).date, plan.session(key).booked) == (found.date, True)
    assert f"c-1/{phase.id}/{len(inside) + 1}" not in {session.key for session in plan.sessions}


def test_a_miss_in_a_phase_that_a_decision_shortened_proposes_one_more() -> None:
    """A fourth acute week, decided after maintenance had begun, is three infusions; one of them missed asks
    for one more after them, on the Monday of the next week.
    """
    name = "ketamine-iv-canbind-maintenance"
    given, sessions = on_time(name)
    first_weekly = next(one for one in sessions if one.phase == "weekly")
    when = first_weekly.at.add(days=7)
    back = DecisionTaken(
        **fields(501, when), decision="c-1/decision/enter-maintenance", option="fourth-week", at=when
    )
    course = plain(name).with_events(*(one for one in given if one.recorded_at < when), back)
    plan = make_plan(course)
    again = [one for one in doses(plan) if one.key.startswith("c-1/acute~2/")]
    assert [one.day for one in again] == [29, 31, 33]
    missed = SessionMissed(**fields(502, again[1].ends), session=again[1].key)
    (laid,) = proposed(make_plan(course.with_events(missed)))
    assert (laid.key, laid.day - plan.day1.toordinal() + 1) == ("c-1/acute~2/4", 36)


def proposed(plan: Plan) -> list[Any]:
    return [laid for run in plan.layout.runs for laid in run.sessions if laid.basis == "proposed"]


@pytest.mark.parametrize("name", NAMES)
def test_a_year_of_silence_asks_for_as_many_sessions_as_day_1_did(name: str) -> None:
    """However the plan is bounded, and after some doses as before the first."""
    for session in (on_time(name)[1][0], picked(name)[-1]):
        course = up_to(name, session)
        for bound in ({"weeks": 60}, {"until": pendulum.date(2027, 10, 1)}):
            first = make_plan(course, as_of=session.at.subtract(hours=1), **bound)
            year = make_plan(course, as_of=session.at.add(years=1), **bound)
            assert [(one.key, one.at) for one in first.sessions] == [
                (one.key, one.at) for one in year.sessions
            ]


# -- Withheld ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", WITHHELD_WHY)
@pytest.mark.parametrize("name", NAMES)
def test_a_withheld_session_keeps_its_reason_and_asks_for_a_review(name: str, why: str) -> None:
    """It is no miss: even for a person who is worse, and months later, no rule about misses asks."""
    session = picked(name)[-1]
    event = SessionWithheld(
        **fields(501, session.at.add(hours=1)), session=session.key, at=session.at, why=why
    )
    course = up_to(name, session).with_events(event, worse(session.at.add(days=2)))
    plan = make_plan(course, as_of=session.at.add(days=150))
    found = plan.session(session.key)
    assert (found.verdict, found.why) == ("withheld", why)
    assert "M11" in {reason.rule for reason in found.reasons}
    (review,) = (one for one in plan.decisions if one.id == "withheld")
    assert (review.about, review.state, why in review.question) == (session.key, "open", True)
    asked = {one.id for one in plan.decisions}
    assert not asked & {rule.id for rule in plan.course.protocol.lapse if rule.when != "worse"}
    assert "extra-session" not in asked
    assert not proposed(plan)


# -- Ends --------------------------------------------------------------------------------------------------


def ends(name: str) -> Iterator[tuple[str, Plan]]:
    """Every way in which this protocol comes to an end: its path, its gate, a record of it, a Decision."""
    given, sessions = on_time(name)
    far = pendulum.datetime(2028, 6, 1, tz=ZONE)
    protocol = load_protocol(name)
    if protocol.path[-1].count is not None:
        yield "the path", make_plan(plain(name).with_events(*given), as_of=far)
    if any(rule.gate for rule in protocol.decisions):
        doses_only = [one for one in given if isinstance(one, SessionGiven)]
        kept = [one for one in doses_only if one.session and f"/{protocol.path[0].id}/" in one.session]
        yield "the gate", make_plan(plain(name).with_events(*kept), as_of=far)
    for session in sessions[1:2] + sessions[-2:-1]:
        when = session.at.add(days=1)
        course = up_to(name, session)
        yield "a record", make_plan(course.with_events(CourseEnded(**fields(700, when), at=when)), as_of=when)
        ended = CourseEnded(**fields(700, when), at=when)
        late = SessionGiven(**fields(704, when.add(days=3)), session=session.key, at=when.add(days=3))
        yield "a dose after the record", make_plan(course.with_events(ended, late), as_of=when.add(days=4))
        hold = SessionWithheld(**fields(701, session.at), session=session.key, at=session.at, why="unwell")
        key = f"c-1/decision/withheld/{session.key.removeprefix('c-1/')}"
        end = DecisionTaken(**fields(702, when), decision=key, option="end", at=when)
        yield "a decision", make_plan(course.with_events(hold, end), as_of=when)
    for rule in protocol.decisions:
        over = [option.id for option in rule.options if option.effect.end]
        before = [one for one in given if not isinstance(one, DecisionTaken) or rule.id not in one.decision]
        course = plain(name).with_events(*before)
        asked = [one for one in make_plan(course).decisions if one.id == rule.id] if over else []
        for one in asked:
            when = evening(one.due)
            known = [event for event in before if event.recorded_at <= when]
            end = DecisionTaken(**fields(703, when), decision=one.key, option=over[0], at=when)
            yield f"{one.id} {over[0]}", make_plan(plain(name).with_events(*known, end), as_of=when)


@pytest.mark.parametrize("name", NAMES)
def test_every_end_has_a_review_a_question_to_the_clinic_and_a_watch(name: str) -> None:
    """However treatment ended: a review is planned after the last dose, the clinic is asked about it, and the
    person is asked for a year how they are, on the last day too.
    """
    for how, plan in ends(name):
        last, key = max((one.given_at.date(), one.key) for one in doses(plan) if one.given_at is not None)
        reviews = [one for one in plan.sessions if one.kind == "review" and one.date > last]
        assert any(one.verdict != "cancelled" for one in reviews), how
        assert any(one.taken is None and one.due >= last for one in plan.decisions), how
        watch = [one for one in plan.checkins if "/watch/" in one.key]
        if how == "a dose after the record":
            assert any(name.startswith(f"{key}/watch/") for one in watch for name in one.keys), key
        days = {int(name.rpartition("/")[2]) for one in watch for name in one.keys if "/watch/" in name}
        assert 365 in days, how


# -- Previews ----------------------------------------------------------------------------------------------


def one_of_each(name: str) -> Iterator[Event]:
    """An event of every type, on the second session of the course or at it."""
    session = picked(name)[0]
    at, key = session.at.to_iso8601_string(), session.key
    day, later = session.date.isoformat(), session.at.add(days=1).to_iso8601_string()
    own: dict[str, dict[str, Any]] = {
        "session-given": {"session": key, "at": at},
        "session-stopped": {"at": at, "minutes": 9},
        "session-withheld": {"session": key, "at": at, "why": "other"},
        "session-missed": {"session": key},
        "session-cancelled": {"session": key},
        "session-booked": {"session": key, "to": later},
        "session-moved": {"session": key, "to": later},
        "go-ahead": {"session": key, "at": at},
        "paused": {"from": day},
        "resumed": {"at": at},
        "check-in-answered": {"checkin": f"{key}/ask/before/1", "at": at, "answers": {"phq-9": {"9": 1}}},
        "check-in-declined": {"checkin": f"{key}/ask/before/1"},
        "review-held": {"at": at, "kind": "review", "findings": {"cgi-s": 6, "worsening": "yes"}},
        "clinical-event": {"at": at, "kind": "dose-elsewhere"},
        "decision-taken": {"decision": "c-1/decision/end-review", "option": "end-as-planned", "at": at},
        "alert-closed": {"alert": "c-1/x/alert/y", "at": at, "how": "called"},
        "consent-changed": {"consent": {"proxy": {"reminders": True}}},
        "availability-changed": {"from": day, "days": ["tue"], "at": "14:00"},
        "zone-changed": {"from": day, "zone": "Europe/London"},
        "protocol-changed": {"from": day, "protocol": "esketamine-taper", "phase": "weekly"},
        "ended": {"at": at},
        "retracted": {"event": "e-1"},
    }
    assert set(own) == set(EVENT_TYPES)
    for number, (kind, more) in enumerate(own.items(), start=800):
        stem = {"type": kind, "id": f"e-{number}", "course": "c-1", "recorded_at": later, "by": "dr-a"}
        yield event_from(stem | more)


@pytest.mark.parametrize("name", NAMES)
def test_a_preview_is_what_recording_changes(name: str) -> None:
    """For an event of every type, seen now and seen from later."""
    course = up_to(name, picked(name)[0])
    moved: set[str] = set()
    for event in one_of_each(name):
        for now in (event.recorded_at, event.recorded_at.add(days=30)):
            before = make_plan(course, as_of=now)
            after = make_plan(course.with_events(event), as_of=now)
            found = preview(course, event, now)
            assert found == changes(before, after), event.type
            if found:
                moved.add(event.type)
    assert {"session-given", "session-missed", "session-withheld", "session-cancelled", "ended"} <= moved
