"""What a zoned wall time costs, against a bare datetime of ``dateutil.rrule``, measured in one run.

``python -m pytest tests/benchmarks/bench_times.py -s`` prints the ratios; nothing is asserted about time.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from dateutil.rrule import WEEKLY, rrule

from ketaschedule.times import ZoneClock, clock, instant_key, iso

WEEKS = 52
START = dt.datetime(2026, 1, 6, 10)  # noqa: DTZ001 - the yardstick makes bare datetimes
FIRST_DAY = START.toordinal()


def best_microseconds(work: Callable[[], object], of: int, rounds: int = 200) -> float:
    """The least time of many rounds, per item: what is left when the machine is busy with other things."""
    least = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - begun)
    return least / of * 1e6


def weekly(ours: ZoneClock, minute: int = 600) -> list[dt.datetime]:
    """A weekly rule over 52 weeks, gaps and repeats seen to."""
    return [ours.at(FIRST_DAY + 7 * week, minute) for week in range(WEEKS)]


def test_ratio_of_a_zoned_wall_time_to_a_bare_rrule_datetime() -> None:
    """Goal: at most 0.25, with the clock warm; a Sunday at 02:30 falls into the gap once."""
    ours = clock("America/New_York")
    bare = best_microseconds(lambda: list(rrule(WEEKLY, dtstart=START, count=WEEKS)), WEEKS)
    zoned = best_microseconds(lambda: weekly(ours), WEEKS)
    sundays = [FIRST_DAY + 5 + 7 * week for week in range(WEEKS)]
    changing = best_microseconds(lambda: [ours.at(day, 150) for day in sundays], WEEKS)
    assert [value.replace(tzinfo=None) for value in weekly(ours)] == list(
        rrule(WEEKLY, dtstart=START, count=WEEKS)
    )
    print(f"\nrrule, bare           {bare:6.2f} µs")  # noqa: T201 - printing is what a benchmark is for
    print(f"clock.at              {zoned:6.2f} µs   ratio {zoned / bare:.3f}  (goal 0.25)")  # noqa: T201
    print(f"clock.at, Sun 02:30   {changing:6.2f} µs   ratio {changing / bare:.3f}")  # noqa: T201


def test_ratio_of_the_other_doors() -> None:
    """Key, text, conversion, and the first question to a zone of which nothing is known yet."""
    ours = clock("America/New_York")
    bare = best_microseconds(lambda: list(rrule(WEEKLY, dtstart=START, count=WEEKS)), WEEKS)
    values = weekly(ours)
    doors: dict[str, Callable[[], object]] = {
        "instant_key": lambda: [instant_key(value) for value in values],
        "iso": lambda: [iso(value) for value in values],
        "clock.local": lambda: [ours.local(value) for value in values],
        "clock.ordinal": lambda: [ours.ordinal(value) for value in values],
        "clock.shift": lambda: [ours.shift(FIRST_DAY + week, 600) for week in range(WEEKS)],
    }
    print()  # noqa: T201
    for name, work in doors.items():
        cost = best_microseconds(work, WEEKS)
        print(f"{name:<21} {cost:6.2f} µs   ratio {cost / bare:.3f}")  # noqa: T201
    cold = best_microseconds(lambda: ZoneClock("America/New_York").at(FIRST_DAY, 600), 1, rounds=20)
    print(f"first use, 512 days   {cold:6.0f} µs")  # noqa: T201
