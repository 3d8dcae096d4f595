"""What is allowed, what a choice costs, and two choices between which the best one lies.

Put each day in turn on its best place between its neighbours. For sorted days the cost is submodular: the share left over
by relapse day t at the end of day s is ``r ** (number of days in [t, s])``, a convex function of a difference of two counts
that both fall as days move later. Hence (Topkis 1978, Operations Research 26(2):305-321) the best place of one day moves
later when the others do, and

- starting from the earliest feasible days and putting each in turn on its earliest best place never overtakes the answer;
- starting from the latest feasible days and doing the same never falls behind it.

Spacing limits and forbidden days keep this true, because they only say "at least so far", "at most so far" and "not here".
Stopping the sweeps early is allowed: the bracket is wider, the answer the same.

Ties: of all days whose cost is within ``TIE_DAYS`` of the least, the answer is the lexicographically earliest. The lower
sweep therefore takes the earliest place within that tolerance, so that it stays below every tied answer as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

__all__ = ["TIE_DAYS", "Bracket"]

TIE_DAYS = 1e-9
"""Costs (in days) nearer than this are equal."""

_NOISE_DAYS = 1e-12
"""Rounding allowed for in the lower sweep, so that a tied place is not lost to the last bits."""


class Bracket:
    """One question: relapse shares, answer chances and the days that may be chosen.

    ``daily[t-1]`` is the share of relapses on day t (any positive total; scaled to 1). ``answer_probability`` is for the
    days to choose, ``asked`` maps days that are asked anyway to their own answer chance. Everything is checked by the
    caller; here all values are taken to be right.
    """

    def __init__(
        self,
        daily: Sequence[float],
        answer_probability: float,
        asked: Mapping[int, float],
        forbidden: Collection[int],
        min_gap_days: int,
        max_gap_days: int | None,
    ) -> None:
        self.horizon = len(daily)
        total = sum(daily)
        self.share = [0.0, *(value / total for value in daily)]
        self.silence = 1.0 - answer_probability
        self.pass_on = [1.0] * (self.horizon + 1)
        for day, chance in asked.items():
            self.pass_on[day] = 1.0 - chance
        self.min_gap = min_gap_days
        self._places(asked, forbidden)
        self._reaches(asked, self.horizon if max_gap_days is None else max_gap_days)
        self._tails()

    # ---------------------------------------------------------------- what is allowed

    def _places(self, asked: Collection[int], forbidden: Collection[int]) -> None:
        """Which days may be chosen: neither forbidden nor too near the start, the end or a day already asked."""
        horizon, gap = self.horizon, self.min_gap
        allowed = [gap <= day <= horizon - gap for day in range(horizon + 1)]
        for day in forbidden:
            if day <= horizon:
                allowed[day] = False
        for taken in asked:
            for day in range(max(0, taken - gap + 1), min(horizon, taken + gap - 1) + 1):
                allowed[day] = False
        self.allowed = allowed

    def _reaches(self, asked: Collection[int], max_gap: int) -> None:
        """``reach[x]``: the last day that may follow x as the next choice (or as the end) with no gap above the limit.

        Days already asked fill gaps. ``back[y]``: the first day from which y can be reached. Both rise with their argument.
        """
        horizon = self.horizon
        taken = set(asked)
        last_taken = [0] * (horizon + 1)
        for day in range(1, horizon + 1):
            last_taken[day] = day if day in taken else last_taken[day - 1]
        reach = [horizon] * (horizon + 1)
        for day in range(horizon - 1, -1, -1):
            far = min(day + max_gap, horizon)
            step = last_taken[far]
            reach[day] = reach[step] if step > day else far
        back = [0] * (horizon + 1)
        start = 0
        for day in range(horizon + 1):
            while reach[start] < day:
                start += 1
            back[day] = start
        self.reach, self.back = reach, back

    def earliest(self, count: int) -> list[int] | None:
        """The earliest feasible days, each as early as in any feasible choice; None where there are none."""
        days, before = [0] * (count + 1) + [self.horizon], [0]
        while days != before:
            before = list(days)
            for i in range(count, 0, -1):
                days[i] = self._allowed_from(max(days[i], self.back[days[i + 1]]))
            for i in range(1, count + 1):
                days[i] = self._allowed_from(max(days[i], days[i - 1] + self.min_gap))
            if count and days[count] == self.horizon:
                return None
        return days[1:-1] if self.reach[0] >= days[1] else None

    def latest(self, count: int) -> list[int] | None:
        """The latest feasible days, each as late as in any feasible choice; None where there are none."""
        days, before = [0] + [self.horizon] * (count + 1), [0]
        while days != before:
            before = list(days)
            for i in range(1, count + 1):
                days[i] = self._allowed_to(min(days[i], self.reach[days[i - 1]]))
            for i in range(count, 0, -1):
                days[i] = self._allowed_to(min(days[i], days[i + 1] - self.min_gap))
            if count and days[1] == 0:
                return None
        return days[1:-1] if self.reach[days[-2]] >= self.horizon else None

    def _allowed_from(self, day: int) -> int:
        """The first day from this one on that may be chosen; the horizon where there is none."""
        while day < self.horizon and not self.allowed[day]:
            day += 1
        return min(day, self.horizon)

    def _allowed_to(self, day: int) -> int:
        """The last day up to this one that may be chosen; 0 where there is none."""
        while day > 0 and not self.allowed[day]:
            day -= 1
        return max(day, 0)

    def counts(self) -> list[int]:
        """Every number of check-ins that some feasible choice has; for the error that says what would fit."""
        horizon, gap, reach = self.horizon, self.min_gap, self.reach
        ways = [0] * (horizon + 1)
        ways[0] = 1
        found = 0
        for day in range(horizon):
            if not ways[day]:
                continue
            if reach[day] >= horizon:
                found |= ways[day]
            for later in range(day + gap, min(reach[day], horizon - 1) + 1):
                if self.allowed[later]:
                    ways[later] |= ways[day] << 1
        return [number for number in range(found.bit_length()) if found >> number & 1]

    # ---------------------------------------------------------------- what a choice costs

    def delay(self, days: Collection[int]) -> float:
        """The expected delay in days of a choice, straight from the recursion above."""
        chosen = set(days)
        mass = total = 0.0
        for day in range(1, self.horizon):
            mass = (mass + self.share[day]) * self.pass_on[day]
            if day in chosen:
                mass *= self.silence
            total += mass
        return total

    def _tails(self) -> None:
        """What the days without a choice do to the mass.

        ``tail[s]`` is the line of a future without choices from the start of day s. ``rest[x]`` is for the
        ``min_gap_days - 1`` days after a choice on x, on which nothing is asked: the delay that their own relapses have,
        and the mass of these.
        """
        horizon, share, pass_on = self.horizon, self.share, self.pass_on
        tail = [(0.0, 0.0)] * (horizon + 1)
        for day in range(horizon - 1, 0, -1):
            alpha, beta = tail[day + 1]
            alpha = pass_on[day] * (1.0 + alpha)
            tail[day] = (alpha, alpha * share[day] + beta)
        self.tail = tail
        self.rest = [(0.0, 0.0)] * horizon
        for start in range(1, horizon):
            if self.allowed[start]:
                delay = mass = 0.0
                for day in range(start + 1, start + self.min_gap):
                    mass += share[day]
                    delay += mass
                self.rest[start] = (delay, mass)

    # ---------------------------------------------------------------- the bracket

    def bracket(self, count: int) -> tuple[list[int], list[int]] | None:
        """Days below and above the answer, one by one; None where no choice is feasible."""
        low, high = self.earliest(count), self.latest(count)
        if low is None or high is None:
            return None
        # A sweep that moves the days by less than this in all costs more than it saves (measured; the answer is the same).
        worth = self.horizon // 60
        while count:
            before = sum(low)
            self._raise(low)
            if sum(low) - before <= worth:
                break
        while count:
            before = sum(high)
            self._sink(high)
            if before - sum(high) <= worth:
                break
        return low, high

    def _gains(self, mass: float, after: int, before: int, left: float) -> tuple[int, list[float]]:
        """What asking on each day strictly between two questions saves, per answer chance; -1 where not allowed.

        ``mass`` is left after the question on day ``after``; ``left`` is the delay that one unit of mass still has
        in front of it at the end of day ``before`` - 1. Returns the first day of the list and the list.
        """
        share, pass_on, allowed = self.share, self.pass_on, self.allowed
        first = max(after + self.min_gap, self.back[before])
        last = min(before - self.min_gap, self.reach[after])
        ahead = []
        for day in range(before - 1, first - 1, -1):
            ahead.append(left)
            left = 1.0 + pass_on[day] * left
        for day in range(after + 1, first):
            mass = (mass + share[day]) * pass_on[day]
        gains = []
        for day in range(first, last + 1):
            mass += share[day]
            gain = mass * ahead.pop()
            gains.append(gain if allowed[day] else -1.0)
            mass *= pass_on[day]
        return first, gains

    def _walk(self, mass: float, after: int, to: int) -> float:
        """The mass left after a question on day ``to``, from the mass left after the one on day ``after``."""
        for day in range(after + 1, to + 1):
            mass = (mass + self.share[day]) * self.pass_on[day]
        return mass * self.silence

    def _ahead(self, left: float, before: int, to: int) -> float:
        """The delay one unit of mass has in front of it at the end of day ``to`` - 1, a question being on day ``to``."""
        for day in range(before - 1, to, -1):
            left = 1.0 + self.pass_on[day] * left
        return 1.0 + self.silence * left

    def _raise(self, low: list[int]) -> None:
        """One sweep from the last day to the first: each on its earliest place that is best within the tolerance."""
        days = [0, *low, self.horizon]
        masses = [0.0]
        for i in range(1, len(low)):
            masses.append(self._walk(masses[-1], days[i - 1], days[i]))
        slack = TIE_DAYS + _NOISE_DAYS
        answered = 1.0 - self.silence
        left = 1.0
        for i in range(len(low), 0, -1):
            first, gains = self._gains(masses[i - 1], days[i - 1], days[i + 1], left)
            enough = (answered * max(gains) - slack) / answered if answered else -0.5
            enough = max(enough, -0.5)
            place = next(j for j, gain in enumerate(gains) if gain >= enough)
            days[i] = first + place
            left = self._ahead(left, days[i + 1], days[i])
        low[:] = days[1:-1]

    def _sink(self, high: list[int]) -> None:
        """One sweep from the first day to the last: each on its earliest best place."""
        days = [0, *high, self.horizon]
        lefts = [1.0]
        for i in range(len(high), 1, -1):
            lefts.append(self._ahead(lefts[-1], days[i + 1], days[i]))
        mass = 0.0
        for i in range(1, len(high) + 1):
            first, gains = self._gains(mass, days[i - 1], days[i + 1], lefts.pop())
            days[i] = first + gains.index(max(gains))
            mass = self._walk(mass, days[i - 1], days[i])
        high[:] = days[1:-1]
