"""What the command ``watch`` says: the best days, what they are worth beside others, and what that rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, frozen

from ketaschedule.errors import Gather
from ketaschedule.inspection import (
    FLAT_SHARE,
    FLOOR_DAYS,
    Inspection,
    best_days,
    evenly_spaced,
    expected_delay,
    weekly,
)
from ketaschedule.inspection_question import MAX_HORIZON_DAYS, Question
from ketaschedule.relapse import Cohort, cohort_names, load_cohort
from ketaschedule.terminal import Page

__all__ = ["check_numbers", "watch_text"]


@frozen
class _Programme:
    """One way of asking: its days, those of a floor left out, and the expected delay by cohort."""

    name: str
    days: tuple[int, ...]
    delays: Mapping[str, float]


@frozen
class _Ways:
    """The chosen days, as many evenly spaced, weekly asking, and the floor alone where there is one."""

    best: _Programme
    even: _Programme
    weekly: _Programme
    floor: _Programme | None

    def all(self) -> list[_Programme]:
        """In the order of the table."""
        return [self.best, self.even, *([self.floor] if self.floor else []), self.weekly]


def watch_text(
    cohort: Cohort,
    *,
    horizon_days: int = 90,
    check_ins: int = 12,
    answer_probability: float = 1.0,
    min_gap_days: int = 1,
    max_gap_days: int | None = None,
    floor: bool = False,
    page: Page | None = None,
) -> str:
    """The best days and what they are worth, as text for a terminal.

    Raises :class:`InputError` with every fault, and where nothing keeps to the limits, with what would.

    >>> text = watch_text(load_cohort("aan-het-rot-2010"))
    >>> "7 10 13 16 19 22 26 30 35 42 51 65" in text, "1.61" in text
    (True, True)
    """
    page = page if page is not None else Page()
    check_numbers(cohort, horizon_days, check_ins, answer_probability, min_gap_days, max_gap_days)
    asked = (
        dict.fromkeys((day for day in FLOOR_DAYS if day <= horizon_days), answer_probability) if floor else {}
    )
    found = best_days(
        cohort.daily(horizon_days),
        check_ins=check_ins,
        asked=asked,
        min_gap_days=min_gap_days,
        max_gap_days=max_gap_days,
        answer_probability=answer_probability,
    )
    cohorts = [cohort, *(one for one in _eligible() if one.id != cohort.id)]
    ways = _ways(found, cohorts, asked, answer_probability)
    _head(page, cohort, found, check_ins, asked)
    _table(page, cohorts, ways)
    _verdict(page, cohort, ways)
    _small_print(page, cohorts, horizon_days)
    return page.text()


def check_numbers(
    cohort: Cohort, horizon_days: int, check_ins: int, chance: float, least: int, most: int | None
) -> None:
    """Raise with every fault of the numbers; where the horizon is none, the others are judged by the longest."""
    keep = Gather()
    daily = keep(lambda: cohort.daily(horizon_days))
    keep(
        lambda: Question.of(
            {"daily": daily or (1 / MAX_HORIZON_DAYS,) * MAX_HORIZON_DAYS},
            check_ins=check_ins,
            price_days=None,
            asked={},
            forbidden=(),
            min_gap_days=least,
            max_gap_days=most,
            answer_probability=chance,
        )
    )
    keep.end()


def _eligible() -> list[Cohort]:
    """The cohorts that may be a default somewhere."""
    return [cohort for cohort in map(load_cohort, cohort_names()) if cohort.default_for]


def _ways(found: Inspection, cohorts: Sequence[Cohort], asked: Mapping[int, float], chance: float) -> _Ways:
    """Each way of asking, with what it is worth under every cohort."""
    horizon = found.horizon_days

    def way(name: str, days: Collection[int], beside: Mapping[int, float]) -> _Programme:
        delays = {one.id: expected_delay(one.daily(horizon), days, chance, beside) for one in cohorts}
        return _Programme(name, tuple(days), delays)

    plus = "+ " if asked else ""
    alone = way("floor alone", (), asked)
    return _Ways(
        best=way(f"{plus}best{'' if asked else ' days'}", found.days, asked),
        even=way(f"{plus}evenly spaced", _spread(horizon, len(found.days), asked), asked),
        weekly=way("weekly", weekly(horizon), {}),
        floor=evolve(alone, days=tuple(day for day in asked if day < horizon)) if asked else None,
    )


def _spread(horizon: int, count: int, asked: Collection[int]) -> tuple[int, ...]:
    """``count`` days spread evenly over those before the last on which nobody asks yet.

    >>> _spread(90, 5, ()) == evenly_spaced(90, 5), _spread(14, 3, (7,))
    (True, (3, 6, 11))
    """
    free = [day for day in range(1, horizon) if day not in asked]
    return tuple(free[place - 1] for place in evenly_spaced(len(free) + 1, count))


def _head(page: Page, cohort: Cohort, found: Inspection, check_ins: int, asked: Mapping[int, float]) -> None:
    page.line(f"{cohort.id}: {cohort.title}", "bold")
    page.line(cohort.population, indent=2)
    page.heading(
        f"Best days for {check_ins} check-ins, counted from the {cohort.clock.removeprefix('after-').replace('-', ' ')}"
    )
    page.line(" ".join(map(str, found.days)) or "none", "bold", indent=2)
    page.line(f"and a contact on day {found.horizon_days}, the last", indent=2)
    if asked:
        page.line(f"beside the floor: {' '.join(map(str, asked))}", indent=2)
    page.line(f"longest stretch without a question: {found.largest_gap_days} days", indent=2)
    if found.answer_probability < 1:
        page.line(f"each answered with a chance of {found.answer_probability:g}", indent=2)


def _table(page: Page, cohorts: Sequence[Cohort], ways: _Ways) -> None:
    page.heading("Expected days from relapse to the next answered check-in")
    rows = [
        [one.id + ("" if number else " *"), *(f"{way.delays[one.id]:.2f}" for way in ways.all())]
        for number, one in enumerate(cohorts)
    ]
    named = [f"{way.name} ({len(way.days)})" for way in ways.all()]
    widths = [max(len(one.id) for one in cohorts) + 2, *(max(len(name), 6) for name in named)]
    numbers = range(1, len(widths))
    page.columns(rows, widths, head=("cohort", *named), numbers=numbers, indent=2, gap=2)
    page.line(
        "* the cohort that the days were chosen for; the others are those that may be a default", indent=2
    )
    if ways.floor is not None:
        page.line(
            "+ days added to the floor; weekly asking takes its place. In brackets: how many days each has of its own",
            indent=2,
        )
    page.line(f"evenly spaced: {' '.join(map(str, ways.even.days)) or 'none'}", indent=2)


def _verdict(page: Page, cohort: Cohort, ways: _Ways) -> None:
    best, even, plain = (way.delays[cohort.id] for way in (ways.best, ways.even, ways.weekly))
    saved = even - best
    page.heading("What that means")
    if ways.floor is not None:
        alone, asking = ways.floor.delays[cohort.id], len(ways.floor.days) + len(ways.best.days)
        text = (
            f"Added to the floor the best days save {alone - best:.2f} days of {alone:.2f}, as many spread evenly over "
            f"the days that it leaves free {alone - even:.2f}. Asking every week instead, on {len(ways.weekly.days)} days "
            f"rather than {asking}: {plain:.2f} days, against {best:.2f}. Added days make nobody be found later than by "
            "the floor alone, whichever cohort people are like."
        )
    elif saved < FLAT_SHARE * even:
        text = (
            f"This cohort is flat: the best days save {max(0.0, saved):.2f} days over as many evenly spaced ones. "
            "There is nothing to gain by choosing days; asking at regular intervals is as good."
        )
    else:
        text = (
            f"This cohort is peaked: with these days a relapse is found {saved:.2f} days sooner, on average, than "
            f"with as many evenly spaced ones. Asking every week: {plain:.2f} days, against {best:.2f}."
        )
    page.line(text, indent=2)
    worse = [
        f"{name} ({ways.best.delays[name] - delay:.2f} days later)"
        for name, delay in ways.even.delays.items()
        if name != cohort.id and ways.best.delays[name] > delay * (1 + FLAT_SHARE)
    ]
    if worse:
        why = (
            "Later than the floor alone they are for nobody."
            if ways.floor is not None
            else "That is why a plan's watch keeps a floor of plain regular asking and only adds days."
        )
        page.line(
            "If people are not like these, the same days find a relapse later than evenly spaced ones would: "
            f"{', '.join(worse)}. {why}",
            indent=2,
        )


def _small_print(page: Page, cohorts: Sequence[Cohort], horizon: int) -> None:
    page.heading("What it rests on")
    for one in cohorts:
        relapsing = 1.0 - (one.never_relapses or 0.0)
        beyond = 100.0 * (relapsing - one.cdf(horizon)) / relapsing
        how = "our own fit to published figures" if one.ours else "as published"
        if one.id not in cohort_names() or one != load_cohort(one.id):
            how = f"a file of your own, which says that its numbers are {'a fit' if one.ours else 'as published'}"
        why = f"; not a default: {one.not_default_because}" if not one.default_for else ""
        share = "fewer than 1" if beyond < 1 else f"{beyond:.0f}"
        page.line(
            f"{one.id}: {how}; {share} % of its relapses fall after day {horizon} and are found by no check-in "
            f"here{why}",
            indent=2,
            hang=2,
        )
    page.line(
        "Relapses that fall within the horizon are counted. A prompt that is not answered says nothing. One published "
        "group of people is not another, and no cohort says when this person will relapse.",
        indent=2,
    )
