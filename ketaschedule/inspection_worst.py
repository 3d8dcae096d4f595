"""Days that are good under the worst of several cohorts, with a proven bound on what any days could do.

Two players: one picks days, the other a mixture of the cohorts. For every mixture the exact search gives the least
possible delay under it, and no days can have a smaller *worst* delay than that: the mixture proves a bound. Days found
for one mixture are an offer; against all offers so far the hardest mixture is the answer to a small matrix game; and so on
until the bound no longer rises. The best offer, improved by moving single days, is the answer; its distance from the bound is
stated, and is not always 0, because mixing days is not allowed while mixing cohorts is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .inspection_question import Inspection, Question
from .inspection_search import Search

__all__ = ["worst_of"]

_MAX_ROUNDS = 60
_ENOUGH_DAYS = 1e-7
"""Rounds end when the bound is this near to what the offers allow."""

Days = tuple[int, ...]


def worst_of(
    dailies: Sequence[Sequence[float]],
    *,
    check_ins: int | None = None,
    price_days: float | None = None,
    asked: Mapping[int, float] | None = None,
    forbidden: Collection[int] = (),
    min_gap_days: int = 1,
    max_gap_days: int | None = None,
    answer_probability: float = 1.0,
) -> Inspection:
    """Days whose delay under the worst of the cohorts is small; ``gap_days`` says how far from the best at most.

    Arguments as for :func:`~ketaschedule.inspection.best_days`, with one list of daily relapse chances per cohort.

    >>> found = worst_of([[0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1]], check_ins=1)
    >>> found.days, round(found.delay_days, 2), found.gap_days >= 0
    ((2,), 0.8, True)
    """
    question = Question.of(
        {f"dailies[{number}]": daily for number, daily in enumerate(dailies)},
        check_ins=check_ins,
        price_days=price_days,
        asked={} if asked is None else asked,
        forbidden=forbidden,
        min_gap_days=min_gap_days,
        max_gap_days=max_gap_days,
        answer_probability=answer_probability,
    )
    searches = [question.search(daily) for daily in question.dailies]
    offers, bound = _offers(question, searches)
    best = min((max(costs), days) for days, costs in offers.items())
    days = _improved(searches, best[1])
    delay = max(search.delay(days) for search in searches)
    return question.answer(days, delay, bound)


def _offers(question: Question, searches: Sequence[Search]) -> tuple[dict[Days, list[float]], float]:
    """Days that are best for some mixture, with their cost under each cohort, and the best bound found."""
    price = question.price_days or 0.0
    offers: dict[Days, list[float]] = {}
    bound = 0.0
    corners = [[float(i == j) for j in range(len(searches))] for i in range(len(searches))]
    for round_number in range(_MAX_ROUNDS):
        if round_number < len(corners):
            weights = corners[round_number]
        else:
            weights, value = _hardest(list(offers.values()))
            if value <= bound + _ENOUGH_DAYS:
                break
        shares = [
            sum(weight * search.share[day] for weight, search in zip(weights, searches, strict=True))
            for day in range(1, question.horizon + 1)
        ]
        days, least = question.solve(question.search(shares))
        bound = max(bound, least)
        if days in offers and round_number >= len(corners):
            break
        offers[days] = [search.delay(days) + price * len(days) for search in searches]
    return offers, bound


def _hardest(costs: Sequence[Sequence[float]]) -> tuple[list[float], float]:
    """The mixture of cohorts that makes the best of the offers as costly as can be, and that cost.

    The value of a matrix game by the simplex method: with all costs made positive, maximise the sum of y ≥ 0 (one for each
    offer) such that under each cohort the costs times y are at most 1; the prices of those limits are the mixture.
    Bland's rule (first column that gains, first row of equals) cannot cycle.
    """
    lift = 1.0  # costs are at least 0
    cohorts, offers = len(costs[0]), len(costs)
    rows = [
        [costs[offer][cohort] + lift for offer in range(offers)]
        + [float(cohort == other) for other in range(cohorts)]
        + [1.0]
        for cohort in range(cohorts)
    ]
    gains = [1.0] * offers + [0.0] * (cohorts + 1)
    basis = [offers + cohort for cohort in range(cohorts)]
    while True:
        enter = next((column for column in range(offers + cohorts) if gains[column] > 1e-12), None)
        if enter is None:
            break
        ratios = [
            (row[-1] / row[enter], basis[number], number)
            for number, row in enumerate(rows)
            if row[enter] > 1e-12
        ]
        leave = min(ratios)[2]
        pivot = rows[leave][enter]
        rows[leave] = [value / pivot for value in rows[leave]]
        for number, row in enumerate(rows):
            if number != leave and row[enter]:
                factor = row[enter]
                rows[number] = [a - factor * b for a, b in zip(row, rows[leave], strict=True)]
        factor = gains[enter]
        gains = [a - factor * b for a, b in zip(gains, rows[leave], strict=True)]
        basis[leave] = enter
    prices = [max(0.0, -gain) for gain in gains[offers : offers + cohorts]]
    total = sum(prices)
    return [price / total for price in prices], 1.0 / total - lift


def _improved(searches: Sequence[Search], days: Days) -> Days:
    """Move one day at a time for as long as that makes the worst delay smaller; the limits are kept."""
    ground = searches[0]
    best = max(search.delay(days) for search in searches)
    moved = True
    while moved:
        moved = False
        for i in range(len(days)):
            before = days[i - 1] if i else 0
            after = days[i + 1] if i + 1 < len(days) else ground.horizon
            first = max(before + ground.min_gap if i else 1, ground.back[after])
            last = min(after - ground.min_gap, ground.reach[before])
            for day in range(first, last + 1):
                if ground.allowed[day] and day != days[i]:
                    trial = (*days[:i], day, *days[i + 1 :])
                    worst = 0.0
                    for search in searches:
                        worst = max(worst, search.delay(trial))
                        if worst >= best - 1e-12:
                            break
                    else:
                        days, best, moved = trial, worst, True
    return days
