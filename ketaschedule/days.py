"""Dates, minutes and instants as numbers and as text, without any zone table.

A day is an ``int``, the proleptic Gregorian ordinal of a date; a time of day is an ``int``, minutes after
local midnight; an instant is compared by its UTC seconds. The readers take text from outside strictly: one
form each, every fault with its path. :mod:`ketaschedule.times` hands all of these on, beside the zones.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final, NoReturn, cast

import pendulum

from ketaschedule.errors import UnknownNameError, one_fault

__all__ = [
    "EPOCH_DAY",
    "FIRST_YEAR",
    "LAST_YEAR",
    "MINUTES_PER_DAY",
    "SECONDS_PER_DAY",
    "WEEKDAYS",
    "combine",
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
]

FIRST_YEAR: Final = 1900
"""The first year that dates from outside may have: earlier ones are slips, and most zones had no standard time."""
LAST_YEAR: Final = 2200
"""The last year that dates from outside may have: far beyond any course, near enough to keep tables small."""
MINUTES_PER_DAY: Final = 1440
SECONDS_PER_DAY: Final = 86_400
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Weekday names in the order of ``date.weekday()``."""

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_DAY: Final = _EPOCH.toordinal()
"""The day number of 1 January 1970, from which instant keys count."""
_WIDEST_OFFSET_MINUTES: Final = 18 * 60  # no zone was ever 16 h from UTC; Java's reader stops here too

combine = cast(
    "Callable[[dt.date, dt.time, dt.tzinfo], pendulum.DateTime]",
    dt.datetime.__dict__["combine"].__get__(None, pendulum.DateTime),
)
"""A pendulum datetime of a wall time as it stands: no gap is looked for, and ``fold`` is always 0. pendulum's
own ``combine`` goes through ``instance()`` and costs ten times as much; this is the stdlib's, bound to the class."""


# -- Instants and dates, out ----------------------------------------------------------------------------


def instant_key(instant: dt.datetime) -> int:
    """UTC seconds since 1970, whole (a fraction is cut off): what to compare, sort and store instants by.

    Plain comparison of two datetimes of one zone looks at the wall clock only, so the two halves of a
    repeated hour seem equal. Raises :class:`InputError` for a naive datetime.

    >>> instant_key(parse_instant("1970-01-01T01:00:00+01:00", "at"))
    0
    """
    offset = instant.utcoffset()
    if offset is None:
        _refuse("instant", f"{_shown(instant)} is a wall time without a zone", "a datetime with a zone")
    seconds = instant.hour * 3600 + instant.minute * 60 + instant.second
    seconds -= offset.days * SECONDS_PER_DAY + offset.seconds
    return (instant.toordinal() - EPOCH_DAY) * SECONDS_PER_DAY + seconds


def iso(instant: dt.datetime) -> str:
    """The instant as ISO 8601 with numeric offset and whole seconds, right in both halves of a repeated hour.

    An offset that is not whole minutes (local mean times of a century ago) cannot be written in ISO 8601:
    such an instant is written in UTC. Raises :class:`InputError` for a naive datetime.

    >>> iso(pendulum.datetime(2026, 12, 1, 10, tz="America/New_York"))
    '2026-12-01T10:00:00-05:00'
    """
    offset = instant.utcoffset()
    if offset is None or offset.seconds % 60 or offset.microseconds:
        instant = _EPOCH + dt.timedelta(seconds=instant_key(instant))
    return dt.datetime.isoformat(instant, "T", "seconds")


def ordinal(date: dt.date) -> int:
    """The day number of a date. Raises :class:`InputError` for a datetime: its zone must say which date it is.

    >>> ordinal(dt.date(1, 1, 2))
    2
    """
    if isinstance(date, dt.datetime) or not isinstance(date, dt.date):
        _refuse("date", f"{_kind(date)} is not a date", "a date")
    return date.toordinal()


@lru_cache(maxsize=16384)
def date_of(day: int) -> pendulum.Date:
    """The date of a day number.

    >>> date_of(739951)
    Date(2026, 12, 1)
    """
    return pendulum.Date.fromordinal(day)


@lru_cache(maxsize=16384)
def iso_date(day: int) -> str:
    """The date of a day number as ``YYYY-MM-DD``.

    >>> iso_date(739951)
    '2026-12-01'
    """
    return dt.date.fromordinal(day).isoformat()


def minute_text(minute: int) -> str:
    """A minute of the day as ``HH:MM``; 1440 is ``24:00``.

    >>> minute_text(600)
    '10:00'
    """
    return f"{minute // 60:02d}:{minute % 60:02d}"


# -- Instants and dates, in -----------------------------------------------------------------------------

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MINUTE = re.compile(r"([0-9]{2}):([0-9]{2})")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))?"
)
_INSTANT_ALLOWED: Final = "ISO 8601 with offset, such as 2026-12-01T10:00:00-05:00 or 2026-12-01T15:00:00Z"


def parse_date(text: object, path: str) -> pendulum.Date:
    """A date, from exactly ``YYYY-MM-DD`` or from a date object that is not a datetime; years 1900 to 2200.

    Raises :class:`InputError` with ``path``.

    >>> parse_date("2026-12-01", "start")
    Date(2026, 12, 1)
    """
    allowed = "a date as YYYY-MM-DD"
    if isinstance(text, dt.datetime):
        _refuse(path, "a date is wanted, this is a date with a time", "the local date alone, as YYYY-MM-DD")
    if isinstance(text, dt.date):
        year, month, day = text.year, text.month, text.day
    elif isinstance(text, str) and (match := _DATE.fullmatch(text)):
        year, month, day = (int(part) for part in match.groups())
    else:
        _refuse(path, f"{_shown(text)} is not a date", allowed)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        _refuse(path, f"the year {year} is out of range", f"years {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return pendulum.Date(year, month, day)
    except ValueError:
        _refuse(path, f"{_shown(text)} is not a day of the calendar", allowed)


def parse_minute(text: object, path: str, *, end: bool = False) -> int:
    """A time of day in minutes after midnight, from ``HH:MM`` or a ``datetime.time`` of whole minutes.

    With ``end`` the text may also be ``24:00`` (1440), the end of a day. Raises :class:`InputError` with ``path``.

    >>> parse_minute("10:00", "at"), parse_minute("24:00", "hours.mon", end=True)
    (600, 1440)
    """
    allowed = "00:00 to 24:00, as HH:MM" if end else "00:00 to 23:59, as HH:MM"
    if isinstance(text, dt.time):
        if text.tzinfo is not None:
            _refuse(path, "a time of day has no zone of its own", allowed)
        if text.second or text.microsecond:
            _refuse(path, f"{text.isoformat()} is not a whole minute", allowed)
        return text.hour * 60 + text.minute
    if not isinstance(text, str) or not (match := _MINUTE.fullmatch(text)):
        _refuse(path, f"{_shown(text)} is not a time of day", allowed)
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour * 60 + minute > MINUTES_PER_DAY - (not end):
        _refuse(path, f"{_shown(text)} is not a time of day", allowed)
    return hour * 60 + minute


def parse_instant(text: object, path: str) -> pendulum.DateTime:
    """An instant, from ISO 8601 text with ``Z`` or an offset, or from a datetime that has a zone.

    The offset is kept, as a fixed one; a fraction of a second is cut off; years 1900 to 2200. Raises
    :class:`InputError` with ``path``, and says what is missing when the text has no offset.

    >>> iso(parse_instant("2026-12-01T10:00:00.9-05:00", "as_of"))
    '2026-12-01T10:00:00-05:00'
    """
    if isinstance(text, dt.datetime):
        offset = text.utcoffset()
        if offset is None:
            _refuse_naive(path, text)
        date, wall = parse_date(text.date(), path), dt.time(text.hour, text.minute, text.second)
        return _fixed(date, wall, int(offset.total_seconds()))
    if not isinstance(text, str) or not (match := _INSTANT.fullmatch(text)):
        if isinstance(text, str) and text.strip().lower() in ("now", "today"):
            _refuse(path, "nothing in this library reads a clock", _INSTANT_ALLOWED)
        _refuse(path, f"{_shown(text)} is not an instant", _INSTANT_ALLOWED)
    date_text, hour, minute, second, zulu, sign, east_hours, east_minutes = match.groups()
    date = parse_date(date_text, path)
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        _refuse(path, f"{_shown(text)} has a time that no clock shows", "00:00:00 to 23:59:59")
    if zulu is None and sign is None:
        _refuse_naive(path, text)
    east = 0 if zulu else int(east_hours) * 60 + int(east_minutes)
    if east > _WIDEST_OFFSET_MINUTES or int(east_minutes or 0) > 59:
        _refuse(path, f"{_shown(text)} has an offset that no zone has", _INSTANT_ALLOWED)
    wall = dt.time(int(hour), int(minute), int(second or 0))
    return _fixed(date, wall, (-60 if sign == "-" else 60) * east)


def parse_weekday(text: object, path: str) -> int:
    """A weekday, 0 for ``mon`` to 6 for ``sun``. Raises :class:`InputError` with ``path``.

    >>> parse_weekday("tue", "days[0]")
    1
    """
    if not isinstance(text, str):
        _refuse(path, f"a weekday is a text, not {_kind(text)}", ", ".join(WEEKDAYS))
    if text not in WEEKDAYS:
        raise UnknownNameError.of("weekday", text, WEEKDAYS, path)
    return WEEKDAYS.index(text)


@cache
def _fixed_zone(seconds: int) -> pendulum.FixedTimezone:
    return pendulum.FixedTimezone(seconds)


def _fixed(date: dt.date, wall: dt.time, offset_seconds: int) -> pendulum.DateTime:
    return combine(date, wall, _fixed_zone(offset_seconds))


def _kind(value: object) -> str:
    return type(value).__name__


def _shown(value: object) -> str:
    """A value for an error line: text and dates in short, of anything else only the type."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else f"{value[:40]}…")
    return _kind(value)


def _refuse_naive(path: str, value: object) -> NoReturn:
    text = f"{_shown(value)} has no UTC offset, so it could be any of a day's instants"
    _refuse(path, text, _INSTANT_ALLOWED, "naive-instant")


def _refuse(path: str, text: str, allowed: str, code: str = "bad-input") -> NoReturn:
    raise one_fault(path, text, allowed, code)
