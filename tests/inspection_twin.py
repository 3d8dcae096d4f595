"""The slow, obvious twin of the search for days: every subset, and the delay as its definition says it."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

from attrs import evolve, frozen

from ketaschedule.inspection import Inspection, best_days

TIE = 1e-9


def delay_by_definition(
    daily: Sequence[float], days: Collection[int], answer_probability: float, asked: Mapping[int, float]
) -> float:
    """For each day of relapse: which question is the first answered one, with what chance, how much later."""
    horizon = len(daily)
    questions = sorted([(day, answer_probability) for day in days] + list(asked.items()))
    expected = 0.0
    for relapse, share in enumerate(daily, start=1):
        silent = 1.0
        for day, chance in questions:
            if relapse <= day < horizon:
                expected += share * silent * chance * (day - relapse)
                silent *= 1.0 - chance
        expected += share * silent * (horizon - relapse)
    return expected / sum(daily)


@frozen(kw_only=True)
class Puzzle:
    """One small question, with or without a number of check-ins."""

    daily: tuple[float, ...]
    check_ins: int | None
    price_days: float | None
    asked: dict[int, float]
    forbidden: frozenset[int]
    min_gap_days: int
    max_gap_days: int | None
    answer_probability: float

    @property
    def horizon(self) -> int:
        return len(self.daily)

    def but(self, **changes: Any) -> Puzzle:
        """The same question with something else in it."""
        return evolve(self, **changes)

    def lawful(self, days: Sequence[int]) -> bool:
        """Whether a choice keeps to the limits, read off from all questions together."""
        if set(days) & (self.forbidden | set(self.asked)):
            return False
        marks = sorted({0, self.horizon, *self.asked, *days})
        if self.max_gap_days is not None and any(b - a > self.max_gap_days for a, b in pairwise(marks)):
            return False
        return all(b - a >= self.min_gap_days for a, b in pairwise(marks) if a in days or b in days)

    def choices(self) -> Iterator[tuple[int, ...]]:
        numbers = range(self.horizon) if self.check_ins is None else [self.check_ins]
        for number in numbers:
            for days in combinations(range(1, self.horizon), number):
                if self.lawful(days):
                    yield days

    def cost(self, days: Sequence[int]) -> float:
        price = (self.price_days or 0.0) * len(days)
        return delay_by_definition(self.daily, days, self.answer_probability, self.asked) + price

    def brute(self) -> tuple[tuple[int, ...], float] | None:
        """The lexicographically earliest of the cheapest choices; None where no choice is lawful."""
        costs = [(self.cost(days), days) for days in self.choices()]
        if not costs:
            return None
        least = min(costs)[0]
        return min(days for cost, days in costs if cost <= least + TIE), least

    def solved(self) -> Inspection:
        return best_days(
            self.daily,
            check_ins=self.check_ins,
            price_days=self.price_days,
            asked=self.asked,
            forbidden=self.forbidden,
            min_gap_days=self.min_gap_days,
            max_gap_days=self.max_gap_days,
            answer_probability=self.answer_probability,
        )


def shares(rng: random.Random, horizon: int) -> tuple[float, ...]:
    """Relapse chances of many kinds: any, in coarse steps (ties), with empty stretches, almost nothing in places."""
    kind = rng.randrange(5)
    if kind == 0:
        raw = [rng.random() for _ in range(horizon)]
    elif kind == 1:
        raw = [float(rng.randrange(4)) for _ in range(horizon)]
    elif kind == 2:
        raw = [1.0] * horizon
    elif kind == 3:
        raw = [rng.choice([0.0, 0.0, 1.0, rng.random()]) for _ in range(horizon)]
    else:
        raw = [rng.random() * rng.choice([1.0, 1.0, 1e-13]) for _ in range(horizon)]
    if sum(raw) <= 1e-6:
        raw[rng.randrange(horizon)] = 1.0
    total = sum(raw) * rng.choice([1.0, 1.0, 2.5])
    return tuple(value / total for value in raw)


def puzzle(rng: random.Random, least: int = 1, most: int = 9) -> Puzzle:
    """A random small question: answer chances below 1, days taken, forbidden days, both limits, number or price."""
    horizon = rng.randint(least, most)
    by_price = rng.random() < 0.3
    taken = rng.choice([0, 0, 1, 2, 3, horizon // 3])
    return Puzzle(
        daily=shares(rng, horizon),
        check_ins=None if by_price else rng.randint(0, min(horizon - 1, 5)),
        price_days=rng.choice([0.0, 0.05, 0.3, 1.0]) if by_price else None,
        asked={rng.randint(1, horizon): rng.choice([1.0, 0.5, 0.0, rng.random()]) for _ in range(taken)},
        forbidden=frozenset(rng.randint(1, horizon + 1) for _ in range(rng.choice([0, 0, 1, 2, 4]))),
        min_gap_days=rng.choice([1, 1, 1, 2, 3]),
        max_gap_days=rng.choice([None, None, 2, 3, 4, 5, 6]),
        answer_probability=rng.choice([1.0, 0.8, 0.5, 0.5, 0.0, rng.random()]),
    )
