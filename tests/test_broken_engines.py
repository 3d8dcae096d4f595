"""With a fault planted in any one room of the engine, trying a built-in protocol finds it within 1,000 courses."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule import (
    checking,
    inspection,
    laws,
    layout_place,
    reminders_hours,
    reminders_sessions,
    sessions,
    times,
    trajectory,
    trajectory_judge,
    watching,
)
from ketaschedule.checking import BrokenProtocol, Turns, check_protocol, try_protocol
from ketaschedule.laws_form import Broken
from ketaschedule.plan import Plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.trajectory_judge import Judged

SERIES = "ketamine-iv-six-in-21-days"
WEEKLY = "ketamine-iv-twice-weekly-3-weeks"
Plant = Callable[[pytest.MonkeyPatch], None]


def wrapped(room: Any, name: str, change: Callable[..., Any]) -> Plant:
    """Replace a function by ``change``, which gets the true one first."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        true = getattr(room, name)
        patch.setattr(room, name, lambda *given, **named: change(true, *given, **named))

    return plant


# -- placement ------------------------------------------------------------------------------------------


def no_gap(true: Any, *given: Any, **named: Any) -> Any:
    return true(*given, **{**named, "min_gap": 1})


def always_open(true: Any, *given: Any, **named: Any) -> Any:
    return true(*given, **{**named, "open_day": lambda _: True})


def no_cap(true: Any, *given: Any, **named: Any) -> Any:
    return true(*given, **{**named, "per_week": None})


def one_day_late(true: Any, *given: Any, **named: Any) -> Any:
    *before, last = true(*given, **named)
    return (*before, last if last.day is None else evolve(last, day=last.day + 1, outside=True))


# -- missed ---------------------------------------------------------------------------------------------


def a_day_too_soon(true: Any, now_day: int, over: bool, earliest: int, day: int, latest: int) -> Any:
    return true(now_day, over, earliest, day, latest - 1 if latest > day else latest)


def always_on_time(true: Any, *given: Any) -> Any:
    return "on-time" if true(*given) == "late" else true(*given)


def stopped_is_given(true: Any, fact: Any) -> Any:
    return "given" if true(fact) == "stopped" else true(fact)


# -- inspection -----------------------------------------------------------------------------------------


def not_the_best(true: Any, cohort: Any, count: int, chance: float) -> Any:
    days = true(cohort, count, chance)
    taken = {*days, *inspection.FLOOR_DAYS}
    free = [day for day in range(1, 91) if day not in taken]
    return tuple(sorted((*days[1:], free[-1]))) if days else days


def one_too_few(true: Any, cohort: Any, count: int, chance: float) -> Any:
    return true(cohort, max(0, count - 1), chance)


def boasts(true: Any, *given: Any) -> Any:
    summary = true(*given)
    less = {name: 0.9 * days for name, days in summary.delay_days_by_cohort.items()}
    return evolve(summary, delay_days_by_cohort=less)


# -- trajectory -----------------------------------------------------------------------------------------


def judged(change: Callable[[Judged], Judged]) -> Plant:
    return wrapped(trajectory, "judge", lambda true, *given: change(true(*given)))


def first_answer_as_baseline(true: Any, *given: Any) -> Any:
    instrument, chosen, _, later, now, word = given
    return true(instrument, chosen, later[0] if later else None, later, now, word)


def double_baseline(true: Any, baseline: Any, last: Any, reasons: Any) -> Any:
    found = true(baseline, last, reasons)
    return None if found is None else found / 2


# -- times ----------------------------------------------------------------------------------------------


def ignores_gaps(true: Any, self: Any, day: int, minute: int) -> Any:
    """Before a gap's end the wall clock of an hour earlier, as a naive subtraction would have it."""
    if minute < 1440 and self.shift(day, minute) is times.Shift.GAP:
        return self.from_key(times.instant_key(true(self, day, minute)) - 3600)
    return true(self, day, minute)


def second_of_two(true: Any, self: Any, day: int, minute: int) -> Any:
    if minute < 1440 and self.shift(day, minute) is times.Shift.REPEAT:
        return self.from_key(times.instant_key(true(self, day, minute)) + 3600)
    return true(self, day, minute)


def wall_minutes(true: Any, self: Any, instant: datetime.datetime, minutes: int) -> Any:
    """Minutes counted on the wall clock instead of elapsed ones."""
    plain = true(self, instant, minutes)
    moved = (plain.utcoffset() or datetime.timedelta()) - (instant.utcoffset() or datetime.timedelta())
    if isinstance(instant, pendulum.DateTime) and moved and 0 < minutes < 1440:
        return self.from_key(times.instant_key(plain) - int(moved.total_seconds()))
    return plain


# -- reminders ------------------------------------------------------------------------------------------


def at_any_hour(_: Any, self: Any, base: int, *given: Any) -> Any:
    return base, ""


def nobody_is_told(_: Any, *given: Any) -> None:
    """Visits are not spoken of."""


def whoever_waits(true: Any, into: Any, session: Any) -> Any:
    """A session that waits is spoken of as if it were to come."""
    waits = session.basis in ("waiting", "proposed")
    return true(into, evolve(session, basis="protocol") if waits else session)


PLANTED: dict[str, tuple[str, Plant, tuple[str, ...]]] = {
    "placement: the least gap is forgotten": (SERIES, wrapped(layout_place, "place", no_gap), ("L22", "L21")),
    "placement: every day is open": (SERIES, wrapped(layout_place, "place", always_open), ("L23",)),
    "placement: no treatment week is full": (WEEKLY, wrapped(layout_place, "place", no_cap), ("L25",)),
    "placement: the last one a day late": (
        SERIES,
        wrapped(layout_place, "place", one_day_late),
        ("L27", "L26", "L28"),
    ),
    "missed: presumed a day too soon": (SERIES, wrapped(sessions, "open_verdict", a_day_too_soon), ("L5",)),
    "missed: no dose is late": (SERIES, wrapped(sessions, "dose_timing", always_on_time), ("L7",)),
    "missed: stopped is given": (SERIES, wrapped(sessions, "fact_verdict", stopped_is_given), ("L6",)),
    "inspection: a day that is not the best": (
        SERIES,
        wrapped(watching, "watch_days", not_the_best),
        ("L53",),
    ),
    "inspection: one day too few": (SERIES, wrapped(watching, "watch_days", one_too_few), ("L51",)),
    "inspection: it boasts": (SERIES, wrapped(watching, "watch_summary", boasts), ("L52", "L54")),
    "trajectory: no response is told": (SERIES, judged(lambda one: evolve(one, response="no")), ("L63",)),
    "trajectory: the baseline is after the dose": (
        SERIES,
        wrapped(trajectory, "judge", first_answer_as_baseline),
        ("L62", "L63", "L64"),
    ),
    "trajectory: half the change": (SERIES, wrapped(trajectory_judge, "_change", double_baseline), ("L62",)),
    "times: a gap is walked through": (WEEKLY, wrapped(times.ZoneClock, "at", ignores_gaps), ("L10",)),
    "times: the second of two hours": (WEEKLY, wrapped(times.ZoneClock, "at", second_of_two), ("L10",)),
    "reminders: told at any hour": (
        SERIES,
        wrapped(reminders_hours.ContactHours, "place", at_any_hour),
        ("L123",),
    ),
    "reminders: visits are not spoken of": (
        SERIES,
        wrapped(reminders_sessions, "_visit", nobody_is_told),
        ("L126",),
    ),
    "reminders: whoever waits is told to come": (
        "ketamine-sublingual-home-4-weeks",
        wrapped(reminders_sessions, "_session", whoever_waits),
        ("L122",),
    ),
    "times: minutes of the wall clock": (WEEKLY, wrapped(times.ZoneClock, "after", wall_minutes), ("L12",)),
}
"""A built-in protocol, the fault, and the laws that speak of it: one of them must name it, and no other may come first."""

ROOMS = {what.partition(":")[0]: what for what in reversed(PLANTED)}
TRIED = list(PLANTED) if os.environ.get("KETASCHEDULE_PROFILE") == "long" else sorted(ROOMS.values())
"""One fault of each room by default, every one in the long profile."""


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Nothing remembered from before a fault was planted, and nothing left of it."""
    for cached in (watching._extras, watching._summary):
        cached.cache_clear()
    yield
    for cached in (watching._extras, watching._summary):
        cached.cache_clear()


@pytest.mark.parametrize("what", TRIED)
def test_a_planted_fault_is_found_within_1000_courses(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And named by a law that speaks of it and by no other; the search for a smaller course is left out here."""
    name, plant, laws = PLANTED[what]
    monkeypatch.setattr(checking, "MOST_SHRINKS", 0)
    plant(monkeypatch)
    trial = try_protocol(load_protocol(name), examples=1000, seed=3)
    assert not trial.sound
    assert trial.examples <= 1000
    assert trial.broken
    assert {one.law for one in trial.broken} <= set(laws), "another law names it first"


def test_the_smallest_course_is_small_and_said_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that any stopped dose shows is shown by a stopped dose alone, in UTC from the first Monday."""
    wrapped(sessions, "fact_verdict", stopped_is_given)(monkeypatch)
    with pytest.raises(BrokenProtocol, match="--replay") as caught:
        check_protocol(load_protocol("ketamine-iv-single"), examples=300, seed=1)
    course = caught.value.trial.course
    assert course is not None
    assert [event.type for event in course.history] == ["session-stopped"]
    assert (course.zone, course.start.isoformat(), course.clinic) == ("UTC", "2026-01-05", None)


def test_within_36_courses_every_look_that_takes_turns_meets_every_other() -> None:
    """And a course without a number gets them all."""

    def looks(number: int | None) -> set[tuple[str, int]]:
        turns = Turns(number)
        found = {("told again", way) for way in range(3) if turns.told_again(way)}
        found |= {("edge", edge) for edge in range(4) if turns.edge(edge)}
        return found | ({("slow", 0)} if turns.slow else set()) | ({("later", 0)} if turns.later else set())

    every = looks(None)
    assert len(every) == 9
    alike = {frozenset(pair) for pair in combinations(every, 2)}
    met = {frozenset(pair) for number in range(36) for pair in combinations(looks(number), 2)}
    apart = {
        frozenset((one, other)) for one in every for other in every if one[0] == other[0] and one != other
    }
    assert alike - met <= apart
    assert all(len(looks(number)) < len(every) for number in range(36))


def test_a_fault_seen_by_one_look_is_found_again_when_the_course_gets_every_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A law that only the turned history breaks: the smallest course still breaks it, whatever its number was."""

    def broken(kind: str, before: Plan, after: Plan, *, slow: bool = True) -> tuple[Broken, ...]:
        if kind == "reordered" and len(before.course.history) > 1:
            return (Broken("L89", "c-1", "planted"),)
        return laws.broken_by_pair(kind, before, after, slow=slow)

    monkeypatch.setattr(checking, "broken_by_pair", broken)
    trial = try_protocol(load_protocol("ketamine-iv-single"), examples=60, seed=2)
    assert {one.law for one in trial.broken} == {"L89"}
    assert trial.course is not None
    assert len(trial.course.history) == 2


def test_the_same_seed_finds_the_same_course(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a failure can be shown to somebody else."""
    monkeypatch.setattr(checking, "MOST_SHRINKS", 5)
    wrapped(sessions, "open_verdict", a_day_too_soon)(monkeypatch)
    first, second = (try_protocol(load_protocol(SERIES), examples=50, seed=9) for _ in range(2))
    assert not first.sound
    assert first == second
