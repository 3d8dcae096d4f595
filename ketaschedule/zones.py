"""Time zones, read from the ``tzdata`` package and never from the system, and when their offsets change.

The same input must give the same plan on every machine, whatever its zone files, ``TZ`` or search path.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Final, cast

import pendulum
from attrs import frozen

from ketaschedule.days import EPOCH_DAY, FIRST_YEAR, LAST_YEAR, SECONDS_PER_DAY
from ketaschedule.errors import UnknownNameError, one_fault

__all__ = ["OffsetTable", "Stretch", "tzdata_edition", "zone", "zone_names"]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# Tables reach a little beyond the years that input may have, so that a window or horizon may cross the edge.
_FIRST_DAY: Final = dt.date(FIRST_YEAR - 10, 1, 1).toordinal()
_LAST_DAY: Final = dt.date(LAST_YEAR + 10, 12, 31).toordinal()


@cache
def tzdata_edition() -> str:
    """The IANA edition that all zones come from, such as ``2026f``.

    >>> tzdata_edition()[:2]
    '20'
    """
    return str(import_module("tzdata").IANA_VERSION)


@cache
def zone_names() -> frozenset[str]:
    """Every zone name of the ``tzdata`` package, old links such as ``US/Eastern`` included.

    >>> "Australia/Lord_Howe" in zone_names()
    True
    """
    from importlib.resources import files  # when the first zone is read, not before

    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def zone(name: str, path: str = "zone") -> pendulum.Timezone:
    """The zone called ``name``, read from the ``tzdata`` package and kept.

    Raises :class:`InputError` when ``name`` is not text, and its kind :class:`UnknownNameError`, with near
    names, when there is no such zone. Only listed names are ever opened, so no name reaches another file.

    >>> zone("Europe/London").name
    'Europe/London'
    """
    return _zone(_zone_name(name, path))


def _zone_name(name: object, path: str) -> str:
    if not isinstance(name, str):
        raise one_fault(
            path, f"a time zone is a text, not {type(name).__name__}", "an IANA name such as Europe/London"
        )
    if name not in zone_names():
        raise UnknownNameError.of("time zone", str(name), sorted(zone_names()), path)
    return str(name)


@cache
def _zone(name: str) -> pendulum.Timezone:
    from importlib.resources import files  # when the first zone is read, not before

    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return pendulum.Timezone.from_file(file, key=name)


@frozen
class Stretch:
    """A stretch of UTC seconds, half-open, in which the zone keeps one offset (seconds east)."""

    start: int
    end: int
    offset: int


class OffsetTable(dict[int, dict[int, tuple[Stretch, ...]]]):
    """For each block of 512 days, the days with a missing or doubled wall time and the stretches around
    them. Filled when first asked; the path to a filled block is a plain dict look-up.
    """

    def __init__(self, tz: pendulum.Timezone) -> None:
        super().__init__()
        self._tz = tz
        self._epoch = _EPOCH.replace(tzinfo=tz)  # 1970 in UTC, labelled as fromutc() wants it

    def wall(self, seconds: int) -> dt.datetime:
        """What the zone's clock shows at a UTC instant, ``fold`` included."""
        return self._tz.fromutc(self._epoch + dt.timedelta(seconds=seconds))

    def offset(self, seconds: int) -> int:
        """The zone's offset, in seconds east, at a UTC instant."""
        offset = cast("dt.timedelta", self.wall(seconds).utcoffset())
        return offset.days * SECONDS_PER_DAY + offset.seconds

    def __missing__(self, block: int) -> dict[int, tuple[Stretch, ...]]:
        first, last = block << 9, (block << 9) + 511
        if last < _FIRST_DAY or first > _LAST_DAY:
            raise one_fault("day", f"day {first} is out of range", f"years {FIRST_YEAR} to {LAST_YEAR}")
        stretches = self._stretches(first - 2, last + 3)
        found: dict[int, tuple[Stretch, ...]] = {}
        for before, after in pairwise(stretches):
            low, high = sorted((after.start + before.offset, after.start + after.offset))
            for day in range(low // SECONDS_PER_DAY, (high - 1) // SECONDS_PER_DAY + 1):
                if first <= day + EPOCH_DAY <= last:
                    found[day + EPOCH_DAY] = stretches
        self[block] = found
        return found

    def _stretches(self, first: int, last: int) -> tuple[Stretch, ...]:
        # An offset change is looked for between each UTC midnight and the next, then bisected to the
        # second. In the data from 1900 on no two changes are nearer than six days (a test holds this).
        start = seconds = (first - EPOCH_DAY) * SECONDS_PER_DAY
        offset = self.offset(start)
        done: list[Stretch] = []
        while seconds < (last - EPOCH_DAY) * SECONDS_PER_DAY:
            low, seconds = seconds, seconds + SECONDS_PER_DAY
            now = self.offset(seconds)
            if now == offset:
                continue
            high = seconds
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if self.offset(middle) == offset else (low, middle)
            done.append(Stretch(start, high, offset))
            start, offset = high, now
        return (*done, Stretch(start, seconds, offset))
