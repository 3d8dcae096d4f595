"""What is asked of the search for days, checked whole, and the answer to it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from .errors import Fault, InputError
from .inspection_search import Search
from .relapse_model import MAX_HORIZON_DAYS

__all__ = ["MAX_HORIZON_DAYS", "Inspection", "Question", "expected_delay", "largest_gap", "number", "whole"]

_SUM_NOISE = 1e-6
"""Shares that were rounded or mixed may add up to this much more than 1."""


@frozen(kw_only=True)
class Inspection:
    """The chosen days and what they are worth.

    ``delay_days``: expected days from relapse to the next answered check-in, over relapses within the horizon (for several
    cohorts: under the worst of them). ``bound_days``: no choice that keeps to the limits can cost less than this.
    ``largest_gap_days``: the longest stretch without a question, days already asked, start and end included.
    """

    days: tuple[int, ...]
    delay_days: float
    bound_days: float
    horizon_days: int
    largest_gap_days: int
    answer_probability: float = 1.0
    price_days: float = 0.0

    @property
    def cost_days(self) -> float:
        """What was made least: the delay, and the price of each check-in where there is one."""
        return self.delay_days + self.price_days * len(self.days)

    @property
    def gap_days(self) -> float:
        """How far above the best possible this may be at most; 0 where it is proven to be the best."""
        return max(0.0, self.cost_days - self.bound_days)


@frozen(kw_only=True)
class Question:
    """Everything that :func:`~ketaschedule.inspection.best_days` is given, once it has been checked."""

    dailies: tuple[tuple[float, ...], ...]
    check_ins: int | None
    price_days: float | None
    asked: Mapping[int, float]
    forbidden: frozenset[int]
    min_gap_days: int
    max_gap_days: int | None
    answer_probability: float

    @classmethod
    def of(
        cls,
        dailies: Mapping[str, Sequence[float]],
        *,
        check_ins: int | None,
        price_days: float | None,
        asked: Mapping[int, float],
        forbidden: Collection[int],
        min_gap_days: int,
        max_gap_days: int | None,
        answer_probability: float,
    ) -> Question:
        """Check all of it; raises :class:`InputError` with every fault. ``dailies`` are named by their paths."""
        faults: list[Fault] = []
        for path, daily in dailies.items():
            faults += _daily_faults(daily, path)
        horizons = [len(daily) for daily in dailies.values()]
        horizon = min(horizons, default=0)
        if not dailies:
            faults.append(Fault("dailies", "there is none", "at least one"))
        elif len(set(horizons)) > 1:
            faults.append(Fault("dailies", f"the horizons differ: {horizons}", "one horizon for all"))
        if (check_ins is None) == (price_days is None):
            text = "neither is given" if check_ins is None else "both are given"
            faults.append(Fault("check_ins", text, "a number of check-ins or a price for each"))
        if check_ins is not None and not (whole(check_ins) and 0 <= check_ins < max(horizon, 1)):
            faults.append(
                Fault("check_ins", f"{check_ins!r} is not possible", f"0 to {max(horizon - 1, 0)}, one a day")
            )
        if price_days is not None and not (number(price_days) and price_days >= 0):
            faults.append(Fault("price_days", f"{price_days!r} is no price", "days of delay, 0 or more"))
        faults += _asked_faults(asked, horizon)
        faults += [
            Fault(f"forbidden[{place}]", f"{day!r} is no day", "a whole number, 1 or more")
            for place, day in enumerate(forbidden)
            if not (whole(day) and day >= 1)
        ]
        if not (whole(min_gap_days) and 1 <= min_gap_days <= MAX_HORIZON_DAYS):
            faults.append(
                Fault("min_gap_days", f"{min_gap_days!r} is no spacing", f"1 to {MAX_HORIZON_DAYS} days")
            )
        if max_gap_days is not None and not (whole(max_gap_days) and 1 <= max_gap_days <= MAX_HORIZON_DAYS):
            faults.append(
                Fault("max_gap_days", f"{max_gap_days!r} is no spacing", f"1 to {MAX_HORIZON_DAYS} days")
            )
        faults += _chance_faults(answer_probability, "answer_probability")
        if faults:
            raise InputError(faults)
        return cls(
            dailies=tuple(tuple(float(value) for value in daily) for daily in dailies.values()),
            check_ins=check_ins,
            price_days=None if price_days is None else float(price_days),
            asked={day: float(asked[day]) for day in sorted(asked)},
            forbidden=frozenset(forbidden),
            min_gap_days=min_gap_days,
            max_gap_days=max_gap_days,
            answer_probability=float(answer_probability),
        )

    @property
    def horizon(self) -> int:
        """The last day: a contact there finds what is left."""
        return len(self.dailies[0])

    def search(self, daily: Sequence[float]) -> Search:
        """The search for one relapse curve under the limits of this question."""
        return Search(
            daily, self.answer_probability, self.asked, self.forbidden, self.min_gap_days, self.max_gap_days
        )

    def solve(self, search: Search) -> tuple[tuple[int, ...], float]:
        """The best days and the least cost; raises :class:`InputError` where nothing keeps to the limits."""
        found = (
            search.choose(self.check_ins)
            if self.check_ins is not None
            else search.choose_priced(self.price_days or 0.0)
        )
        if found is None:
            raise InputError([self._misfit(search)])
        return found

    def answer(self, days: tuple[int, ...], delay: float, bound: float | None = None) -> Inspection:
        """The answer to this question; without a bound it is proven to be the best."""
        price = self.price_days or 0.0
        return Inspection(
            days=days,
            delay_days=delay,
            bound_days=delay + price * len(days) if bound is None else bound,
            horizon_days=self.horizon,
            largest_gap_days=largest_gap((*days, *self.asked), self.horizon),
            answer_probability=self.answer_probability,
            price_days=price,
        )

    def _misfit(self, search: Search) -> Fault:
        counts = search.counts()
        if not counts:
            text = "no choice of days keeps to the spacing limits and the forbidden days"
            return Fault(
                "max_gap_days", text, "a larger greatest spacing, or fewer forbidden days", "infeasible"
            )
        allowed = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
        text = f"{self.check_ins} do not fit between the spacing limits and the forbidden days"
        return Fault("check_ins", text, allowed, "infeasible")


def expected_delay(
    daily: Sequence[float],
    days: Collection[int],
    answer_probability: float = 1.0,
    asked: Mapping[int, float] | None = None,
) -> float:
    """The expected days from relapse to the next answered check-in, for check-ins on these ``days``.

    ``daily[t-1]`` is the chance of relapse on whole day t; ``asked`` maps further days to their own answer chance. A relapse
    is found at the first answered check-in on its day or later, at the latest on the last day of the horizon; the
    expectation is over relapses within it. Raises :class:`InputError` with every fault.

    >>> expected_delay([0.25, 0.25, 0.25, 0.25], [2])
    0.5
    """
    asked = {} if asked is None else asked
    horizon = len(daily)
    faults = [*_daily_faults(daily, "daily"), *_chance_faults(answer_probability, "answer_probability")]
    faults += _asked_faults(asked, horizon)
    for place, day in enumerate(days):
        if not (whole(day) and 1 <= day <= horizon):
            faults.append(Fault(f"days[{place}]", f"{day!r} is no day of the horizon", f"1 to {horizon}"))
        elif day in asked:
            faults.append(Fault(f"days[{place}]", f"day {day} is asked already", "each day once"))
    if len(set(days)) != len(days):
        faults.append(Fault("days", "a day stands there twice", "each day once"))
    if faults:
        raise InputError(faults)
    return Search(daily, answer_probability, asked, (), 1, None).delay(days)


def largest_gap(days: Collection[int], horizon: int) -> int:
    """The longest stretch between two of these days, start (day 0) and end included.

    >>> largest_gap([7, 21], 30)
    14
    """
    sorted_days = sorted({0, *days, horizon})
    return max((later - earlier for earlier, later in itertools.pairwise(sorted_days)), default=0)


def whole(value: object) -> bool:
    """Whether it is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: object) -> bool:
    """Whether it is a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _chance_faults(value: float, path: str) -> list[Fault]:
    if number(value) and 0 <= value <= 1:
        return []
    return [Fault(path, f"{value!r} is not a probability", "0 to 1")]


def _daily_faults(daily: Sequence[float], path: str) -> list[Fault]:
    if not 1 <= len(daily) <= MAX_HORIZON_DAYS:
        return [Fault(path, f"a horizon of {len(daily)} days", f"1 to {MAX_HORIZON_DAYS}", "limit")]
    faults = []
    for place, value in enumerate(daily):
        faults += _chance_faults(value, f"{path}[{place}]")
        if len(faults) == 20:  # a wrong list is wrong throughout: enough to see what is the matter
            return faults
    if not faults:
        total = math.fsum(daily)
        if total <= 0:
            faults.append(Fault(path, "there is no relapse within the horizon", "a positive sum"))
        elif total > 1 + _SUM_NOISE:
            faults.append(Fault(path, f"the chances add up to {total:g}", "at most 1"))
    return faults


def _asked_faults(asked: Mapping[int, float], horizon: int) -> list[Fault]:
    faults = []
    for day, chance in asked.items():
        if not (whole(day) and 1 <= day <= horizon):
            faults.append(Fault(f"asked.{day!r}", "no day of the horizon", f"1 to {horizon}"))
        faults += _chance_faults(chance, f"asked.{day!r}")
    return faults
