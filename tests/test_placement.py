"""Placing sessions: known calendars, boundaries by hand, a slow twin, and laws that every placing keeps."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise, product
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule import placement
from ketaschedule.conformance_run import load_suite, run_vector
from ketaschedule.errors import InputError
from ketaschedule.placement import Placed, Slot, place
from ketaschedule.placement_search import Seat, cheapest_days
from tests.placement_twin import (
    Case,
    bookings_that_stand,
    candidates,
    lawful,
    objective,
    random_case,
    twin,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY = date(2026, 11, 30).toordinal()
TUESDAY_FRIDAY = frozenset({1, 4})


def twice_weekly(start: int, weeks: int = 4) -> tuple[Slot, ...]:
    """Nominal days 1 and 4 of each treatment week, the week itself as window; the first session has no wish."""
    return tuple(
        Slot(start + 7 * week, start + 7 * week + offset, start + 7 * week + 6, prefer=bool(week or offset))
        for week in range(weeks)
        for offset in (0, 3)
    )


def induction(start: int, closed: frozenset[int] = frozenset(), wish: bool = True) -> list[int | None]:
    """Day numbers of twice weekly for four weeks from ``start``, Tuesdays and Fridays wished."""
    case = Case(
        twice_weekly(start),
        min_gap=2,
        limit=start + 200,
        closed=closed,
        per_week=2,
        week_origin=start,
        preferred=TUESDAY_FRIDAY if wish else frozenset(),
    )
    return [placed.day - start + 1 if placed.day is not None else None for placed in case.placed()]


# --- known calendars ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        ("mon", [1, 5, 9, 12, 16, 19, 23, 26]),
        ("tue", [1, 4, 8, 11, 15, 18, 22, 25]),
        ("wed", [1, 3, 10, 14, 17, 21, 24, 28]),
        ("thu", [1, 6, 9, 13, 16, 20, 23, 27]),
        ("fri", [1, 5, 8, 12, 15, 19, 22, 26]),
        ("sat", [1, 4, 11, 14, 18, 21, 25, 28]),
        ("sun", [1, 3, 10, 13, 17, 20, 24, 27]),
    ],
)
def test_twice_weekly_on_tuesdays_and_fridays_from_each_weekday(weekday: str, expected: list[int]) -> None:
    assert expected == induction(MONDAY + WEEKDAYS.index(weekday))


def test_a_closed_third_week_moves_what_is_left_by_a_week() -> None:
    tuesday = MONDAY + 1
    third_week = frozenset(range(tuesday + 14, tuesday + 21))
    assert induction(tuesday, third_week) == [1, 4, 8, 11, 22, 25, 29, 32]


def test_without_a_wish_the_nominal_days_of_the_trials_stand_from_every_weekday() -> None:
    for weekday in range(7):
        assert induction(MONDAY + weekday, wish=False) == [1, 4, 8, 11, 15, 18, 22, 25]


# --- boundaries, by hand ------------------------------------------------------------------------------------------

VECTORS = load_suite("placing")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_boundary_worked_out_by_hand(vector: Mapping[str, Any]) -> None:
    """The day of each session, its least day and its flags; and the twin, asked the same, agrees."""
    assert run_vector(vector) == ()
    seen: list[Case] = []

    def asked(slots: tuple[Slot, ...], *, open_day: Callable[[int], bool], **rest: Any) -> tuple[Placed, ...]:
        days = range(min(slot.earliest for slot in slots), rest["limit"] + 60)
        closed = frozenset(day for day in days if not open_day(day))
        seen.append(Case(slots, closed=closed, **rest))
        return seen[0].placed()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placement, "place", asked)
        assert run_vector(vector) == ()
    assert seen[0].placed() == twin(seen[0])


def test_the_table_covers_every_rule_of_placing() -> None:
    assert len(VECTORS) >= 60
    counts = Counter(vector["rule"] for vector in VECTORS)
    assert set(counts) == {"S2", "S3", "S5", "S6", "S7", "S15", "S18"}
    assert all(count >= 3 for count in counts.values())


# --- the slow twin ------------------------------------------------------------------------------------------------


def outcome(case: Case) -> tuple[Placed, ...] | None:
    """What the package says; `None` where it says that no day is possible."""
    try:
        return case.placed()
    except InputError as error:
        if [fault.code for fault in error.faults] != ["no-day"]:
            raise
        return None


@pytest.mark.parametrize("seed", range(10))
def test_the_twin_agrees_on_generated_cases(seed: int) -> None:
    """Day, hard_min and every flag, 500 cases a seed."""
    rng = random.Random(seed)
    for _ in range(500):
        case = random_case(rng)
        assert twin(case) == outcome(case), case


def test_generated_cases_reach_every_corner() -> None:
    """A twin that never meets a released booking or an omitted session proves nothing about them."""
    rng = random.Random(0)
    seen: Counter[str] = Counter()
    for _ in range(500):
        case = random_case(rng)
        result = outcome(case)
        seen["impossible"] += result is None
        for slot, placed in zip(case.slots, result or (), strict=bool(result)):
            free = slot.fixed is None or placed.released
            seen["released"] += placed.released
            seen["booking kept"] += slot.fixed is not None and not slot.fact and not placed.released
            seen["fact"] += slot.fact
            seen["left out"] += placed.day is None
            seen["later than its window"] += free and placed.day is not None and placed.outside
            seen["off the wish"] += free and placed.off_preference
            seen["off its target"] += free and placed.day is not None and placed.day != slot.target
    assert min(seen.values()) >= 20, seen
    assert len(seen) == 8


days_near = st.integers(min_value=MONDAY - 3, max_value=MONDAY + 14)


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    earliest = draw(days_near)
    target = earliest + draw(st.integers(0, 3))
    fixed = draw(st.none() | days_near)
    return Slot(
        earliest,
        target,
        target + draw(st.integers(0, 3)),
        fixed=fixed,
        fact=fixed is not None and draw(st.booleans()),
        blocked=tuple(draw(st.lists(days_near, max_size=2))),
        prefer=draw(st.booleans()),
    )


cases = st.builds(
    Case,
    slots=st.lists(slots(), max_size=3).map(tuple),
    min_gap=st.integers(1, 4),
    limit=st.integers(MONDAY + 14, MONDAY + 24),
    closed=st.frozensets(days_near),
    before=st.none() | days_near,
    per_week=st.none() | st.integers(1, 3),
    week_origin=st.integers(MONDAY - 10, MONDAY + 10),
    week_taken=st.dictionaries(st.integers(-1, 2), st.integers(0, 3), max_size=2),
    preferred=st.frozensets(st.integers(0, 6), max_size=3),
    outside=st.sampled_from(["later", "omit", "ask"]),
)


@given(cases)
def test_the_twin_agrees_on_cases_that_hypothesis_finds(case: Case) -> None:
    assert twin(case) == outcome(case)


NOT_ALL = "no lawful choice of days: the caller passes seats that can all be filled"


def test_the_search_alone_agrees_with_trying_everything() -> None:
    """Seats with costs of any shape, weeks (of four days) with any room, filled or left empty."""

    def quarter(day: int) -> int:
        return day // 4

    rng = random.Random(5)
    impossible = 0
    for _ in range(1500):
        room = [rng.randint(1, 3) for _ in range(5)]
        gap = rng.randint(1, 4)
        empty = rng.choice([None, rng.randint(0, 4)])
        seats = []
        for _ in range(rng.randint(0, 4)):
            days = tuple(sorted(rng.sample(range(20), rng.randint(empty is None, 5))))
            seats.append(Seat(days, tuple(rng.randint(0, 4) for _ in days)))

        def cost(chosen: tuple[int | None, ...], seats: list[Seat] = seats, empty: int | None = empty) -> int:
            return sum(
                (empty or 0) if day is None else seat.costs[seat.days.index(day)]
                for seat, day in zip(seats, chosen, strict=True)
            )

        best: tuple[int, tuple[float, ...], tuple[int | None, ...]] | None = None
        for chosen in product(*([*seat.days, None] if empty is not None else seat.days for seat in seats)):
            days_used = [day for day in chosen if day is not None]
            apart = all(b - a >= gap for a, b in pairwise(days_used))
            if apart and all(
                sum(quarter(day) == week for day in days_used) <= room[week] for week in range(5)
            ):
                order = tuple(99.0 if day is None else float(day) for day in chosen)
                if best is None or (cost(chosen), order) < best[:2]:
                    best = (cost(chosen), order, chosen)

        def search(
            seats: list[Seat] = seats, gap: int = gap, room: list[int] = room, empty: int | None = empty
        ) -> list[int | None]:
            return cheapest_days(
                seats,
                min_gap_days=gap,
                week_of=quarter,
                room_in=room.__getitem__,
                empty_cost=empty,
            )

        if best is None:
            impossible += 1
            with pytest.raises(ValueError, match=NOT_ALL) as caught:
                search()
            assert str(caught.value) == NOT_ALL
        else:
            assert list(best[2]) == search()
    assert impossible >= 50


def test_a_seat_whose_days_and_costs_differ_in_number_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        cheapest_days([Seat((1, 2), (0,))], min_gap_days=1, week_of=int, room_in=lambda _: 1)


# --- laws ---------------------------------------------------------------------------------------------------------


def year_of_closures(seed: int, weekly: bool, outside: str = "later") -> Case:
    """A year of sessions with weekends, scattered days and a few whole weeks closed."""
    rng = random.Random(seed)
    start = MONDAY + rng.randrange(7)
    closed = {day for day in range(start, start + 900) if (day - 1) % 7 > 4 or rng.random() < 0.15}
    for _ in range(4):
        first = start + rng.randrange(330)
        closed |= set(range(first, first + rng.randint(7, 21)))
    weekly_slots = tuple(
        Slot(start + 7 * n - 3, start + 7 * n, start + 7 * n + 3, prefer=n > 0) for n in range(52)
    )
    return Case(
        weekly_slots if weekly else twice_weekly(start, 52),
        min_gap=rng.randint(1, 4),
        limit=start + 900,
        closed=frozenset(closed),
        per_week=rng.choice([1, None]) if weekly else 2,
        week_origin=start,
        preferred=rng.choice([TUESDAY_FRIDAY, frozenset()]),
        outside="omit" if outside == "omit" else "later",
    )


@pytest.mark.parametrize("outside", ["later", "omit"])
@pytest.mark.parametrize("weekly", [True, False])
def test_every_hard_rule_holds_over_a_year(weekly: bool, outside: str) -> None:
    for seed in range(8):
        case = year_of_closures(seed, weekly, outside)
        result = case.placed()
        days = [placed.day for placed in result if placed.day is not None]
        assert all(later - earlier >= case.min_gap for earlier, later in pairwise(days))
        assert not set(days) & case.closed
        in_week = Counter((day - case.week_origin) // 7 for day in days)
        assert case.per_week is None or max(in_week.values()) <= case.per_week
        for slot, placed in zip(case.slots, result, strict=True):
            assert placed.day is None or placed.day >= slot.earliest
            assert placed.day is None or placed.hard_min is None or placed.day >= placed.hard_min
        if outside == "omit":
            assert all(placed.day is None or not placed.outside for placed in result)
        else:
            assert len(days) == len(case.slots)


def test_no_session_is_earlier_than_earliest_first_and_none_more_than_six_days_later_unless_inside() -> None:
    rng = random.Random(11)
    checked = 0
    while checked < 300:
        case = evolve(random_case(rng), outside="later")
        result = outcome(case)
        if result is None:
            continue
        checked += 1
        kept = bookings_that_stand(case)
        choices = candidates(case, kept)
        assert choices is not None
        for placed, days in zip(result, choices, strict=True):
            assert placed.day in days


def test_a_new_closure_never_improves_what_may_be_left_out() -> None:
    """Inside fixed windows one day less can only cost; a day that was not used costs nothing and changes nothing."""
    rng = random.Random(12)
    worse = 0
    for _ in range(400):
        case = evolve(random_case(rng), outside="omit")
        case = evolve(
            case, slots=tuple(s if s.fact else evolve(s, fixed=None) for s in case.slots)
        )  # no bookings
        result = case.placed()
        days = tuple(placed.day for placed in result)
        day = rng.choice([d for d in days if d is not None] or [case.week_origin])
        if rng.random() < 0.5:
            day = case.week_origin + rng.randint(-2, 14)
        fewer = evolve(case, closed=case.closed | {day})
        after = fewer.placed()
        free_days = {d for d, s in zip(days, case.slots, strict=True) if not s.fact}
        if day not in free_days:
            assert after == result
        none: frozenset[int] = frozenset()
        before_cost = objective(case, days, none)
        after_cost = objective(fewer, tuple(placed.day for placed in after), none)
        assert before_cost <= after_cost
        worse += before_cost < after_cost
    assert worse >= 50


def test_shifting_everything_by_weeks_shifts_the_answer() -> None:
    rng = random.Random(13)
    for _ in range(300):
        case = random_case(rng)
        by = 7 * rng.randint(-3, 3)

        def moved(day: int | None, by: int = by) -> int | None:
            return None if day is None else day + by

        shifted = evolve(
            case,
            slots=tuple(
                evolve(
                    s,
                    earliest=s.earliest + by,
                    target=s.target + by,
                    latest=s.latest + by,
                    fixed=moved(s.fixed),
                    blocked=tuple(d + by for d in s.blocked),
                )
                for s in case.slots
            ),
            limit=case.limit + by,
            closed=frozenset(d + by for d in case.closed),
            before=moved(case.before),
            week_origin=case.week_origin + by,
        )
        before, after = outcome(case), outcome(shifted)
        assert (before is None) == (after is None)
        expected = [evolve(p, day=moved(p.day), hard_min=moved(p.hard_min)) for p in before or ()]
        assert expected == list(after or ())


def test_time_turned_around_gives_an_equally_good_answer() -> None:
    """Mirrored windows, closures, weeks and wishes: as many left out, as many off the wish, the same distance."""
    rng = random.Random(14)
    none: frozenset[int] = frozenset()
    for _ in range(400):
        case = random_case(rng)
        case = evolve(
            case,
            slots=tuple(evolve(s, fixed=None, fact=False) for s in case.slots),
            outside="omit",
            before=None,
            limit=case.week_origin + 900,
        )
        pivot = 2 * case.week_origin

        def mirror(day: int, pivot: int = pivot) -> int:
            return pivot - day

        mirrored = evolve(
            case,
            slots=tuple(
                evolve(
                    s,
                    earliest=mirror(s.latest),
                    target=mirror(s.target),
                    latest=mirror(s.earliest),
                    blocked=tuple(mirror(d) for d in s.blocked),
                )
                for s in reversed(case.slots)
            ),
            closed=frozenset(mirror(d) for d in case.closed),
            week_origin=mirror(case.week_origin) - 6,
            week_taken={-week: count for week, count in case.week_taken.items()},
            preferred=frozenset((pivot - 2 - weekday) % 7 for weekday in case.preferred),
        )
        here = objective(case, tuple(p.day for p in case.placed()), none)
        there = objective(mirrored, tuple(p.day for p in mirrored.placed()), none)
        assert here[:3] == there[:3]


def test_the_fast_path_and_the_search_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every session can have its target the search finds just that, so it need not be asked."""
    rng = random.Random(15)
    easy: list[tuple[Case, tuple[Placed, ...]]] = []
    with monkeypatch.context() as patch:
        patch.setattr(placement, "_search", lambda *_: pytest.fail("searched"))
        for _ in range(3000):
            case = random_case(rng)
            try:
                easy.append((case, case.placed()))
            except (InputError, pytest.fail.Exception):
                continue
    assert len(easy) >= 200
    monkeypatch.setattr(placement, "_on_targets", lambda *_: None)
    for case, fast in easy:
        assert fast == case.placed() == twin(case)


def test_sessions_on_their_targets_are_never_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "_search", lambda *_: pytest.fail("searched"))
    assert induction(MONDAY + 1) == [1, 4, 8, 11, 15, 18, 22, 25]


@pytest.mark.parametrize("outside", ["later", "omit"])
def test_each_day_is_asked_for_once_at_most(outside: str) -> None:
    case = year_of_closures(3, weekly=False, outside=outside)
    asked: Counter[int] = Counter()

    def is_open(day: int) -> bool:
        asked[day] += 1
        return case.is_open(day)

    place(
        case.slots,
        open_day=is_open,
        min_gap=2,
        per_week=2,
        week_origin=case.week_origin,
        outside=case.outside,
        limit=case.limit,
    )
    assert set(asked.values()) == {1}


def test_work_is_proportional_to_the_number_of_sessions() -> None:
    """A backlog that grows for ever (one open day a week, two sessions a week) still costs so much a session."""

    def steps(weeks: int) -> int:
        count = 0

        def week_of(day: int) -> int:
            nonlocal count
            count += 1
            return day // 7

        start = 7 * 1000
        sessions = twice_weekly(start, weeks)
        seats = []

        def note(seats_given: list[Seat], **rest: Any) -> list[int | None]:
            seats.extend(seats_given)
            return cheapest_days(seats_given, **{**rest, "week_of": week_of})

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(placement, "cheapest_days", note)
            place(
                sessions,
                open_day=lambda day: day % 7 == 2,
                min_gap=2,
                per_week=2,
                week_origin=start,
                limit=start + 14 * weeks + 14,
            )
        assert max(len(seat.days) for seat in seats) <= 7
        return count

    assert steps(100) <= 2.1 * steps(50)


# --- what is refused ----------------------------------------------------------------------------------------------


def test_contradictory_availability_names_the_session_and_the_search_range() -> None:
    start = date(2026, 12, 1).toordinal()
    with pytest.raises(InputError) as caught:
        place(
            [Slot(start, start, start), Slot(start + 6, start + 7, start + 8)],
            open_day=lambda day: day == start,
            min_gap=2,
            limit=start + 30,
        )
    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == ("slots[1]", "no-day")
    assert fault.text == "no day is possible for session 2 of the phase from 2026-12-07 to 2026-12-31"
    assert fault.allowed == "an open day that keeps the gap and has room in its treatment week"


def test_the_message_uses_the_name_of_the_session_and_the_gap_bounds_the_range() -> None:
    start = date(2026, 12, 1).toordinal()
    with pytest.raises(InputError, match="for induction/2 from 2026-12-06 to 2026-12-31"):
        place(
            [
                Slot(start, start, start + 2, fixed=start + 2, fact=True),
                Slot(start, start, start, name="induction/2"),
            ],
            open_day=lambda _: False,
            min_gap=3,
            limit=start + 30,
        )


def test_a_day_that_is_no_date_is_named_by_its_number() -> None:
    with pytest.raises(InputError, match="from -3 to 0001-01-01 "):
        place([Slot(-3, -3, -3)], open_day=lambda _: False, min_gap=1, limit=1)


def test_the_last_date_there_is_is_still_named_as_a_date() -> None:
    last = date.max.toordinal()
    with pytest.raises(InputError, match="from 9999-12-30 to 9999-12-31 "):
        place([Slot(last - 1, last - 1, last)], open_day=lambda _: False, min_gap=1, limit=last)


def test_weeks_are_counted_from_ordinal_0_unless_an_origin_is_given() -> None:
    """Of days 6, 7 and 8, one session a week: week 0 ends on day 6."""
    week = [Slot(6, 6, 6), Slot(7, 7, 9)]
    assert [p.day for p in place(week, open_day=lambda _: True, min_gap=1, per_week=1, limit=99)] == [6, 7]
    week = [Slot(7, 7, 7), Slot(8, 8, 20)]
    assert [p.day for p in place(week, open_day=lambda _: True, min_gap=1, per_week=1, limit=99)] == [7, 14]


def test_an_empty_search_range_is_no_day_too() -> None:
    with pytest.raises(InputError, match="no day is possible"):
        place([Slot(50, 50, 50)], open_day=lambda _: True, min_gap=1, limit=49)


def test_every_fault_of_the_arguments_is_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        place(
            [Slot(5, 4, 9), Slot(5, 6, 5), Slot(1, 1, 1, fact=True), Slot(1, 1, 1)],
            open_day=lambda _: True,
            min_gap=0,
            per_week=0,
            preferred=frozenset({7}),
            outside="never",  # type: ignore[arg-type]  # what a caller without a type checker may pass
            limit=date.max.toordinal() + 1,
        )
    assert [fault.line() for fault in caught.value.faults] == [
        "slots[0]: the window 5 … 4 … 9 is out of order (allowed: earliest ≤ target ≤ latest)",
        "slots[1]: the window 5 … 6 … 5 is out of order (allowed: earliest ≤ target ≤ latest)",
        "slots[2].fixed: a fact has no day (allowed: the day of the recorded dose)",
        "min_gap: 0 days (allowed: 1 day or more)",
        "per_week: 0 sessions a week (allowed: 1 or more, or none at all)",
        "preferred: weekdays [7] (allowed: 0 (Monday) to 6 (Sunday))",
        "outside: 'never' (allowed: later, omit or ask)",
        "limit: day 3652060 (allowed: at most 3652059 (9999-12-31))",
    ]


def test_the_smallest_and_largest_arguments_allowed_are_taken() -> None:
    day = date.max.toordinal()
    (placed,) = place(
        [Slot(day, day, day)],
        open_day=lambda _: True,
        min_gap=1,
        per_week=1,
        preferred=frozenset({0, 6}),
        limit=day,
    )
    assert placed.day == day
    with pytest.raises(InputError):
        place([], open_day=lambda _: True, min_gap=1, preferred=frozenset({-1}), limit=day)


def test_no_sessions_give_no_places() -> None:
    assert place([], open_day=lambda _: False, min_gap=1, limit=0) == ()


def test_nothing_possible_is_no_error_where_sessions_may_be_left_out() -> None:
    result = place(
        [Slot(5, 5, 9), Slot(9, 9, 9)], open_day=lambda _: False, min_gap=2, outside="ask", limit=99
    )
    assert [Placed(None, None, outside=True)] * 2 == list(result)


def test_the_answer_does_not_depend_on_the_order_in_which_doses_elsewhere_are_listed() -> None:
    rng = random.Random(16)
    for _ in range(200):
        case = random_case(rng)
        turned = evolve(case, slots=tuple(evolve(s, blocked=s.blocked[::-1]) for s in case.slots))
        assert outcome(case) == outcome(turned)


def test_what_is_fixed_lawfully_is_where_the_twin_lists_it() -> None:
    """The best placing, fixed as bookings, is placed just so again."""
    rng = random.Random(17)
    checked = 0
    while checked < 300:
        case = evolve(random_case(rng), outside="later")
        result = outcome(case)
        if result is None:
            continue
        checked += 1
        days = tuple(placed.day for placed in result)
        assert days in list(lawful(case, [[day] for day in days], bookings_that_stand(case)))
        fixed = tuple(evolve(s, fixed=d) for s, d in zip(case.slots, days, strict=True))
        again = evolve(case, slots=fixed).placed()
        assert days == tuple(placed.day for placed in again)
        assert not any(placed.released for placed in again)
