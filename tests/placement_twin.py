"""The slow, obvious twin of `ketaschedule.placement`: it writes down every lawful placing and takes the best.

Written from the statement of the rules alone. It looks at whole assignments, knows no dynamic programming, and
does not share a line with the package but the `Slot` and `Placed` classes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from datetime import date

from attrs import evolve, field, frozen

from ketaschedule.placement import Outside, Placed, Slot, place

Days = tuple[int | None, ...]


@frozen
class Case:
    """All that one call of `place` is given; ``closed`` lists the closed days."""

    slots: tuple[Slot, ...]
    min_gap: int
    limit: int
    closed: frozenset[int] = frozenset()
    before: int | None = None
    per_week: int | None = None
    week_origin: int = 0
    week_taken: Mapping[int, int] = field(factory=dict)
    preferred: frozenset[int] = frozenset()
    outside: Outside = "later"

    def is_open(self, day: int) -> bool:
        return day not in self.closed

    def placed(self) -> tuple[Placed, ...]:
        """What the package says."""
        return place(
            self.slots,
            open_day=self.is_open,
            min_gap=self.min_gap,
            before=self.before,
            per_week=self.per_week,
            week_origin=self.week_origin,
            week_taken=self.week_taken,
            preferred=self.preferred,
            outside=self.outside,
            limit=self.limit,
        )


def obeys(case: Case, days: Days, kept: frozenset[int]) -> bool:
    """Whether the first ``len(days)`` sessions may be on ``days``, by every hard rule; ``kept`` bookings are fixed."""
    for index, day in enumerate(days):
        slot = case.slots[index]
        if day is None or slot.fact:
            continue
        if index not in kept and day < slot.earliest:
            return False
        if day > case.limit or day in case.closed:
            return False
        if case.before is not None and day - case.before < case.min_gap:
            return False
        for earlier in days[:index]:
            if earlier is not None and day - earlier < case.min_gap:
                return False
        for other in slot.blocked:
            if abs(day - other) < case.min_gap:
                return False
        if case.per_week is not None:
            week = math.floor((day - case.week_origin) / 7)
            first, last = case.week_origin + 7 * week, case.week_origin + 7 * week + 6
            facts = [s.fixed for s in case.slots if s.fact and s.fixed is not None]
            others = [d for i, d in enumerate(days) if d is not None and not case.slots[i].fact]
            in_week = sum(first <= d <= last for d in facts + others) + case.week_taken.get(week, 0)
            if in_week > case.per_week:
                return False
    return True


def lawful(
    case: Case, choices: list[list[int | None]], kept: frozenset[int], days: Days = ()
) -> Iterator[Days]:
    """Every lawful way to give each session one of its choices, in the order of the choices."""
    if len(days) == len(choices):
        yield days
        return
    for day in choices[len(days)]:
        if obeys(case, (*days, day), kept):
            yield from lawful(case, choices, kept, (*days, day))


def bookings_that_stand(case: Case) -> frozenset[int]:
    """In order: a booking stands if some lawful placing of the sessions up to it has it on its day."""
    kept: frozenset[int] = frozenset()
    for index, slot in enumerate(case.slots):
        if slot.fact or slot.fixed is None:
            continue
        trial = kept | {index}
        choices: list[list[int | None]] = []
        for i, earlier in enumerate(case.slots[: index + 1]):
            if earlier.fact or i in trial:
                choices.append([earlier.fixed])
            else:
                found: list[int | None] = list(range(earlier.earliest, slot.fixed + 1))
                choices.append(found if case.outside == "later" else [*found, None])
        if next(lawful(case, choices, trial), None) is not None:
            kept = trial
    return kept


def candidates(case: Case, kept: frozenset[int]) -> list[list[int | None]] | None:
    """The days each session may be given; `None` where some session has no day at all."""
    fixed = [slot.fact or index in kept for index, slot in enumerate(case.slots)]
    if case.outside != "later":
        return [
            [slot.fixed] if is_fixed else [*range(slot.earliest, slot.latest + 1), None]
            for slot, is_fixed in zip(case.slots, fixed, strict=True)
        ]
    anywhere: list[list[int | None]] = [
        [slot.fixed] if is_fixed else list(range(slot.earliest, case.limit + 1))
        for slot, is_fixed in zip(case.slots, fixed, strict=True)
    ]
    soonest = next(lawful(case, anywhere, kept), None)
    if soonest is None:
        return None
    result: list[list[int | None]] = []
    for slot, is_fixed, day in zip(case.slots, fixed, soonest, strict=True):
        assert day is not None
        result.append([slot.fixed] if is_fixed else list(range(slot.earliest, max(slot.latest, day + 6) + 1)))
    return result


def objective(case: Case, days: Days, kept: frozenset[int]) -> tuple[int, int, int, tuple[float, ...]]:
    """Outside the window, off the weekdays, squared distance, and the dates themselves: less is better."""
    outside = off = distance = 0
    for index, (slot, day) in enumerate(zip(case.slots, days, strict=True)):
        if slot.fact or index in kept:
            continue
        if day is None:
            outside += 1
            continue
        if day < slot.earliest or day > slot.latest:
            outside += 1
        if case.preferred and slot.prefer and date.fromordinal(day).weekday() not in case.preferred:
            off += 1
        distance += (day - slot.target) ** 2
    return outside, off, distance, tuple(math.inf if day is None else day for day in days)


def twin(case: Case) -> tuple[Placed, ...] | None:
    """What the rules say; `None` where a session that must be placed has no possible day."""
    kept = bookings_that_stand(case)
    choices = candidates(case, kept)
    if choices is None:
        return None
    best = min(lawful(case, choices, kept), key=lambda days: objective(case, days, kept))
    result = []
    for index, (slot, day) in enumerate(zip(case.slots, best, strict=True)):
        if slot.fact:
            earlier = [s.fixed for s in case.slots[:index] if s.fact] + [case.before]
            comes_before = [d for d in earlier if d is not None and day is not None and d <= day]
        else:
            comes_before = [d for d in (case.before, *best[:index]) if d is not None]
        comes_before += [d for d in slot.blocked if d <= (slot.latest if day is None else day)]
        wished = bool(case.preferred) and slot.prefer
        result.append(
            Placed(
                day=day,
                hard_min=max(comes_before) + case.min_gap if comes_before else None,
                outside=day is None or day not in range(slot.earliest, slot.latest + 1),
                off_preference=wished
                and day is not None
                and date.fromordinal(day).weekday() not in case.preferred,
                released=slot.fixed is not None and not slot.fact and index not in kept,
            )
        )
    return tuple(result)


def random_case(rng: random.Random, most_slots: int = 4) -> Case:
    """A small case in which everything that can matter happens often."""
    origin = 738000 + rng.randrange(7)
    gap = rng.randint(1, 4)
    per_week = rng.choice([None, 1, 2, 3])
    step = rng.randint(1, 6)
    slots = []
    for index in range(rng.randint(1, most_slots)):
        earliest = origin + index * step + rng.randint(-2, 2)
        target = earliest + rng.choice([0, 0, 1, 2, 3])
        slot = Slot(
            earliest, target, target + rng.choice([0, 0, 1, 2, 3]), prefer=index > 0 or rng.random() < 0.5
        )
        luck = rng.random()
        if luck < 0.2:
            slot = evolve(slot, fixed=target + rng.randint(-3, 5))
        elif luck < 0.35:
            slot = evolve(slot, fixed=target + rng.randint(-5, 5), fact=True)
        if rng.random() < 0.15:
            slot = evolve(slot, blocked=tuple(origin + rng.randint(-2, 12) for _ in range(rng.randint(1, 2))))
        slots.append(slot)
    density = rng.choice([0.0, 0.1, 0.3, 0.6, 0.85])
    closed = {day for day in range(origin - 10, origin + 60) if rng.random() < density}
    if rng.random() < 0.3:
        first = origin + rng.randint(-2, 10)
        closed |= set(range(first, first + rng.randint(1, 9)))
    return Case(
        slots=tuple(slots),
        min_gap=gap,
        limit=origin + rng.choice([12, 20, 30]),
        closed=frozenset(closed),
        before=rng.choice([None, origin - rng.randint(0, 5)]),
        per_week=per_week,
        week_origin=origin + rng.choice([0, 0, 0, 3, 30]),
        week_taken={rng.randint(-1, 2): rng.randint(1, 2)} if rng.random() < 0.25 else {},
        preferred=frozenset(rng.sample(range(7), rng.randint(1, 3))) if rng.random() < 0.5 else frozenset(),
        outside=rng.choice(["later", "later", "later", "omit", "ask"]),
    )
