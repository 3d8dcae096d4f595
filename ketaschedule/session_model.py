"""A session as it leaves the planner: frozen, with its reasons and its steps worked out when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import pendulum
from attrs import field, frozen

from . import times
from .protocol import Step
from .reasons import Reason

__all__ = ["Session", "StepAt"]


@frozen(kw_only=True)
class StepAt:
    """A step of the session day. ``at`` is absent for a step that ends with a condition, not a time."""

    what: str
    anchor: str
    audience: str
    text: str
    source: str
    offset_minutes: int | None = None
    until: str | None = None
    until_date: pendulum.Date | None = None
    within_days: int | None = None
    at: pendulum.DateTime | None = None


@frozen(kw_only=True, slots=False, eq=True)
class Session:
    """One planned or given session.

    ``day`` counts from Day 1 (the day before is −1; there is no day 0), ``week`` from treatment week 1.
    ``hard_min`` ≤ ``earliest`` ≤ ``target`` ≤ ``latest`` are dates, both ends included; ``at`` … ``ends``
    are instants in the session zone. ``basis``: ``protocol``, ``held``, ``proposed`` or ``waiting``.
    """

    key: str
    phase: str
    number: int
    kind: str
    day: int
    week: int
    verdict: str
    basis: str
    date: pendulum.Date
    at: pendulum.DateTime
    ends: pendulum.DateTime
    earliest: pendulum.Date
    target: pendulum.Date
    latest: pendulum.Date
    because: Callable[[], tuple[Reason, ...]] = field(repr=False, eq=False)
    hard_min: pendulum.Date | None = None
    timing: str | None = None
    given_key: int | None = field(default=None, repr=False)
    counts: bool | None = None
    booked: bool | None = None
    why: str | None = None
    rules: tuple[Step, ...] = field(default=(), repr=False)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the session is where it is, the cadence first; worked out when first asked for, and kept."""
        kept: tuple[Reason, ...] | None = self.__dict__.get("_reasons")
        if kept is None:
            kept = self.__dict__["_reasons"] = self.because()
        return kept

    @cached_property
    def given_at(self) -> pendulum.DateTime | None:
        """When the dose was given (or the review held), in the session zone."""
        zone = self.at.timezone_name
        if self.given_key is None or zone is None:
            return None
        return times.clock(zone).from_key(self.given_key)

    @property
    def steps(self) -> tuple[StepAt, ...]:
        """What happens around this dose, with instants where the protocol gives a time before or at it.

        Steps counted from the end of the dose carry their offset only: when a dose ends is not planned.
        """
        return tuple(_step_at(step, self.at, self.date) for step in self.rules)


def _step_at(step: Step, at: pendulum.DateTime, date: pendulum.Date) -> StepAt:
    instant: pendulum.DateTime | None = None
    if step.offset_minutes is not None and step.anchor in ("arrival", "dose-start"):
        zone = at.timezone_name
        if zone is not None:
            instant = times.clock(zone).after(at, step.offset_minutes)
    until = date.add(days=1) if step.until == "next-day" else None
    return StepAt(
        what=step.what,
        anchor=step.anchor,
        audience=step.audience,
        text=step.text,
        source=step.source,
        offset_minutes=step.offset_minutes,
        until=step.until,
        until_date=until,
        within_days=step.within_days,
        at=instant,
    )
