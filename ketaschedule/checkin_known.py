"""What was known when: the layouts that stood before the present one, as far as events changed them.

A check-in that has opened never moves. When it opened, and as what, follows from the events that were
recorded by then; so the course is laid out again as it stood after each event that could have changed
it. What changes nothing is passed over: a dose given on the day on which it was planned, or some days
later where a fixed grid leaves all that follows as it is, and a booking for the planned instant. The past
up to the last such event is kept with the course: after one more event a plan goes on from there.
"""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterable, Mapping

from attrs import Factory, evolve, frozen, mutable

from . import times
from .alerts import Alert
from .availability import day_test
from .checkin_items import NEVER, PersonClock
from .checkin_programme import Programme
from .checkin_quiet import QUIET, Quiet, Told
from .course import Course
from .days import instant_key
from .errors import InputError
from .folding import Folded, fold
from .history import (
    DecisionTaken,
    DoseFact,
    Event,
    SessionBooked,
    SessionMoved,
)
from .laid import Layout
from .matching import lay_matched

__all__ = ["MOST_STATES", "Known", "known_from", "known_states"]

MOST_STATES = 400
"""Changes of a course that are followed one by one; of more, only the latest."""


@mutable(eq=False)
class Known:
    """What was known from ``since`` to ``until`` (UTC seconds, half-open).

    ``given`` are the instants of the doses recorded by then, by session key. ``folded`` and ``layout``
    may be those of a later state where nothing that matters here differs. ``before`` is where what had opened
    before this state is kept, of a state from which later plans go on; ``overdue`` are the Alerts of Decisions that
    were overdue when it ended, once they were asked for.
    """

    since: int
    until: int
    folded: Folded
    layout: Layout
    given: Mapping[str, int] = Factory(dict)
    before: Before | None = None
    overdue: tuple[Alert, ...] | None = None


@mutable(eq=False)
class Before:
    """What had opened before a state: a book that its writer leaves here for the next plan, and nobody writes on."""

    book: object | None = None


@frozen
class _Past:
    """A past up to one moment: its states, of which the last is still open, and what it would pass over."""

    states: tuple[Known, ...]
    quiet: Quiet | None


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
    if unique and not what_if and _as_planned(course, layout, person, moments):
        return _with_doses(course, last, person, moments)
    return _replayed(course, last, moments[-MOST_STATES:], now, weeks, until, unique=unique, what_if=what_if)


def _moments(course: Course, now: int) -> list[tuple[int, list[Event]]]:
    """The instants at which something became known that can move a session, each with its events."""
    found: dict[int, list[Event]] = {}
    for event in course.history:
        if isinstance(event, QUIET):
            continue
        known = known_from(event)
        if known <= now:
            found.setdefault(known, []).append(event)
    return sorted(found.items())


def known_from(event: Event) -> int:
    """The instant (UTC seconds) from which an event counts: when it was recorded, and not before it happened."""
    known = event.recorded_key
    return max(known, event.at_key) if isinstance(getattr(event, "at", None), datetime.datetime) else known


def _given(layout: Layout) -> dict[str, int]:
    """Instants of the doses that settle a session, by its key."""
    return {
        laid.key: laid.dose.key
        for run in layout.runs
        for laid in run.sessions
        if laid.dose is not None and laid.counts
    }


def _as_planned(
    course: Course, layout: Layout, person: PersonClock, moments: Iterable[tuple[int, list[Event]]]
) -> bool:
    """Whether every dose was given on the day of its target, every session stands there, and no more happened.

    Then each session was planned there all along: no other placing is as near to the targets. A booking for
    the very instant is as if there were none.
    """
    seen: set[str] = set()
    programme = Programme(course, layout, person, {}, NEVER)
    for _, events in moments:
        for event in events:
            if isinstance(event, SessionBooked | SessionMoved):
                booked = layout.by_key.get(event.session)
                if booked is None or booked.minute != course.minute or booked.released:
                    return False
                if instant_key(event.to) != programme.start(booked):
                    return False
                continue
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
    told = Told(course, person, last.layout)
    for moment, events in moments:
        if told.tells(moment, events):
            states[-1].until = moment
            states.append(Known(moment, NEVER, last.folded, last.layout, dict(told.given)))
    return states


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
        try:
            folded = fold(course, times.clock("UTC").from_key(moment))
            return folded, lay_matched(course, folded, weeks=weeks, until=until)
        except InputError:
            return None  # there was no plan then, so nothing opened

    kept = _Kept(course, moments, (weeks or 26, until, unique))
    states, quiet, done = kept.found()
    if not states:
        begun = stood(moments[0][0] - 1) if moments else None
        if begun is None:
            begun = (last.folded, last.layout)
            kept.whole = False
        states = [Known(-NEVER, NEVER, *begun)]
        quiet = Quiet(course, *begun, -NEVER) if unique else None
    for number, (moment, events) in enumerate(moments[done:], start=done):
        heard = quiet is not None and all(quiet.hears(event) for event in events)
        found: tuple[Folded, Layout] | None = (states[-1].folded, states[-1].layout)
        if quiet is not None and heard:
            if not quiet.told.tells(moment, events):
                continue
        elif number == len(moments) - 1 and not what_if:
            found = (last.folded, last.layout)
        else:
            found = stood(moment)
        if found is None:
            continue
        if quiet is not None and not heard:
            quiet = Quiet(course, *found, moment)
        states[-1].until = moment
        given = _given(found[1]) | (dict(quiet.told.given) if quiet is not None else {})
        states.append(Known(moment, NEVER, *found, given))
    if what_if:
        states[-1].until = now
        states.append(Known(now, NEVER, last.folded, last.layout, last.given))
    elif done < len(moments):
        kept.keep(states, quiet, now)
    return states


class _Kept:
    """The pasts that are kept of a course, each up to one of ``moments`` and for the events recorded by then.

    A past follows from those events alone: what was recorded later was not known, and what was recorded between
    two moments moves nothing.
    """

    def __init__(
        self, course: Course, moments: list[tuple[int, list[Event]]], bounds: tuple[Hashable, ...]
    ) -> None:
        self.course = course
        self.memory = course.memory.pasts
        self.moments = moments
        self.bounds = bounds
        self.whole = len(moments) < MOST_STATES  # else where a past begins hangs on where it ends

    def found(self) -> tuple[list[Known], Quiet | None, int]:
        """The longest past that is kept, its own to go on with, and how many of the moments it covers; none at first."""
        kinds = self.memory.kinds() if self.whole else set()
        for number in range(len(self.moments) - 1, -1, -1) if kinds else ():
            moment = self.moments[number][0]
            what = (*self.bounds, moment)
            if what in kinds:
                past: _Past | None = self.memory.find(what, self._known_by(moment))
                if past is not None:
                    quiet = None if past.quiet is None else past.quiet.copy(self.course)
                    return [*past.states[:-1], evolve(past.states[-1], overdue=None)], quiet, number + 1
        return [], None, 0

    def keep(self, states: list[Known], quiet: Quiet | None, now: int) -> None:
        """Keep the past up to the last moment for a plan of a later one; what was said since then goes with none of it."""
        decisions = (event for event in self.course.history if isinstance(event, DecisionTaken))
        if not self.whole or any("event/" in event.decision for event in decisions):
            return  # a Decision about an event has no ground until that event is recorded, whatever that moves
        if states[-1].before is None:
            states[-1].before = Before()
        moment = self.moments[-1][0]
        stood = evolve(states[-1], overdue=None)
        if stood.since == moment and any(moment < known_from(event) <= now for event in self.course.history):
            stood.folded = fold(self.course, times.clock("UTC").from_key(moment))
        past = _Past((*states[:-1], stood), None if quiet is None else quiet.copy(self.course))
        self.memory.keep((*self.bounds, moment), self._known_by(moment), past)

    def _known_by(self, moment: int) -> list[Event]:
        return [event for event in self.course.history if event.recorded_key <= moment]
