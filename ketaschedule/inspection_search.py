"""The exact search behind :mod:`ketaschedule.inspection`: which days make the expected delay least.

Read it with one quantity in mind: the *mass* of relapses not yet found. Each day the mass grows by that day's share of
relapses, a question multiplies it by the chance of no answer, and what is left at the end of the day costs one day of delay:

    mass = (mass + share[t]) * (1 - answer chance on day t);   delay += mass        for t = 1 … H-1

Seen from the other end, a given future costs ``alpha * mass + beta``: a straight line in the mass that enters it. So the best
future from a day on is the least of a few lines, and going through the days backwards while keeping the lines that are least
somewhere between the smallest and the largest mass possible there is exact dynamic programming. It needs to look only
between the two choices that :mod:`ketaschedule.inspection_bracket` proves to lie on either side of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

from .inspection_bracket import TIE_DAYS, Bracket

__all__ = ["Search"]

Line = tuple[float, float]
Lines = list[Line]


class Search(Bracket):
    """The best days of a fixed number, or of any number at a price each."""

    def _asked(self, day: int, lines: Lines) -> Lines:
        """The lines at the start of ``day``, asked on that day, from those at the start of day + min_gap_days."""
        alone, mass = self.rest[day]
        share, silence, gap = self.share[day], self.silence, self.min_gap
        found = []
        for alpha, beta in lines:
            slope = silence * (gap + alpha)
            found.append((slope, slope * share + alone + mass * alpha + beta))
        return found

    def choose(self, count: int) -> tuple[tuple[int, ...], float] | None:
        """The best ``count`` days and the least cost; None where no choice is feasible."""
        bracket = self.bracket(count)
        if bracket is None:
            return None
        low, high = [0, *bracket[0]], [0, *bracket[1]]
        ranges = self._ranges(low[1:], high[1:])
        layers: list[dict[int, Lines]] = [{self.horizon: [(0.0, 0.0)]}]
        end = self.horizon
        for i in range(count, 0, -1):
            window = Window(self, layers[-1], ranges[i], end)
            end = high[i]
            layers.append({})
            for day in range(end, low[i] - 1, -1):
                if self.allowed[day]:
                    lines = window.lines(day + self.min_gap, min(self.reach[day], window.end))
                    layers[-1][day] = self._asked(day, lines)
        lines = Window(self, layers[-1], ranges[0], end).lines(1, end)
        least = _value(lines, 0.0)
        return self._earliest(reversed(layers), least, 0.0), least

    def choose_priced(self, price: float) -> tuple[tuple[int, ...], float] | None:
        """The best days of any number at a price each, and the least of delay + price; None where none is feasible."""
        horizon = self.horizon
        ranges: dict[int, tuple[float, float]] = {}
        least = most = 0.0
        for day in range(1, horizon + 1):
            ranges[day] = (least, most)
            most = (most + self.share[day]) * self.pass_on[day]
            least = (
                (least + self.share[day]) * self.pass_on[day] * (self.silence if self.allowed[day] else 1.0)
            )
        asked: dict[int, Lines] = {horizon: [(0.0, 0.0)]}
        window = Window(self, asked, ranges, horizon)
        for day in range(horizon - 1, 0, -1):
            if self.allowed[day]:
                lines = self._asked(day, window.lines(day + self.min_gap, self.reach[day]))
                asked[day] = [(alpha, beta + price) for alpha, beta in lines]
        lines = window.lines(1, self.reach[0])
        if not lines:
            return None
        best = _value(lines, 0.0)
        return self._earliest(repeat(asked), best, price), best

    def _ranges(self, low: Sequence[int], high: Sequence[int]) -> list[dict[int, tuple[float, float]]]:
        """By number of days chosen so far and by day: the least and the greatest mass that can enter that day."""
        share, pass_on, silence, gap = self.share, self.pass_on, self.silence, self.min_gap
        found: list[dict[int, tuple[float, float]]] = []
        entering: dict[int, tuple[float, float]] = {1: (0.0, 0.0)}
        bottom = 1
        for i, top in enumerate([*high, self.horizon]):
            ranges: dict[int, tuple[float, float]] = {}
            least, most = 1.0, 0.0
            for day in range(bottom, top + 1):
                if day != bottom:
                    kept, today = pass_on[day - 1], share[day - 1]
                    least, most = kept * (least + today), kept * (most + today)
                if day in entering:
                    least, most = min(least, entering[day][0]), max(most, entering[day][1])
                ranges[day] = (least, most)
            found.append(ranges)
            if i < len(low):
                entering = {}
                for day in range(low[i], top + 1):
                    if self.allowed[day]:
                        mass = self.rest[day][1]
                        least, most = (silence * (value + share[day]) + mass for value in ranges[day])
                        entering[day + gap] = (least, most)
                bottom = low[i] + gap
        return found

    def _earliest(self, layers: Iterable[Mapping[int, Lines]], least: float, price: float) -> tuple[int, ...]:
        """The lexicographically earliest choice whose cost is within the tie tolerance of the least.

        A layer says what the futures that begin with a question on a day cost; a layer with the end among its days may
        stop. A shorter choice comes before a longer one that begins with it.
        """
        share, pass_on, horizon = self.share, self.pass_on, self.horizon
        days: list[int] = []
        cost = mass = 0.0
        last = 0
        for asked in layers:
            alpha, beta = self.tail[last + 1]
            stopped = cost + alpha * mass + beta
            if horizon in asked and self.reach[last] >= horizon and stopped <= least + TIE_DAYS:
                break
            for day in range(last + 1, horizon):
                lines = asked.get(day) if last + self.min_gap <= day <= self.reach[last] else None
                if lines and cost + _value(lines, mass) <= least + TIE_DAYS:
                    last = day
                    break
                mass = (mass + share[day]) * pass_on[day]
                cost += mass
            days.append(last)
            mass = (mass + share[last]) * self.silence
            cost += mass + price
        return tuple(days)


class Window:
    """The least cost of a future whose next question lies in a window of days, as the window moves down.

    ``asked[y]`` holds the lines at the start of day y of the futures that begin with a question on y. Days are joined by
    passing the days between. A queue of two stacks makes each move cheap on average: ``front`` is the window below a pivot,
    kept by scanning downwards; ``back`` the window from the pivot up, kept for each of its possible ends.
    """

    def __init__(
        self, search: Search, asked: Mapping[int, Lines], ranges: Mapping[int, tuple[float, float]], end: int
    ) -> None:
        self.search, self.asked, self.ranges, self.end = search, asked, ranges, end
        self.pivot = self.start = end + 1
        self.front: Lines = []
        self.back: list[tuple[int, Lines]] = []
        self.between = (0.0, 1.0, 0.0, 0.0)

    def lines(self, start: int, end: int) -> Lines:
        """The lines at the start of day ``start`` over next questions on start … end; neither may rise between calls."""
        while self.back and self.back[-1][0] > end:
            self.back.pop()
        if end < self.pivot - 1:
            self._turn(end)
        self._grow(start)
        found = self.front
        if self.back:
            per_mass, kept, alone, mass = self.between
            passed = [(per_mass + kept * a, alone + mass * a + b) for a, b in self.back[-1][1]]
            found = _least(found + passed, *self.ranges[start])
        return found

    def _turn(self, end: int) -> None:
        """The front holds days past the window's end: make it the back, one entry for each end it may have.

        On none of these days anything is asked anyway: while such a day is in reach it carries the end along with it, so
        an end that comes down leaves none behind. Every day between is passed as it is.
        """
        share = self.search.share
        self.pivot = self.start = min(self.start, end + 1)
        self.front, self.back, self.between = [], [], (0.0, 1.0, 0.0, 0.0)
        per_mass = alone = mass = 0.0
        joined: Lines = []
        for day in range(self.pivot, end + 1):
            lines = self.asked.get(day)
            if lines:
                joined = joined + [(per_mass + a, alone + mass * a + b) for a, b in lines]
                joined = _least(joined, *self.ranges[self.pivot])
                self.back.append((day, joined))
            mass += share[day]
            per_mass += 1.0
            alone += mass

    def _grow(self, start: int) -> None:
        """Take in the days from the present start down to ``start``."""
        search, asked = self.search, self.asked
        per_mass, kept, alone, mass = self.between
        lines = self.front
        for day in range(self.start - 1, start - 1, -1):
            passing, today = search.pass_on[day], search.share[day]
            passed = []
            for alpha, beta in lines:
                slope = passing * (1.0 + alpha)
                passed.append((slope, slope * today + beta))
            here = asked.get(day)
            if here:
                passed += here
            lines = _least(passed, *self.ranges[day]) if len(passed) > 1 else passed
            kept *= passing
            mass += kept * today
            per_mass = passing * (1.0 + per_mass)
            alone += per_mass * today
        self.front, self.start = lines, start
        self.between = (per_mass, kept, alone, mass)


def _value(lines: Lines, mass: float) -> float:
    """The least of the lines at one mass."""
    return min(alpha * mass + beta for alpha, beta in lines)


def _least(lines: Lines, least: float, most: float) -> Lines:
    """The lines that are least somewhere between two masses (a lower hull); the order of the rest does not matter.

    A line is named by its values at both ends. One that is least at both ends is least between them.
    """
    if most - least <= 0.0:
        return [min(lines, key=lambda line: line[0] * least + line[1])]
    ends = sorted((alpha * least + beta, alpha * most + beta, alpha, beta) for alpha, beta in lines)
    hull = [ends[0]]
    for line in ends[1:]:
        if line[1] >= hull[-1][1]:
            continue
        while len(hull) > 1:
            (a0, a1, _, _), (b0, b1, _, _) = hull[-2], hull[-1]
            # the middle one of three is nowhere least if it lies above the chord of its neighbours
            if (b0 - a0) * (a1 - line[1]) < (a1 - b1) * (line[0] - a0):
                break
            hull.pop()
        hull.append(line)
    return [(alpha, beta) for _, _, alpha, beta in hull]
