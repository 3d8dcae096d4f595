"""What a recorded miss moves: under ``shift`` its session is planned again, and the rest of the phase with it."""

from __future__ import annotations

from .errors import one_fault
from .history import SessionMissed, SessionWithheld
from .laid import Laid, Run
from .layout_ground import Ground

__all__ = ["shift_after_miss"]


def shift_after_miss(ground: Ground, run: Run, laid: Laid) -> int:
    """For ``shift``: a recorded miss is planned again on the next open day, and the rest moves along.

    It stays moved when the session is made up, withheld or called off; what turns out to have been before the miss was
    recorded takes the move back.
    """
    miss = _miss_that_shifts(ground, run, laid)
    if miss is None:
        return 0
    missed_day = max(laid.target, ground.day_of(miss.recorded_at))
    is_open = ground.open_usual(laid.minutes)
    day = missed_day + 1
    while not is_open(day):
        day += 1
        if day > ground.limit:
            raise one_fault("clinic", "no day is possible after a miss", "an open day", "no-day")
    moved = day - laid.target
    laid.shifted_from = laid.target
    laid.earliest, laid.target, laid.latest = day, day, max(day, laid.latest + moved)
    if laid.fact is miss:
        laid.fact = None
    return moved


def _miss_that_shifts(ground: Ground, run: Run, laid: Laid) -> SessionMissed | None:
    if run.phase.missed.rule != "shift" or laid.fact is None:
        return None
    if isinstance(laid.fact, SessionMissed):
        return laid.fact
    if laid.dose is not None:
        if not laid.counts:
            return None
        since = laid.dose.key
    else:
        fact = laid.fact  # withheld or called off where it had been planned again
        since = fact.at_key if isinstance(fact, SessionWithheld) else fact.recorded_key
    before = [
        event
        for event in ground.facts.by_key[laid.key]
        if isinstance(event, SessionMissed) and event.recorded_key < since
    ]
    return max(before, key=lambda event: (event.recorded_key, event.id), default=None)
