"""Laws of the watch for relapse: its floor, its added days, and what it claims, worked out the slow way.

The twin follows every relapse day by day: it is found at the first answered question on its day or after
it, and what nobody answered is found on the last day. The library's own search and sums are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from .inspection import FLOOR_DAYS
from .laws_form import Where, law
from .plan import Plan
from .relapse import cohort_names, load_cohort

__all__ = [
    "added_days",
    "best_added_days",
    "claims",
    "no_claim_without_cohort",
    "not_later_than_floor",
    "slow_delay",
    "the_floor_is_asked",
]

LAST_EXTRA = 90
HORIZON = 365
_BETTER = 1e-7
"""Days by which another choice must be better to count: far above the noise of sums."""
FLOOR = (
    7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91,
    105, 119, 133, 147, 161, 175, 189, 217, 245, 273, 301, 329, 357, 365,
)  # fmt: skip
"""The days of the floor, written out."""


def slow_delay(daily: Sequence[float], days: Sequence[int], chance: float) -> float:
    """Expected days from a relapse to the first answered question, over relapses within the horizon.

    ``daily[t-1]`` is the chance of a relapse on day t; each question of ``days`` is answered with ``chance``; the last
    day finds whatever is left.

    >>> slow_delay([0.5, 0.5, 0.0], [2], 1.0), slow_delay([1.0, 0.0, 0.0], [2], 0.5)
    (0.5, 1.5)
    """
    last = len(daily)
    asked = sorted(set(days) - {last})
    total = weight = 0.0
    for day in range(1, last + 1):
        share = daily[day - 1]
        weight += share
        left, expected = 1.0, 0.0
        for question in asked:
            if question >= day:
                expected += left * chance * (question - day)
                left *= 1.0 - chance
        expected += left * (last - day)
        total += share * expected
    return total / weight


@lru_cache(maxsize=256)
def _delay(cohort: str, extras: tuple[int, ...], chance: float) -> float:
    return slow_delay(load_cohort(cohort).daily(HORIZON), (*FLOOR, *extras), chance)


@lru_cache(maxsize=256)
def _delay_asked(cohort: str, days: tuple[int, ...], chance: float) -> float:
    return slow_delay(load_cohort(cohort).daily(HORIZON), days, chance)


def _asked(plan: Plan) -> dict[str, set[int]]:
    """The days on which each watch that stands alone asks, by the key of its anchor; while nothing is recorded."""
    if plan.course.history or plan.folded.death is not None:
        return {}
    rounds: dict[str, set[int]] = {anchor.key: set() for anchor in plan.watch.anchors if anchor.alone}
    for one in plan.checkins:
        for item in one.items:
            if item.purpose == "watch" and item.anchor in rounds:
                rounds[item.anchor].add(item.offset)
    return rounds


@lru_cache(maxsize=64)
def _better(cohort: str, extras: tuple[int, ...], chance: float) -> tuple[int, int] | None:
    """A single added day and where it would find relapses sooner, if there is such a pair.

    One pass from the back gives, for each day, what a relapse on it costs; moving one day only changes what lies
    before it, so the whole is summed anew for each place: slow, and once for each choice of days.
    """
    daily = load_cohort(cohort).daily(HORIZON)
    own = _fast_sum(daily, (*FLOOR, *extras), chance)
    for day in extras:
        others = [one for one in extras if one != day]
        for place in range(1, LAST_EXTRA + 1):
            if place in FLOOR or place in extras:
                continue
            if _fast_sum(daily, (*FLOOR, *others, place), chance) < own - _BETTER:
                return day, place
    return None


def _fast_sum(daily: Sequence[float], days: Sequence[int], chance: float) -> float:
    """The same figure as :func:`slow_delay` in one pass from the last day to the first."""
    last, asked = len(daily), set(days)
    expected = total = weight = 0.0
    for day in range(last, 0, -1):
        waiting = 0.0 if day == last else expected + 1.0
        expected = waiting * (1.0 - chance) if day in asked else waiting
        total += daily[day - 1] * expected
        weight += daily[day - 1]
    return total / weight


@law(50, "plan", "C5")
def the_floor_is_asked(plan: Plan) -> Where:
    """A watch that stands alone asks on every day of its floor, whatever the cohort, the last a real contact."""
    if FLOOR != FLOOR_DAYS:
        yield plan.course.id, f"the floor is {FLOOR_DAYS}"
    for anchor, days in _asked(plan).items():
        missing = sorted(set(FLOOR) - days)
        if missing:
            yield anchor, f"its watch does not ask on days {missing}"


@law(51, "plan", "C6")
def added_days(plan: Plan) -> Where:
    """Added days lie within days 1 to 90 beside the floor, as many as asked for."""
    watch, wish = plan.watch, plan.course.watch
    if watch.state != "solved" or not plan.layout.runs:
        return
    rule = plan.layout.runs[-1].protocol.watch
    count = rule.extras if wish.check_ins is None else wish.check_ins
    if len(watch.extras) != count:
        yield plan.course.id, f"{count} days were to be added and {len(watch.extras)} are"
    wrong = [day for day in watch.extras if not 1 <= day <= LAST_EXTRA or day in FLOOR]
    if wrong or sorted(set(watch.extras)) != list(watch.extras):
        yield plan.course.id, f"the added days are {watch.extras}"


@law(52, "plan", "C6")
def claims(plan: Plan) -> Where:
    """The delays that a watch claims, with and without its added days, are those of following every relapse day by
    day.
    """
    watch, chance = plan.watch, plan.course.watch.answer_probability
    for claimed, extras in ((watch.delay_days_by_cohort, watch.extras), (watch.floor_only_days, ())):
        for name, days in (claimed or {}).items():
            slow = _delay(name, extras, chance)
            if abs(days - slow) > 1e-6:
                yield plan.course.id, f"claims {days} days under {name}; followed day by day it is {slow}"


@law(53, "plan", "C6")
def best_added_days(plan: Plan) -> Where:
    """No added day could be moved so that relapses of the watch's own cohort are found sooner."""
    watch, chance = plan.watch, plan.course.watch.answer_probability
    if watch.state == "solved" and watch.cohort is not None and watch.extras:
        found = _better(watch.cohort, watch.extras, chance)
        if found is not None:
            yield plan.course.id, f"day {found[0]} would be better asked on day {found[1]} ({watch.cohort})"


@law(54, "plan", "C5", "C6")
def not_later_than_floor(plan: Plan) -> Where:
    """The days on which a watch asks find nobody later, under any cohort that ships, than its floor alone would, or than it
    claims.
    """
    watch, chance = plan.watch, plan.course.watch.answer_probability
    if watch.state != "solved":
        return
    for anchor, days in _asked(plan).items():
        for name in cohort_names():
            found = _delay_asked(name, tuple(sorted(days)), chance)
            if found > _delay(name, (), chance) + 1e-9:
                yield anchor, f"under {name} it finds relapses later than its floor alone would"
            if found > (watch.delay_days_by_cohort or {}).get(name, found) + 1e-6:
                yield anchor, f"under {name} it finds relapses after {found} days, later than it claims"


@law(55, "plan", "C9")
def no_claim_without_cohort(plan: Plan) -> Where:
    """Without an eligible cohort no delay is claimed, no day is added, and the plan says why."""
    watch = plan.watch
    if watch.state == "solved":
        return
    if watch.extras or watch.delay_days_by_cohort or watch.floor_only_days:
        yield plan.course.id, f"the watch is {watch.state} and claims a delay"
    if watch.state == "no-cohort" and not any(one.rule == "C9" for one in plan.findings):
        yield plan.course.id, "no finding says why there is no cohort"
