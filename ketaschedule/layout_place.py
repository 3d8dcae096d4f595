"""The exact placing of one run: what is fixed, what is blocked, which wishes hold, and what came of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable
from copy import copy
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import cast

from attrs import evolve

from .errors import InputError
from .laid import Laid, Layout, Run
from .layout_ground import Ground
from .layout_on_target import all_on_target, as_it_stood, opens, week_taken
from .layout_past import hold_past
from .layout_slots import no_day_for, slot_of, unbooked, with_blocked
from .layout_wishes import note_void_wish, wish_is_void
from .placement import Outside, Placed, Slot, place
from .reasons import Finding

__all__ = ["place_all"]


def place_all(
    ground: Ground, out: Layout, run: Run, sessions: list[Laid], previous: int | None, per_week: int | None
) -> None:
    """Give every session its day: facts where they happened, bookings where they stand, the rest placed.

    What a Decision added comes after what stood before it and moves none of it.
    """
    for _, batch in groupby(sessions, key=attrgetter("batch")):
        made = list(batch)
        if len(made) > 1 and ground.folded.bookings:
            stood = partial(_days, ground, out, run, made, previous, per_week)
            hold_past(made, ground.folded.bookings, ground.day_of, stood, run.protocol.min_gap_days)
        _place_batch(ground, out, run, made, previous, per_week)
        last = max([laid.day for laid in made])
        previous = last if previous is None or last > previous else previous


def _days(
    ground: Ground, out: Layout, run: Run, sessions: list[Laid], previous: int | None, per_week: int | None
) -> list[int | None]:
    """Where sessions would go as they are now; nothing is settled by it."""
    if ground.acts:
        tried = [copy(laid) for laid in sessions]
        made = {laid.key: laid for laid in tried}
        like = evolve(run, sessions=[made.get(laid.key, laid) for laid in run.sessions])
        _place_batch(ground, evolve(out, findings=[]), like, tried, previous, per_week)
        return [None if laid.omitted else laid.day for laid in tried]
    placed = _place_stretch(ground, out, run, sessions, previous, per_week, 0)
    return [one.target for one in sessions] if placed is None else [spot.day for spot in placed]


def _place_batch(
    ground: Ground, out: Layout, run: Run, sessions: list[Laid], previous: int | None, per_week: int | None
) -> None:
    """Place as if no availability would ever change and no pause come; then, for each that does, anew what lies on
    its day or after it. So each acts from its day on, and moves nothing that lies before.
    """
    acts = ground.acts
    rest, floor = sessions, 0
    soonest = previous + 1 if previous is not None else min(laid.earliest for laid in sessions)
    told = any(laid.fact is not None and not laid.dosed for laid in sessions)  # such a one stays where it lay
    for seen in range(len(acts) + 1):
        until = acts[seen][0] if seen < len(acts) else None
        if until is not None and until <= soonest and not told:
            continue
        ground.see(seen)
        for laid in rest if ground.pauses else ():
            if laid.fact is None and laid.cancelled in (None, "pause"):
                laid.cancelled = "pause" if ground.paused(laid.target) else None
        try:
            placed = _place_stretch(ground, out, run, rest, previous, per_week, floor)
        except InputError:
            if until is None:
                raise
            continue  # no day was possible until that change came
        if placed is None:
            note_void_wish(ground, out, run)
            return
        stands = len(rest) if until is None else _before(rest, placed, until)
        if stands:
            note_void_wish(ground, out, run)
        for laid, spot in zip(rest[:stands], placed, strict=False):
            _settle(ground, out, run, laid, spot)
            previous = laid.day if previous is None else max(previous, laid.day)
        for laid, spot in zip(rest[stands:], placed[stands:], strict=True):
            if laid.fact is not None and not laid.dosed and ground.told_before(laid.fact, seen):
                laid.pinned = spot.day
        rest, floor = rest[stands:], until or 0
        if not rest:
            break
    ground.see(len(acts))


def _before(sessions: list[Laid], placed: tuple[Placed, ...], day: int) -> int:
    """How many of the sessions come before the first that is still open and lies on ``day`` or after it."""
    for index, (laid, spot) in enumerate(zip(sessions, placed, strict=True)):
        if not laid.dosed and (spot.day if spot.day is not None else laid.target) >= day:
            return index
    return len(sessions)


def _place_stretch(
    ground: Ground,
    out: Layout,
    run: Run,
    sessions: list[Laid],
    previous: int | None,
    per_week: int | None,
    floor: int,
) -> tuple[Placed, ...] | None:
    """Where sessions go while one wish for weekdays holds, none before ``floor``; ``None`` where each has its day."""
    gap = run.protocol.min_gap_days
    wish = ground.wish
    if wish and wish_is_void(run.phase, wish):
        wish = frozenset()
    days = ground.facts.days
    if not wish and all_on_target(ground, out, run, sessions, previous, per_week):
        return None
    slots = [slot_of(laid, days, gap, out.day1 if opens(out, run, laid) else None) for laid in sessions]
    usual = ground.without_pauses(ground.open_usual(sessions[0].minutes))
    fits: dict[int, bool] = {}
    released: set[int] = set()
    for index, (laid, slot) in enumerate(zip(sessions, slots, strict=True)):
        if laid.booked is None or slot.fact:
            continue
        if slot.fixed is not None and ground.bookable(laid):
            fits[laid.day] = True
        else:  # another may well be booked for that day at a time that is open
            slots[index] = unbooked(slot)
            released.add(index)

    def is_open(day: int) -> bool:
        """A booking needs the clinic open at its own time, not at the usual one."""
        told = fits.get(day)
        return (day >= floor and usual(day)) if told is None else told

    taken = week_taken(out, run, sessions) if per_week is not None else None
    placed: tuple[Placed, ...] = ()
    for _ in range(8):
        days_open = (floor, sessions[0].minutes, tuple(fits.items()), tuple(ground.pauses_seen))
        placed = _try_place(
            ground, run, sessions, slots, is_open, days_open, gap, previous, per_week, out.day1, taken, wish
        )
        again = False
        for index, (laid, spot) in enumerate(zip(sessions, placed, strict=True)):
            if spot.released and fits.pop(laid.day, None) is not None:
                slots[index] = unbooked(slots[index])
                released.add(index)
                again = True
        for index, (laid, spot) in enumerate(zip(sessions, placed, strict=True)):
            if spot.day is None or slots[index].fact or not days:  # what was missed lies where it lay
                continue
            after = days[bisect_left(days, spot.day - gap + 1) : bisect_right(days, spot.day)]
            wrong = tuple(day for day in after if day > laid.latest and day not in slots[index].blocked)
            if wrong:
                slots[index] = with_blocked(slots[index], wrong)
                again = True
        if not again:
            break
    return tuple(
        evolve(spot, released=True) if index in released else spot for index, spot in enumerate(placed)
    )


def _try_place(
    ground: Ground,
    run: Run,
    sessions: list[Laid],
    slots: list[Slot],
    is_open: Callable[[int], bool],
    days_open: Hashable,
    gap: int,
    previous: int | None,
    per_week: int | None,
    day1: int,
    taken: dict[int, int] | None,
    wish: frozenset[int],
) -> tuple[Placed, ...]:
    """Where they go; ``days_open`` is all that ``is_open`` rests on but the course and changes of availability."""
    outside = cast(Outside, run.phase.outside)
    weeks = (per_week, day1, tuple((taken or {}).items())) if per_week is not None else None
    what = (tuple(slots), gap, previous, weeks, wish, outside, days_open, ground.folded.days)
    kept: tuple[Placed, ...] | None = ground.course.memory.places.find(what, ground.changes)
    if kept is not None:
        return kept
    try:
        kept = place(
            slots,
            open_day=is_open,
            min_gap=gap,
            before=previous,
            per_week=per_week,
            week_origin=day1,
            week_taken=taken,
            preferred=wish,
            outside=outside,
            limit=ground.limit,
        )
    except InputError as error:
        raise no_day_for(f"{sessions[0].key} or a session after it", error) from None
    ground.course.memory.places.keep(what, ground.changes, kept)
    return kept


def _settle(ground: Ground, out: Layout, run: Run, laid: Laid, spot: Placed) -> None:
    laid.hard_min = spot.hard_min
    laid.outside = spot.outside
    laid.off_preference = spot.off_preference
    laid.released = spot.released
    if spot.day is None:
        laid.omitted = True
        laid.day = laid.target
        code = "session-omitted" if run.phase.outside == "omit" else "session-asked"
        text = f"{laid.key}: no day fits its window; it is not placed"
        out.findings.append(Finding(code, laid.key, text, "S18"))
        return
    laid.day = spot.day
    laid.planned = laid.day if laid.dose is None or not laid.counts else as_it_stood(ground, run, laid)
    if ground.folded.availability:
        laid.minute = ground.minute_on(laid.day)
    if laid.booked is not None and not laid.dosed:
        day1_shut = opens(out, run, laid) and not ground.bookable(laid)
        elsewhere = laid.day != ground.day_of(laid.booked.to)
        if elsewhere or (laid.fact is None and day1_shut):
            laid.released = True
        if laid.released:
            text = f"{laid.key} was booked for a day that a hard rule forbids; it is placed anew"
            out.findings.append(Finding("booked-conflict", laid.key, text, "S15"))
        else:
            laid.minute = ground.booked_minute(laid.booked)
    elif laid.fact is None and ground.paused(laid.day):
        laid.cancelled = "pause"
    if laid.cancelled is not None:
        laid.outside = False
