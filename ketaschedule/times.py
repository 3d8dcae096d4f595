"""Dates, wall times and zones: every trap of datetimes is handled here, once.

Inside the library a day is an ``int`` (the proleptic Gregorian ordinal of a date), a time of day is an
``int`` (minutes after local midnight), and pendulum values are made at the edge, by a :class:`ZoneClock`.

One rule, everywhere: a wall time that does not exist becomes the first instant after the gap; one that
comes twice is the first of the two. Zones are read from the ``tzdata`` package, never from the system,
so that the same input gives the same plan on every machine. Nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable
from functools import cache
from typing import Final

import pendulum

from ketaschedule.days import (
    EPOCH_DAY,
    FIRST_YEAR,
    LAST_YEAR,
    MINUTES_PER_DAY,
    SECONDS_PER_DAY,
    WEEKDAYS,
    combine,
    date_of,
    instant_key,
    iso,
    iso_date,
    minute_text,
    ordinal,
    parse_date,
    parse_instant,
    parse_minute,
    parse_weekday,
)
from ketaschedule.errors import one_fault
from ketaschedule.zones import OffsetTable, tzdata_edition, zone, zone_names

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "MINUTES_PER_DAY",
    "WEEKDAYS",
    "Shift",
    "ZoneClock",
    "clock",
    "date_of",
    "instant_key",
    "iso",
    "iso_date",
    "minute_text",
    "ordinal",
    "parse_date",
    "parse_instant",
    "parse_minute",
    "parse_weekday",
    "tzdata_edition",
    "zone",
    "zone_names",
]

_date_from = dt.date.fromordinal
_TIMES: Final = {minute: dt.time(minute // 60, minute % 60) for minute in range(MINUTES_PER_DAY)}


class Shift(enum.StrEnum):
    """What the zone does to a wall time. Only ``NONE`` is false, so ``if shift:`` asks "was it touched?"."""

    NONE = "none"
    GAP = "gap"
    REPEAT = "repeat"

    def __bool__(self) -> bool:
        return self is not Shift.NONE


def _check_minute(minute: int) -> None:
    if minute not in _TIMES:
        raise one_fault("minute", f"minute {minute!r:.20} is not in a day", f"0 to {MINUTES_PER_DAY}")


class ZoneClock:
    """One zone, asked in days and minutes. Make it with :func:`clock`, which keeps one per zone.

    ``day`` is a date ordinal, ``minute`` counts from local midnight: 0 to 1439, or 1440 for the end of the
    day, which is 00:00 of the next. Outside of these, or more than ten years outside of the years 1900 to
    2200, each method raises :class:`InputError`.
    """

    __slots__ = ("_table", "name", "tz")

    name: Final[str]
    tz: Final[pendulum.Timezone]

    def __init__(self, name: str) -> None:
        self.tz = zone(name)
        self.name = self.tz.name
        self._table: Final = OffsetTable(self.tz)

    def __repr__(self) -> str:
        return f"clock({self.name!r})"

    def __reduce__(self) -> tuple[Callable[[str], ZoneClock], tuple[str]]:
        return clock, (self.name,)

    def at(self, day: int, minute: int) -> pendulum.DateTime:
        """The instant of a wall time: in a gap the first after it, of two the first.

        >>> new_york = clock("America/New_York")
        >>> iso(new_york.at(ordinal(dt.date(2026, 3, 8)), 150))
        '2026-03-08T03:00:00-04:00'
        """
        if day not in self._table[day >> 9]:
            try:
                return combine(_date_from(day), _TIMES[minute], self.tz)
            except KeyError:
                pass
        if minute == MINUTES_PER_DAY:
            return self.at(day + 1, 0)
        _check_minute(minute)
        return self.from_key(self._resolve(day, minute * 60)[0])

    def _resolve(self, day: int, second: int) -> tuple[int, Shift]:
        """UTC seconds and shift of the wall time ``second`` after 00:00 of a day that the table holds."""
        wall = (day - EPOCH_DAY) * SECONDS_PER_DAY + second
        stretches = self._table[day >> 9][day]
        for number, stretch in enumerate(stretches):
            utc = wall - stretch.offset
            if utc < stretch.start:  # over before this stretch begins, not yet come in the one before
                return stretch.start, Shift.GAP
            if utc < stretch.end:
                again = any(
                    later.start <= wall - later.offset < later.end for later in stretches[number + 1 :]
                )
                return utc, Shift.REPEAT if again else Shift.NONE
        raise AssertionError("stretches reach two days beyond their block")  # offsets are under a day

    def shift(self, day: int, minute: int) -> Shift:
        """Whether a wall time is missing (``GAP``), comes twice (``REPEAT``), or neither (``NONE``).

        >>> clock("America/New_York").shift(ordinal(dt.date(2026, 11, 1)), 90)
        <Shift.REPEAT: 'repeat'>
        """
        if minute == MINUTES_PER_DAY:
            return self.shift(day + 1, 0)
        _check_minute(minute)
        return self._resolve(day, minute * 60)[1] if day in self._table[day >> 9] else Shift.NONE

    def skips(self, day: int) -> bool:
        """Whether the zone leaves the whole date out, as Apia did with 30 December 2011.

        >>> clock("Pacific/Apia").skips(ordinal(dt.date(2011, 12, 30)))
        True
        """
        if day not in self._table[day >> 9]:
            return False
        first, _ = self._resolve(day, 0)  # of a date left out it is the start of the next
        return self.ordinal_of_key(first) != day

    def day_start(self, day: int) -> pendulum.DateTime:
        """The first instant of a local date: 00:00, or the end of the gap that takes it.

        Of a skipped date it is the first instant after the gap, the same as the next date's.

        >>> iso(clock("Asia/Beirut").day_start(ordinal(dt.date(2026, 3, 29))))
        '2026-03-29T01:00:00+03:00'
        """
        return self.at(day, 0)

    def changes_on(self, day: int) -> bool:
        """Whether some wall time of this date is missing or comes twice.

        >>> clock("Europe/London").changes_on(ordinal(dt.date(2026, 10, 25)))
        True
        """
        return day in self._table[day >> 9]

    def change_days(self, first: int, last: int) -> list[int]:
        """The dates from ``first`` to ``last``, both included, on which a wall time is missing or comes twice.

        >>> year = ordinal(dt.date(2026, 1, 1)), ordinal(dt.date(2026, 12, 31))
        >>> [iso_date(day) for day in clock("Africa/Casablanca").change_days(*year)]
        ['2026-02-15', '2026-03-22', '2026-09-20']
        """
        blocks = range(first >> 9, (last >> 9) + 1)
        return sorted(day for block in blocks for day in self._table[block] if first <= day <= last)

    def from_key(self, seconds: int) -> pendulum.DateTime:
        """The instant of a UTC key (see :func:`instant_key`) on this zone's wall clock.

        In the second of two equal hours its ``fold`` is 1: compare and sort such values by key.

        >>> iso(clock("Europe/Dublin").from_key(1_782_900_000))
        '2026-07-01T11:00:00+01:00'
        """
        wall = self._table.wall(seconds)
        if not wall.fold:
            return combine(wall.date(), wall.time(), self.tz)
        clock_face = wall.timetuple()[:6]
        return pendulum.DateTime(*clock_face, tzinfo=self.tz, fold=1)  # combine() would lose the fold

    def local(self, instant: dt.datetime) -> pendulum.DateTime:
        """The same instant, whole seconds, on this zone's wall clock.

        >>> iso(clock("Asia/Tokyo").local(parse_instant("2026-12-01T10:00:00-05:00", "at")))
        '2026-12-02T00:00:00+09:00'
        """
        return self.from_key(instant_key(instant))

    def after(self, instant: dt.datetime, minutes: int) -> pendulum.DateTime:
        """The instant ``minutes`` of elapsed time later (earlier, if negative), whatever the wall clock does.

        >>> paris = clock("Europe/Paris")
        >>> iso(paris.after(paris.at(ordinal(dt.date(2026, 3, 29)), 90), 60))
        '2026-03-29T03:30:00+02:00'
        """
        return self.from_key(instant_key(instant) + 60 * minutes)

    def ordinal(self, instant: dt.datetime) -> int:
        """The local date, as an ordinal, on which an instant falls.

        >>> iso_date(clock("Asia/Tokyo").ordinal(parse_instant("2026-12-01T10:00:00-05:00", "at")))
        '2026-12-02'
        """
        return self._table.wall(instant_key(instant)).toordinal()

    def ordinal_of_key(self, seconds: int) -> int:
        """The local date of an instant given as UTC seconds (see :func:`instant_key`).

        >>> iso_date(clock("Asia/Tokyo").ordinal_of_key(1_796_137_200))
        '2026-12-02'
        """
        return self._table.wall(seconds).toordinal()


def clock(zone_name: str, path: str = "zone") -> ZoneClock:
    """The :class:`ZoneClock` of a zone, kept by name; raises as :func:`zone` does.

    >>> clock("Europe/London") is clock("Europe/London")
    True
    """
    return _clock(zone(zone_name, path).name)


_clock = cache(ZoneClock)
