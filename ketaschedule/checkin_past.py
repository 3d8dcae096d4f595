"""The past of a course in states, each with what was known from one instant to the next; and pasts that are kept."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Mapping

from attrs import Factory, evolve, frozen, mutable

from . import times
from .alerts import Alert
from .checkin_quiet import Quiet
from .course import Course
from .folding import Folded, fold
from .history import DecisionTaken, Event
from .laid import Layout

__all__ = ["Before", "Kept", "Known", "known_from", "most_states"]


MOST_STATES = 4000
"""Changes of a course that are followed one by one; of more, only the latest, which the plan says (house)."""
_MOST_READ = 8_000_000
_ALWAYS = 400


def most_states(events: int) -> int:
    """How many changes are followed of a course with so many events: all of some 2,800, fewer of longer histories, as each is
    followed through all of it; never less than 400.

    >>> [most_states(events) for events in (500, 2800, 20_000)]
    [4000, 2856, 400]
    """
    return max(_ALWAYS, min(MOST_STATES, _MOST_READ // (1 + events)))


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


def known_from(event: Event) -> int:
    """The instant (UTC seconds) from which an event counts: when it was recorded, and not before it happened."""
    known = event.recorded_key
    return max(known, event.at_key) if isinstance(getattr(event, "at", None), datetime.datetime) else known


class Kept:
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
        self.whole = len(moments) < most_states(
            len(course.history)
        )  # else where a past begins hangs on where it ends

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
