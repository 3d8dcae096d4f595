"""What was known when: the layouts that stood before the present one, as far as events changed them.

A check-in that has opened never moves. When it opened, and as what, follows from the events that were
recorded by then; so the course is laid out again as it stood after each event that could have changed
it. A dose given on the day on which it was planned changes nothing and is passed over.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from attrs import Factory, mutable

from . import times
from .availability import day_test
from .checkin_items import NEVER, PersonClock
from .checkin_programme import Programme
from .course import Course
from .days import instant_key
from .errors import InputError
from .folding import Folded, fold
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
)
from .laid import Laid, Layout
from .matching import lay_matched
from .protocol import Every

__all__ = ["MOST_STATES", "Known", "known_from", "known_states"]

MOST_STATES = 400
"""Changes of a course that are followed one by one; of more, only the latest."""
_QUIET = (CheckInAnswered, CheckInDeclined, AlertClosed, ConsentChanged, GoAheadGiven)
"""Events that move no session and no watch."""


@mutable(eq=False)
class Known:
    """What was known from ``since`` to ``until`` (UTC seconds, half-open).

    ``given`` are the instants of the doses recorded by then, by session key. ``folded`` and ``layout``
    may be those of a later state where nothing that matters here differs.
    """

    since: int
    until: int
    folded: Folded
    layout: Layout
    given: Mapping[str, int] = Factory(dict)


def known_states(
    course: Course,
    folded: Folded,
    layout: Layout,
    now: int,
    *,
    weeks: int | None,
    until: int | None,
    what_if: bool = False,
) -> list[Known]:
    """What stood when, in order of time; the last is ``folded`` and ``layout``, those of the plan.

    ``now`` is ``as_of`` in UTC seconds; ``weeks`` and ``until`` bound the plan; ``what_if`` says that
    Decisions were assumed at ``now``.
    """
    if not course.history and not what_if:
        return [Known(-NEVER, NEVER, folded, layout)]
    person = PersonClock(course, folded)
    last = Known(-NEVER, NEVER, folded, layout, _given(layout))
    moments = _moments(course, now)
    if not moments and not what_if:
        return [last]
    unique = len({event.id for event in course.history}) == len(course.history)
    if unique and not what_if and _as_planned(course, layout, moments):
        return _with_doses(course, last, person, moments)
    return _replayed(course, last, moments[-MOST_STATES:], now, weeks, until, unique=unique, what_if=what_if)


def _moments(course: Course, now: int) -> list[tuple[int, list[Event]]]:
    """The instants at which something became known that can move a session, each with its events."""
    found: dict[int, list[Event]] = {}
    for event in course.history:
        if isinstance(event, _QUIET):
            continue
        known = known_from(event)
        if known <= now:
            found.setdefault(known, []).append(event)
    return sorted(found.items())


def known_from(event: Event) -> int:
    """The instant (UTC seconds) from which an event counts: when it was recorded, and not before it happened."""
    at = getattr(event, "at", None)
    known = instant_key(event.recorded_at)
    return max(known, instant_key(at)) if isinstance(at, datetime.datetime) else known


def _given(layout: Layout) -> dict[str, int]:
    """Instants of the doses that settle a session, by its key."""
    return {
        laid.key: laid.dose.key
        for run in layout.runs
        for laid in run.sessions
        if laid.dose is not None and laid.counts
    }


def _as_planned(course: Course, layout: Layout, moments: Iterable[tuple[int, list[Event]]]) -> bool:
    """Whether every dose was given on the day of its target, every session stands there, and no more happened.

    Then each session was planned there all along: no other placing is as near to the targets.
    """
    seen: set[str] = set()
    for _, events in moments:
        for event in events:
            if not isinstance(event, DoseFact) or event.session is None or event.session in seen:
                return False
            laid = layout.by_key.get(event.session)
            if laid is None or laid.fact is not event or not laid.counts or laid.early:
                return False
            seen.add(event.session)
    if layout.day1 != course.start.toordinal():
        return False
    zone = times.clock(course.session_zone)
    minutes = course.protocol.session_minutes
    is_open = day_test(
        course.clinic, minute=course.minute, minutes=minutes, skips=zone.skips, away=course.away
    )
    if is_open is not None and not all(is_open(layout.by_key[key].day) for key in seen):
        return False
    return all(
        laid.day == laid.target and not laid.off_preference and not laid.outside and laid.cancelled is None
        for run in layout.runs
        for laid in run.sessions
    )


def _with_doses(
    course: Course, last: Known, person: PersonClock, moments: Iterable[tuple[int, list[Event]]]
) -> list[Known]:
    """One layout for all; the doses become known one by one where something hangs on their hour."""
    states = [Known(-NEVER, NEVER, last.folded, last.layout)]
    told = _Told(course, person, last.layout)
    for moment, events in moments:
        if told.tells(moment, events):
            states[-1].until = moment
            states.append(Known(moment, NEVER, last.folded, last.layout, dict(told.given)))
    return states


class _Told:
    """The doses heard of so far under one layout, and whether another one moves an item."""

    def __init__(self, course: Course, person: PersonClock, layout: Layout) -> None:
        self.programme = Programme(course, layout, person, {}, NEVER)
        self.layout = layout
        self.matters = self.programme.hangs_on_doses()
        self.given: dict[str, int] = {}

    def tells(self, moment: int, events: Iterable[Event]) -> bool:
        """Hear what became known at ``moment``: does the hour of a dose, or its being early, move an item?"""
        moved = False
        for event in events:
            if isinstance(event, DoseFact) and event.session is not None:
                at = self.given[event.session] = instant_key(event.at)
                laid = self.layout.by_key[event.session]
                start = self.programme.start(laid)
                moved = moved or (laid.key in self.matters and at != start) or moment < start
        return moved


def _replayed(
    course: Course,
    last: Known,
    moments: list[tuple[int, list[Event]]],
    now: int,
    weeks: int | None,
    until: int | None,
    *,
    unique: bool,
    what_if: bool,
) -> list[Known]:
    """Each layout that stood, from before the first of ``moments`` on."""

    def stood(moment: int) -> tuple[Folded, Layout] | None:
        folded = fold(course, times.clock("UTC").from_key(moment))
        try:
            return folded, lay_matched(course, folded, weeks=weeks, until=until)
        except InputError:
            return None  # there was no plan then, so nothing opened

    begun = stood(moments[0][0] - 1) if moments else None
    if begun is None:
        begun = (last.folded, last.layout)
    states = [Known(-NEVER, NEVER, *begun)]
    quiet = _Quiet(course, *begun) if unique else None
    for number, (moment, events) in enumerate(moments):
        if quiet is not None and all(quiet.hears(event) for event in events):
            if not quiet.told.tells(moment, events):
                continue
            found: tuple[Folded, Layout] | None = (states[-1].folded, states[-1].layout)
        elif number == len(moments) - 1 and not what_if:
            found = (last.folded, last.layout)
        else:
            found = stood(moment)
        if found is None:
            continue
        if quiet is not None and quiet.layout is not found[1]:
            quiet = _Quiet(course, *found)
        states[-1].until = moment
        given = _given(found[1]) | (dict(quiet.told.given) if quiet is not None else {})
        states.append(Known(moment, NEVER, *found, given))
    if what_if:
        states[-1].until = now
        states.append(Known(now, NEVER, last.folded, last.layout, last.given))
    return states


class _Quiet:
    """Which events leave a layout as it is."""

    def __init__(self, course: Course, folded: Folded, layout: Layout) -> None:
        self.course = course
        self.layout = layout
        self.person = PersonClock(course, folded)
        self.told = _Told(course, self.person, layout)
        self.zone = None if course.clinic is None else times.clock(course.session_zone)
        self.runs = {run.key: run for run in layout.runs}
        self.gates = any(rule.gate for run in layout.runs for rule in run.protocol.decisions)
        self.settled: set[str] = set()

    def hears(self, event: Event) -> bool:
        """Whether an event, known now, moves no session."""
        match event:
            case ReviewHeld():
                return not self.gates
            case ClinicalEvent():
                return event.kind not in ("death", "dose-elsewhere")
            case DoseFact():
                return self._dose(event)
            case Retracted():
                gone = [one for one in self.course.history if one.id == event.event]
                return bool(gone) and all(isinstance(one, _QUIET) for one in gone)
            case _:
                return False

    def _dose(self, event: DoseFact) -> bool:
        """Whether a dose is the one planned: named, of an open session, and on its day."""
        laid = self.layout.by_key.get(event.session or "")
        if laid is None or not self._open(laid) or self._day(event) != laid.day:
            return False
        run = self.runs.get(laid.key.rpartition("/")[0])
        if run is None or (isinstance(run.phase.cadence, Every) and laid.day != laid.target):
            return False
        first = self.layout.runs[0].sessions[0]
        if laid is not first and first.fact is None and first.key not in self.settled:
            return False
        self.settled.add(laid.key)
        return True

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
        seconds = instant_key(event.at)
        return self.person.day_of(seconds) if self.zone is None else self.zone.ordinal_of_key(seconds)
