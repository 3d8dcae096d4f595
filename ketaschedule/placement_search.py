"""The search behind placing: the cheapest day for each free session, found exactly.

This room knows nothing of bookings, windows or weekdays. It is handed *seats*, one for each free
session in order, each with the days it could fall on and what each day costs, and it returns the
cheapest lawful choice. Dynamic programming from the last seat backwards, over the last day used and
how many free sessions its treatment week already holds; costs are whole numbers, so ties are exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from attrs import frozen

__all__ = ["Seat", "cheapest_days"]

#: The last day used and how many free sessions its week holds; `None` where neither binds any more.
_State = tuple[int, int] | None
#: The least cost from here on, and the index of the day that gives it (-1: the seat stays empty).
_Step = tuple[int, int]


@frozen
class Seat:
    """One free session: ``days`` it may take, ascending, and the cost of each (``costs``, each 0 or more)."""

    days: tuple[int, ...]
    costs: tuple[int, ...]


def cheapest_days(
    seats: Sequence[Seat],
    *,
    min_gap_days: int,
    week_of: Callable[[int], int],
    room_in: Callable[[int], int],
    empty_cost: int | None = None,
) -> list[int | None]:
    """The days, one for each seat in order, whose total cost is least; of equals the earliest dates.

    Days follow each other by at least ``min_gap_days`` (1 or more), and a week ``w`` takes at most
    ``room_in(w)`` of them (at least 1 in the week of every day offered). With ``empty_cost`` a seat may stay empty at that cost; an empty seat counts
    as later than any date where costs are equal. Without it every seat is filled, and the caller
    has made sure that this can be done (`ValueError` where it cannot).

    >>> seats = [Seat((1, 2, 3), (0, 1, 4)), Seat((2, 3, 4), (0, 1, 4))]
    >>> cheapest_days(seats, min_gap_days=2, week_of=lambda day: day // 7, room_in=lambda week: 2)
    [1, 3]
    """
    never = 1 + sum(max(seat.costs, default=0) + (empty_cost or 0) for seat in seats)
    lowest = _lowest_ahead(seats)

    def state_for(index: int, day: int, held: int) -> _State:
        """What seats from ``index`` on can still feel of ``day`` and of the ``held`` in its week."""
        low = lowest[index]
        if low is None or (day + min_gap_days <= low and week_of(day) < week_of(low)):
            return None
        return day, held

    states = _states(seats, state_for, week_of, room_in, may_stay_empty=empty_cost is not None)
    ahead: dict[_State, _Step] = {None: (0, -1)}
    tables: list[dict[_State, _Step]] = []
    for index in range(len(seats) - 1, -1, -1):
        days = seats[index].days
        # totals[i][h]: the least cost of seats from here on, if day i is taken and h others lie before it in its week
        totals = [
            [cost + ahead[state_for(index + 1, day, held)][0] for held in range(1, room_in(week_of(day)) + 1)]
            for day, cost in zip(days, seats[index].costs, strict=True)
        ]
        first_of_week: list[_Step] = [(never, -1)]  # the best of days i, i + 1, … as the first of its week
        for at in range(len(days) - 1, -1, -1):
            best = first_of_week[-1]
            first_of_week.append((totals[at][0], at) if totals[at][0] <= best[0] else best)
        first_of_week.reverse()

        table: dict[_State, _Step] = {}
        for state in states[index]:
            best = (never, -1)
            at = 0
            if state is not None:
                last, held = state
                week = week_of(last)
                at = bisect_left(days, last + min_gap_days)
                while at < len(days) and week_of(days[at]) == week:
                    if held < len(totals[at]) and totals[at][held] < best[0]:
                        best = (totals[at][held], at)
                    at += 1
            if first_of_week[at][0] < best[0]:
                best = first_of_week[at]
            if empty_cost is not None:
                onward = None if state is None else state_for(index + 1, *state)
                if empty_cost + ahead[onward][0] < best[0]:
                    best = (empty_cost + ahead[onward][0], -1)
            table[state] = best
        tables.append(table)
        ahead = table
    if ahead[None][0] >= never:
        raise ValueError("no lawful choice of days: the caller passes seats that can all be filled")
    return _follow(seats, tables[::-1], state_for, week_of)


def _lowest_ahead(seats: Sequence[Seat]) -> list[int | None]:
    """For each seat the earliest day that it or any later seat could take; `None` where there is none."""
    lowest: list[int | None] = [None]
    for seat in reversed(seats):
        known = [day for day in (lowest[-1], *seat.days[:1]) if day is not None]
        lowest.append(min(known, default=None))
    lowest.reverse()
    return lowest


def _states(
    seats: Sequence[Seat],
    state_for: Callable[[int, int, int], _State],
    week_of: Callable[[int], int],
    room_in: Callable[[int], int],
    may_stay_empty: bool,
) -> list[set[_State]]:
    """Every state in which each seat may be met (some never are; that costs time, not exactness)."""
    states: list[set[_State]] = [{None}]
    for index, seat in enumerate(seats[:-1], start=1):
        met = {
            state_for(index, day, held) for day in seat.days for held in range(1, room_in(week_of(day)) + 1)
        }
        if may_stay_empty:
            met |= {None if state is None else state_for(index, *state) for state in states[-1]}
        states.append(met)
    return states


def _follow(
    seats: Sequence[Seat],
    tables: Sequence[dict[_State, _Step]],
    state_for: Callable[[int, int, int], _State],
    week_of: Callable[[int], int],
) -> list[int | None]:
    """Walk forward along the best steps."""
    chosen: list[int | None] = []
    state: _State = None
    for index, (seat, table) in enumerate(zip(seats, tables, strict=True)):
        _, at = table[state]
        if at < 0:
            chosen.append(None)
            state = None if state is None else state_for(index + 1, *state)
            continue
        day = seat.days[at]
        held = state[1] + 1 if state is not None and week_of(state[0]) == week_of(day) else 1
        chosen.append(day)
        state = state_for(index + 1, day, held)
    return chosen
