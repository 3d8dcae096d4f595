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
    gap: int,
) -> None:
    """Pin the sessions without a dose that come before a booked one and lay in the past when it was booked, each time it was.

    ``bookings`` are those of each session by its key; ``place`` says where the sessions go as they are now, ``None``
    for one that is not placed. It is asked as the bookings stood before each of them was recorded. A session after
    the booked one that would lie less than ``gap`` days after it is free again.
    """
    booked = [laid for laid in sessions if laid.booked is not None and not laid.dosed]
    told = sorted(
        ((one, laid) for laid in booked for one in bookings.get(laid.key, ())), key=lambda one: _when(one[0])
    )
    for booking, laid in told:
        day, index = day_of(booking.recorded_at), sessions.index(laid)
        for one in sessions[index + 1 :]:
            if one.pinned is not None and one.pinned < day_of(booking.to) + gap:
                one.pinned = None
        free = [one for one in sessions[:index] if _is_free(one, booking) and one.earliest < day]
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
            stands = one.booked is not None and found == day_of(one.booked.to)
            if found is not None and found < day and not stands and any(one is other for other in free):
                one.pinned = found


def _when(booking: Booking) -> tuple[int, str]:
    return booking.recorded_key, booking.id


def _is_free(laid: Laid, booking: Booking) -> bool:
    """Whether a session may lie where placing puts it: it is open, or was missed, called off or withheld there, and is not
    booked since; a booking of before may not stand.
    """
    if laid.dosed or laid.cancelled not in (None, "pause") or laid.pinned is not None:
        return False
    return laid.booked is None or _when(laid.booked) < _when(booking)
