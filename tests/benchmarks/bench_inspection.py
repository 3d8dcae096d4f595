"""What choosing the days costs, beside the plain dynamic programme in the same run.

``python -m pytest tests/benchmarks/bench_inspection.py -s`` prints the figures; nothing is asserted about time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

from ketaschedule.inspection import FLOOR_DAYS, _watch_days, best_days, watch_days, watch_summary, worst_of
from ketaschedule.relapse import cohort_names, load_cohort

YEAR, CHECK_INS, CHANCE = 365, 40, 0.8


def plain_dynamic_programme(daily: tuple[float, ...], count: int) -> float:
    """Least delay when all answer: for each check-in and each pair of days a few additions and a comparison."""
    horizon, total = len(daily), sum(daily)
    below, summed = [0.0], [0.0]
    for share in daily:
        below.append(below[-1] + share / total)
        summed.append(summed[-1] + below[-1])
    cost = [summed[-2] - summed[x] - (horizon - 1 - x) * below[x] for x in range(horizon)]
    for _ in range(count):
        later = cost
        cost = []
        for x in range(horizon):
            least, base, here = inf, summed[x], below[x]
            for y in range(x + 1, horizon):
                found = summed[y - 1] - base - (y - 1 - x) * here + later[y]
                if found < least:  # noqa: PLR1730 - a call to min() costs more than the comparison
                    least = found
            cost.append(least)
    return cost[0]


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """The quickest of a few runs, by the processor's clock."""
    taken = []
    for _ in range(runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def test_a_year_of_forty_check_ins_against_the_plain_programme() -> None:
    """365 days, 40 check-ins, answer chance 0.8, for every cohort: at most the time of the plain programme for chance 1."""
    ratios = []
    for name in cohort_names():
        daily = load_cohort(name).daily(YEAR)
        plain = seconds(lambda daily=daily: plain_dynamic_programme(daily, CHECK_INS), 1)  # type: ignore[misc]  # bound on purpose
        ours = seconds(lambda daily=daily: best_days(daily, check_ins=CHECK_INS, answer_probability=CHANCE))  # type: ignore[misc]  # bound on purpose
        all_answer = seconds(lambda daily=daily: best_days(daily, check_ins=CHECK_INS))  # type: ignore[misc]  # bound on purpose
        ratios.append(ours / plain)
        print(  # noqa: T201 - printing is what a benchmark is for
            f"{name:30} chance {CHANCE}: {1000 * ours:6.1f} ms   chance 1: {1000 * all_answer:6.1f} ms"
            f"   plain: {1000 * plain:6.1f} ms   ratio {ours / plain:.2f}"
        )
    print(f"largest ratio {max(ratios):.2f}")  # noqa: T201


def test_other_questions() -> None:
    """Ninety days, a price, both limits, several cohorts, a five-year horizon."""
    year = load_cohort("mcinnes-2022").daily(YEAR)
    cohorts = [load_cohort(name).daily(90) for name in ("mcinnes-2022", "ibrahim-2012", "murrough-2013")]
    years = [load_cohort(name).daily(YEAR) for name in ("mcinnes-2022", "ibrahim-2012", "murrough-2013")]
    five_years = load_cohort("mcinnes-2022").daily(1826)
    for what, work in {
        "90 days, 12": lambda: best_days(cohorts[0], check_ins=12, answer_probability=CHANCE),
        "365 days at a price": lambda: best_days(year, price_days=0.05, answer_probability=CHANCE),
        "365 days, 40, gaps 3 to 14": lambda: best_days(
            year, check_ins=40, min_gap_days=3, max_gap_days=14, answer_probability=CHANCE
        ),
        "365 days, 40, gaps to 30": lambda: best_days(
            year, check_ins=40, max_gap_days=30, answer_probability=CHANCE
        ),
        "worst of three, 90 days, 12": lambda: worst_of(cohorts, check_ins=12, answer_probability=CHANCE),
        "worst of three, 365 days, 40": lambda: worst_of(years, check_ins=40, answer_probability=CHANCE),
        "1826 days, 60": lambda: best_days(five_years, check_ins=60, answer_probability=CHANCE),
    }.items():
        print(f"{what:30} {1000 * seconds(work, 1):8.1f} ms")  # noqa: T201


def test_a_watch_cold_and_warm() -> None:
    """The floor and six more days: solved once, remembered after."""

    def cold() -> None:
        _watch_days.cache_clear()
        watch_days("mcinnes-2022", 6, CHANCE)

    def warm() -> None:
        for _ in range(1000):
            watch_days("mcinnes-2022", 6, CHANCE)

    days = watch_days("mcinnes-2022", 6, CHANCE)
    watch_summary("mcinnes-2022", days, CHANCE)
    print(f"\nwatch of {len(FLOOR_DAYS)} + {len(days)} days, cold {1000 * seconds(cold):.1f} ms")  # noqa: T201
    print(f"warm {1000 * seconds(warm):.1f} µs a plan")  # noqa: T201
    print(f"summary, warm {1e6 * seconds(lambda: watch_summary('mcinnes-2022', days, CHANCE)):.0f} µs")  # noqa: T201
