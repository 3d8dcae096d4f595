"""The days on which asking finds a relapse soonest, and the watch that is built from them.

The convention throughout: relapse falls on whole day t with the chance ``daily[t-1]`` = F(t) - F(t-1); it is found at the
first answered check-in on day t or later (delay 0 on the same day); the last day of the horizon finds what is left, so a
programme must really have a contact on that day; the expectation is over relapses within the horizon. Spacing limits
count start (day 0), end and days that are asked anyway. Costs within 1e-9 days are equal: then the lexicographically
earliest days.

A wrong cohort must never make anyone be found later: so a watch has a floor of plain regular asking, and the search only
adds days to it.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from attrs import frozen

from .errors import Fault, InputError, one_fault
from .inspection_question import (
    MAX_HORIZON_DAYS,
    Inspection,
    Question,
    expected_delay,
    largest_gap,
    number,
    whole,
)
from .inspection_worst import worst_of
from .relapse import Cohort, cohort_names, load_cohort

__all__ = [
    "FLAT_SHARE",
    "FLOOR_DAYS",
    "LAST_EXTRA_DAY",
    "MAX_HORIZON_DAYS",
    "Inspection",
    "WatchSummary",
    "best_days",
    "cohort_shape",
    "evenly_spaced",
    "expected_delay",
    "largest_gap",
    "mixture",
    "watch_days",
    "watch_summary",
    "weekly",
    "worst_of",
]

FLOOR_DAYS = (*range(7, 92, 7), *range(105, 190, 14), *range(217, 358, 28), 365)
"""Days after its anchor on which every watch asks, whatever the cohort: weekly to day 91, every two weeks to day 189,
every four to day 357, and a real contact on day 365 (``house``)."""

LAST_EXTRA_DAY = 90
"""Days are added only up to here."""

FLAT_SHARE = 0.05
"""A cohort is called flat where the best days save less than this share of the delay of evenly spaced ones (``house``)."""


def best_days(
    daily: Sequence[float],
    *,
    check_ins: int | None = None,
    price_days: float | None = None,
    asked: Mapping[int, float] | None = None,
    forbidden: Collection[int] = (),
    min_gap_days: int = 1,
    max_gap_days: int | None = None,
    answer_probability: float = 1.0,
) -> Inspection:
    """The days with the least expected delay from relapse to the next answered check-in: the exact minimum.

    Give either ``check_ins``, how many days to choose, or ``price_days``, how many days of delay one check-in must save.
    ``asked`` maps days that are asked anyway to their own answer chance; they are never chosen again. Gaps between
    questions (chosen, asked, start, end) are at most ``max_gap_days``; a chosen day is at least ``min_gap_days`` from each
    neighbour. Raises :class:`InputError` with every fault, and where nothing fits, with what would.

    >>> from ketaschedule.relapse import load_cohort
    >>> found = best_days(load_cohort("aan-het-rot-2010").daily(90), check_ins=12)
    >>> found.days, round(found.delay_days, 2)
    ((7, 10, 13, 16, 19, 22, 26, 30, 35, 42, 51, 65), 1.61)
    """
    question = Question.of(
        {"daily": daily},
        check_ins=check_ins,
        price_days=price_days,
        asked={} if asked is None else asked,
        forbidden=forbidden,
        min_gap_days=min_gap_days,
        max_gap_days=max_gap_days,
        answer_probability=answer_probability,
    )
    search = question.search(question.dailies[0])
    days, _ = question.solve(search)
    return question.answer(days, search.delay(days))


def mixture(parts: Iterable[tuple[float, Sequence[float]]]) -> tuple[float, ...]:
    """The relapse chances of a stated mixture of cohorts: (weight, daily) pairs of one horizon; weights need not sum to 1.

    >>> mixture([(1, [0.2, 0.0]), (3, [0.0, 0.4])])
    (0.05, 0.30000000000000004)
    """
    pairs = list(parts)
    faults = [] if pairs else [Fault("parts", "there is none", "at least one")]
    for place, (weight, daily) in enumerate(pairs):
        if not (number(weight) and weight > 0):
            faults.append(Fault(f"parts[{place}].weight", f"{weight!r} is no weight", "a number above 0"))
        if len(daily) != len(pairs[0][1]):
            faults.append(
                Fault(f"parts[{place}].daily", f"a horizon of {len(daily)}", f"{len(pairs[0][1])} days")
            )
    if faults:
        raise InputError(faults)
    total = sum(weight for weight, _ in pairs)
    return tuple(
        sum(weight / total * daily[day] for weight, daily in pairs) for day in range(len(pairs[0][1]))
    )


def evenly_spaced(horizon_days: int, check_ins: int) -> tuple[int, ...]:
    """``check_ins`` days spread over the horizon: round(i·H/(K+1)), halves to the even day.

    >>> evenly_spaced(90, 5)
    (15, 30, 45, 60, 75)
    """
    if not 1 <= horizon_days <= MAX_HORIZON_DAYS or not 0 <= check_ins < horizon_days:
        raise one_fault(
            "check_ins", f"{check_ins} in {horizon_days} days", "fewer than days, at most 1826 days"
        )
    return tuple(round(i * horizon_days / (check_ins + 1)) for i in range(1, check_ins + 1))


def weekly(horizon_days: int) -> tuple[int, ...]:
    """Every seventh day before the end of the horizon.

    >>> weekly(28)
    (7, 14, 21)
    """
    return tuple(range(7, horizon_days, 7))


def cohort_shape(cohort: str | Cohort, answer_probability: float = 1.0) -> Literal["flat", "peaked"]:
    """Whether there is anything to gain by choosing days: of 12 check-ins within 90 days, best against evenly spaced.

    >>> [cohort_shape(name) for name in ("aan-het-rot-2010", "mcinnes-2022")]
    ['peaked', 'flat']
    """
    return _shape(_cohort(cohort).daily(LAST_EXTRA_DAY), answer_probability)


@functools.lru_cache(maxsize=256)
def _shape(daily: tuple[float, ...], answer_probability: float) -> Literal["flat", "peaked"]:
    even = expected_delay(daily, evenly_spaced(len(daily), 12), answer_probability)
    best = best_days(daily, check_ins=12, answer_probability=answer_probability).delay_days
    return "flat" if even - best < FLAT_SHARE * even else "peaked"


def watch_days(
    cohort: str | Cohort | Sequence[float], extras: int, answer_probability: float = 1.0
) -> tuple[int, ...]:
    """The days within 1-90 that a watch asks beyond its floor, the floor days taken as asked with the same chance.

    ``cohort``: a built-in name, a cohort, or its relapse chances for days 1 … 365. Days count from the anchor of the watch,
    so they do not move with time; solved once and remembered. Raises :class:`InputError` for more extras than free days.

    >>> watch_days("aan-het-rot-2010", 4)
    (10, 12, 17, 24)
    """
    return _watch_days(_watched(cohort), extras, answer_probability)


@functools.lru_cache(maxsize=512)
def _watch_days(daily: tuple[float, ...], extras: int, answer_probability: float) -> tuple[int, ...]:
    free = LAST_EXTRA_DAY - sum(day <= LAST_EXTRA_DAY for day in FLOOR_DAYS)
    if not (whole(extras) and 0 <= extras <= free):
        raise one_fault("extras", f"{extras!r} is not possible", f"0 to {free}, one on each free day")
    return best_days(
        daily,
        check_ins=extras,
        asked=dict.fromkeys(FLOOR_DAYS, answer_probability),
        forbidden=range(LAST_EXTRA_DAY + 1, FLOOR_DAYS[-1]),
        answer_probability=answer_probability,
    ).days


@frozen(kw_only=True)
class WatchSummary:
    """What a watch is worth: expected delays in days by cohort, with and without the added days.

    ``relapses_beyond_watch_percent`` is of the cohort the watch was solved for (the first): the share of its relapses
    that fall after the last day and so are found by no check-in.
    """

    delay_days_by_cohort: Mapping[str, float]
    floor_only_days: Mapping[str, float]
    relapses_beyond_percent_by_cohort: Mapping[str, float]
    relapses_beyond_watch_percent: float
    largest_gap_days: int


def watch_summary(
    cohorts: str | Cohort | Iterable[str | Cohort], days: Collection[int], answer_probability: float = 1.0
) -> WatchSummary:
    """The delay of the floor with these extra ``days``, and of the floor alone, under each cohort.

    One cohort is joined by every cohort that may be a default for the same domain and treatment; several are taken as
    they are. Each delay is over the relapses within the watch.

    >>> summary = watch_summary("mcinnes-2022", watch_days("mcinnes-2022", 6))
    >>> round(summary.relapses_beyond_watch_percent, 2), summary.largest_gap_days
    (0.84, 28)
    """
    if isinstance(cohorts, str | Cohort):
        chosen = _with_eligible(_cohort(cohorts))
    else:
        chosen = [_cohort(cohort) for cohort in cohorts]
    if not chosen:
        raise one_fault("cohorts", "there is none", "at least one")
    extra = tuple(sorted(set(days) - set(FLOOR_DAYS)))
    beyond = {cohort.id: _beyond_percent(cohort) for cohort in chosen}
    return WatchSummary(
        delay_days_by_cohort={it.id: _watch_delay(it, extra, answer_probability) for it in chosen},
        floor_only_days={it.id: _watch_delay(it, (), answer_probability) for it in chosen},
        relapses_beyond_percent_by_cohort=beyond,
        relapses_beyond_watch_percent=beyond[chosen[0].id],
        largest_gap_days=largest_gap((*FLOOR_DAYS, *extra), FLOOR_DAYS[-1]),
    )


@functools.lru_cache(maxsize=1024)
def _watch_delay(cohort: Cohort, extra: tuple[int, ...], answer_probability: float) -> float:
    daily = cohort.daily(FLOOR_DAYS[-1])
    return expected_delay(daily, extra, answer_probability, dict.fromkeys(FLOOR_DAYS, answer_probability))


def _beyond_percent(cohort: Cohort) -> float:
    relapsing = 1.0 - (cohort.never_relapses or 0.0)
    return 100.0 * (relapsing - cohort.cdf(FLOOR_DAYS[-1])) / relapsing


def _with_eligible(cohort: Cohort) -> list[Cohort]:
    others = (load_cohort(name) for name in cohort_names())
    return [
        cohort,
        *(
            other
            for other in others
            if other.default_for
            and other.id != cohort.id
            and (other.domain, other.treatment) == (cohort.domain, cohort.treatment)
        ),
    ]


def _cohort(cohort: str | Cohort) -> Cohort:
    return load_cohort(cohort) if isinstance(cohort, str) else cohort


def _watched(cohort: str | Cohort | Sequence[float]) -> tuple[float, ...]:
    if isinstance(cohort, str | Cohort):
        return _cohort(cohort).daily(FLOOR_DAYS[-1])
    if len(cohort) != FLOOR_DAYS[-1]:
        raise one_fault("cohort", f"chances for {len(cohort)} days", f"chances for {FLOOR_DAYS[-1]} days")
    return tuple(cohort)
