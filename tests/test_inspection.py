"""Days on which asking finds a relapse soonest: known answers, the brute-force twin, laws, and the watch."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import combinations, pairwise
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from ketaschedule.errors import InputError
from ketaschedule.inspection import (
    FLOOR_DAYS,
    best_days,
    cohort_shape,
    evenly_spaced,
    expected_delay,
    largest_gap,
    mixture,
    watch_days,
    watch_summary,
    weekly,
    worst_of,
)
from ketaschedule.inspection_bracket import Bracket
from ketaschedule.inspection_search import Search, _least
from ketaschedule.inspection_worst import _hardest, _improved
from ketaschedule.relapse import Cohort, cohort_names, load_cohort
from tests.inspection_twin import delay_by_definition, puzzle, shares

BEST_12 = (7, 10, 13, 16, 19, 22, 26, 30, 35, 42, 51, 65)
BEST_12_UNSURE = (8, 11, 14, 17, 20, 23, 27, 31, 36, 43, 51, 63)
MURROUGH, MCINNES, IBRAHIM, PEAKED = (
    load_cohort(name).daily(90)
    for name in ("murrough-2013", "mcinnes-2022", "ibrahim-2012", "aan-het-rot-2010")
)

# --- known answers ------------------------------------------------------------------------------------------------


def test_twelve_days_for_a_peaked_cohort_halve_the_delay() -> None:
    """Log-normal, mean 19 and SD 13 days, 90 days, all answered: 1.61 days, against 2.97 evenly and 2.99 weekly."""
    found = best_days(PEAKED, check_ins=12)
    assert found.days == BEST_12
    assert round(found.delay_days, 2) == 1.61
    assert found.gap_days == 0
    assert found.largest_gap_days == 25
    assert round(expected_delay(PEAKED, evenly_spaced(90, 12)), 2) == 2.97
    assert round(expected_delay(PEAKED, weekly(90)), 2) == 2.99


def test_twelve_days_when_one_in_five_questions_stays_unanswered() -> None:
    """Answer chance 0.8: other days, 2.70 days against 4.73 weekly."""
    found = best_days(PEAKED, check_ins=12, answer_probability=0.8)
    assert found.days == BEST_12_UNSURE
    assert round(found.delay_days, 2) == 2.70
    assert round(expected_delay(PEAKED, weekly(90), 0.8), 2) == 4.73


def test_a_flat_cohort_leaves_nothing_to_gain() -> None:
    assert round(best_days(MCINNES, check_ins=12).delay_days, 2) == 2.95
    assert round(expected_delay(MCINNES, weekly(90)), 2) == 2.97


@pytest.mark.parametrize(
    ("max_gap", "expected", "late"),
    [(None, (1.61, 1.75, 5.21, 3.53), 15.3), (14, (1.68, 1.93, 4.00, 3.70), 6.4)],
)
def test_what_the_wrong_cohort_does(max_gap: int | None, expected: tuple[float, ...], late: float) -> None:
    """Days chosen for the peaked cohort, under the four cohorts, and for its own relapses after day 65."""
    days = best_days(PEAKED, check_ins=12, max_gap_days=max_gap).days
    cohorts = (PEAKED, MURROUGH, MCINNES, IBRAHIM)
    assert [expected_delay(daily, days) for daily in cohorts] == pytest.approx(expected, abs=0.0055)
    after_65 = (*[0.0] * 65, *PEAKED[65:])
    assert expected_delay(after_65, days) == pytest.approx(late, abs=0.05)


def test_weekly_asking_is_never_far_off_under_any_of_the_four() -> None:
    cohorts = (PEAKED, MURROUGH, MCINNES, IBRAHIM, (*[0.0] * 65, *PEAKED[65:]))
    delays = [expected_delay(daily, weekly(90)) for daily in cohorts]
    assert delays == pytest.approx([2.99, 3.01, 2.97, 3.61, 2.80], abs=0.0055)


def test_evenly_spaced_and_weekly_as_written() -> None:
    assert evenly_spaced(90, 12) == (7, 14, 21, 28, 35, 42, 48, 55, 62, 69, 76, 83)
    assert evenly_spaced(3, 2) == (1, 2)
    assert evenly_spaced(5, 1) == (2,)  # a half goes to the even day
    assert evenly_spaced(1, 0) == ()
    assert weekly(90)[-1] == 84
    assert weekly(7) == ()
    assert weekly(8) == (7,)


# --- the slow twin ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_every_subset_tried_gives_the_same_days(seed: int) -> None:
    """Thousands of small questions: chances below 1, days taken, forbidden days, both limits, numbers and prices, ties."""
    rng = random.Random(seed)
    solved = unsolvable = 0
    for number in range(1500):
        case = puzzle(rng)
        brute = case.brute()
        if brute is None:
            unsolvable += 1
            with pytest.raises(InputError) as refused:
                case.solved()
            assert refused.value.faults[0].code == "infeasible", (seed, number)
            continue
        solved += 1
        found = case.solved()
        assert found.days == brute[0], (seed, number, case)
        assert found.cost_days == pytest.approx(brute[1], abs=2e-9), (seed, number)
        marks = (*found.days, *case.asked)
        assert found.largest_gap_days == largest_gap(marks, case.horizon)
        assert case.max_gap_days is None or found.largest_gap_days <= case.max_gap_days
    assert solved > 750
    assert unsolvable > 50


def test_every_subset_of_a_fortnight_tried_gives_the_same_days() -> None:
    """Fewer but longer ones: windows under a greatest spacing move over days asked anyway."""
    rng = random.Random(17)
    solved = 0
    while solved < 120:
        case = puzzle(rng, 11, 13)
        if case.max_gap_days is None and rng.random() < 0.8:
            continue
        brute = case.brute()
        if brute is not None:
            solved += 1
            assert case.solved().days == brute[0], case


def test_every_subset_tried_gives_the_same_days_for_mixtures() -> None:
    rng = random.Random(11)
    for _ in range(300):
        case = puzzle(rng)
        parts = [(rng.choice([1, 2, 0.3]), shares(rng, case.horizon)) for _ in range(rng.randint(1, 3))]
        total = sum(weight for weight, _ in parts)
        mixed = mixture(parts)
        by_hand = [sum(weight * daily[day] for weight, daily in parts) / total for day in range(case.horizon)]
        assert mixed == pytest.approx(by_hand)
        brute = case.but(daily=mixed)
        expected = brute.brute()
        if expected is not None:
            assert brute.solved().days == expected[0]


def test_the_delay_is_what_its_definition_says() -> None:
    rng = random.Random(3)
    for _ in range(500):
        horizon = rng.randint(1, 30)
        daily = shares(rng, horizon)
        days = set(rng.sample(range(1, horizon + 1), rng.randint(0, horizon)))
        asked = {day: rng.random() for day in rng.sample(range(1, horizon + 1), rng.randint(0, horizon))}
        chance = rng.choice([0.0, 1.0, rng.random()])
        days -= set(asked)
        expected = delay_by_definition(daily, days, chance, asked)
        assert expected_delay(daily, days, chance, asked) == pytest.approx(expected, abs=1e-9)


def test_what_does_not_fit_is_refused_with_the_numbers_that_do() -> None:
    """The allowed numbers are those for which some subset is lawful."""
    rng = random.Random(5)
    seen = 0
    while seen < 200:
        case = puzzle(rng)
        if case.check_ins is None or case.brute() is not None:
            continue
        seen += 1
        with pytest.raises(InputError) as refused:
            case.solved()
        fault = refused.value.faults[0]
        free = case.but(check_ins=None, price_days=0.0)
        lengths = sorted({len(days) for days in free.choices()})
        if lengths:
            allowed = f"{lengths[0]} to {lengths[-1]}" if len(lengths) > 1 else str(lengths[0])
            assert (fault.path, fault.allowed) == ("check_ins", allowed)
        else:
            assert fault.path == "max_gap_days"


# --- why the bracket may be trusted -------------------------------------------------------------------------------


@pytest.mark.parametrize("max_gap", [None, 11])
def test_the_bracket_holds_the_answer_of_the_search_without_it(
    monkeypatch: pytest.MonkeyPatch, max_gap: int | None
) -> None:
    """Questions too large for all subsets: the same days when the whole feasible range is searched."""
    rng = random.Random(7)
    cases = []
    for _ in range(60):
        horizon = rng.randint(20, 45)
        asked = {rng.randint(1, horizon): rng.random() for _ in range(rng.choice([0, 2, 5]))}
        chance = rng.choice([1.0, 0.8, 0.4, 0.1])
        forbidden = {rng.randint(1, horizon) for _ in range(rng.choice([0, 6]))}
        gap = rng.choice([1, 2, 3])
        cases.append(
            (Search(shares(rng, horizon), chance, asked, forbidden, gap, max_gap), rng.randint(1, 7))
        )
    bracketed = [search.choose(count) for search, count in cases]
    narrow = sum(
        sum(high) - sum(low) < sum(late) - sum(early)
        for search, count in cases
        if (bracket := search.bracket(count))
        for low, high in [bracket]
        for early, late in [(search.earliest(count) or [], search.latest(count) or [])]
    )
    monkeypatch.setattr(Bracket, "bracket", _whole_range)
    for (search, count), found in zip(cases, bracketed, strict=True):
        whole = search.choose(count)
        if found is None or whole is None:
            assert found is whole is None
        else:
            assert found[0] == whole[0]
            assert found[1] == pytest.approx(whole[1], abs=1e-12)
    assert narrow > 30


def _whole_range(search: Bracket, count: int) -> tuple[list[int], list[int]] | None:
    low, high = search.earliest(count), search.latest(count)
    return None if low is None or high is None else (low, high)


def test_of_many_futures_exactly_those_are_kept_that_cost_least_for_some_mass() -> None:
    """Between two masses: every line that is the least somewhere, and no other; tried on a grid and at all crossings."""
    rng = random.Random(23)
    sizes = set()
    for _ in range(400):
        low = rng.choice([0.0, rng.random()])
        high = low + rng.choice([0.0, rng.random(), 1.0])
        # futures worth comparing: the more a mass costs, the less there is to pay without it
        slopes = sorted(rng.uniform(0, 50) for _ in range(rng.randint(1, 9)))
        alone = sorted((rng.uniform(0, 30) for _ in slopes), reverse=True)
        lines = list(zip(slopes, alone, strict=True))
        rng.shuffle(lines)
        crossings = [(b[1] - a[1]) / (a[0] - b[0]) for a, b in combinations(lines, 2)]
        marks = sorted({low, high, *(mass for mass in crossings if low < mass < high)})
        tried = [low, high, *((a + b) / 2 for a, b in pairwise(marks))]
        needed = {min(lines, key=lambda line, mass=mass: line[0] * mass + line[1]) for mass in tried}  # type: ignore[misc]  # bound on purpose
        kept = _least(lines, low, high)
        assert set(kept) == needed
        assert len(kept) == len(needed)
        sizes.add(len(kept))
    assert max(sizes) >= 4


def test_the_plain_dynamic_programme_gives_the_same_delay_when_all_answer() -> None:
    for name in ("mcinnes-2022", "ibrahim-2012", "aan-het-rot-2010"):
        daily = load_cohort(name).daily(120)
        for count in (1, 5, 17):
            plain = plain_dynamic_programme(daily, count)
            assert best_days(daily, check_ins=count).delay_days == pytest.approx(plain, abs=1e-9)


def plain_dynamic_programme(daily: tuple[float, ...], count: int) -> float:
    """Least delay with ``count`` check-ins, all answered: one table per check-in, every pair of days."""
    horizon, total = len(daily), sum(daily)
    mass, moment = [0.0], [0.0]  # sums of f(t) and of t·f(t)
    for day, share in enumerate(daily, start=1):
        mass.append(mass[-1] + share / total)
        moment.append(moment[-1] + day * share / total)
    cost = [horizon * (1.0 - mass[x]) - (moment[horizon] - moment[x]) for x in range(horizon + 1)]
    for _ in range(count):
        cost = [
            min(
                (y * (mass[y] - mass[x]) - (moment[y] - moment[x]) + cost[y] for y in range(x + 1, horizon)),
                default=inf,
            )
            for x in range(horizon + 1)
        ]
    return cost[0]


@pytest.mark.parametrize("sweep", ["_raise", "_sink"])
def test_a_sweep_ends_with_each_day_on_its_earliest_best_place(sweep: str) -> None:
    """Repeated until nothing moves: no place between its neighbours is cheaper, and none before it costs the same."""
    rng = random.Random(31)
    tried = 0
    while tried < 120:
        case = puzzle(rng, 8, 14)
        if not case.check_ins or case.answer_probability in (0.0, 1.0) or min(case.daily) < 1e-6:
            continue
        search = Search(
            case.daily,
            case.answer_probability,
            case.asked,
            case.forbidden,
            case.min_gap_days,
            case.max_gap_days,
        )
        days = search.earliest(case.check_ins) if sweep == "_raise" else search.latest(case.check_ins)
        if days is None:
            continue
        tried += 1
        before: list[int] = []
        while before != days:
            before = list(days)
            getattr(search, sweep)(days)
        assert case.lawful(days)
        for i in range(len(days)):
            first, last = (0, *days)[i] + 1, (*days, case.horizon)[i + 1]
            places = [(*days[:i], day, *days[i + 1 :]) for day in range(first, last)]
            costs = {place[i]: case.cost(place) for place in places if case.lawful(place)}
            least = min(costs.values())
            assert days[i] == min(day for day, cost in costs.items() if cost <= least + 1e-9)


def test_the_earliest_and_latest_choices_are_so_day_by_day() -> None:
    """Each day of them is the earliest, and the latest, that any lawful choice of as many days has there."""
    rng = random.Random(37)
    tried = 0
    while tried < 300:
        case = puzzle(rng, 3, 10)
        if not case.check_ins:
            continue
        limits = (case.answer_probability, case.asked, case.forbidden, case.min_gap_days, case.max_gap_days)
        search = Search(case.daily, *limits)
        lawful = list(case.choices())
        columns = list(zip(*lawful, strict=True))
        tried += bool(lawful)
        assert search.earliest(case.check_ins) == ([min(column) for column in columns] or None)
        assert search.latest(case.check_ins) == ([max(column) for column in columns] or None)


# --- ties ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chance", [1.0, 0.8, 0.5])
def test_of_days_that_cost_the_same_the_earliest_are_taken(chance: float) -> None:
    """Nothing happens after day 3, so a fourth day is worth nothing wherever it is."""
    daily = [0.5, 0.3, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0]
    if chance == 1.0:
        assert best_days(daily, check_ins=4).days == (1, 2, 3, 4)
    assert best_days([0.0] * 7 + [1.0], check_ins=3, answer_probability=chance).days == (1, 2, 3)
    assert best_days(daily, check_ins=3, answer_probability=0.0).days == (1, 2, 3)


def test_costs_within_a_billionth_of_a_day_are_equal_and_others_are_not() -> None:
    """Relapses on day 1 and, hardly ever, on day 6: asking on 6 rather than 2 saves nine times that share."""
    for share, days in ((0.9e-10, (1, 2)), (1.5e-10, (1, 6))):
        daily = [1.0, 0.0, 0.0, 0.0, 0.0, share, *[0.0] * 9]
        assert best_days(daily, check_ins=2).days == days


def test_a_long_tail_of_almost_nothing_is_tied_too() -> None:
    """Ten days asked where the last relapses are rarer than 1e-12: the tied earliest days, as without the bracket."""
    daily = [0.25, 0.25, 0.25, 0.25, *[1e-13] * 40]
    assert best_days(daily, check_ins=10).days == tuple(range(1, 11))
    assert best_days(daily, check_ins=10, answer_probability=0.5).days[:6] == (1, 2, 3, 4, 5, 6)


# --- several cohorts ----------------------------------------------------------------------------------------------


def test_the_worst_of_several_is_within_its_stated_gap() -> None:
    """The bound is below the best of all subsets, the answer above it, and often it is that best itself."""
    rng = random.Random(13)
    solved = met = 0
    gaps, priced = [], []
    for _ in range(250):
        case = puzzle(rng)
        dailies = [case.daily, *(shares(rng, case.horizon) for _ in range(rng.randint(0, 3)))]
        cases = [case.but(daily=daily) for daily in dailies]
        fields = asdict(case)
        costs = [max(it.cost(days) for it in cases) for days in case.choices()]
        del fields["daily"]
        if not costs:
            with pytest.raises(InputError):
                worst_of(dailies, **fields)
            continue
        solved += 1
        found = worst_of(dailies, **fields)
        assert case.lawful(found.days)
        assert found.cost_days == pytest.approx(max(it.cost(found.days) for it in cases), abs=1e-9)
        assert found.bound_days <= min(costs) + 1e-9
        alone = [min(it.cost(days) for days in case.choices()) for it in cases]
        assert found.bound_days >= max(alone) - 1e-9
        assert min(costs) <= found.cost_days + 1e-9
        assert found.cost_days <= min(costs) + found.gap_days + 1e-9
        met += found.cost_days <= min(costs) + 1e-9
        gaps.append(found.gap_days)
        if case.price_days:
            priced.append(found.gap_days)
    assert solved > 150
    assert met > 0.97 * solved
    assert math.fsum(gaps) < 0.005 * solved
    assert math.fsum(priced) < 0.001 * len(priced)


def test_the_hardest_mixture_is_that_of_a_linear_programme() -> None:
    """Against scipy's solver: the same value of the game, and weights under which no offer is cheaper than it."""
    rng = random.Random(19)
    for _ in range(150):
        cohorts, offers = rng.randint(1, 5), rng.randint(1, 7)
        costs = [
            [rng.choice([0.0, rng.randint(0, 3), rng.uniform(0, 20)]) for _ in range(cohorts)]
            for _ in range(offers)
        ]
        weights, value = _hardest(costs)
        limits = [[-cost for cost in row] + [1.0] for row in costs]
        programme = linprog(
            c=[0.0] * cohorts + [-1.0],
            A_ub=limits,
            b_ub=[0.0] * offers,
            A_eq=[[1.0] * cohorts + [0.0]],
            b_eq=[1.0],
            bounds=[(0, 1)] * cohorts + [(None, None)],
        )
        assert value == pytest.approx(-programme.fun, abs=1e-9)
        assert math.fsum(weights) == pytest.approx(1.0)
        assert min(weights) >= 0
        cheapest = min(sum(w * c for w, c in zip(weights, row, strict=True)) for row in costs)
        assert cheapest == pytest.approx(value, abs=1e-9)


def test_moving_single_days_ends_where_no_lawful_move_helps() -> None:
    """From any lawful days: lawful still, never worse, and no single day has a better lawful place between its neighbours."""
    rng = random.Random(29)
    moved = tried = 0
    while tried < 150:
        case = puzzle(rng, 8, 13)
        start = next(iter(case.choices()), None) if case.check_ins else None
        if start is None:
            continue
        tried += 1
        cases = [case, *(case.but(daily=shares(rng, case.horizon)) for _ in range(2))]
        limits = (case.answer_probability, case.asked, case.forbidden, case.min_gap_days, case.max_gap_days)
        days = _improved([Search(it.daily, *limits) for it in cases], start)
        assert case.lawful(days)
        assert days == tuple(sorted(days))
        worst = max(it.cost(days) for it in cases)
        assert worst <= max(it.cost(start) for it in cases) + 1e-9
        for i in range(len(days)):
            before, after = (0, *days)[i], (*days, case.horizon)[i + 1]
            for day in range(before + 1, after):
                other = (*days[:i], day, *days[i + 1 :])
                if case.lawful(other):
                    assert max(it.cost(other) for it in cases) >= worst - 1e-9
        moved += days != start
    assert moved > 30


def test_the_least_spacing_holds_under_the_worst_of_several_too() -> None:
    """Against every subset that keeps to it: from each of them single days are moved, and the answer is such a subset."""
    rng = random.Random(31)
    solved = 0
    while solved < 60:
        case = puzzle(rng, 6, 11).but(
            check_ins=rng.randint(2, 3), price_days=None, min_gap_days=rng.randint(2, 4)
        )
        lawful = set(case.choices())
        if not lawful:
            continue
        solved += 1
        cases = [case, *(case.but(daily=shares(rng, case.horizon)) for _ in range(2))]
        fields = asdict(case)
        del fields["daily"]
        found = worst_of([it.daily for it in cases], **fields)
        assert found.days in lawful
        assert found.delay_days >= min(max(it.cost(days) for it in cases) for days in lawful) - 1e-9
        limits = (case.answer_probability, case.asked, case.forbidden, case.min_gap_days, case.max_gap_days)
        searches = [Search(it.daily, *limits) for it in cases]
        assert {_improved(searches, days) for days in lawful} <= lawful


def test_a_price_counts_under_the_worst_of_several_too() -> None:
    """One cohort twice: the same as its best days at that price, with nothing between answer and bound."""
    for price in (0.05, 0.2, 1.0):
        best = best_days(PEAKED, price_days=price, answer_probability=0.8)
        found = worst_of([PEAKED, PEAKED], price_days=price, answer_probability=0.8)
        assert found.days == best.days
        assert found.cost_days == pytest.approx(best.delay_days + price * len(best.days))
        assert found.bound_days == pytest.approx(found.cost_days, abs=1e-8)


def test_the_bound_is_that_of_the_hardest_mixture_and_the_gap_is_stated() -> None:
    """Four days, one question. Day 1, 2, 3 cost 0.3, 0.8, 1.5 under the first cohort and 0.9, 0.8, 0.3 under the second:
    day 2 is never worse than 0.8; a third of the first and two thirds of the second make every day cost 0.7 or more.
    """
    found = worst_of([[0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1]], check_ins=1)
    assert found.days == (2,)
    assert (found.delay_days, found.bound_days, found.gap_days) == pytest.approx((0.8, 0.7, 0.1))


def test_for_nothing_every_useful_day_is_asked_under_the_worst_of_several_too() -> None:
    """One cohort relapses on day 1, the other on day 2: at a price of 0 both days, at one of 2 none of them."""
    both = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert (worst_of(both, price_days=0.0).days, worst_of(both, price_days=0.0).delay_days) == ((1, 2), 0.0)
    assert (worst_of(both, price_days=2.0).days, worst_of(both, price_days=2.0).delay_days) == ((), 2.0)


def test_the_worst_of_one_is_the_best_of_one() -> None:
    found, best = worst_of([PEAKED], check_ins=12), best_days(PEAKED, check_ins=12)
    assert found.days == best.days
    assert found.gap_days < 1e-8


def test_hedging_over_four_cohorts_beats_each_of_their_own_days() -> None:
    cohorts = (PEAKED, MURROUGH, MCINNES, IBRAHIM)
    found = worst_of(cohorts, check_ins=12)
    own = [
        max(expected_delay(other, best_days(one, check_ins=12).days) for other in cohorts) for one in cohorts
    ]
    assert found.delay_days == pytest.approx(max(expected_delay(daily, found.days) for daily in cohorts))
    assert found.delay_days < min(own)
    assert found.gap_days < 0.05


# --- laws ---------------------------------------------------------------------------------------------------------

COHORTS = st.sampled_from(cohort_names())
CHANCES = st.sampled_from([1.0, 0.9, 0.8, 0.5, 0.2, 0.0])


@given(COHORTS, CHANCES, st.integers(0, 20), st.integers(30, 120))
def test_more_check_ins_never_raise_the_delay(name: str, chance: float, count: int, horizon: int) -> None:
    daily = load_cohort(name).daily(horizon)
    fewer = best_days(daily, check_ins=count, answer_probability=chance)
    more = best_days(daily, check_ins=count + 1, answer_probability=chance)
    assert more.delay_days <= fewer.delay_days + 1e-9


@given(COHORTS, CHANCES, st.sets(st.integers(1, 89), max_size=15), st.integers(1, 89))
def test_one_more_question_never_makes_anyone_found_later(
    name: str, chance: float, days: set[int], extra: int
) -> None:
    daily = load_cohort(name).daily(90)
    assert expected_delay(daily, days | {extra}, chance) <= expected_delay(daily, days, chance) + 1e-12


@given(COHORTS, st.integers(1, 12), st.sampled_from([1.0, 0.8, 0.5]), st.randoms(use_true_random=False))
def test_no_other_days_are_better(name: str, count: int, chance: float, rng: random.Random) -> None:
    daily = load_cohort(name).daily(90)
    found = best_days(daily, check_ins=count, answer_probability=chance)
    other = rng.sample(range(1, 90), count)
    assert found.delay_days <= expected_delay(daily, other, chance) + 1e-9
    assert found.delay_days <= expected_delay(daily, evenly_spaced(90, count), chance) + 1e-9


@given(COHORTS, st.sampled_from([1.0, 0.8, 0.3]), st.sampled_from([0.01, 0.1, 0.5]))
def test_a_price_buys_as_many_days_as_are_worth_it(name: str, chance: float, price: float) -> None:
    """With a price the best number of days is found: neither one more nor one fewer costs less."""
    daily = load_cohort(name).daily(60)
    found = best_days(daily, price_days=price, answer_probability=chance)
    assert found.gap_days == 0
    for count in {max(0, len(found.days) - 1), len(found.days), min(59, len(found.days) + 1)}:
        fixed = best_days(daily, check_ins=count, answer_probability=chance)
        assert found.cost_days <= fixed.delay_days + price * count + 1e-9
        if count == len(found.days):
            assert found.delay_days == pytest.approx(fixed.delay_days, abs=1e-8)


@given(st.integers(0, 10**6))
def test_scaling_the_chances_changes_nothing(seed: int) -> None:
    """The expectation is over relapses within the horizon, so only the shape counts."""
    rng = random.Random(seed)
    daily = [0.5 * value for value in shares(rng, 25)]
    found = best_days(daily, check_ins=5, answer_probability=0.7)
    half = best_days([value / 4 for value in daily], check_ins=5, answer_probability=0.7)
    assert half.days == found.days
    assert half.delay_days == pytest.approx(found.delay_days, abs=1e-12)


@pytest.mark.parametrize("name", cohort_names())
def test_a_hundred_thousand_simulated_relapses_give_the_stated_delay(name: str) -> None:
    """Relapse times drawn by numpy's own generators, each question answered or not by a coin: within 4 standard errors."""
    cohort, horizon, chance = load_cohort(name), 90, 0.8
    daily = cohort.daily(horizon)
    days = best_days(daily, check_ins=12, answer_probability=chance).days
    rng = np.random.default_rng(20261201)
    relapse = np.empty(0, dtype=np.int64)
    while len(relapse) < 100_000:
        drawn = np.ceil(_times(cohort, rng)).clip(1).astype(np.int64)
        relapse = np.concatenate([relapse, drawn[drawn <= horizon]])
    relapse = relapse[:100_000]
    found = np.full(len(relapse), horizon)
    for day in reversed(days):
        answered = rng.random(len(relapse)) < chance
        found = np.where(answered & (relapse <= day), day, found)
    delays = found - relapse
    error = delays.std(ddof=1) / np.sqrt(len(delays))
    assert abs(delays.mean() - expected_delay(daily, days, chance)) <= 4 * error


def _times(cohort: Cohort, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    size, own = 200_000, dict(cohort.parameters)
    match cohort.distribution:
        case "log-normal":
            variance = (
                np.log(1 + (own["sd_days"] / own["mean_days"]) ** 2)
                if "sd_days" in own
                else own["sigma"] ** 2
            )
            middle = (
                np.log(own["mean_days"]) - variance / 2 if "sd_days" in own else np.log(own["median_days"])
            )
            return rng.lognormal(middle, np.sqrt(variance), size)
        case "weibull":
            return own["scale_days"] * rng.weibull(own["shape"], size)
        case "exponential":
            return rng.exponential(own["scale_days"], size)
        case _:
            raise AssertionError(cohort.distribution)


# --- the watch ----------------------------------------------------------------------------------------------------


def test_the_floor_asks_weekly_then_every_two_then_every_four_weeks_and_a_last_time() -> None:
    assert FLOOR_DAYS == (
        7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91,
        105, 119, 133, 147, 161, 175, 189,
        217, 245, 273, 301, 329, 357,
        365,
    )  # fmt: skip


@pytest.mark.parametrize("solved_for", cohort_names())
@pytest.mark.parametrize("chance", [1.0, 0.8, 0.5])
def test_a_watch_is_never_later_than_its_floor_nor_than_weekly_asking(solved_for: str, chance: float) -> None:
    """Whichever cohort it was solved for, under every shipped cohort; weekly asking goes to day 91."""
    days = watch_days(solved_for, 6, chance)
    assert len(days) == 6
    assert not set(days) & set(FLOOR_DAYS)
    assert all(1 <= day <= 90 for day in days)
    everything = {*days, *FLOOR_DAYS}
    assert max(everything) == 365
    summary = watch_summary(cohort_names(), days, chance)
    for name in cohort_names():
        delay = summary.delay_days_by_cohort[name]
        assert delay <= summary.floor_only_days[name] + 1e-12
        daily = load_cohort(name).daily(91)
        to_91 = expected_delay(daily, {day for day in everything if day <= 91}, chance)
        assert to_91 <= expected_delay(daily, range(7, 92, 7), chance) + 1e-12
        year = load_cohort(name).daily(365)
        assert delay == pytest.approx(expected_delay(year, everything, chance))
        assert delay <= expected_delay(year, range(7, 92, 7), chance) + 1e-12


def test_the_extra_days_are_the_best_ones_given_the_floor() -> None:
    """No two other days within 1-90 help more, all pairs tried."""
    daily = load_cohort("aan-het-rot-2010").daily(365)
    found = watch_days("aan-het-rot-2010", 2, 0.8)
    floor = dict.fromkeys(FLOOR_DAYS, 0.8)
    free = [day for day in range(1, 91) if day not in floor]
    tried = [
        (delay_by_definition(daily, (a, b), 0.8, floor), (a, b))
        for a in free[:30]
        for b in free[:30]
        if a < b
    ]
    assert found == min(tried)[1]


def test_a_watch_is_the_same_by_name_by_cohort_and_by_its_chances() -> None:
    cohort = load_cohort("murrough-2013")
    days = watch_days("murrough-2013", 5, 0.9)
    assert days == watch_days(cohort, 5, 0.9) == watch_days(cohort.daily(365), 5, 0.9)
    assert watch_days(cohort, 0) == ()
    assert len(watch_days(cohort, 78)) == 78
    assert watch_summary(cohort, days) == watch_summary("murrough-2013", days)


def test_a_summary_shows_the_delay_under_every_eligible_cohort_of_the_same_kind() -> None:
    summary = watch_summary("aan-het-rot-2010", ())
    assert list(summary.delay_days_by_cohort) == ["aan-het-rot-2010", "ibrahim-2012", "mcinnes-2022"]
    assert summary.delay_days_by_cohort == summary.floor_only_days
    assert summary.largest_gap_days == 28
    assert list(watch_summary("mcinnes-2022", ()).delay_days_by_cohort) == ["mcinnes-2022", "ibrahim-2012"]
    assert list(watch_summary("feder-2021", ()).delay_days_by_cohort) == ["feder-2021"]


def test_a_summary_says_how_many_relapses_come_after_the_watch() -> None:
    assert watch_summary("mcinnes-2022", ()).relapses_beyond_watch_percent == pytest.approx(0.84, abs=0.005)
    assert watch_summary("sustain-1-remitters-stopped", ()).relapses_beyond_watch_percent == pytest.approx(
        39.6, abs=0.05
    )
    both = watch_summary(["feder-2021", "elekt-d-2023"], ()).relapses_beyond_percent_by_cohort
    assert both == pytest.approx({"feder-2021": 0.0102, "elekt-d-2023": 58.2}, abs=0.05)


def test_the_share_beyond_the_watch_is_of_relapses_not_of_people() -> None:
    """A cohort half of whom never relapse has the same share of its relapses after the last day."""
    cohort = load_cohort("aan-het-rot-2010")
    slow = evolve(cohort, parameters={"mean_days": 300.0, "sd_days": 200.0}.items())
    half = evolve(slow, never_relapses=0.5)
    percent = [watch_summary(it, ()).relapses_beyond_watch_percent for it in (slow, half)]
    assert percent[0] == pytest.approx(100 * (1 - slow.cdf(365)))
    assert percent[1] == pytest.approx(percent[0])
    assert percent[0] > 20


# --- bad input ----------------------------------------------------------------------------------------------------

FOUR = [0.25, 0.25, 0.25, 0.25]


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda: best_days([], check_ins=0), "daily"),
        (lambda: best_days([0.0005] * 1827, check_ins=1), "daily"),
        (lambda: best_days([0.0, 0.0], check_ins=1), "daily"),
        (lambda: best_days([0.7, 0.7], check_ins=1), "daily"),
        (lambda: best_days([0.5, 1.5], check_ins=1), "daily[1]"),
        (lambda: best_days([-0.1, 0.5], check_ins=1), "daily[0]"),
        (lambda: best_days([nan, 0.5], check_ins=1), "daily[0]"),
        (lambda: best_days(["0.5", 0.5], check_ins=1), "daily[0]"),  # type: ignore[list-item]  # what is tried
        (lambda: best_days([True, 0.0], check_ins=1), "daily[0]"),
        (lambda: best_days(FOUR), "check_ins"),
        (lambda: best_days(FOUR, check_ins=1, price_days=1.0), "check_ins"),
        (lambda: best_days(FOUR, check_ins=4), "check_ins"),
        (lambda: best_days(FOUR, check_ins=5), "check_ins"),
        (lambda: best_days(FOUR, check_ins=-1), "check_ins"),
        (lambda: best_days(FOUR, check_ins=1.0), "check_ins"),  # type: ignore[arg-type]  # what is tried
        (lambda: best_days(FOUR, check_ins=True), "check_ins"),
        (lambda: best_days(FOUR, price_days=-0.1), "price_days"),
        (lambda: best_days(FOUR, price_days=inf), "price_days"),
        (lambda: best_days(FOUR, check_ins=1, asked={0: 1.0}), "asked.0"),
        (lambda: best_days(FOUR, check_ins=1, asked={5: 1.0}), "asked.5"),
        (lambda: best_days(FOUR, check_ins=1, asked={2: 1.1}), "asked.2"),
        (lambda: best_days(FOUR, check_ins=1, forbidden=[2, 0]), "forbidden[1]"),
        (lambda: best_days(FOUR, check_ins=1, min_gap_days=0), "min_gap_days"),
        (lambda: best_days(FOUR, check_ins=1, min_gap_days=1827), "min_gap_days"),
        (lambda: best_days(FOUR, check_ins=1, max_gap_days=0), "max_gap_days"),
        (lambda: best_days(FOUR, check_ins=1, max_gap_days=1827), "max_gap_days"),
        (lambda: best_days(FOUR, check_ins=1, answer_probability=1.01), "answer_probability"),
        (lambda: best_days(FOUR, check_ins=1, answer_probability=-0.01), "answer_probability"),
        (lambda: best_days(FOUR, check_ins=1, answer_probability=nan), "answer_probability"),
        (lambda: best_days(FOUR, check_ins=1, forbidden=[1, 2, 3]), "check_ins"),
        (lambda: best_days(FOUR, check_ins=3, min_gap_days=2), "check_ins"),
        (lambda: best_days(FOUR, check_ins=0, max_gap_days=3), "check_ins"),
        (lambda: best_days(FOUR, price_days=0.1, max_gap_days=1, forbidden=[2]), "max_gap_days"),
        (lambda: worst_of([], check_ins=0), "dailies"),
        (lambda: worst_of([FOUR, FOUR[:3]], check_ins=1), "dailies"),
        (lambda: worst_of([FOUR, [0.5, 0.0, 2.0, 0.0]], check_ins=1), "dailies[1][2]"),
        (lambda: expected_delay(FOUR, [5]), "days[0]"),
        (lambda: expected_delay(FOUR, [1, 0]), "days[1]"),
        (lambda: expected_delay(FOUR, [1, 1]), "days"),
        (lambda: expected_delay(FOUR, [1, 2], 1.0, {2: 0.5}), "days[1]"),
        (lambda: expected_delay(FOUR, [1], 2.0), "answer_probability"),
        (lambda: expected_delay([], []), "daily"),
        (lambda: mixture([]), "parts"),
        (lambda: mixture([(0, FOUR)]), "parts[0].weight"),
        (lambda: mixture([(1, FOUR), (inf, FOUR)]), "parts[1].weight"),
        (lambda: mixture([(1, FOUR), (1, FOUR[:3])]), "parts[1].daily"),
        (lambda: evenly_spaced(4, 4), "check_ins"),
        (lambda: evenly_spaced(0, 0), "check_ins"),
        (lambda: evenly_spaced(1827, 1), "check_ins"),
        (lambda: evenly_spaced(4, -1), "check_ins"),
        (lambda: watch_days("mcinnes-2022", 79), "extras"),
        (lambda: watch_days("mcinnes-2022", -1), "extras"),
        (lambda: watch_days("mcinnes-2022", 3, 1.5), "answer_probability"),
        (lambda: watch_days(FOUR, 1), "cohort"),
        (lambda: watch_summary([], ()), "cohorts"),
        (lambda: watch_summary("mcinnes-2022", [366]), "days[0]"),
    ],
)
def test_bad_input_is_refused_with_its_path(call: Callable[[], object], path: str) -> None:
    with pytest.raises(InputError) as refused:
        call()
    assert path in [fault.path for fault in refused.value.faults]


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        best_days([2.0, 0.5], check_ins=7, asked={9: 1.0}, min_gap_days=0, answer_probability=7)
    assert [fault.path for fault in refused.value.faults] == [
        "daily[0]",
        "check_ins",
        "asked.9",
        "min_gap_days",
        "answer_probability",
    ]


def test_a_number_that_cannot_be_says_which_can() -> None:
    for count in (4, -1):
        with pytest.raises(InputError) as refused:
            best_days(FOUR, check_ins=count)
        assert [fault.allowed for fault in refused.value.faults] == ["0 to 3, one a day"]


def test_the_limits_themselves_are_allowed() -> None:
    assert evenly_spaced(1826, 1) == (913,)
    assert best_days(FOUR, check_ins=3, min_gap_days=1, max_gap_days=1).days == (1, 2, 3)
    assert best_days([1.0], check_ins=0).delay_days == 0
    assert best_days(FOUR, check_ins=0, min_gap_days=1826).days == ()
    assert best_days([1 / 1826] * 1826, check_ins=1).days == (913,)
    assert best_days(FOUR, check_ins=1, asked={4: 1.0}, forbidden=[99], max_gap_days=1826).days == (2,)


WEEK = (0.1,) * 8
EITHER = "a number of check-ins or a price for each"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: mixture([]), ("parts", "there is none", "at least one", "bad-input")),
        (
            lambda: mixture([(0, WEEK)]),
            ("parts[0].weight", "0 is no weight", "a number above 0", "bad-input"),
        ),
        (lambda: watch_days(WEEK, 3), ("cohort", "chances for 8 days", "chances for 365 days", "bad-input")),
        (lambda: best_days(WEEK), ("check_ins", "neither is given", EITHER, "bad-input")),
        (
            lambda: best_days(WEEK, check_ins=1, price_days=1.0),
            ("check_ins", "both are given", EITHER, "bad-input"),
        ),
        (lambda: expected_delay(WEEK, [9]), ("days[0]", "9 is no day of the horizon", "1 to 8", "bad-input")),
        (
            lambda: best_days([0.0005] * 1827, check_ins=1),
            ("daily", "a horizon of 1827 days", "1 to 1826", "limit"),
        ),
        (
            lambda: best_days(WEEK, check_ins=1, asked={9: 1.0}),
            ("asked.9", "no day of the horizon", "1 to 8", "bad-input"),
        ),
        (
            lambda: best_days(WEEK, check_ins=8),
            ("check_ins", "8 is not possible", "0 to 7, one a day", "bad-input"),
        ),
        (
            lambda: mixture([(1, WEEK), (1, WEEK[:3])]),
            ("parts[1].daily", "a horizon of 3", "8 days", "bad-input"),
        ),
        (
            lambda: evenly_spaced(4, 4),
            ("check_ins", "4 in 4 days", "fewer than days, at most 1826 days", "bad-input"),
        ),
        (
            lambda: watch_days("mcinnes-2022", 79),
            ("extras", "79 is not possible", "0 to 78, one on each free day", "bad-input"),
        ),
        (lambda: watch_summary([], ()), ("cohorts", "there is none", "at least one", "bad-input")),
        (
            lambda: best_days(WEEK, price_days=-0.1),
            ("price_days", "-0.1 is no price", "days of delay, 0 or more", "bad-input"),
        ),
        (
            lambda: best_days(WEEK, check_ins=1, forbidden=[2, 0]),
            ("forbidden[1]", "0 is no day", "a whole number, 1 or more", "bad-input"),
        ),
        (
            lambda: best_days(WEEK, check_ins=1, min_gap_days=0),
            ("min_gap_days", "0 is no spacing", "1 to 1826 days", "bad-input"),
        ),
        (
            lambda: best_days(WEEK, check_ins=1, max_gap_days=1827),
            ("max_gap_days", "1827 is no spacing", "1 to 1826 days", "bad-input"),
        ),
        (
            lambda: best_days(WEEK, check_ins=1, answer_probability=1.01),
            ("answer_probability", "1.01 is not a probability", "0 to 1", "bad-input"),
        ),
        (
            lambda: best_days(WEEK, check_ins=1, asked={2: 1.1}),
            ("asked.2", "1.1 is not a probability", "0 to 1", "bad-input"),
        ),
        (
            lambda: best_days([0.0, 0.0], check_ins=1),
            ("daily", "there is no relapse within the horizon", "a positive sum", "bad-input"),
        ),
        (
            lambda: best_days([0.7, 0.7], check_ins=1),
            ("daily", "the chances add up to 1.4", "at most 1", "bad-input"),
        ),
        (
            lambda: best_days([0.5, 1.5], check_ins=1),
            ("daily[1]", "1.5 is not a probability", "0 to 1", "bad-input"),
        ),
        (lambda: worst_of([], check_ins=0), ("dailies", "there is none", "at least one", "bad-input")),
        (
            lambda: worst_of([WEEK, WEEK[:3]], check_ins=1),
            ("dailies", "the horizons differ: [8, 3]", "one horizon for all", "bad-input"),
        ),
        (
            lambda: best_days(FOUR, check_ins=1, forbidden=[1, 2, 3]),
            (
                "check_ins",
                "1 do not fit between the spacing limits and the forbidden days",
                "0",
                "infeasible",
            ),
        ),
        (
            lambda: best_days(FOUR, check_ins=3, min_gap_days=2),
            (
                "check_ins",
                "3 do not fit between the spacing limits and the forbidden days",
                "0 to 1",
                "infeasible",
            ),
        ),
        (
            lambda: best_days(FOUR, price_days=0.1, max_gap_days=1, forbidden=[2]),
            (
                "max_gap_days",
                "no choice of days keeps to the spacing limits and the forbidden days",
                "a larger greatest spacing, or fewer forbidden days",
                "infeasible",
            ),
        ),
        (
            lambda: expected_delay(WEEK, [1, 2], 1.0, {2: 0.5}),
            ("days[1]", "day 2 is asked already", "each day once", "bad-input"),
        ),
        (
            lambda: expected_delay(WEEK, [1, 1]),
            ("days", "a day stands there twice", "each day once", "bad-input"),
        ),
    ],
)
def test_an_error_says_where_what_and_what_is_allowed(
    call: Callable[[], object], said: tuple[str, str, str, str]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    (fault,) = caught.value.faults
    assert (fault.path, fault.text, fault.allowed, fault.code) == said


def test_a_list_that_is_wrong_throughout_is_told_of_by_its_first_twenty_places() -> None:
    with pytest.raises(InputError) as refused:
        best_days([2.0] * 30, check_ins=1)
    assert [fault.path for fault in refused.value.faults] == [f"daily[{place}]" for place in range(20)]


def test_shares_may_add_up_to_a_millionth_more_than_one() -> None:
    """What rounding and mixing leave; more is a mistake."""
    assert best_days([0.5, 0.5 + 0.9e-6], check_ins=1).days == (1,)
    with pytest.raises(InputError, match="add up"):
        best_days([0.5, 0.5 + 1.1e-6], check_ins=1)


def test_where_nobody_answers_every_cohort_is_flat() -> None:
    """Days that are asked in vain save nothing, wherever they are."""
    assert cohort_shape("aan-het-rot-2010", 1.0) == "peaked"
    assert cohort_shape("aan-het-rot-2010", 0.0) == "flat"


def test_of_no_cohorts_no_day_is_a_day_of_their_horizon() -> None:
    with pytest.raises(InputError) as refused:
        worst_of([], check_ins=0, asked={1: 1.0})
    assert [fault.line() for fault in refused.value.faults] == [
        "dailies: there is none (allowed: at least one)",
        "asked.1: no day of the horizon (allowed: 1 to 0)",
    ]
