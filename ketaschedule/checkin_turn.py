"""Doses that came in turn, some of them late: a stretch of the past that one layout tells.

Where sessions count from the dose before, each dose that is late moves all that follow, and so makes another layout.
But what is asked until the next dose is known hangs on one day that could have moved: that of the next session. The
layout of the last dose still has it, as it was planned then (``Laid.planned``). So a stretch of such doses is told by
that layout, with each of them on its planned day, where nothing else that had moved could be asked, joined to
what was asked, or bear on its form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy

from attrs import evolve

from .availability import day_test
from .checkin_items import PersonClock, wall_key
from .checkin_quiet import Quiet
from .checkin_watch import watch_anchors
from .course import Course
from .days import instant_key
from .folding import Folded
from .history import DoseFact, Event, SessionBooked, SessionGiven, SessionMoved
from .laid import Laid, Layout, Run
from .protocol import Every

__all__ = ["Turn", "is_likely", "stretch_end"]

Moments = Sequence[tuple[int, list[Event]]]
_Late = tuple[int, int, Laid, int]
"""Of a dose that came late: when it became known, on which day that was, its session, and how many days late it was."""
_SOON_DAYS = 5
"""A dose that became known later than this after its planned day is none of a stretch: a Decision may be overdue by then."""
_FAR_DAYS = 15
"""A watch that begins nearer than this may bear on what is asked now: a week around a whole PHQ-9, two to the next."""


def stretch_end(quiet: Quiet, moments: Moments, number: int) -> int:
    """The last of ``moments`` up to which, from ``number`` on, nothing became known but doses and bookings of one phase
    that counts from dose to dose, and what is quiet under any layout; less than ``number`` where there is none.
    """
    here = ""
    for index in range(number, len(moments)):
        doses = 0
        for event in moments[index][1]:
            if isinstance(event, SessionGiven | SessionBooked | SessionMoved):
                key = (event.session or "").rpartition("/")[0]
                run = quiet.runs.get(key)
                doses += isinstance(event, SessionGiven)
                if (
                    run is None
                    or not isinstance(run.phase.cadence, Every)
                    or doses > 1
                    or key != (here or key)
                ):
                    return index - 1
                here = key
            elif isinstance(event, DoseFact) or not quiet.hears(event):
                return index - 1
    return len(moments) - 1


def is_likely(before: Layout, folded: Folded, moments: Moments) -> bool:
    """Whether it is worth asking: not where a watch begins soon after the second dose, by what was planned before."""
    known = folded.days(moments[1][0])
    days = [anchor.day for anchor in watch_anchors(before)]
    return not any(known <= day < known + _FAR_DAYS for day in days)


class Turn:
    """A stretch of moments from one layout, known as ``folded``, to the one laid after it."""

    def __init__(
        self, course: Course, folded: Folded, before: Layout, later: Layout, moments: Moments
    ) -> None:
        self.course = course
        self.folded = folded
        self.later = later
        self.moments = moments
        self.person = PersonClock(course, folded)
        self.doses = [
            (moment, event)
            for moment, events in moments
            for event in events
            if isinstance(event, SessionGiven)
        ]
        self.run = self._run(before)

    def count(self) -> int:
        """How many of the moments are in turn: all, or those before the first that is not."""
        run, doses = self.run, self.doses
        if run is None or len(doses) < 2:
            return 0
        place = next((n for n, laid in enumerate(run.sessions) if laid.key == doses[0][1].session), 0)
        self.found = found = run.sessions[place : place + len(doses)]
        coming = run.sessions[place + 1 :]
        if not place or len(coming) < len(doses) or not self._free(run, place, found):
            return 0
        width = run.phase.window_days or 0
        if min(laid.interval for laid in coming[: len(doses) + 1]) < width + run.protocol.min_gap_days:
            return 0
        is_open, reach = self._open_days(run), _reach_days(run)
        late: list[_Late] = []  # all but the first
        for (moment, event), laid, following in zip(doses, found, coming, strict=False):
            known = self.folded.days(moment)
            if not (self._came(laid, event, moment, known) and is_open(laid.planned)):
                return self._before(moment)
            days = laid.day - laid.planned
            if days and laid is not found[0]:
                thought = following.target - days  # where the next was planned until this one was known
                if thought - reach - (0 if is_open(thought) else width) <= known:
                    return self._before(moment)
                late.append((moment, known, laid, days))
        bad = [*self._booked_elsewhere(run), *self._near_a_watch(late)]
        return self._before(min(bad)) if bad else len(self.moments)

    def layout(self) -> Layout:
        """The later layout with the doses that became known on the way on the days on which they were planned."""
        assert self.run is not None
        moved = {laid.key: copy(laid) for laid in self.found[1:] if laid.day != laid.planned}
        for laid in moved.values():
            laid.day = laid.planned
        like = evolve(self.run, sessions=[moved.get(laid.key, laid) for laid in self.run.sessions])
        runs = [like if one is self.run else one for one in self.later.runs]
        return evolve(self.later, runs=runs, by_key={**self.later.by_key, **moved}, watched=None)

    def _run(self, before: Layout) -> Run | None:
        """The phase, where it goes on from dose to dose and nothing else places its sessions."""
        later = self.later
        key = (self.doses[0][1].session or "").rpartition("/")[0] if self.doses else ""
        run = next((one for one in later.runs if one.key == key), None)
        if run is None or not isinstance(run.phase.cadence, Every) or run.phase.missed.rule == "shift":
            return None
        if self.course.preferred or self.folded.availability or later.day1 != before.day1 or later.matched:
            return None
        if run.leaves is not None or run.left is not None or run.limit is not None or run.more:
            return None
        if any(since is not None for since, _ in run.changes) or any(laid.batch for laid in run.sessions):
            return None
        return run

    def _free(self, run: Run, place: int, found: Sequence[Laid]) -> bool:
        """Whether all before the stretch is known and nothing after it, and no pause reaches into it."""
        after = run.sessions[place + len(found) :]
        return (
            all(laid.fact is not None for laid in run.sessions[:place])
            and all(laid.fact is None and laid.dose is None for laid in after)
            and self.later.facts.days[-1:] == [found[-1].day]
            and all(
                resumed is not None and resumed < found[0].planned for _, resumed, _, _ in self.later.pauses
            )
        )

    def _came(self, laid: Laid, event: Event, moment: int, known: int) -> bool:
        """Whether a dose came on the day of its session as it was planned then, or later, and was soon known."""
        if laid.fact is not event or not laid.counts or laid.early or laid.omitted or laid.released:
            return False
        if laid.planned != laid.target or laid.day < laid.planned or laid.cancelled is not None:
            return False
        return known <= laid.planned + _SOON_DAYS and moment >= self._start(laid.planned)

    def _booked_elsewhere(self, run: Run) -> Iterator[int]:
        """When something was booked for another instant than that which was planned anyway."""
        sessions = {laid.key: laid for laid in run.sessions}
        given = {laid.key for laid in self.found}
        for moment, events in self.moments:
            for event in events:
                if isinstance(event, SessionBooked | SessionMoved):
                    laid = sessions.get(event.session)
                    day = 0 if laid is None else laid.planned if laid.key in given else laid.day
                    stands = laid is not None and not laid.released and day == laid.target
                    if not stands or instant_key(event.to) != self._start(day):
                        yield moment

    def _before(self, moment: int) -> int:
        return sum(at < moment for at, _ in self.moments)

    def _start(self, day: int) -> int:
        """UTC seconds at which a session is planned to begin on a day."""
        own = self.course.clinic is None
        return wall_key(
            self.person.zone_on(day) if own else self.course.session_zone, day, self.course.minute
        )

    def _open_days(self, run: Run) -> Callable[[int], bool]:
        course, clock_on = self.course, self.folded.days.clock_on

        def skips(day: int) -> bool:
            return clock_on(day).skips(day)

        test = day_test(
            course.clinic,
            minute=course.minute,
            minutes=run.protocol.session_minutes,
            skips=skips,
            away=course.away,
        )
        return test or (lambda day: not skips(day))

    def _near_a_watch(self, late: Sequence[_Late]) -> Iterator[int]:
        """When late doses became known soon before a watch that they moved begins."""
        anchors = [anchor.day for anchor in watch_anchors(self.later)]
        moved = 0
        for moment, known, laid, days in reversed(late):
            moved += days
            if any(laid.day <= day < known + moved + _FAR_DAYS for day in anchors):
                yield moment


def _reach_days(run: Run) -> int:
    """Days before a session on which what hangs on it may be asked, or joined to something else; with one for clocks that
    differ, and one for the day itself.
    """
    hours = [
        rule.opens_hours - min(0, rule.offset_hours)
        for rule in run.protocol.checkins
        if rule.anchor == "before-dose"
    ]
    return -(-max(hours, default=0) // 24) + 1
