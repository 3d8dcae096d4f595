"""A booking acts from the day on which it was recorded: what lay before it stays where it lay."""

from __future__ import annotations

from collections.abc import Callable

import pendulum

from .errors import InputError
from .laid import Laid
from .placement import Placed

__all__ = ["hold_past"]


def hold_past(
    sessions: list[Laid],
    day_of: Callable[[pendulum.DateTime], int],
    place: Callable[[], tuple[Placed, ...] | None],
) -> None:
    """Pin the open sessions that come before a booked one and lay in the past when it was booked.

    ``place`` says where the sessions go as they are now, or ``None`` where each is on its target; it is asked
    with the booking, and those recorded after it, not yet known.
    """
    booked = [laid for laid in sessions if laid.booked is not None and laid.fact is None]
    for laid in sorted(booked, key=_booked_when):
        assert laid.booked is not None
        when, day = _booked_when(laid), day_of(laid.booked.recorded_at)
        before = sessions[: sessions.index(laid)]
        free = [one for one in before if _is_free(one) and one.earliest < day]
        if not free:
            continue
        stood = [(one, one.booked, one.day, one.planned, one.hard_min, one.outside) for one in sessions]
        for one in booked:
            if _booked_when(one) >= when:
                one.booked = None
        try:
            placed = place()
            days = [one.target for one in sessions] if placed is None else [spot.day for spot in placed]
        except InputError:
            days = []  # there was no plan before it
        for one, booking, lay, planned, hard_min, outside in stood:
            one.booked, one.day, one.planned, one.hard_min, one.outside = (
                booking,
                lay,
                planned,
                hard_min,
                outside,
            )
        for one, found in zip(sessions, days, strict=False):
            if found is not None and found < day and any(one is other for other in free):
                one.pinned = found


def _booked_when(laid: Laid) -> tuple[int, str]:
    return (0, "") if laid.booked is None else (laid.booked.recorded_key, laid.booked.id)


def _is_free(laid: Laid) -> bool:
    """Whether a session is open and lies where placing puts it."""
    return laid.fact is None and laid.cancelled is None and laid.booked is None and laid.pinned is None
