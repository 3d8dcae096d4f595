"""Doses judged by the spacing between them: the interval rules of immunisation scheduling.

The room for one question: given the bounds for each step of a series and the dates on which
doses were given, which doses count, why, and when may, should and must the next one come?

The rules are those of the CDC's *Clinical Decision Support for Immunization (CDSi): Logic
Specification for ACIP Recommendations*, version 4.6, from which each rule code below comes:

========================  ==========================================================================
CALCDT-1, -2              years and months keep the day of the month
CALCDT-3, -4              weeks and days are counted out, forwards or backwards
CALCDT-5                  a date that does not exist moves forward to the 1st of the next month
CALCDT-6                  years first, then months, then weeks and days
CALCDTINT-1               intervals count from the dose before, valid or not
table 6-18                before the absolute minimum: too soon; from there to before the minimum:
                          grace period; from the minimum on: on time. An absent bound is no bound
table 6-31                a dose that is not valid leaves its target open: the next dose is judged
                          against the same target again
FORECASTDTCAN-1           earliest = minimum bound, never before the last dose given
FORECASTDT-2, -5          recommended = earliest recommended bound, never before earliest
FORECASTDT-3, -6          past due = the day before the latest recommended bound, never before earliest
========================  ==========================================================================

Two things differ from version 4.6, on purpose. The grace period holds only when the dose before
was valid, as in earlier editions: grace forgives one early dose, not a row of them. And a valid
dose after the past-due date is called ``late``: the specification dates lateness when it looks
ahead and has no word for it when it looks back.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from attrs import evolve, frozen

from ketaschedule.errors import Fault, InputError, LimitError, UnknownNameError, one_fault
from ketaschedule.series_dates import (
    Bound,
    Duration,
    add_duration,
    date_after,
    duration_of,
    like_date,
    parse_duration,
    plain_date,
)
from ketaschedule.series_model import DoseReason, DoseStatus, EvaluatedDose, Interval, NextDose, Series

__all__ = [
    "MAX_DOSES",
    "Bound",
    "DoseReason",
    "DoseStatus",
    "Duration",
    "EvaluatedDose",
    "Interval",
    "NextDose",
    "Series",
    "add_duration",
    "evaluate_series",
    "parse_duration",
]

_ONE_DAY = datetime.timedelta(days=1)
MAX_DOSES = 10_000
"""The greatest number of doses, and of intervals, that one series may have."""


_NAMES: Mapping[str, str] = {
    spelling: field
    for field, spellings in {
        "absolute_minimum": "absoluteminimum absmin",
        "minimum": "minimum min",
        "earliest_recommended": "earliestrecommended earliestrec earliest",
        "latest_recommended": "latestrecommended latestrec latest",
    }.items()
    for spelling in spellings.split()
}
_NO_LETTER = re.compile(r"[\s_-]+")
_INTERVAL_WORD = re.compile(r"int(erval)?$")
_FIELDS = ("absolute_minimum", "minimum", "earliest_recommended", "latest_recommended")


_Parsed: TypeAlias = tuple[Duration | None, Duration | None, Duration | None, Duration | None]
_NO_BOUNDS: _Parsed = (None, None, None, None)


@frozen
class _Bounds:
    """The bounds of one step as dates, counted from one dose."""

    absolute_minimum: datetime.date | None
    minimum: datetime.date | None
    earliest: datetime.date
    recommended: datetime.date
    past_due: datetime.date | None


def evaluate_series(
    intervals: Iterable[Interval | Mapping[str, Any] | Sequence[Bound] | None],
    given: Iterable[datetime.date],
    reference: Literal["administered", "valid"] = "administered",
) -> Series:
    """Judge each dose of a series by the time since the dose before, and date the next one.

    ``intervals[i]`` holds the bounds for the step to dose ``i + 2``: an :class:`Interval`, a mapping
    with its names (``absolute_minimum``, ``absolute-minimum``, ``absMinInt`` …), the four bounds in that order,
    or ``None`` for no bounds. ``given`` are dates in any order; they are judged in date order, and
    two on one day are two doses, no days apart.

    Intervals count from the dose given before, valid or not (``reference="administered"``), or from
    the last valid one (``"valid"``). Either way a dose that is not valid leaves its number open, so
    the next dose is judged by the same step; and the grace period counts only when the dose given
    before was valid. A dose is ``late`` after the past-due date, which is the day before the latest
    recommended bound: that bound says "less than".

    Raises :class:`InputError` with every fault of ``intervals`` and ``given`` and its path.

    >>> step = Interval("4 weeks - 4 days", "4 weeks", "8 weeks", "13 weeks")
    >>> day = datetime.date
    >>> series = evaluate_series([step, step], [day(2026, 1, 1), day(2026, 1, 24), day(2026, 2, 21)])
    >>> [(dose.target, dose.status, dose.reason) for dose in series.doses]
    [(1, 'valid', 'on-time'), (2, 'not-valid', 'too-soon'), (2, 'valid', 'on-time')]
    >>> series.next and series.next.past_due and series.next.past_due.isoformat()
    '2026-05-22'
    """
    faults: list[Fault] = []
    steps = [
        _interval(item, f"intervals[{i}]", faults) for i, item in enumerate(_listed(intervals, "intervals"))
    ]
    handed = _listed(given, "given")
    dates = [plain_date(date, f"given[{i}]", faults) for i, date in enumerate(handed)]
    if reference not in ("administered", "valid"):
        faults.extend(
            UnknownNameError.of("reference", str(reference), ["administered", "valid"], "reference").faults
        )
    if faults:
        raise InputError(faults)
    order = sorted((date, i) for i, date in enumerate(dates) if date is not None)

    doses: list[EvaluatedDose] = []
    target = 1
    counted_from: datetime.date | None = None
    before: tuple[datetime.date, bool] | None = None
    for date, index in order:
        extra = target > len(steps) + 1
        bounds = None
        status: DoseStatus = "valid"
        reason: DoseReason = "on-time"
        if before is not None and counted_from is not None and not extra:
            bounds = _bounds(steps[target - 2], counted_from, before[0], f"intervals[{target - 2}]")
            status, reason = _verdict(date, bounds, before_valid=before[1])
        dose = EvaluatedDose(index, handed[index], target, status, reason, extra=extra)
        doses.append(dose if bounds is None else _with_bounds(dose, counted_from, bounds))
        before = (date, status == "valid")
        if reference == "administered" or status == "valid":
            counted_from = date
        if status == "valid":
            target += 1

    return Series(
        tuple(doses), _next(steps, target, counted_from, before, handed[order[-1][1]] if order else None)
    )


def _verdict(date: datetime.date, bounds: _Bounds, *, before_valid: bool) -> tuple[DoseStatus, DoseReason]:
    """Table 6-18, with grace only after a valid dose, and lateness."""
    if bounds.absolute_minimum is not None and date < bounds.absolute_minimum:
        return "not-valid", "too-soon"
    if bounds.minimum is not None and date < bounds.minimum:
        return ("valid", "grace-period") if before_valid else ("not-valid", "too-soon")
    if bounds.past_due is not None and date > bounds.past_due:
        return "valid", "late"
    return "valid", "on-time"


def _bounds(step: _Parsed, counted_from: datetime.date, last: datetime.date, path: str) -> _Bounds:
    """One step's bounds as dates; ``last`` is the latest dose given, before which nothing is offered."""
    absolute, minimum, recommended, latest = (
        None if bound is None else date_after(bound, counted_from, f"{path}.{name}")
        for bound, name in zip(step, _FIELDS, strict=True)
    )
    # What is offered is valid: with only an absolute minimum that is the first date, and it is never passed by.
    earliest = max(last, minimum or last, absolute or last)
    past_due = None if latest is None else max(earliest, latest - _ONE_DAY)
    return _Bounds(absolute, minimum, earliest, max(earliest, recommended or earliest), past_due)


def _with_bounds(dose: EvaluatedDose, counted_from: datetime.date | None, bounds: _Bounds) -> EvaluatedDose:
    """``dose`` with the bounds that judged it, in the class in which its date was handed in."""
    return evolve(
        dose,
        counted_from=like_date(counted_from, dose.date),
        absolute_minimum=like_date(bounds.absolute_minimum, dose.date),
        minimum=like_date(bounds.minimum, dose.date),
        recommended=like_date(bounds.recommended, dose.date),
        past_due=like_date(bounds.past_due, dose.date),
    )


def _next(
    steps: Sequence[_Parsed],
    target: int,
    counted_from: datetime.date | None,
    before: tuple[datetime.date, bool] | None,
    like: datetime.date | None,
) -> NextDose | None:
    """The forecast after the last dose, or ``None`` when the series is complete."""
    if target > len(steps) + 1:
        return None
    if before is None or counted_from is None or like is None:
        return NextDose(target)
    bounds = _bounds(steps[target - 2], counted_from, before[0], f"intervals[{target - 2}]")
    dates = (bounds.earliest, bounds.recommended, bounds.past_due)
    return NextDose(target, *(like_date(date, like) for date in dates))


def _listed(value: Any, path: str) -> list[Any]:
    """``value`` as a list of at most :data:`MAX_DOSES` items."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise one_fault(path, f"not a list: {value!r:.80}", "a list")
    items = list(value)
    if len(items) > MAX_DOSES:
        raise LimitError([Fault(path, f"{len(items)} items", f"at most {MAX_DOSES}", "limit")])
    return items


def _field_named(name: str) -> str | None:
    """The field of a bound however it is spelled: ``absMinInt``, ``absolute-minimum``, ``Minimum interval``."""
    return _NAMES.get(_INTERVAL_WORD.sub("", _NO_LETTER.sub("", name).lower()))


def _interval(item: Any, path: str, faults: list[Fault]) -> _Parsed:
    """Read one step's bounds in any of their forms, adding what is wrong to ``faults``."""
    if item is None:
        return _NO_BOUNDS
    found: dict[str, Any] = {}
    if isinstance(item, Interval):
        found = {field: getattr(item, field) for field in _FIELDS}
    elif isinstance(item, Mapping):
        for name, value in item.items():
            field = _field_named(name) if isinstance(name, str) else None
            if field is None:
                faults.append(Fault(f"{path}.{name}", "no such bound", ", ".join(_FIELDS), "unknown-name"))
            elif field in found:
                faults.append(Fault(f"{path}.{name}", f"{field} is given twice", "once", "twice"))
            else:
                found[field] = value
    elif isinstance(item, Sequence) and not isinstance(item, (str, bytes)) and len(item) == len(_FIELDS):
        found = dict(zip(_FIELDS, item, strict=True))
    else:
        faults.append(Fault(path, f"not an interval: {item!r:.80}", "four bounds: " + ", ".join(_FIELDS)))
    one, two, three, four = (duration_of(found.get(field), f"{path}.{field}", faults) for field in _FIELDS)
    return one, two, three, four
