"""Durations of the CDSi grammar ("6 months - 4 days") and the arithmetic of their dates.

Years and months keep the day of the month; a date that does not exist moves forward to the 1st (CALCDT-1 to -6).
"""

from __future__ import annotations

import calendar
import datetime
import re
from functools import lru_cache
from typing import Any, TypeAlias, overload

from attrs import frozen

from ketaschedule.errors import Fault, InputError, one_fault

__all__ = [
    "Bound",
    "Duration",
    "add_duration",
    "date_after",
    "duration_of",
    "like_date",
    "parse_duration",
    "plain_date",
]

Bound: TypeAlias = str | int | None
"""One bound: a duration text ("6 months - 4 days"), a whole number of days, or absent."""

_ALLOWED = 'a duration such as "28 days", "8 weeks" or "6 months - 4 days"'
# Minus comes as a hyphen, an en dash and a minus sign: the specification itself prints an en dash.
_TERM = re.compile(r"\s*([+\-–−]?)\s*([0-9]{1,5})\s*(day|week|month|year)s?\b\s*", re.ASCII | re.IGNORECASE)
_ABSENT = frozenset({"", "n/a", "na"})


@frozen
class Duration:
    """A calendar distance: whole years and months, then whole days (a week is 7); any may be negative."""

    years: int = 0
    months: int = 0
    days: int = 0

    def after(self, start: datetime.date) -> datetime.date:
        """The date this far after ``start``; :class:`OverflowError` or :class:`ValueError` off the calendar.

        >>> Duration(months=6, days=-4).after(datetime.date(2000, 3, 31)).isoformat()
        '2000-09-27'
        """
        day = start
        if self.years:
            day = _same_day(day, 12 * self.years)
        if self.months:
            day = _same_day(day, self.months)
        if self.days:
            day = day + datetime.timedelta(days=self.days)
        return day


def _same_day(day: datetime.date, months: int) -> datetime.date:
    """``months`` later on the same day of the month, or the 1st after it where that day does not exist."""
    count = day.year * 12 + day.month - 1 + months
    first = datetime.date(count // 12, count % 12 + 1, 1)
    if day.day <= 28 or day.day <= calendar.monthrange(first.year, first.month)[1]:
        return first.replace(day=day.day)
    return datetime.date(first.year, first.month + 1, 1)  # never December: it has every day


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """Read a duration: terms ``<number> day|week|month|year[s]`` joined by ``+`` or ``-``.

    Terms of one unit add up whatever their order; capitals and spaces do not matter.
    Raises :class:`InputError` for anything else.

    >>> parse_duration("1 year + 2 weeks - 4 days")
    Duration(years=1, months=0, days=10)
    """
    total = {"day": 0, "week": 0, "month": 0, "year": 0}
    at = 0
    while at < len(text) or at == 0:
        term = _TERM.match(text, at)
        if term is None or (at > 0 and not term[1]):
            raise one_fault("", f"not a duration: {text[:80]!r}", _ALLOWED, "bad-duration")
        sign, number, unit = term.groups()
        total[unit.lower()] += int(number) if sign in ("", "+") else -int(number)
        at = term.end()
    return Duration(total["year"], total["month"], 7 * total["week"] + total["day"])


def add_duration(date: datetime.date, text: str | int) -> datetime.date:
    """The date that lies ``text`` after ``date`` (CALCDT-1 to -6); a whole number means days.

    The answer has the class of ``date`` (:class:`datetime.date`, :class:`pendulum.Date`).
    Raises :class:`InputError` for an instant instead of a date, a text that is no duration,
    or an answer outside the years 1 to 9999.

    >>> add_duration(datetime.date(2010, 8, 31), "6 months").isoformat()
    '2011-03-01'
    """
    faults: list[Fault] = []
    day = plain_date(date, "date", faults)
    duration = duration_of(text, "text", faults)
    if day is None or duration is None or faults:
        raise InputError(faults or [Fault("text", "no duration given", _ALLOWED, "bad-duration")])
    return like_date(date_after(duration, day, "text"), date)


def duration_of(value: Any, path: str, faults: list[Fault]) -> Duration | None:
    """One bound, or ``None`` where it is absent or wrong; what is wrong goes to ``faults``."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return Duration(days=value)
    if not isinstance(value, str):
        faults.append(Fault(path, f"not a duration: {value!r:.80}", _ALLOWED, "bad-duration"))
        return None
    if value.strip().lower() in _ABSENT:
        return None
    try:
        return parse_duration(value)
    except InputError as error:
        faults.extend(error.under(path).faults)
        return None


def plain_date(value: Any, path: str, faults: list[Fault]) -> datetime.date | None:
    """``value`` as a plain date; an instant is not one, since it has no date without a zone."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.date(value.year, value.month, value.day)
    kind = "an instant, not a date" if isinstance(value, datetime.datetime) else "not a date"
    faults.append(Fault(path, f"{kind}: {value!r:.80}", "a date without a time of day", "bad-date"))
    return None


def date_after(duration: Duration, day: datetime.date, path: str) -> datetime.date:
    """``duration`` after ``day``, or a fault at ``path`` where the calendar ends."""
    try:
        return duration.after(day)
    except (OverflowError, ValueError):
        raise one_fault(
            path, f"ends outside the calendar, counted from {day}", "years 1 to 9999", "limit"
        ) from None


@overload
def like_date(day: datetime.date, example: datetime.date) -> datetime.date: ...
@overload
def like_date(day: datetime.date | None, example: datetime.date) -> datetime.date | None: ...
def like_date(day: datetime.date | None, example: datetime.date) -> datetime.date | None:
    """``day``, where there is one, in the class of ``example``."""
    if day is None or type(example) is datetime.date:
        return day
    return type(example)(day.year, day.month, day.day)
