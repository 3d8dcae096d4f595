"""What placing costs a session, and that it stays linear, measured in one run.

``python -m pytest tests/benchmarks/bench_placement.py -s`` prints the figures; nothing is asserted about time.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Sequence

from dateutil.rrule import WEEKLY, rrule

from ketaschedule.placement import Outside, Slot, place

START = dt.date(2026, 12, 1).toordinal()
YEARS = 5
SCATTER = random.Random(1)
#: Weekends, one day in seven of the rest, and three weeks every summer, for as long as any case here looks.
CLOSED = frozenset(
    day
    for day in range(START, START + 366 * 3 * YEARS)
    if (day - 1) % 7 > 4 or SCATTER.random() < 1 / 7 or 210 <= (day - START) % 365 < 231
)


def always(_day: int) -> bool:
    """No closure at all."""
    return True


def year_of_closures(day: int) -> bool:
    """Weekends, scattered days and summers closed."""
    return day not in CLOSED


def after_a_closed_year(day: int) -> bool:
    """The first year closed altogether, then as ever."""
    return day >= START + 365 and day not in CLOSED


def one_day_a_week(day: int) -> bool:
    """Wednesdays only: for two sessions a week a backlog that grows for ever."""
    return (day - 1) % 7 == 2


def weekly(sessions: int) -> tuple[Slot, ...]:
    """Every seven days, three days of grace on both sides."""
    return tuple(
        Slot(START + 7 * n - 3, START + 7 * n, START + 7 * n + 3, prefer=n > 0) for n in range(sessions)
    )


def twice_weekly(sessions: int) -> tuple[Slot, ...]:
    """Days 1 and 4 of each treatment week, the week as window."""
    return tuple(
        Slot(first, first + 3 * (n % 2), first + 6, prefer=n > 0)
        for n in range(sessions)
        for first in [START + 7 * (n // 2)]
    )


def best_milliseconds(*works: Callable[[], object], rounds: int = 40) -> list[float]:
    """The least processor time of each over many rounds, taken in turn: other work on the machine does not count."""
    least = [float("inf")] * len(works)
    for _ in range(rounds):
        for index, work in enumerate(works):
            begun = time.process_time()
            work()
            least[index] = min(least[index], time.process_time() - begun)
    return [seconds * 1e3 for seconds in least]


def placing(
    slots: Sequence[Slot],
    open_day: Callable[[int], bool],
    per_week: int | None = None,
    preferred: frozenset[int] = frozenset(),
    outside: Outside = "later",
) -> Callable[[], object]:
    def work() -> object:
        return place(
            slots,
            open_day=open_day,
            min_gap=2,
            per_week=per_week,
            week_origin=START,
            preferred=preferred,
            outside=outside,
            limit=START + 366 * 3 * YEARS - 1,
        )

    return work


TUESDAY_FRIDAY = frozenset({1, 4})
KINDS: dict[str, Callable[[int], Callable[[], object]]] = {
    "weekly, all open (fast path)": lambda n: placing(weekly(n), always),
    "weekly, a year of closures": lambda n: placing(weekly(n), year_of_closures),
    "weekly, the first year closed": lambda n: placing(weekly(n), after_a_closed_year),
    "weekly, closures, may be left out": lambda n: placing(weekly(n), year_of_closures, outside="omit"),
    "twice weekly, closures": lambda n: placing(twice_weekly(n), year_of_closures, 2),
    "twice weekly, closures, tue + fri": lambda n: placing(
        twice_weekly(n), year_of_closures, 2, TUESDAY_FRIDAY
    ),
    "twice weekly, one open day a week": lambda n: placing(twice_weekly(n), one_day_a_week, 2),
}


def test_cost_of_a_session_stays_the_same_as_sessions_are_added() -> None:
    """Sessions 52, 104, 208: the last column, cost for 208 over four times the cost for 52, is 1 where linear."""
    start = dt.datetime(2026, 12, 1, 10)  # noqa: DTZ001 - the yardstick makes bare datetimes
    (bare,) = best_milliseconds(lambda: list(rrule(WEEKLY, dtstart=start, count=52)))
    print(f"\n{'rrule, 52 bare datetimes':36}{bare:8.2f} ms")  # noqa: T201 - printing is what a benchmark is for
    print(f"{'':36}{'52':>8}{'104':>8}{'208':>8} ms   of rrule   208 / (4 x 52)")  # noqa: T201
    for name, of in KINDS.items():
        small, middle, large = best_milliseconds(*(of(sessions) for sessions in (52, 104, 208)))
        print(  # noqa: T201
            f"{name:36}{small:8.2f}{middle:8.2f}{large:8.2f}      {small / bare:6.2f}     {large / small / 4:6.2f}"
        )
