"""What asking one plan for the next five minutes costs, at a horizon of one year and of five, in one run.

``python -m pytest tests/benchmarks/bench_reminders.py -s`` prints the ratios; nothing is asserted about time. The plan
is warm: its check-ins and Alerts were worked out before. Bound: five years cost at most 1.3 times one year,
where listing all reminders costs five times as much.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

import pendulum

from ketaschedule.course import Course
from ketaschedule.history import Event, SessionGiven
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reminders import reminders

START = pendulum.date(2026, 12, 1)
ASKS = 300


def warm(name: str, weeks: int, events: tuple[Event, ...] = ()) -> Plan:
    """A plan with everything that is worked out on demand."""
    course = Course(
        id="c-1",
        protocol=load_protocol(name),
        start=START,
        zone="America/New_York",
        adult="yes",
        history=events,
    )
    plan = make_plan(course, weeks=weeks)
    assert plan.checkins is not None
    assert plan.alerts is not None
    return plan


def history(name: str, doses: int) -> tuple[Event, ...]:
    """The first doses, as planned."""
    plan = warm(name, 52)
    return tuple(
        SessionGiven(
            id=f"e-{n:03}", course="c-1", recorded_at=one.at.add(hours=1), session=one.key, at=one.at
        )
        for n, one in enumerate(session for session in plan.sessions[:doses] if session.kind == "dose")
    )


def quickest(call: Callable[[], object], times: int = 7) -> float:
    """Microseconds of the quickest of several calls."""
    best = 1e9
    for _ in range(times):
        begin = time.process_time()
        call()
        best = min(best, time.process_time() - begin)
    return 1e6 * best


def five_minutes(plan: Plan) -> tuple[float, int]:
    """Microseconds of one ask for five minutes, over many moments of the first year; and the answers."""
    dice = random.Random(7)
    begins = [plan.as_of.add(minutes=dice.randrange(300 * 1440)) for _ in range(ASKS)]
    answers = sum(len(reminders(plan, begin, begin.add(minutes=5))) for begin in begins)

    def ask() -> None:
        for begin in begins:
            reminders(plan, begin, begin.add(minutes=5))

    return quickest(ask) / ASKS, answers


def test_five_minutes_of_five_years_cost_what_five_minutes_of_one_year_do() -> None:
    """Open-ended protocols at 52 and 260 weeks, with and without a history; and listing everything."""
    titles = ("1 y µs", "5 y µs", "ratio", "all 1 y µs", "all 5 y µs", "ratio")
    print(f"\n{'protocol':26}" + "".join(f" {title:>10}" for title in titles))  # noqa: T201 - what a benchmark is for
    for name, doses in (
        ("esketamine-trd-us", 0),
        ("esketamine-trd-us", 12),
        ("esketamine-trd-eu", 0),
        ("ketamine-iv-stretching", 0),
    ):
        events = history(name, doses)
        one, five = (warm(name, weeks, events) for weeks in (52, 260))
        (short, answers), (long, same) = five_minutes(one), five_minutes(five)
        everything = [
            quickest(partial(reminders, plan, plan.as_of, plan.as_of.add(years=years)), 2)
            for plan, years in ((one, 1), (five, 5))
        ]
        ratio, all_ratio = long / short, everything[1] / everything[0]
        row = f"{short:10.0f} {long:10.0f} {ratio:10.2f} {everything[0]:10.0f} {everything[1]:10.0f} {all_ratio:10.2f}"
        print(f"{name:26} {row}   ({answers} and {same} answers)")  # noqa: T201 - what a benchmark is for
