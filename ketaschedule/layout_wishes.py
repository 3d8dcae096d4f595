"""A wish for weekdays: when a phase cannot follow it, and that this is said."""

from __future__ import annotations

from bisect import bisect_left

from .laid import Layout, Run
from .layout_ground import Ground
from .protocol import Every, PerWeek, Phase
from .reasons import Finding

__all__ = ["note_void_wish", "wish_is_void"]


def wish_is_void(phase: Phase, wish: frozenset[int]) -> bool:
    """Whether a phase has more sessions in some seven days than weekdays were named (a daily one always has)."""
    cadence, weekdays = phase.cadence, len(wish)
    if isinstance(cadence, PerWeek):
        return cadence.per_week > weekdays
    if isinstance(cadence, Every):
        return 7 // min(interval.every_days for interval in cadence.intervals) > weekdays
    offsets = cadence.offsets()
    return any(bisect_left(offsets, first + 7) - index > weekdays for index, first in enumerate(offsets))


def note_void_wish(ground: Ground, out: Layout, run: Run) -> None:
    """Say once of a run that the weekdays wished for are not followed in it, where that is so."""
    if run.wish_ignored or not ground.wish or not wish_is_void(run.phase, ground.wish):
        return
    run.wish_ignored = True
    text = f"preferred weekdays are not followed in {run.phase.id}: it has more sessions a week than weekdays named"
    out.findings.append(Finding("preference-ignored", run.key, text, "S12"))
