"""When what a plan would tell is told: what stood between two events, looked at in order.

Every (key, revision) is told at the first instant at which its state stood, its time had come and it was of
use. That instant follows from the events before it alone, so nobody has to remember what was told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from attrs import evolve, frozen

from .checkin_items import NEVER, PersonClock
from .plan import Plan
from .reminders_checkins import checkin_candidates
from .reminders_clinic import clinic_candidates
from .reminders_ground import Gathering, Ground
from .reminders_hours import ContactHours
from .reminders_model import DAY, Candidate
from .reminders_recorded import recorded_candidates
from .reminders_sessions import session_candidates

__all__ = ["Fired", "Stretch", "Teller", "gather"]

_REMEMBER = 45 * DAY
"""Longer than anything stays useful after its natural instant."""


@frozen
class Stretch:
    """What stood from ``since`` on (UTC seconds) until something else became known at ``until``."""

    since: int
    until: int
    ground: Ground
    hours: ContactHours
    last: bool


@frozen
class Fired:
    """A candidate told at an instant, or dropped there for a reason."""

    at: int
    one: Candidate
    stretch: Stretch
    done: str = ""
    why: str = ""


class Teller:
    """Tells what fires in stretches of one plan; each state that stood is worked out once."""

    def __init__(self, plan: Plan, now: int, *, home_clock: bool, at_once: bool) -> None:
        self.plan = plan
        self.now, self.home_clock, self.at_once = now, home_clock, at_once
        self.moments = plan.moments
        self.final = len(self.moments) - 1
        self.made: dict[int, Stretch | None] = {}
        self.known: dict[int, dict[tuple[str, int, int, int], Candidate]] = {}

    def stretch(self, index: int) -> Stretch | None:
        """What stood before the first moment (index -1), or from a moment to the next."""
        if index == self.final:
            return self.ending
        if index not in self.made:
            plan = self.plan.stood(self.moments[index + 1] - 1)
            self.made[index] = None if plan is None else self._stretch(index, plan)
        return self.made[index]

    @cached_property
    def ending(self) -> Stretch:
        """What stands from the last moment on."""
        return self._stretch(self.final, self.plan)

    def _stretch(self, index: int, plan: Plan) -> Stretch:
        begin = self.moments[index] if index >= 0 else -NEVER
        last = index == self.final
        end = NEVER if last else self.moments[index + 1]
        ground = Ground(plan)
        person = PersonClock.of(ground.person.first, []) if self.home_clock else ground.person
        return Stretch(begin, end, ground, ContactHours(person, plan.course.contact_hours), last)

    def within(self, since: int, until: int) -> Iterator[tuple[int, Stretch]]:
        """The stretches that overlap one, in order."""
        index = bisect_right(self.moments, since) - 1
        while index < len(self.moments):
            stretch = self.stretch(index)
            if stretch is not None:
                if stretch.since >= until:
                    return
                yield index, stretch
            index += 1

    def fired(self, since: int, until: int, *, drops: bool) -> list[Fired]:
        """What fires, or with ``drops`` is dropped, from ``since`` to ``until``, before any cap."""
        found: list[Fired] = []
        for index, stretch in self.within(since, until):
            begin, end = max(since, stretch.since), min(until, stretch.until)
            for one in gather(stretch.ground, begin, end, late=stretch.since >= since):
                fired = self.fire(one, stretch)
                if self.at_once and one.at_once and stretch.last and fired.at >= self.now and not fired.why:
                    fired = evolve(fired, at=self.now - 1, done="at-once")
                if not begin <= fired.at < end or (fired.why and not drops):
                    continue
                if not self.before(one, index, stretch, dropped=bool(fired.why)):
                    found.append(fired)
        return found

    @staticmethod
    def fire(one: Candidate, stretch: Stretch) -> Fired:
        """When a candidate is told while a state stands, or that and why it is not."""
        base = max(one.natural, stretch.since)
        if one.bar:
            return Fired(base, one, stretch, why=one.bar)
        if base >= one.useful_until:
            return Fired(base, one, stretch, why="useless-by-then")
        if one.audience == "clinic" or one.kind.hours == "ignore":
            return Fired(base, one, stretch)
        at, done = stretch.hours.place(base, one, stretch.since)
        if at is None:
            return Fired(base, one, stretch, why="quiet")
        return Fired(at, one, stretch, done=done)

    def before(self, one: Candidate, index: int, stretch: Stretch, *, dropped: bool) -> bool:
        """Whether an earlier state has told it already; for one that is dropped, whether it has dropped it."""
        if stretch.since <= one.earliest:
            return False
        for earlier in range(index - 1, -2, -1):
            stood = self.stretch(earlier)
            if stood is None:
                continue
            if stood.until <= one.earliest:
                return False
            same = self.candidates(earlier, stood).get(one.same)
            if same is None:
                continue
            fired = self.fire(same, stood)
            if fired.at < stood.until and (not fired.why or dropped):
                return True
        return False

    def candidates(self, index: int, stood: Stretch) -> Mapping[tuple[str, int, int, int], Candidate]:
        """Everything that an earlier state would tell late in it, by what makes two the same; kept."""
        end = stood.until
        begin = max(stood.since, end - _REMEMBER)
        if index not in self.known:
            every = gather(stood.ground, begin, end, late=True)
            self.known[index] = {one.same: one for one in every}
        return self.known[index]

    def still(self, fired: Fired) -> Fired:
        """What fired, unless by the end of the stretch it is called off, answered, changed or of no use."""
        if fired.why:
            return fired
        one = fired.one
        if not fired.stretch.last:
            every = gather(self.ending.ground, fired.at, self.now, late=True)
            there = next((other for other in every if other.same == one.same), None)
            if there is None or there.bar:
                return evolve(fired, why="withdrawn")
        if one.useful_until <= self.now:
            return evolve(fired, why="useless-by-then")
        return fired


def gather(ground: Ground, since: int, until: int, *, late: bool) -> Sequence[Candidate]:
    """Everything that a plan may tell or drop in a stretch; with ``late`` also what should have been told before."""
    into = Gathering(ground, since, until, late=late)
    session_candidates(into)
    recorded_candidates(into)
    checkin_candidates(into)
    clinic_candidates(into)
    return into.found
