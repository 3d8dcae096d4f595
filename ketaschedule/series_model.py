"""What goes into the judging of a series and what comes out: the bounds of a step, the doses judged, the next one."""

from __future__ import annotations

import datetime
from typing import Literal, TypeAlias

from attrs import frozen

from ketaschedule.series_dates import Bound

__all__ = ["DoseReason", "DoseStatus", "EvaluatedDose", "Interval", "NextDose", "Series"]


DoseStatus: TypeAlias = Literal["valid", "not-valid"]
DoseReason: TypeAlias = Literal["on-time", "grace-period", "too-soon", "late"]


@frozen
class Interval:
    """The four bounds of one step, counted from the dose before; each a text, whole days, or absent.

    Before ``absolute_minimum`` a dose is not valid; from there to before ``minimum`` it may be
    forgiven; ``earliest_recommended`` and ``latest_recommended`` say when the next is best given.
    An absent bound is no bound: with a ``minimum`` and no ``absolute_minimum`` *every* early dose
    falls in the grace period, as the specification has it, so give both or neither.
    """

    absolute_minimum: Bound = None
    minimum: Bound = None
    earliest_recommended: Bound = None
    latest_recommended: Bound = None


@frozen
class EvaluatedDose:
    """One dose given, and what became of it.

    ``index`` is its place in the dates as they were handed in, ``target`` the number of the dose
    in the series that it was judged against. ``counted_from`` is the date from which the bounds
    were counted (absent for the first dose); ``absolute_minimum``, ``minimum``, ``recommended``
    and ``past_due`` are those bounds as dates, each absent where its bound is. ``extra`` marks a
    dose after the last step of the series: nothing bounds it, so it is valid and on time.
    """

    index: int
    date: datetime.date
    target: int
    status: DoseStatus
    reason: DoseReason
    counted_from: datetime.date | None = None
    absolute_minimum: datetime.date | None = None
    minimum: datetime.date | None = None
    recommended: datetime.date | None = None
    past_due: datetime.date | None = None
    extra: bool = False


@frozen
class NextDose:
    """When dose number ``target`` comes: not before ``earliest``, best on ``recommended``, and overdue
    from the day after ``past_due``, each absent where nothing says it.
    """

    target: int
    earliest: datetime.date | None = None
    recommended: datetime.date | None = None
    past_due: datetime.date | None = None


@frozen
class Series:
    """A series judged: ``doses`` in date order and ``next``, which is absent once every step is done."""

    doses: tuple[EvaluatedDose, ...]
    next: NextDose | None

    @property
    def complete(self) -> bool:
        """Whether every dose of the series has been validly given."""
        return self.next is None
