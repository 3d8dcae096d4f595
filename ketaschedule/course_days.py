"""The local days of a course's sessions, whose zone may change on the way."""

from __future__ import annotations

from functools import lru_cache

from attrs import frozen

from . import times
from .course import Course
from .history import ZoneChanged

__all__ = ["SessionDays"]


@lru_cache(maxsize=4096)
def _local_day(zone: str, instant: int) -> int:
    return times.clock(zone).ordinal(times.clock(zone).from_key(instant))


@frozen
class SessionDays:
    """Local days and times of sessions: in the clinic's zone, else in the person's, which may change from a date on.

    ``zones`` is (first day, zone) in order of time.
    """

    zones: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, course: Course, changes: list[ZoneChanged]) -> SessionDays:
        """Those of a course with these changes of the person's zone."""
        later = () if course.clinic is not None else changes
        return cls(((0, course.session_zone), *((zone.from_date.toordinal(), zone.zone) for zone in later)))

    def __call__(self, seconds: int) -> int:
        """The local day of an instant (UTC seconds)."""
        return self._found(seconds)[1]

    def clock(self, seconds: int) -> times.ZoneClock:
        """The clock in force at an instant (UTC seconds)."""
        return times.clock(self._found(seconds)[0])

    def clock_on(self, day: int) -> times.ZoneClock:
        """The clock in force on a local day."""
        found = self.zones[0][1]
        for first, zone in self.zones[1:]:
            if day >= first:
                found = zone
        return times.clock(found)

    def _found(self, seconds: int) -> tuple[str, int]:
        name = self.zones[0][1]
        found = _local_day(name, seconds)
        for first, zone in self.zones[1:]:
            day = _local_day(zone, seconds)
            if day >= first:
                name, found = zone, day
        return name, found
