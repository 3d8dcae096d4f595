"""make_plan: the hallway, every arrow in order. Read this first.

protocol and history go in; facts are folded, sessions laid out and judged, Decisions asked. Nothing
here reads a clock: ``as_of`` is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pendulum

from . import times
from .checkin_items import PersonClock
from .course import Course
from .decisions import make_decisions, unasked_findings
from .errors import Fault, Gather, expect
from .folding import Folded, fold
from .history import DecisionTaken, DoseFact, Event
from .laid import Layout
from .layout_ground import MAX_HORIZON_DAYS
from .matching import lay_matched
from .plan import Extra, Plan
from .plan_reading import consent_findings, read_time_findings
from .planner_outside import outside_findings
from .reasons import Finding
from .sessions import make_sessions
from .tracking import course_trajectories, review_findings, worsening_days

__all__ = ["MAX_WEEKS", "argument_faults", "default_as_of", "make_plan"]

MAX_WEEKS = 260
"""Five years."""


def default_as_of(course: Course) -> pendulum.DateTime:
    """The instant at which a plan is made where none is given: 00:00 of the start in the session zone,
    or the greatest ``recorded_at`` where there is a history.
    """
    start = times.clock(course.session_zone).day_start(course.start.toordinal())
    if not course.history:
        return start
    return max((event.recorded_at for event in course.history), key=times.instant_key)


def make_plan(
    course: Course,
    *,
    as_of: pendulum.DateTime | None = None,
    weeks: int | None = None,
    until: pendulum.Date | None = None,
    decide: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of one course as known at ``as_of``.

    ``weeks`` (26 by default, from Day 1, at most 260) or ``until`` (a date, included) bounds open-ended
    phases; counted phases and their end items are planned whole. ``decide`` maps Decision ids or keys to
    options and is a what-if: the plan says so in its findings.

    Raises :class:`InputError` with every fault of the arguments; :class:`LimitError` beyond five years.

    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("esketamine-taper"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> [session.day for session in make_plan(course).sessions if session.kind == "dose"][:8]
    [1, 4, 8, 11, 15, 18, 22, 25]
    """
    expect(course, Course, "course", "a Course; course_from makes one of plain values")
    Gather(argument_faults(as_of, weeks, until, decide, course.start)).end()
    now = as_of if as_of is not None else default_as_of(course)
    last = None if until is None else until.toordinal()
    what_if = _what_if(course, now, decide or {})
    folded = fold(course, now, what_if)
    held = any(event.kind == "pregnancy" for _, event in folded.clinical)
    layout = lay_matched(course, folded, weeks=weeks, until=last, anew=held or bool(what_if))
    facts = layout.facts
    zones = tuple((event.from_date.toordinal(), event.zone) for event in folded.zones)
    today = folded.days(times.instant_key(now))
    if held:
        _hold_for_pregnancy(layout, folded)
    tracked = course_trajectories(course, folded, now, PersonClock(course, folded)) if folded.answers else ()
    worse = worsening_days(folded, tracked)
    decisions, wakes = make_decisions(course, folded, layout, facts, today, worse)
    sessions = make_sessions(course, layout, facts, zones, times.instant_key(now), _ready(course, folded))
    extra = _extras(course, folded, layout)
    resumed = {event for _, _, _, event in layout.pauses}  # among them pauses that a Decision began
    findings = [one for one in folded.findings if one.code != "not-paused" or one.path not in resumed]
    findings += [*layout.findings, *facts.findings]
    if layout.taken:
        findings += unasked_findings(course, layout, decisions)
    findings += _course_findings(course, folded, layout, extra, today, decide or {})
    return Plan(
        course=course,
        as_of=now,
        sessions=sessions,
        decisions=decisions,
        trajectories=tracked,
        extra=extra,
        base_findings=tuple(findings),
        day1=times.date_of(layout.day1),
        horizon=times.date_of(layout.horizon),
        wakes=wakes,
        weeks=weeks,
        until=until,
        folded=folded,
        layout=layout,
        facts=facts,
        what_if=tuple(sorted((decide or {}).items())),
        remake=lambda then: make_plan(course, as_of=then, weeks=weeks, until=until, decide=decide),
    )


def argument_faults(
    as_of: Any, weeks: Any, until: Any, decide: Any, start: pendulum.Date | None = None
) -> list[Fault]:
    """What is wrong with the arguments of a plan, all of it; ``None`` is an argument not given.

    Where the start of the course is known, ``until`` is held to it.
    """
    faults: list[Fault] = []
    if as_of is not None and not isinstance(as_of, pendulum.DateTime):
        text = f"an instant is needed, not a {type(as_of).__name__}"
        faults.append(Fault("as_of", text, "a pendulum.DateTime with an offset"))
    elif as_of is not None and as_of.tzinfo is None:
        faults.append(Fault("as_of", "an instant without an offset", "such as 2026-12-01T00:00:00-05:00"))
    if weeks is not None and until is not None:
        faults.append(Fault("weeks", "weeks and until were both given", "one of the two"))
    if weeks is not None and (type(weeks) is not int or weeks < 1):
        faults.append(Fault("weeks", f"{repr(weeks)[:40]} is not a number of weeks", f"1 to {MAX_WEEKS}"))
    elif weeks is not None and weeks > MAX_WEEKS:
        faults.append(Fault("weeks", f"{weeks} weeks are beyond five years", f"1 to {MAX_WEEKS}", "limit"))
    if until is not None:
        faults += _until_faults(until, start)
    if decide is not None and not isinstance(decide, Mapping):
        text = f"a mapping is needed, not a {type(decide).__name__}"
        faults.append(Fault("decide", text, "Decision ids or keys to options"))
    elif decide is not None:
        faults += [
            Fault("decide", f"{str(one)[:80]!r} is not a text", "Decision ids or keys to options")
            for choice in decide.items()
            for one in choice
            if not isinstance(one, str)
        ]
    return faults


def _until_faults(until: Any, start: pendulum.Date | None) -> list[Fault]:
    if type(until) is not pendulum.Date:
        return [Fault("until", f"a date is needed, not a {type(until).__name__}", "a pendulum.Date")]
    days = 0 if start is None else until.toordinal() - start.toordinal()
    if days > MAX_HORIZON_DAYS:
        return [Fault("until", f"{until} is beyond five years from the start", "at most five years", "limit")]
    if days < 0:
        return [Fault("until", f"{until} lies before the start", f"{start} or later")]
    return []


def _what_if(course: Course, now: pendulum.DateTime, decide: Mapping[str, str]) -> tuple[Event, ...]:
    return tuple(
        DecisionTaken(
            id=f"what-if-{number}",
            course=course.id,
            recorded_at=now,
            decision=decision,
            option=option,
            at=now,
        )
        for number, (decision, option) in enumerate(sorted(decide.items()), start=1)
    )


def _ready(course: Course, folded: Folded) -> set[str]:
    """Home sessions that have both a named adult monitor and a clinician's go-ahead."""
    if course.monitor is None or not course.monitor.adult or not course.monitor.name:
        return set()
    return {key for key, event in folded.go_aheads.items() if event.by}


def _hold_for_pregnancy(layout: Layout, folded: Folded) -> None:
    """While a pregnancy asks its Decision, no further dose is anything but waiting."""
    answered = {one.anchor for one in layout.taken if one.decision == "pregnancy"}
    for day, event in folded.clinical:
        if event.kind != "pregnancy" or f"event/{event.id}" in answered or "" in answered:
            continue
        for run in layout.runs:
            for laid in run.sessions:
                if laid.fact is None and laid.day >= day:
                    laid.wait = "a pregnancy was recorded and its Decision is open"


def _extras(course: Course, folded: Folded, layout: Layout) -> tuple[Extra, ...]:
    extras: list[Extra] = []
    for dose in folded.doses:
        event = dose.event
        key = dose.session or layout.matched.get(event.id)
        laid = layout.by_key.get(key) if key else None
        if dose.acts and laid is not None and laid.dose is not None and laid.dose.event is dose.event:
            continue
        if not isinstance(event, DoseFact):
            why = "elsewhere"
        elif not dose.acts:
            why = "conflict"
        elif laid is not None:
            why = "conflict" if layout.facts.counts(event) else "not-counted"
        else:
            why = "unknown-session" if dose.session is not None else "unmatched"
        at = getattr(event, "at", event.recorded_at)
        key = f"{course.id}/extra/{event.id}"
        if any(one.key == key for one in extras):
            continue  # one id with two contents: both count for spacing, and the conflict is named
        extras.append(
            Extra(
                key=key,
                event=event.id,
                at=folded.days.clock(dose.key).local(at),
                date=times.date_of(dose.day),
                why=why,
            )
        )
    return tuple(extras)


def _course_findings(
    course: Course,
    folded: Folded,
    layout: Layout,
    extra: tuple[Extra, ...],
    today: int,
    decide: Mapping[str, str],
) -> list[Finding]:
    found: list[Finding] = []
    if course.adult == "unknown":
        text = "whether the person is an adult was not said; every built-in protocol is for adults only"
        found.append(Finding("adult-unknown", "adult", text, "H8"))
    expires = course.protocol.expires
    if expires is not None and today > expires.toordinal():
        text = f"the edition {course.protocol.edition} is older than its expiry date {expires}: check it"
        found.append(Finding("edition-expired", "protocol.edition", text, "H9"))
    if layout.start_moved:
        text = f"no session is possible on the start {course.start}; Day 1 is {times.iso_date(layout.day1)}"
        found.append(Finding("start-moved", "start", text, "S8"))
    for decision, option in sorted(decide.items()):
        text = f"what if: {decision} is taken as {option}; nothing was decided"
        found.append(Finding("what-if", decision, text, "S17"))
    if course.protocol.setting == "home" and (course.monitor is None or not course.monitor.adult):
        text = "no named adult monitor: every session at home is waiting"
        found.append(Finding("no-monitor", "monitor", text, "S16"))
    found += read_time_findings(course)
    found += review_findings(folded)
    found += consent_findings(course, folded)
    for one in extra:
        text = f"a dose on {one.date} belongs to no session ({one.why}); it counts for spacing only"
        found.append(Finding("extra-dose", one.key, text, "M18"))
    for key in {**folded.facts, **folded.bookings, **dict.fromkeys(folded.go_aheads, ())}:
        if key not in layout.by_key:
            ids = [event.id for event in (*folded.facts.get(key, ()), *folded.bookings.get(key, ()))]
            text = f"no session is called {key[:120]}" + (f" (events {', '.join(ids)})" if ids else "")
            found.append(Finding("unknown-session", key[:200], text, "H7"))
    for event_id, key in sorted(layout.matched.items()):
        if not key:
            continue
        text = f"{event_id} named no session; by its date it was matched to {key}"
        found.append(Finding("matched", event_id, text, "H7"))
    return found + outside_findings(course, folded, layout)
