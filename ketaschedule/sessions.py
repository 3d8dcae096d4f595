"""Sessions past and to come, made from what the layout placed.

Instants are made here, at the edge: a date in the session zone, a wall time, and our one rule for
times that do not exist or come twice.
"""

from __future__ import annotations

from functools import partial

import pendulum

from . import times
from .course import Course
from .facts import Facts
from .history import DoseFact, ReviewHeld
from .laid import Laid, Layout, Run
from .missed import dose_timing, fact_verdict, open_verdict
from .protocol import Step, TreatmentProtocol
from .session_model import Session
from .session_reasons import session_reasons

__all__ = ["day_number", "make_sessions", "zone_on"]


def day_number(day: int, day1: int) -> int:
    """The day of treatment: Day 1 is ``day1``, the day before it −1.

    >>> [day_number(day, 100) for day in (98, 99, 100, 101)]
    [-2, -1, 1, 2]
    """
    return day - day1 + 1 if day >= day1 else day - day1


def zone_on(course: Course, zones: tuple[tuple[int, str], ...], day: int) -> str:
    """The session zone on a local date: the clinic's, else the person's as it changed."""
    name = course.session_zone
    if course.clinic is None:
        for first, zone in zones:
            if day >= first:
                name = zone
    return name


class _Maker:
    """Makes sessions of one plan; holds what they share."""

    def __init__(
        self,
        course: Course,
        layout: Layout,
        facts: Facts,
        zones: tuple[tuple[int, str], ...],
        now: int,
        ready: set[str],
    ) -> None:
        self.course = course
        self.layout = layout
        self.facts = facts
        self.zones = zones if course.clinic is None else ()
        self.base = times.clock(course.session_zone)
        self.now = now
        self.ready = ready
        self.now_days: dict[str, int] = {}
        self.steps: dict[tuple[str, str], tuple[Step, ...]] = {}

    def clock_on(self, day: int) -> times.ZoneClock:
        if not self.zones:
            return self.base
        return times.clock(zone_on(self.course, self.zones, day))

    def now_day(self, clock: times.ZoneClock) -> int:
        found = self.now_days.get(clock.name)
        if found is None:
            found = self.now_days[clock.name] = clock.ordinal(clock.from_key(self.now))
        return found

    def steps_of(self, protocol: TreatmentProtocol, phase: str) -> tuple[Step, ...]:
        key = (protocol.id, phase)
        if key not in self.steps:
            self.steps[key] = tuple(
                step for step in protocol.steps if not step.phases or phase in step.phases
            )
        return self.steps[key]

    def session(self, run: Run, laid: Laid, steps: tuple[Step, ...]) -> Session:
        """One session, with the ``steps`` of its phase where it is one of a dose."""
        clock, date_of = self.clock_on(laid.day), times.date_of
        at = clock.at(laid.day, laid.minute)
        end_minute = laid.minute + laid.minutes
        plain = end_minute < 1440 and not clock.changes_on(laid.day)
        ends = clock.at(laid.day, end_minute) if plain else clock.after(at, laid.minutes)
        earliest, target, latest = laid.earliest, laid.target, laid.latest
        if laid.hard_min is not None and laid.hard_min > earliest:
            low = laid.hard_min
            earliest, target, latest = low, max(target, low), max(latest, low)
        if laid.untouched:
            now_day = self.now_day(clock)
            if now_day < earliest and now_day < laid.day:
                verdict = "planned"
            else:
                over = self.now >= times.instant_key(ends)
                verdict = open_verdict(now_day, over, earliest, laid.day, latest)
            basis = self.basis(run, laid)
            return Session(
                key=laid.key,
                phase=run.phase.id,
                number=laid.number,
                kind=laid.kind,
                day=day_number(laid.day, self.layout.day1),
                week=(laid.day - self.layout.day1) // 7 + 1,
                verdict=verdict,
                basis=basis,
                date=date_of(laid.day),
                at=at,
                ends=ends,
                earliest=date_of(earliest),
                target=date_of(target),
                latest=date_of(latest),
                hard_min=None if laid.hard_min is None else date_of(laid.hard_min),
                because=partial(session_reasons, self.layout, run, laid, clock, basis, verdict, None),
                rules=steps if laid.kind == "dose" else (),
            )
        verdict = self.verdict(laid, clock, ends, earliest, latest)
        day1 = self.layout.day1
        timing: str | None = None
        given_key: int | None = None
        if laid.dose is not None and isinstance(laid.dose.event, DoseFact):
            given_key = laid.dose.key
            timing = self.timing(laid)
        elif isinstance(laid.fact, (ReviewHeld, DoseFact)):
            given_key = laid.fact.at_key
        basis = self.basis(run, laid)
        return Session(
            key=laid.key,
            phase=run.phase.id,
            number=laid.number,
            kind=laid.kind,
            day=day_number(laid.day, day1),
            week=(laid.day - day1) // 7 + 1,
            verdict=verdict,
            basis=basis,
            date=date_of(laid.day),
            at=at,
            ends=ends,
            earliest=date_of(earliest),
            target=date_of(target),
            latest=date_of(latest),
            hard_min=None if laid.hard_min is None else date_of(laid.hard_min),
            timing=timing,
            given_key=given_key,
            counts=laid.counts,
            booked=True if laid.booked is not None and not laid.released and laid.fact is None else None,
            why=self.why(laid),
            because=partial(session_reasons, self.layout, run, laid, clock, basis, verdict, timing),
            rules=steps if laid.kind == "dose" else (),
        )

    def verdict(
        self, laid: Laid, clock: times.ZoneClock, ends: pendulum.DateTime, earliest: int, latest: int
    ) -> str:
        if laid.fact is not None:
            return fact_verdict(laid.fact)
        if laid.cancelled is not None or laid.omitted:
            return "cancelled"
        now_day = self.now_day(clock)
        if now_day < earliest and now_day < laid.day:
            return "planned"
        return open_verdict(now_day, self.now >= times.instant_key(ends), earliest, laid.day, latest)

    def timing(self, laid: Laid) -> str:
        dose = laid.dose
        assert dose is not None
        before = self.facts.before(dose)
        since = None if before is None else dose.day - before
        if laid.early:
            return "too-early"
        return dose_timing(
            since, self.facts.gap_on(dose.day), dose.day - laid.earliest, dose.day - laid.latest
        )

    def basis(self, run: Run, laid: Laid) -> str:
        if laid.basis == "proposed":
            return "proposed"
        if laid.fact is not None or laid.kind != "dose":
            return laid.basis
        if laid.wait is not None:
            return "waiting"
        if run.protocol.setting == "home" and laid.key not in self.ready:
            return "waiting"
        return laid.basis

    def why(self, laid: Laid) -> str | None:
        if laid.cancelled is not None and laid.fact is None:
            return laid.cancelled
        if laid.omitted:
            return "no-day"
        return getattr(laid.fact, "why", None)


def make_sessions(
    course: Course,
    layout: Layout,
    facts: Facts,
    zones: tuple[tuple[int, str], ...],
    now: int,
    ready: set[str],
) -> tuple[Session, ...]:
    """Every session of the layout, in order of instant and key.

    ``now`` is ``as_of`` in UTC seconds; ``ready`` are keys of home sessions with monitor and go-ahead.
    """
    maker = _Maker(course, layout, facts, zones, now, ready)
    made: list[tuple[int, str, Session]] = []
    for run in layout.runs:
        steps = maker.steps_of(run.protocol, run.phase.id)
        made += [
            (laid.day * 1440 + laid.minute, laid.key, maker.session(run, laid, steps))
            for laid in (*run.sessions, *run.companions)
        ]
    made.sort(key=lambda item: item[:2])
    return tuple(session for _, _, session in made)
