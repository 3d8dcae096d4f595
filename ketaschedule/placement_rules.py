"""What a session to be placed is, and the hard rules that every placing keeps.

The least gap, open days, so many sessions a treatment week, and the days on which a session may not be
because of doses elsewhere. `ketaschedule.placement` decides with them; nothing here chooses a day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal, TypeAlias

from attrs import frozen

from ketaschedule.errors import Fault, InputError

__all__ = ["Outside", "Rules", "Slot", "check_arguments", "is_preferred"]

#: What becomes of a session that finds no day inside its window: placed later, left out, or asked about.
Outside: TypeAlias = Literal["later", "omit", "ask"]


@frozen
class Slot:
    """One session to place: its window, as date ordinals, and what already holds for it.

    ``earliest`` ≤ ``target`` ≤ ``latest``, both ends included, before any gap raises them. ``fixed`` with ``fact``
    is the day of a recorded dose (or of an absence that keeps its place): it is never moved, may break rules,
    fills its treatment week, and later sessions keep the gap after it. ``fixed`` alone is a booking or a move:
    kept unless a hard rule forbids that day. ``blocked`` are days of other credible doses, from which this session
    keeps the gap on both sides. ``prefer`` says whether preferred weekdays count for it. ``name`` is for messages.
    """

    earliest: int
    target: int
    latest: int
    fixed: int | None = None
    fact: bool = False
    blocked: tuple[int, ...] = ()
    prefer: bool = True
    name: str = ""


@frozen
class Rules:
    """The hard rules of one call.

    ``taken`` counts what each week holds from the start, by week as `week_of` numbers it. In the methods ``reach`` is
    the latest day used so far, and ``held`` counts what each week holds by then.
    """

    is_open: Callable[[int], bool]
    min_gap: int
    before: int | None
    per_week: int | None
    week_origin: int
    limit: int
    taken: Mapping[int, int]

    def week_of(self, day: int) -> int:
        """The treatment week of ``day``; where weeks have no limit each day is a week of its own."""
        return day if self.per_week is None else (day - self.week_origin) // 7

    def room_in(self, week: int, held: Mapping[int, int]) -> int:
        """How many more sessions ``week`` takes beside those in ``held`` (at most one a day)."""
        return 1 if self.per_week is None else min(7, self.per_week - held.get(week, 0))

    def admits(self, slot: Slot, day: int) -> bool:
        """Whether ``day`` is open and far enough from the slot's blocked days."""
        return (
            day <= self.limit
            and all(abs(day - other) >= self.min_gap for other in slot.blocked)
            and self.is_open(day)
        )

    def admits_beside(self, slot: Slot, day: int, held: Mapping[int, int]) -> bool:
        """Whether ``day`` also has room in its week, beside what each week holds."""
        return self.room_in(self.week_of(day), held) >= 1 and self.admits(slot, day)

    def fits(self, slot: Slot, day: int, reach: int | None, held: Mapping[int, int]) -> bool:
        """Whether ``day`` keeps every hard rule, after ``reach`` and beside what each week holds."""
        if reach is not None and day < reach + self.min_gap:
            return False
        return self.admits_beside(slot, day, held)

    def first_day(self, slot: Slot, reach: int | None) -> int:
        """The first day that is neither before the slot's window nor nearer to ``reach`` than the gap."""
        return slot.earliest if reach is None else max(slot.earliest, reach + self.min_gap)


def is_preferred(day: int, slot: Slot, preferred: frozenset[int]) -> bool:
    """Whether the wish for weekdays is met on ``day`` or does not concern this slot (ordinal 1 was a Monday)."""
    return not preferred or not slot.prefer or (day - 1) % 7 in preferred


def check_arguments(
    slots: Sequence[Slot],
    min_gap: int,
    per_week: int | None,
    preferred: frozenset[int],
    outside: str,
    limit: int,
) -> None:
    """Raise one `InputError` with every argument that contradicts itself."""
    faults: list[Fault] = []
    for index, slot in enumerate(slots):
        if not slot.earliest <= slot.target <= slot.latest:
            text = f"the window {slot.earliest} … {slot.target} … {slot.latest} is out of order"
            faults.append(Fault(f"slots[{index}]", text, "earliest ≤ target ≤ latest"))
        if slot.fact and slot.fixed is None:
            faults.append(Fault(f"slots[{index}].fixed", "a fact has no day", "the day of the recorded dose"))
    if min_gap < 1:
        faults.append(Fault("min_gap", f"{min_gap} days", "1 day or more"))
    if per_week is not None and per_week < 1:
        faults.append(Fault("per_week", f"{per_week} sessions a week", "1 or more, or none at all"))
    if not all(0 <= weekday <= 6 for weekday in preferred):
        faults.append(Fault("preferred", f"weekdays {sorted(preferred)}", "0 (Monday) to 6 (Sunday)"))
    if outside not in ("later", "omit", "ask"):
        faults.append(Fault("outside", f"{outside!r}", "later, omit or ask"))
    if limit > date.max.toordinal():
        faults.append(Fault("limit", f"day {limit}", f"at most {date.max.toordinal()} ({date.max})"))
    if faults:
        raise InputError(faults)
