"""One thing to ask before anything is merged, and the person's wall clock by which it is timed.

Instants are UTC seconds here, and days ordinals of the person's local date; pendulum values are made
where a check-in leaves the library (:mod:`ketaschedule.checkins`).
"""

from __future__ import annotations

from functools import lru_cache

from attrs import mutable

from . import times
from .course import Course
from .days import EPOCH_DAY, SECONDS_PER_DAY
from .folding import Folded

__all__ = ["DUE_MINUTE", "HOUR", "NEVER", "OPENS_MINUTE", "Item", "PersonClock", "plain_midnight", "wall_key"]

HOUR = 3600
OPENS_MINUTE = 8 * 60
"""What is asked on a day of the calendar opens at 08:00 of the person's day (house)."""
DUE_MINUTE = 10 * 60
"""And is due at 10:00 (house)."""
NEVER = 1 << 60
"""An instant, in UTC seconds, that no plan reaches."""


@mutable(eq=False)
class Item:
    """One thing to ask: when it opens, is due and closes (UTC seconds, half-open), and where it comes from.

    ``key`` is the structural key: ``base``, which is what it hangs on and what is asked, and its number.
    ``again``: once its window has passed and what it hangs on has moved on, it is asked anew under the
    next number. ``whole``: a day of a watch's floor, which asks the whole PHQ-9. ``offset``: days since the
    anchor of a watch. ``void``: what it hangs on was called off.
    """

    key: str
    base: str
    number: int
    anchor: str
    purpose: str
    opens: int
    due: int
    closes: int
    day: int
    instruments: tuple[str, ...]
    rule: str
    text: str
    source: str
    rank: int
    void: bool = False
    again: bool = False
    whole: bool = False
    offset: int = 0

    def renumbered(self, number: int) -> None:
        """Ask it under another number."""
        self.number = number
        self.key = f"{self.base}/{number}"


@lru_cache(maxsize=1 << 16)
def plain_midnight(zone: str, day: int) -> int | None:
    """UTC seconds of 00:00 of a day on which no wall time is missing or doubled; else ``None``."""
    clock = times.clock(zone)
    return None if clock.changes_on(day) else times.instant_key(clock.at(day, 0))


def wall_key(zone: str, day: int, minute: int) -> int:
    """UTC seconds of a wall time; a missing one is the first instant after the gap, of two the first.

    >>> wall_key("America/New_York", 739683, 150) - wall_key("America/New_York", 739683, 0)
    7200
    """
    start = plain_midnight(zone, day)
    if start is not None:
        return start + 60 * minute
    return times.instant_key(times.clock(zone).at(day, minute))


class PersonClock:
    """The person's wall clock, whose zone may change from a date on."""

    first: str
    later: list[tuple[int, str]]

    def __init__(self, course: Course, folded: Folded) -> None:
        self.first = times.clock(course.zone).name
        self.later = [(event.from_date.toordinal(), times.clock(event.zone).name) for event in folded.zones]

    @classmethod
    def of(cls, first: str, later: list[tuple[int, str]]) -> PersonClock:
        """A clock from the name of its first zone and, in order, the days from which on it has others."""
        made = cls.__new__(cls)
        made.first, made.later = first, later
        return made

    def zone_on(self, day: int) -> str:
        """The zone in force on a local date."""
        found = self.first
        if not self.later:
            return found
        for first, zone in self.later:
            if day >= first:
                found = zone
        return found

    def on(self, day: int) -> times.ZoneClock:
        """The clock in force on a local date."""
        return times.clock(self.zone_on(day))

    def at(self, day: int, minute: int) -> int:
        """UTC seconds of a wall time."""
        return wall_key(self.zone_on(day) if self.later else self.first, day, minute)

    def begins(self, day: int) -> int:
        """UTC seconds before which no instant has this local date: who travels west has left it on another clock."""
        return min(wall_key(zone, day, 0) for zone in (self.first, *(zone for _, zone in self.later)))

    def morning(self, day: int) -> tuple[int, int]:
        """UTC seconds at which what is asked on a day of the calendar opens and is due."""
        zone = self.zone_on(day) if self.later else self.first
        start = plain_midnight(zone, day)
        if start is None:
            return wall_key(zone, day, OPENS_MINUTE), wall_key(zone, day, DUE_MINUTE)
        return start + 60 * OPENS_MINUTE, start + 60 * DUE_MINUTE

    def day_of(self, seconds: int) -> int:
        """The person's local date of an instant."""
        found = _day_in(self.first, seconds)
        if not self.later:
            return found
        for first, zone in self.later:
            day = _day_in(zone, seconds)
            if day >= first:
                found = day
        return found


def _day_in(zone: str, seconds: int) -> int:
    guess = seconds // SECONDS_PER_DAY + EPOCH_DAY
    start = plain_midnight(zone, guess)
    if start is not None and start <= seconds < start + SECONDS_PER_DAY:
        return guess
    for day in (guess - 1, guess + 1):
        start = plain_midnight(zone, day)
        if start is not None and start <= seconds < start + SECONDS_PER_DAY:
            return day
    return times.clock(zone).ordinal_of_key(seconds)
