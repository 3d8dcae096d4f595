"""How often: the five ways in which a protocol spaces the sessions of a phase.

Days are counted from 1. Every cadence says its sessions as days after an anchor (``offsets``), or,
for intervals, as the days from one session to the next (``gaps``).

>>> PerWeek(per_week=2, weeks=4).offsets()
(0, 3, 7, 10, 14, 17, 21, 24)
>>> Spread(spread=6, over_days=21).offsets()
(0, 4, 8, 12, 16, 20)
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

__all__ = ["NOMINAL_WEEK", "Cadence", "Days", "Every", "Interval", "PerWeek", "Spread"]

NOMINAL_WEEK = {1: (1,), 2: (1, 4), 3: (1, 3, 5)}
"""Nominal days of a treatment week by sessions a week; any other number is written in the file."""


@frozen
class Days:
    """Sessions on stated days of the phase, counted from 1: ``days = [1, 4, 8]``."""

    days: tuple[int, ...]

    def offsets(self) -> tuple[int, ...]:
        """Days after phase day 1, one per session."""
        return tuple(day - 1 for day in self.days)


@frozen
class Spread:
    """``spread`` sessions evenly over ``over_days`` days, the first on day 1."""

    spread: int
    over_days: int

    def offsets(self) -> tuple[int, ...]:
        """Days after phase day 1, evenly apart, rounded half up; the last falls on day ``over_days``."""
        if self.spread == 1:
            return (0,)
        steps = self.spread - 1
        return tuple((2 * i * (self.over_days - 1) + steps) // (2 * steps) for i in range(self.spread))


@frozen
class PerWeek:
    """``per_week`` sessions in each of ``weeks`` treatment weeks; ``nominal`` names the days 1-7."""

    per_week: int
    weeks: int
    nominal: tuple[int, ...] | None = None

    def offsets(self) -> tuple[int, ...]:
        """Days after the first day of the phase's first treatment week."""
        days = self.nominal if self.nominal is not None else NOMINAL_WEEK[self.per_week]
        return tuple(7 * week + day - 1 for week in range(self.weeks) for day in days)


@frozen
class Interval:
    """``count`` sessions, each ``every_days`` after the one before; no count means open-ended."""

    every_days: int
    count: int | None = None


@frozen
class Every:
    """Sessions at intervals: one interval, or a taper of several, the last of which may be open."""

    intervals: tuple[Interval, ...]

    @property
    def count(self) -> int | None:
        """How many sessions, or ``None`` where the last interval is open-ended."""
        if self.intervals[-1].count is None:
            return None
        return sum(interval.count or 0 for interval in self.intervals)

    def gaps(self) -> Iterator[int]:
        """The interval in days before session 1, 2, 3 …; endless where the last is open."""
        for interval in self.intervals:
            if interval.count is None:
                while True:
                    yield interval.every_days
            for _ in range(interval.count):
                yield interval.every_days


Cadence = Days | Spread | PerWeek | Every
