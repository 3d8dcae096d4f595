"""A booking acts from the day on which it was recorded: what lay before it stays where it lay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pendulum

from .errors import InputError
from .history import SessionBooked, SessionMoved
from .laid import Laid

__all__ = ["hold_past"]

Booking = SessionBooked | SessionMoved


def hold_past(
    sessions: list[Laid],
    bookings: Mapping[str, Sequence[Booking]],
    day_of: Callable[[pendulum.DateTime], int],
    place: Callable[[], list[int | None]],
) -> None:
    """Pin the sessions without a dose that come before a booked one and lay in the past when it was booked, each time it was.

    ``bookings`` are those of each session by its key; ``place`` says where the sessions go as they are now, ``None``
    for one that is not placed. It is asked as the bookings stood before each of them was recorded.
    """
    booked = [laid for laid in sessions if laid.booked is not None and not laid.dosed]
    told = sorted(
        ((one, laid) for laid in booked for one in bookings.get(laid.key, ())), key=lambda one: _when(one[0])
    )
    for booking, laid in told:
        day = day_of(booking.recorded_at)
        free = [one for one in sessions[: sessions.index(laid)] if _is_free(one) and one.earliest < day]
        if not free:
            continue
        stood = [(one, one.booked, one.day, one.planned, one.hard_min, one.outside) for one in sessions]
        for one in booked:
            before = [other for other in bookings.get(one.key, ()) if _when(other) < _when(booking)]
            one.booked = max(before, key=_when, default=None)
            one.day = one.day if one.booked is None else day_of(one.booked.to)
        try:
            days = place()
        except InputError:
            days = []  # there was no plan before it
        for one, standing, lay, planned, hard_min, outside in stood:
            one.booked, one.day, one.planned, one.hard_min, one.outside = (
                standing,
                lay,
                planned,
                hard_min,
                outside,
            )
        for one, found in zip(sessions, days, strict=False):
            if found is not None and found < day and any(one is other for other in free):
                one.pinned = found


def _when(booking: Booking) -> tuple[int, str]:
    return booking.recorded_key, booking.id


def _is_free(laid: Laid) -> bool:
    """Whether a session lies where placing puts it: it is open, or was missed, called off or withheld there."""
    return not laid.dosed and laid.cancelled is None and laid.booked is None and laid.pinned is None
