"""Phases for Hypothesis: a cadence, a window, what follows a miss, and what comes beside the sessions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from .protocol import (
    Cadence,
    Companion,
    Days,
    Every,
    Interval,
    MissedRule,
    PerWeek,
    Phase,
    Spread,
)

__all__ = ["SOURCES", "phases", "spread_gap"]


SOURCES = {"cadence": "house", "window": "house"}


def spread_gap(cadence: Cadence) -> int | None:
    """The least distance between targets; none where there is one session."""
    if isinstance(cadence, Every):
        return min(interval.every_days for interval in cadence.intervals)
    days = cadence.offsets()
    return min((b - a for a, b in pairwise(days)), default=None)


@st.composite
def _days(draw: st.DrawFn, gap: int) -> Days:
    steps = draw(st.lists(st.integers(gap, gap + 8), max_size=5))
    days = [1]
    for step in steps:
        days.append(days[-1] + step)
    return Days(tuple(days))


@st.composite
def _every(draw: st.DrawFn, least: int, may_be_open: bool) -> Every:
    base = draw(st.integers(max(least, 2), 14))
    count: int | None = draw(st.integers(1, 5))
    if may_be_open and draw(st.booleans()):
        count = None
    if not draw(st.booleans()):
        return Every((Interval(base, count),))
    wider = base + draw(st.integers(1, 14))
    return Every((Interval(base, draw(st.integers(1, 3))), Interval(wider, count)))


def _cadences(gap: int, first: bool, may_be_open: bool, before: int) -> st.SearchStrategy[Cadence]:
    most_a_week = max(1, min(3, 6 // gap))
    weekly = st.builds(PerWeek, st.integers(1, most_a_week), st.integers(1, 4))
    spread = st.integers(1, 6).flatmap(
        lambda n: st.builds(Spread, st.just(n), st.integers((n - 1) * (gap + 1) + 1, (n - 1) * (gap + 5) + 1))
    )
    kinds: list[st.SearchStrategy[Any]] = [_days(gap), weekly, spread]
    every = _every(max(gap, before), may_be_open)
    return st.one_of(*kinds, every) if first else st.one_of(every, *kinds)


@st.composite
def phases(
    draw: st.DrawFn,
    number: int = 1,
    min_gap_days: int = 2,
    *,
    may_be_open: bool = True,
    before_window: int = 0,
    home: bool = False,
) -> Phase:
    """A sound phase, the ``number``-th of its protocol, with doses at least ``min_gap_days`` apart.

    ``before_window``: the window of the phase before, which this one's first may not reach. ``home``: what was missed is
    not made up.
    """
    cadence = draw(_cadences(min_gap_days, number == 1, may_be_open, before_window))
    gap = spread_gap(cadence)
    room = 3 if gap is None else min(3, gap // 2)
    if isinstance(cadence, Every) and number > 1:
        room = min(room, max(0, cadence.intervals[0].every_days - before_window))
    window: int | None = draw(st.integers(0, room))
    if isinstance(cadence, PerWeek) and draw(st.booleans()):
        window = None
    ends = not isinstance(cadence, Every) or cadence.count is not None
    missed = MissedRule(make_up="none") if home else draw(_missed(ends))
    return Phase(
        id=f"phase-{number}",
        cadence=cadence,
        title=f"Phase {number}",
        window_days=window,
        outside="later",
        missed=missed,
        companions=draw(_companions(ends)),
        sources=SOURCES,
    )


def _missed(ends: bool) -> st.SearchStrategy[MissedRule]:
    rules = [MissedRule(), MissedRule(rule="shift")]
    if ends:
        rules += [MissedRule(propose_extra=True), MissedRule(rule="append")]
    return st.sampled_from(rules)


def _companions(ends: bool) -> st.SearchStrategy[tuple[Companion, ...]]:
    def one(name: str, kind: str, anchor: str, low: int, day: int, high: int, **more: Any) -> Companion:
        return Companion(
            id=name,
            kind=kind,
            anchor=anchor,
            earliest_days=low,
            offset_days=day,
            latest_days=high,
            minutes=45,
            **more,
        )

    before = one("preparation", "preparation", "phase-start", -9, -7, -3)
    after = one("integration", "integration", "each-session", 1, 1, 2)
    review = one("look-back", "review", "phase-end", 3, 7, 10)
    sets: list[tuple[Companion, ...]] = [(), (before,), (after,), (before, after)]
    if ends:
        sets += [(review,), (before, review)]
    return st.sampled_from(sets)
