"""What check-ins, and the watch among them, cost beside the plan they belong to, measured in one run.

``python -m pytest tests/benchmarks/bench_checkins.py -s`` prints the ratios; nothing is asserted about time.
``check-ins``: a plan with its check-ins against one without any. ``watch``: a plan with all its check-ins against one
with all but those of the watch. A watch is warm: its days were solved before. ``as planned``: every dose given on its day, ten minutes late.
``irregular``: every other dose a day late, each of which lays the course out once more. ``cold``: of a course that
was read anew and remembers nothing of its past. ``recorded``: of a course that was kept, after one more event.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import pendulum
from attrs import evolve

from ketaschedule.course import Course
from ketaschedule.days import instant_key
from ketaschedule.history import SessionGiven
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names

AS_OF = pendulum.datetime(2027, 3, 1)
TIMES = 60


def plain(name: str) -> Course:
    """A course of one protocol without a history."""
    start = pendulum.date(2026, 12, 1)
    return Course(id="c-1", protocol=load_protocol(name), start=start, zone="America/New_York", adult="yes")


def given(course: Course, days_late: int) -> Course:
    """The course with its doses up to ``AS_OF``; every other one ``days_late``."""
    number = 0
    while True:
        number += 1
        doses = [
            one
            for one in make_plan(course, as_of=AS_OF).sessions
            if one.kind == "dose" and one.basis != "proposed" and one.verdict not in ("given", "cancelled")
        ]
        if not doses or instant_key(doses[0].at) >= instant_key(AS_OF) - 9 * 86400:
            return course
        at = doses[0].at.add(days=days_late * (number % 2), minutes=10)
        event = SessionGiven(
            id=f"e-{number:03}", course="c-1", recorded_at=at.add(hours=1), at=at, session=doses[0].key
        )
        course = course.with_events(event)


def cold(course: Course) -> Course:
    """The course as if it had just been read."""
    return evolve(course)


def recorded(course: Course) -> Course:
    """The course after its last event, of which a plan had been asked before it."""
    earlier = evolve(course, history=course.history[:-1])
    assert make_plan(earlier, as_of=AS_OF).checkins
    return earlier.with_events(*course.history[-1:])


def best_of(call: Callable[[Course], object], courses: Iterable[Course]) -> float:
    """Microseconds of processor time of the quickest call, each for a course that was asked nothing before."""
    quickest = 1e9
    for course in courses:
        start = time.process_time()
        call(course)
        quickest = min(quickest, time.process_time() - start)
    return 1e6 * quickest


def bare(course: Course) -> object:
    """A plan without its check-ins."""
    return make_plan(course, as_of=AS_OF).sessions


def whole(course: Course) -> object:
    """A plan with its check-ins."""
    return make_plan(course, as_of=AS_OF).checkins


def unwatched(course: Course) -> Course:
    """The course under a protocol that asks all it asks but the questions of its watch."""
    protocol = course.protocol
    return evolve(course, protocol=evolve(protocol, watch=evolve(protocol.watch, after=())))


def ratio(title: str, courses: dict[str, Course], fresh: Callable[[Course], Course]) -> None:
    """Print the cost of plans without check-ins, without those of the watch, and with all, for each course and for all."""
    say(title, "plan µs", "no watch", "whole", "check-ins", "watch")
    total = [0.0, 0.0, 0.0]
    for name, course in courses.items():
        plain_one = unwatched(course)
        whole(course)
        whole(plain_one)
        took = [
            best_of(bare, [fresh(course) for _ in range(TIMES)]),
            best_of(whole, [fresh(plain_one) for _ in range(TIMES)]),
            best_of(whole, [fresh(course) for _ in range(TIMES)]),
        ]
        total = [before + one for before, one in zip(total, took, strict=True)]
        row(name, took)
    row("all together", total)


def row(name: str, took: list[float]) -> None:
    """One line of figures with its two ratios."""
    without, unwatched_plan, with_all = took
    figures = [f"{one:.0f}" for one in took]
    say(name, *figures, f"{with_all / without:.2f}", f"{with_all / unwatched_plan:.2f}")


def say(name: str, *cells: str) -> None:
    """Printing is what a benchmark is for."""
    print(f"{name:44}" + "".join(f"{cell:>10}" for cell in cells))  # noqa: T201


def test_a_plan_with_its_check_ins_against_one_without() -> None:
    """Ratios for every built-in protocol: without history, as planned, irregular; read anew, and kept."""
    names = protocol_names()
    punctual = {name: given(plain(name), 0) for name in names}
    late = {name: given(plain(name), 1) for name in names}
    ratio("no history", {name: plain(name) for name in names}, cold)
    ratio("as planned, cold", punctual, cold)
    ratio("as planned, recorded", punctual, recorded)
    ratio("irregular, cold", late, cold)
    ratio("irregular, recorded", late, recorded)
