"""The exact placing of the sessions of one phase, in whole numbers.

Days are date ordinals (`datetime.date.toordinal`), so this room needs no calendar, clock or zone.
Hard rules first: the least gap, open days, so many a treatment week, what is fixed stays fixed. Among the
lawful placings the best has, in this order: fewest sessions outside their windows, fewest off the preferred
weekdays, least total squared distance from the targets; of equals, the earliest dates. The search is exact
(`ketaschedule.placement_search`); where every session can have its target, nothing is searched.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache

from attrs import frozen

from ketaschedule.errors import one_fault
from ketaschedule.placement_rules import Outside, Rules, Slot, check_arguments, is_preferred
from ketaschedule.placement_search import Seat, cheapest_days

__all__ = ["LAST_CANDIDATE_DAYS", "Outside", "Placed", "Slot", "place"]

#: A session may fall up to so many days after the day that earliest-first placing gives it (a week in all:
#: every weekday is among the candidates).
LAST_CANDIDATE_DAYS = 6


@frozen
class Placed:
    """Where one session went.

    ``day`` is `None` where the session was left out. ``hard_min`` is the first day that keeps the gap from the
    session before (or from a later dose elsewhere, up to this day); `None` where nothing comes before.
    ``outside``: not inside its window (left out counts as outside). ``off_preference``: off the preferred weekdays,
    where they count for it. ``released``: it was booked for a day that a hard rule forbids.
    """

    day: int | None
    hard_min: int | None
    outside: bool = False
    off_preference: bool = False
    released: bool = False


def place(
    slots: Sequence[Slot],
    *,
    open_day: Callable[[int], bool],
    min_gap: int,
    before: int | None = None,
    per_week: int | None = None,
    week_origin: int = 0,
    week_taken: Mapping[int, int] | None = None,
    preferred: frozenset[int] = frozenset(),
    outside: Outside = "later",
    limit: int,
) -> tuple[Placed, ...]:
    """Place the sessions of one phase, in order, and say of each where it went.

    ``min_gap`` is in days (1 or more); ``before`` is the day of the last session before the phase. A treatment
    week holds at most ``per_week`` sessions: day ``d`` lies in week ``(d - week_origin) // 7``, of which
    ``week_taken`` are already taken by others. ``preferred`` are weekdays (0 is Monday); empty means no wish. Days
    after ``limit`` count as closed. ``open_day`` is asked once for each day at most.

    Facts bind only what follows them in order: a session still open before a later fact is placed as if that fact
    were not there, save for the place it takes in its week (and for ``blocked``). Bookings are looked at in order;
    one stands if the sessions before it, placed earliest first, leave it lawful. Otherwise it is placed
    like any free session. With ``outside`` "omit" or "ask" a free session takes a day inside its window or none:
    as many as possible are placed, and only then do weekdays, distance and earliness decide.

    Raises `InputError`, with every fault, for arguments that contradict themselves, and with code ``no-day`` when a
    session that must be placed has no possible day up to ``limit``.

    >>> slots = [Slot(earliest=100, target=100, latest=106), Slot(earliest=100, target=103, latest=106)]
    >>> [placed.day for placed in place(slots, open_day=lambda day: day != 103, min_gap=2, limit=200)]
    [100, 102]
    """
    check_arguments(slots, min_gap, per_week, preferred, outside, limit)
    taken = dict(week_taken or {}) if per_week is not None else {}
    rules = Rules(cache(open_day), min_gap, before, per_week, week_origin, limit, taken)
    for slot in slots:
        if slot.fact and slot.fixed is not None:
            _count(taken, rules.week_of(slot.fixed))

    days: Sequence[int | None] | None = _on_targets(slots, rules, preferred)
    released: frozenset[int] = frozenset()
    if days is None:
        must = outside == "later"
        earliest_first, released, held = _earliest_first(slots, rules, must)
        days = _search(slots, rules, earliest_first, released, held, preferred, must)
    return _report(slots, rules, days, released, preferred)


def _count(held: dict[int, int], week: int) -> None:
    """One more session in ``week``."""
    held[week] = held.get(week, 0) + 1


def _on_targets(slots: Sequence[Slot], rules: Rules, preferred: frozenset[int]) -> list[int] | None:
    """Every free session on its target and every booking kept, where that is lawful: nothing can be better."""
    held = dict(rules.taken)
    reach = rules.before
    days: list[int] = []
    for slot in slots:
        day = slot.target if slot.fixed is None else slot.fixed
        if not slot.fact:
            if not rules.fits(slot, day, reach, held):
                return None
            if slot.fixed is None and not is_preferred(day, slot, preferred):
                return None
            _count(held, rules.week_of(day))
        days.append(day)
        reach = day if reach is None else max(reach, day)
    return days


def _earliest_first(
    slots: Sequence[Slot], rules: Rules, must: bool
) -> tuple[list[int | None], frozenset[int], dict[int, int]]:
    """Each session on the first lawful day, one after another; which bookings fall; what fixed ones hold.

    No lawful placing has any session earlier than this one, so a booking that does not stand here
    stands in none. Where sessions need not be placed (``must`` false) only the fixed ones are looked at.
    """
    held = dict(rules.taken)
    fixed = dict(rules.taken)
    reach = rules.before
    days: list[int | None] = []
    released: set[int] = set()
    for index, slot in enumerate(slots):
        day = slot.fixed
        if not slot.fact:
            if day is not None and not rules.fits(slot, day, reach, held):
                released.add(index)
                day = None
            if day is not None:
                _count(fixed, rules.week_of(day))
            elif must:
                day = _first_lawful(index, slot, rules, reach, held)
            if day is not None:
                _count(held, rules.week_of(day))
        days.append(day)
        if day is not None:
            reach = day if reach is None else max(reach, day)
    return days, frozenset(released), fixed


def _first_lawful(index: int, slot: Slot, rules: Rules, reach: int | None, held: Mapping[int, int]) -> int:
    """The first day on which every hard rule lets this session be, or `InputError` where there is none."""
    first = rules.first_day(slot, reach)
    for day in range(first, rules.limit + 1):
        if rules.admits_beside(slot, day, held):
            return day
    name = slot.name or f"session {index + 1} of the phase"
    text = f"no day is possible for {name} from {_iso(first)} to {_iso(rules.limit)}"
    allowed = "an open day that keeps the gap and has room in its treatment week"
    raise one_fault(f"slots[{index}]", text, allowed, "no-day")


def _iso(day: int) -> str:
    """The date as text, or the bare number where it is no date."""
    return date.fromordinal(day).isoformat() if 1 <= day <= date.max.toordinal() else str(day)


def _search(
    slots: Sequence[Slot],
    rules: Rules,
    earliest_first: Sequence[int | None],
    released: frozenset[int],
    fixed: Mapping[int, int],
    preferred: frozenset[int],
    must: bool,
) -> list[int | None]:
    """The best days, fixed ones in their places; ``fixed`` is what each week holds without the free sessions."""
    days: list[int | None] = [None if index in released else slot.fixed for index, slot in enumerate(slots)]
    choices = {
        index: tuple(day for day in range(first, last + 1) if rules.admits_beside(slots[index], day, fixed))
        for index, (first, last) in _ranges(slots, rules, days, earliest_first).items()
    }
    # One number for three wishes in order: one weekday weighs more than all distances, one window more than all else.
    off_weight = 1 + sum(
        max(((day - slots[index].target) ** 2 for day in choice), default=0)
        for index, choice in choices.items()
    )
    outside_weight = off_weight * (1 + len(choices))
    seats = [
        Seat(
            choice,
            tuple(
                (day - slots[index].target) ** 2
                + (not is_preferred(day, slots[index], preferred)) * off_weight
                + (day > slots[index].latest) * outside_weight
                for day in choice
            ),
        )
        for index, choice in choices.items()
    ]
    chosen = cheapest_days(
        seats,
        min_gap_days=rules.min_gap,
        week_of=rules.week_of,
        room_in=lambda week: rules.room_in(week, fixed),
        empty_cost=None if must else outside_weight,
    )
    for index, day in zip(choices, chosen, strict=True):
        days[index] = day
    return days


def _ranges(
    slots: Sequence[Slot],
    rules: Rules,
    days: Sequence[int | None],
    earliest_first: Sequence[int | None],
) -> dict[int, tuple[int, int]]:
    """The first and last day for each free session (those without a day in ``days``), by its place among the slots.

    No lawful placing is earlier than earliest-first, so the days between the window's start and that day need no look.
    """
    ranges: dict[int, tuple[int, int]] = {}
    reach = rules.before
    for index, slot in enumerate(slots):
        day, soonest = days[index], earliest_first[index]
        if day is not None:
            reach = day if reach is None else max(reach, day)
        elif soonest is not None:
            ranges[index] = (soonest, max(slot.latest, soonest + LAST_CANDIDATE_DAYS))
        else:
            ranges[index] = (rules.first_day(slot, reach), slot.latest)
    # A booking also bounds what comes before it; a fact does not.
    ceiling = rules.limit
    for index in reversed(range(len(slots))):
        day = days[index]
        if day is None:
            first, last = ranges[index]
            ranges[index] = (first, min(last, ceiling))
        elif not slots[index].fact:
            ceiling = min(ceiling, day - rules.min_gap)
    return ranges


def _report(
    slots: Sequence[Slot],
    rules: Rules,
    days: Sequence[int | None],
    released: frozenset[int],
    preferred: frozenset[int],
) -> tuple[Placed, ...]:
    """What to say of each session. A fact is measured against facts alone: what it came before cannot bind it."""
    given = [] if rules.before is None else [rules.before]  # in order of days
    reach = rules.before
    result: list[Placed] = []
    for index, slot in enumerate(slots):
        day = days[index]
        previous = reach
        if slot.fact and day is not None:
            at = bisect_right(given, day)
            previous = given[at - 1] if at else None
            given.insert(at, day)
        until = slot.latest if day is None else day
        near = [other for other in slot.blocked if other <= until]
        if previous is not None:
            near.append(previous)
        result.append(
            Placed(
                day=day,
                hard_min=max(near) + rules.min_gap if near else None,
                outside=day is None or not slot.earliest <= day <= slot.latest,
                off_preference=day is not None and not is_preferred(day, slot, preferred),
                released=index in released,
            )
        )
        if day is not None:
            reach = day if reach is None else max(reach, day)
    return tuple(result)
