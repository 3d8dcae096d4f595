"""When a session can take place: clinic hours, closures and holidays, and a person's own days.

Days are date ordinals, times of day minutes after midnight, in the zone of the sessions.

>>> clinic = Clinic(zone="Europe/London", hours={"mon": ((540, 720), (780, 1020))})
>>> clinic.opens(0, 600, 690), clinic.opens(0, 660, 750), clinic.opens(1, 600, 690)
(True, False, False)
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from functools import lru_cache

from attrs import Factory, frozen

from . import times
from .errors import Fault, InputError, UnknownNameError, install, one_fault

__all__ = ["Clinic", "DaySet", "NoHolidaysError", "clinic_from", "day_test", "holiday_days"]

MAX_RANGES = 2000


@frozen(kw_only=True)
class DaySet:
    """Inclusive ranges of days (date ordinals), merged and sorted.

    >>> 738000 in DaySet.of([(737999, 738001)])
    True
    """

    ranges: tuple[tuple[int, int], ...] = ()
    days: frozenset[int] = frozenset()

    @classmethod
    def of(cls, ranges: tuple[tuple[int, int], ...] | list[tuple[int, int]]) -> DaySet:
        """Ranges of up to five years are held day by day, so that a test costs one look-up."""
        found: set[int] = set()
        kept: list[tuple[int, int]] = []
        for first, last in ranges:
            if last - first <= 1830:
                found.update(range(first, last + 1))
            else:
                kept.append((first, last))
        return cls(ranges=tuple(kept), days=frozenset(found))

    def __contains__(self, day: object) -> bool:
        if day in self.days:
            return True
        return isinstance(day, int) and any(first <= day <= last for first, last in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.days or self.ranges)


@frozen(kw_only=True)
class Clinic:
    """A clinic: its zone, its hours by weekday, the days it is closed, and whom to call.

    ``hours`` maps ``mon`` … ``sun`` to spans of minutes; empty means no hours were given and every
    day is open. ``reads_answers`` says in words when answers are read. Nothing here is checked
    against the world: the numbers are the clinic's own.
    """

    zone: str
    hours: Mapping[str, tuple[tuple[int, int], ...]] = Factory(dict)
    closed: tuple[tuple[datetime.date, datetime.date], ...] = ()
    holidays: str | None = None
    name: str | None = None
    phone: str | None = None
    crisis_line: str | None = None
    emergency: str | None = None
    reads_answers: str | None = None

    def opens(self, weekday: int, start: int, end: int) -> bool:
        """Whether the clinic is open for the whole of ``start`` … ``end`` (minutes) on a weekday (0 = Monday)."""
        if not self.hours:
            return True
        return any(
            first <= start and end <= last for first, last in self.hours.get(times.WEEKDAYS[weekday], ())
        )


class NoHolidaysError(InputError):
    """The ``holidays`` extra is not installed, or does not know the place."""


@lru_cache(maxsize=256)
def holiday_days(place: str, year: int) -> frozenset[int]:
    """The public holidays of ``place`` (``US``, ``US-NY``) in one year, as date ordinals.

    Raises :class:`NoHolidaysError` where the ``holidays`` extra is missing or does not know the place.
    """
    try:
        import holidays as package
    except ImportError:
        fault = Fault("clinic.holidays", "needs the extra 'holidays'", install("holidays"))
        raise NoHolidaysError([fault]) from None
    country, _, part = place.partition("-")
    try:
        found = package.country_holidays(country, subdiv=part or None, years=year)
    except (NotImplementedError, KeyError):
        known = sorted(package.list_supported_countries())
        near = UnknownNameError.of("place with holidays", place, known, "clinic.holidays")
        raise NoHolidaysError(near.faults) from None
    return frozenset(day.toordinal() for day in found)


_CLINIC_FIELDS = (
    "zone",
    "hours",
    "closed",
    "holidays",
    "name",
    "phone",
    "crisis_line",
    "emergency",
    "reads_answers",
)


def _span(text: object, path: str) -> tuple[int, int]:
    first, dash, last = text.partition("-") if isinstance(text, str) else ("", "", "")
    if not dash:
        raise one_fault(path, f"{str(text)[:40]!r} is not a span of hours", "HH:MM-HH:MM")
    start = times.parse_minute(first.strip(), path)
    end = 1440 if last.strip() == "24:00" else times.parse_minute(last.strip(), path)
    if end <= start:
        raise one_fault(path, f"{text!r} ends before it begins", "HH:MM-HH:MM within one day")
    return start, end


def date_ranges(value: object, path: str) -> tuple[tuple[datetime.date, datetime.date], ...]:
    """Dates and ranges (``[first, last]`` or ``"first/last"``, both ends included) as pairs of dates."""
    if not isinstance(value, (list, tuple)):
        raise one_fault(path, "not a list", "dates, or [first, last] ranges")
    if len(value) > MAX_RANGES:
        raise one_fault(path, f"{len(value)} entries", f"at most {MAX_RANGES}", "limit")
    found: list[tuple[datetime.date, datetime.date]] = []
    faults: list[Fault] = []
    for number, item in enumerate(value):
        where = f"{path}[{number}]"
        try:
            if isinstance(item, str) and "/" in item:
                parts: list[object] = list(item.split("/"))
            else:
                parts = list(item) if isinstance(item, (list, tuple)) else [item, item]
            if len(parts) != 2:
                raise one_fault(where, "a range has two dates", "[first, last]")
            first, last = (times.parse_date(part, where) for part in parts)
            if last < first:
                raise one_fault(where, "the range ends before it begins", "[first, last]")
            found.append((first, last))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return tuple(found)


def clinic_from(data: object, path: str = "clinic") -> Clinic:
    """A clinic from the plain values of its file; all faults at once.

    >>> clinic_from({"zone": "Europe/London", "hours": {"mon": ["09:00-12:00"]}}).hours["mon"]
    ((540, 720),)
    """
    if not isinstance(data, dict):
        raise one_fault(path, "a clinic is a table", "zone, hours, closed, …")
    faults: list[Fault] = [
        Fault(f"{path}.{key}"[:120], "no such field", ", ".join(_CLINIC_FIELDS), "unknown-field")
        for key in data
        if key not in _CLINIC_FIELDS
    ]
    fields: dict[str, object] = {}
    try:
        zone = data.get("zone")
        fields["zone"] = times.zone(zone if isinstance(zone, str) else str(zone), f"{path}.zone").name
    except InputError as error:
        faults += error.faults
    hours: dict[str, tuple[tuple[int, int], ...]] = {}
    table = data.get("hours", {})
    if not isinstance(table, dict):
        faults.append(Fault(f"{path}.hours", "hours are a table", 'mon = ["09:00-17:00"]'))
        table = {}
    for name, spans in table.items():
        where = f"{path}.hours.{name}"[:120]
        if name not in times.WEEKDAYS:
            faults.append(Fault(where, "not a weekday", ", ".join(times.WEEKDAYS)))
            continue
        try:
            if not isinstance(spans, (list, tuple)) or len(spans) > 24:
                raise one_fault(where, "not a list of spans", '["09:00-12:00", "13:00-17:00"]')
            hours[name] = tuple(_span(span, where) for span in spans)
        except InputError as error:
            faults += error.faults
    fields["hours"] = hours
    try:
        fields["closed"] = date_ranges(data.get("closed", []), f"{path}.closed")
    except InputError as error:
        faults += error.faults
    for name in ("holidays", "name", "phone", "crisis_line", "emergency", "reads_answers"):
        value = data.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not value.strip() or len(value) > 200:
            faults.append(Fault(f"{path}.{name}", "not a short text", "at most 200 characters"))
        else:
            fields[name] = value
    if faults:
        raise InputError(faults)
    return Clinic(**fields)  # type: ignore[arg-type]  # each field was checked above, one by one


def day_test(
    clinic: Clinic | None,
    *,
    minute: int,
    minutes: int,
    skips: Callable[[int], bool],
    away: DaySet,
) -> Callable[[int], bool] | None:
    """Whether a day is open to a session at ``minute`` lasting ``minutes``; ``None`` where every day is.

    A date that the zone skips is a closed day; the caller still asks for it near such dates.
    """
    if clinic is None:
        if not away:
            return None
        return lambda day: day not in away and not skips(day)
    end = minute + minutes
    by_weekday = [clinic.opens(weekday, minute, end) for weekday in range(7)]
    closed = DaySet.of([(first.toordinal(), last.toordinal()) for first, last in clinic.closed])
    place = clinic.holidays
    if all(by_weekday) and not closed and place is None and not away:
        return None

    def is_open(day: int) -> bool:
        if not by_weekday[(day - 1) % 7] or day in closed or day in away or skips(day):
            return False
        return place is None or day not in holiday_days(place, datetime.date.fromordinal(day).year)

    return is_open
