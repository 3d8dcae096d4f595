"""Which events leave every session and every question as it is, so that nothing need be laid out again."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from . import times
from .checkin_items import NEVER, PersonClock
from .checkin_programme import Programme
from .checkin_watch import watch_anchors
from .course import Course
from .days import instant_key
from .facts import is_stopped
from .folding import Folded
from .history import (
    AlertClosed,
    CheckInAnswered,
    CheckInDeclined,
    ClinicalEvent,
    ConsentChanged,
    DoseFact,
    Event,
    GoAheadGiven,
    Retracted,
    ReviewHeld,
    SessionBooked,
    SessionMissed,
    SessionMoved,
)
from .laid import Laid, Layout, Run
from .protocol import Every, PerWeek

__all__ = ["QUIET", "Quiet", "Told"]

QUIET = (CheckInAnswered, CheckInDeclined, AlertClosed, ConsentChanged, GoAheadGiven)
"""Events that move no session and no watch."""


class Told:
    """The doses heard of so far under one layout, and whether another one moves an item."""

    def __init__(self, course: Course, person: PersonClock, layout: Layout) -> None:
        self.programme = Programme(course, layout, person, {}, NEVER)
        self.layout = layout
        self.matters = self.programme.hangs_on_doses()
        self.given: dict[str, int] = {}

    def copy(self) -> Told:
        """The same, to go on with while this one stays as it is."""
        made = copy(self)
        made.given = dict(self.given)
        return made

    def tells(self, moment: int, events: Iterable[Event]) -> bool:
        """Hear what became known at ``moment``: does the hour of a dose, or its being early, move an item?"""
        moved = False
        for event in events:
            if isinstance(event, DoseFact) and event.session is not None:
                at = self.given[event.session] = event.at_key
                laid = self.layout.by_key[event.session]
                start = self.programme.start(laid)
                moved = moved or (laid.key in self.matters and at != start) or moment < start
        return moved


class Quiet:
    """Which events leave a layout, known from ``since`` on (UTC seconds), as it is."""

    def __init__(self, course: Course, folded: Folded, layout: Layout, since: int) -> None:
        self.course = course
        self.since = since
        self.layout = layout
        self.person = PersonClock(course, folded)
        self.told = Told(course, self.person, layout)
        self.zone = None if course.clinic is None else times.clock(course.session_zone)
        self.runs = {run.key: run for run in layout.runs}
        self.missed = any(
            isinstance(laid.fact, SessionMissed)
            and any(rule.when == "long-gap" for rule in run.protocol.lapse)
            for run in layout.runs
            for laid in run.sessions
        )
        self.gates = any(rule.gate for run in layout.runs for rule in run.protocol.decisions)
        self.settled: set[str] = set()
        self.anchors: set[str] | None = None
        self.queue: list[Laid] | None = None
        self.last = 0

    def copy(self, course: Course) -> Quiet:
        """The same for a course of another history, to go on with while this one stays as it is."""
        made = copy(self)
        made.course = course
        made.told = self.told.copy()
        made.settled = set(self.settled)
        made.queue = None if self.queue is None else list(self.queue)
        return made

    def hears(self, event: Event) -> bool:
        """Whether an event, known now, moves no session."""
        match event:
            case ReviewHeld():
                return not self.gates
            case ClinicalEvent():
                return event.kind not in ("death", "dose-elsewhere")
            case DoseFact():
                return not is_stopped(event) and self._dose(event)  # a stopped one asks whether it counts
            case SessionBooked() | SessionMoved():
                return self._booking(event)
            case Retracted():
                gone = [one for one in self.course.history if one.id == event.event]
                return bool(gone) and all(isinstance(one, QUIET) for one in gone)
            case _:
                return False

    def _dose(self, event: DoseFact) -> bool:
        """Whether a dose is the one planned: named, of an open session, and on its day or harmlessly later."""
        laid = self.layout.by_key.get(event.session or "")
        if laid is None or not self._next(laid):
            return False
        run = self.runs.get(laid.key.rpartition("/")[0])
        if run is None:
            return False
        first = self.layout.runs[0].sessions[0]
        if laid is not first and first.fact is None and first.key not in self.settled:
            return False
        if self.missed or self.layout.matched:
            return (
                False  # a gap that is long may begin with it, or a dose that named no session be matched anew
            )
        if laid is not first and not self.last and not self.settled:
            return (
                False  # the first dose of all, and not session 1: Day 1 and what is asked before it may move
            )
        day = self._day(event)
        if day != laid.day:
            if not self._harmless(run, laid, day):
                return False
        elif laid.day != laid.target and (isinstance(run.phase.cadence, Every) or laid is run.sessions[0]):
            return False  # what follows counts from the day on which it was given
        self.settled.add(laid.key)
        return True

    def _next(self, laid: Laid) -> bool:
        """Whether a session is the first open one, and no dose is known of a later day: others may follow from it."""
        if self.queue is None:
            sessions = [one for run in self.layout.runs for one in run.sessions]
            waiting = [one for one in sessions if one.open and one.dose is None and one.basis != "proposed"]
            self.queue = sorted(waiting, key=lambda one: (-one.day, one.key))
            doses = [one.dose.day for one in sessions if one.dose is not None]
            self.last = max([*doses, *self.layout.facts.days[-1:]], default=0)
        while self.queue and self.queue[-1].key in self.settled:
            self.queue.pop()
        return bool(self.queue) and self.queue[-1] is laid and self.last < laid.day

    def _harmless(self, run: Run, laid: Laid, day: int) -> bool:
        """Whether a dose given later than planned, in a phase of fixed targets, leaves all other sessions.

        All that follow stand on their targets, the next is far enough away, no week has more for it, and
        neither the phase's first day nor its end nor a watch hangs on this one.
        """
        cadence = run.phase.cadence
        place = run.sessions.index(laid)
        if isinstance(cadence, Every) or not 0 < place < len(run.sessions) - 1:
            return False
        begun, following = run.sessions[0], run.sessions[place + 1]
        if begun.dose is None and begun.key not in self.settled:
            return False
        if self.since >= self.told.programme.start(laid):
            return False  # what is asked before it was over when it was planned, and is not asked on any day
        if not laid.day < day <= laid.latest or following.day - day < run.protocol.min_gap_days:
            return False
        origin = self.layout.day1
        if isinstance(cadence, PerWeek) and (day - origin) // 7 != (laid.day - origin) // 7:
            return False
        if self.anchors is None:
            self.anchors = {one.key for one in watch_anchors(self.layout)}
        return laid.key not in self.anchors and all(
            one.day == one.target and not one.off_preference and not one.outside
            for each in self.layout.runs
            for one in each.sessions
            if one.day > laid.day
        )

    def _booking(self, event: SessionBooked | SessionMoved) -> bool:
        """Whether a booking is for the instant at which its session is planned anyway."""
        laid = self.layout.by_key.get(event.session)
        if laid is None or not self._open(laid) or laid.day != laid.target:
            return False
        return instant_key(event.to) == self.told.programme.start(laid)

    def _open(self, laid: Laid) -> bool:
        return (
            laid.kind == "dose"
            and laid.fact is None
            and laid.dose is None
            and laid.cancelled is None
            and not laid.omitted
            and not laid.released
            and laid.basis != "proposed"
            and laid.key not in self.settled
        )

    def _day(self, event: DoseFact) -> int:
        seconds = event.at_key
        return self.person.day_of(seconds) if self.zone is None else self.zone.ordinal_of_key(seconds)
