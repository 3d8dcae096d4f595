"""When people may be told: contact hours on the person's wall clock, and the clinic's mornings.

Outside contact hours is quiet. What falls there waits for the next opening, or, where it would then come too
late and its kind allows it, is brought forward to an hour before the last closing.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

from . import times
from .availability import Clinic, DaySet, holiday_days
from .checkin_items import PersonClock
from .days import MINUTES_PER_DAY
from .errors import InputError, one_fault
from .reminders_model import Candidate

__all__ = ["CLINIC_MORNING", "ContactHours", "contact_minutes", "working_day"]

CLINIC_MORNING = 8 * 60
"""When the clinic's own list is told of something that has no hour: 08:00 in the clinic's zone (house)."""
BEFORE_CLOSING = 3600
"""How long before closing something brought forward is told, in seconds (house)."""


@lru_cache(maxsize=64)
def contact_minutes(text: str) -> tuple[int, int]:
    """Contact hours, ``HH:MM-HH:MM``, in minutes after midnight; the end may be ``24:00``.

    Raises :class:`InputError` with the path ``contact_hours``.

    >>> contact_minutes("08:00-21:00")
    (480, 1260)
    """
    path, allowed = "contact_hours", "HH:MM-HH:MM within one day, such as 08:00-21:00"
    first, dash, last = text.partition("-")
    try:
        start = times.parse_minute(first.strip(), path)
        end = times.parse_minute(last.strip(), path, end=True)
    except InputError:
        raise one_fault(path, f"{text[:40]!r} are no hours", allowed) from None
    if not dash or end <= start:
        raise one_fault(path, f"{text[:40]!r} end before they begin", allowed)
    return start, end


class ContactHours:
    """Contact hours on one person's wall clock."""

    def __init__(self, person: PersonClock, text: str) -> None:
        self.person = person
        self.start, self.end = contact_minutes(text)

    def opening(self, day: int) -> int:
        """UTC seconds at which the hours of a day begin."""
        return self.person.at(day, self.start)

    def closing(self, day: int) -> int:
        """UTC seconds at which they end."""
        if self.end == MINUTES_PER_DAY:
            return self.person.at(day + 1, 0)
        return self.person.at(day, self.end)

    def is_open(self, instant: int) -> bool:
        """Whether an instant (UTC seconds) lies within contact hours."""
        day = self.person.day_of(instant)
        return self.opening(day) <= instant < self.closing(day)

    def place(self, base: int, one: Candidate, floor: int) -> tuple[int | None, str]:
        """Where something due at ``base`` is told, not before ``floor``; ``None`` where there is no instant.

        The second is what was done: ``""``, ``delayed``, ``brought-forward`` or ``quiet``.
        """
        day = self.person.day_of(base)
        opening = self.opening(day)
        if opening <= base < self.closing(day):
            return base, ""
        following = opening if base < opening and self.is_open(opening) else self._next(day, base)
        if following < one.by:
            return following, "delayed"
        if one.kind.hours == "forward":
            before = self._before(day, base)
            if before is not None and before >= floor:
                return before, "brought-forward"
        if following < one.useful_until:
            return following, "delayed"
        return None, "quiet"

    def _next(self, day: int, base: int) -> int:
        """The opening of the next day that has hours: a date that the zone leaves out has none, nor has one that ended, by
        a change of zone, before it opened.
        """
        later = day + 1
        while not (base < self.opening(later) and self.is_open(self.opening(later))):
            later += 1
        return self.opening(later)

    def _before(self, day: int, base: int) -> int | None:
        """An hour before the last closing, or at opening where the hours are shorter than that."""
        for earlier in (day, day - 1, day - 2):
            closing, opening = self.closing(earlier), self.opening(earlier)
            at = max(opening, closing - BEFORE_CLOSING)
            if closing <= base and opening < closing and self.is_open(at):
                return at
        return None


def working_day(clinic: Clinic | None, day: int) -> bool:
    """Whether the clinic works on a day: open at any hour of it, else Monday to Friday where no hours are given.

    >>> import pendulum
    >>> [working_day(None, pendulum.date(2026, 12, day).toordinal()) for day in (4, 5)]
    [True, False]
    """
    weekday = (day - 1) % 7
    if clinic is None or not clinic.hours:
        if weekday > 4:
            return False
    elif not clinic.hours.get(times.WEEKDAYS[weekday]):
        return False
    if clinic is None:
        return True
    if day in _closed(clinic.closed):
        return False
    place = clinic.holidays
    return place is None or day not in holiday_days(place, datetime.date.fromordinal(day).year)


@lru_cache(maxsize=64)
def _closed(ranges: tuple[tuple[datetime.date, datetime.date], ...]) -> DaySet:
    return DaySet.of([(first.toordinal(), last.toordinal()) for first, last in ranges])
