"""What the exact placing is told of each session of a run: its window, what is fixed, and what is blocked."""

from __future__ import annotations

from bisect import bisect_right

from .errors import InputError, one_fault
from .laid import Laid
from .placement import Slot

__all__ = ["no_day_for", "slot_of", "unbooked", "with_blocked"]


def slot_of(laid: Laid, days: list[int], gap: int, day1: int | None) -> Slot:
    """The slot of a session, beside doses on ``days``; ``day1`` where it opens the course."""
    fixed: int | None = None
    fact = False
    if laid.cancelled is not None:
        fixed, fact = laid.target, True
    elif laid.fact is not None and laid.dose is not None and laid.counts:
        fixed, fact = laid.dose.day, True
    elif day1 is not None:
        fixed, fact = day1, True
    elif laid.pinned is not None:
        fixed, fact = laid.pinned, True
    elif laid.booked is not None:
        fixed = laid.day
    blocked: tuple[int, ...] = ()
    if days and not fact:
        low, high = laid.earliest - gap, laid.latest
        if fixed is not None:
            low, high = min(low, fixed - gap), max(high, fixed + gap - 1)
        blocked = tuple(days[bisect_right(days, low) : bisect_right(days, high)])
    return Slot(laid.earliest, laid.target, laid.latest, fixed, fact, blocked, day1 is None, laid.key)


def with_blocked(slot: Slot, more: tuple[int, ...]) -> Slot:
    """The slot with more days of other doses from which it keeps the gap."""
    return Slot(
        slot.earliest,
        slot.target,
        slot.latest,
        slot.fixed,
        slot.fact,
        (*slot.blocked, *more),
        slot.prefer,
        slot.name,
    )


def unbooked(slot: Slot) -> Slot:
    """The slot of a session whose booking does not stand."""
    return Slot(slot.earliest, slot.target, slot.latest, None, False, slot.blocked, slot.prefer, slot.name)


def no_day_for(what: str, error: InputError) -> InputError:
    """Where placing found no day: the same, said of what was to be placed and of what leaves no day for it."""
    if error.faults[0].code != "no-day":
        return error
    text = f"no day is possible for {what}: hours, closures and unavailable days leave none"
    return one_fault("availability", text, "an open day within five years", "no-day")
