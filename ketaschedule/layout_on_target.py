"""The short way of placing a run: everything on its target, where nothing stands in the way; and what a placing rests on."""

from __future__ import annotations

from .laid import Laid, Layout, Run, opens_course
from .layout_ground import Ground
from .protocol import PerWeek

__all__ = ["all_on_target", "as_it_stood", "opens", "week_taken"]


def opens(out: Layout, run: Run, laid: Laid) -> bool:
    """Whether this is session 1 of the course, whose day is Day 1."""
    return laid.number == 1 and opens_course(out, run)


def all_on_target(
    ground: Ground, out: Layout, run: Run, sessions: list[Laid], previous: int | None, per_week: int | None
) -> bool:
    """Nothing wished or closed, doses given in order: what is open on its target, if that keeps the hard rules.

    It is what :func:`place` would give, and says so at a fraction of the cost; false where it must be asked.
    """
    if not ground.always_open(sessions[0].minutes):
        return False
    gap, skips = run.protocol.min_gap_days, ground.skips
    free_from = ground.facts.days[-1] + gap if ground.facts.days else None
    held = week_taken(out, run, sessions) if per_week is not None else {}
    reach = previous
    days: list[int] = []
    for laid in sessions:
        dosed = laid.dose is not None and laid.dosed
        day = laid.dose.day if laid.dose is not None and dosed else laid.target
        if dosed:
            if reach is not None and day <= reach:
                return False
        elif _is_odd(laid, day, free_from) or skips(day):
            return False
        elif opens(out, run, laid):
            if day != out.day1:
                return False
        elif reach is not None and day < reach + gap:
            return False
        if per_week is not None:
            week = (day - out.day1) // 7
            held[week] = held.get(week, 0) + 1
            if held[week] > per_week and not dosed:
                return False
        days.append(day)
        reach = day
    reach = previous
    for laid, day in zip(sessions, days, strict=True):
        laid.day = laid.planned = day
        laid.hard_min = None if reach is None else reach + gap
        if laid.dose is not None:
            laid.outside = not laid.earliest <= day <= laid.latest
            laid.planned = as_it_stood(ground, run, laid)
        reach = day
    return True


def _is_odd(laid: Laid, day: int, free_from: int | None) -> bool:
    """Whether an open session has something about it that the short way does not know."""
    if (
        laid.fact is not None
        or laid.cancelled is not None
        or laid.booked is not None
        or laid.dose is not None
    ):
        return True
    return free_from is not None and day < free_from


def week_taken(out: Layout, run: Run, placing: list[Laid]) -> dict[int, int]:
    """What is already held of each treatment week: by other grid runs, by sessions of this one placed before, and by
    doses of what was added to it.
    """
    taken: dict[int, int] = {}
    for other in (*out.runs, run):
        if not isinstance(other.phase.cadence, PerWeek):
            continue
        whole = other is not run
        for laid in other.sessions:
            if not whole and laid.key == placing[0].key:
                break
            if laid.cancelled is None and not laid.omitted and laid.basis != "proposed":
                week = (laid.day - out.day1) // 7
                taken[week] = taken.get(week, 0) + 1
    if run.sessions and run.sessions[-1].batch != placing[0].batch:
        for laid in run.sessions:  # of what comes later in this run only a dose holds its week
            if laid.batch > placing[0].batch and laid.dose is not None and laid.dosed:
                week = (laid.dose.day - out.day1) // 7
                taken[week] = taken.get(week, 0) + 1
    return taken


def as_it_stood(ground: Ground, run: Run, laid: Laid) -> int:
    """The day on which a session that was given had been planned: booked, else placed without its dose.

    Its targets already rest on the sessions before it; it is placed alone, so that a wish for weekdays
    that only a later session could decide is not looked at.
    """
    if laid.booked is not None:
        return ground.day_of(laid.booked.to)
    if laid.key == f"{run.key}/1" and run.first_day:
        return run.first_day
    low = max(laid.earliest, laid.hard_min or 0)
    wish = ground.preferred_on(laid.target)
    is_open = ground.open_usual(laid.minutes)
    if low <= laid.target and not wish and is_open(laid.target):
        return laid.target
    days = [day for day in range(low, max(laid.latest, low) + 1) if is_open(day)]
    if not days:
        return laid.day
    return min(days, key=lambda day: (bool(wish) and (day - 1) % 7 not in wish, abs(day - laid.target), day))
