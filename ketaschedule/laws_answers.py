"""Laws of answers over time: totals, baseline, change, response, remission, deterioration, worsening, by plain sums.

The twin knows forms whose total is the plain sum of their items (PHQ-9, GAD-7, WHO-5 as raw points) and looks at
whole forms, each in one piece; what it does not know it does not judge.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from .history import DoseFact
from .instrument import Instrument, load_instrument
from .laws_form import Where, law
from .plan import Plan
from .times import instant_key
from .trajectory import Trajectory

__all__ = [
    "absence_has_a_name",
    "baseline_before_first_dose",
    "change_from_baseline",
    "crossings_are_at_threshold",
    "response_and_remission",
    "totals_are_sums",
    "worse_by_the_change_that_matters",
]

_SUMS = {"phq-9": 9, "gad-7": 7}
"""Forms whose total is the sum of this many items of 0 to 3."""
FRESH = 42


@frozen
class Seen:
    """One whole form: when (UTC seconds), on which local day, its total, and where it came from."""

    at: int
    day: int
    points: int
    key: str


def _plain(plan: Plan, name: str) -> list[Seen] | None:
    """Every whole form of an instrument in order; absent where a form came in pieces or the twin cannot judge it."""
    events = [event for event in plan.folded.answers if name in event.answers]
    if name not in _SUMS or plan.folded.reviews or len({event.checkin for event in events}) < len(events):
        return None
    if any(instant_key(event.at) > plan.now for event in events):
        return None
    seen: list[Seen] = []
    for event in events:
        values = _whole(event.answers[name], _SUMS[name])
        if values is None:
            return None
        at = instant_key(event.at)
        seen.append(Seen(at, plan.person.day_of(at), sum(values), event.checkin))
    return sorted(seen, key=lambda one: (one.at, one.key))


def _whole(items: Mapping[str, object], count: int) -> list[int] | None:
    values = [items.get(str(number)) for number in range(1, count + 1)]
    found = [value for value in values if type(value) is int and 0 <= value <= 3]
    return found if len(found) == count == len(items) else None


def _first_dose(plan: Plan) -> int | None:
    return next((dose.key for dose in plan.folded.doses if isinstance(dose.event, DoseFact)), None)


def _today(plan: Plan) -> int:
    return plan.person.day_of(plan.now)


def _judged(plan: Plan) -> list[tuple[Trajectory, Instrument, list[Seen], int | None]]:
    found = []
    for one in plan.trajectories:
        seen = _plain(plan, one.instrument)
        if seen is not None:
            found.append((one, load_instrument(one.instrument), seen, _first_dose(plan)))
    return found


def _split(seen: list[Seen], dose: int | None) -> tuple[Seen | None, list[Seen]]:
    """(baseline, answers from the first dose on)."""
    before = seen if dose is None else [one for one in seen if one.at < dose]
    return (before[-1] if before else None), ([] if dose is None else [one for one in seen if one.at >= dose])


@law(60, "plan", "T1", "T2")
def totals_are_sums(plan: Plan) -> Where:
    """The latest whole form has the plain sum of its items as its points."""
    for one, _, seen, _ in _judged(plan):
        expected = seen[-1].points if seen else None
        if one.latest_points != expected:
            yield one.instrument, f"latest is {one.latest_points} points, the items sum to {expected}"


@law(61, "plan", "T3")
def baseline_before_first_dose(plan: Plan) -> Where:
    """The baseline is the last whole form before the first dose, and no later one."""
    for one, _, seen, dose in _judged(plan):
        baseline, _ = _split(seen, dose)
        expected = None if baseline is None else baseline.points
        if one.baseline_points != expected:
            yield one.instrument, f"baseline is {one.baseline_points} points, and should be {expected}"


@law(62, "plan", "T4")
def change_from_baseline(plan: Plan) -> Where:
    """Change is the latest points less those at baseline, in per cent of baseline; from a baseline of 0 there is
    none.
    """
    for one, _, seen, dose in _judged(plan):
        baseline, later = _split(seen, dose)
        expected = None
        if baseline is not None and later and baseline.points:
            expected = 100 * (later[-1].points - baseline.points) / baseline.points
        both = one.change_percent is not None and expected is not None
        if (one.change_percent is None) != (expected is None) or (
            both and abs((one.change_percent or 0) - (expected or 0)) > 1e-9
        ):
            yield one.instrument, f"change is {one.change_percent} per cent, and should be {expected}"


@law(63, "plan", "T5", "T6", "T14")
def response_and_remission(plan: Plan) -> Where:
    """Response is half the baseline gone, remission a total of the instrument's threshold, from an answer of the last
    42 days; else unknown.
    """
    for one, instrument, seen, dose in _judged(plan):
        baseline, later = _split(seen, dose)
        now = later[-1] if later and _today(plan) - later[-1].day <= FRESH else None
        response = remission = "unknown"
        wanted = next((rule for rule in instrument.response if rule.default), None)
        limit = next((rule for rule in instrument.remission if rule.default), None)
        if baseline is not None and now is not None:
            if wanted is not None and baseline.points:
                gone = 100 * (baseline.points - now.points) >= wanted.percent * baseline.points
                response = "yes" if gone else "no"
            if limit is not None:
                bounds = {"<": now.points < limit.points, "<=": now.points <= limit.points}
                remission = "yes" if bounds[limit.op] else "no"
        if one.response != response:
            yield one.instrument, f"response is {one.response}, and should be {response}"
        if one.remission != remission:
            yield one.instrument, f"remission is {one.remission}, and should be {remission}"


@law(64, "plan", "T11", "T12")
def worse_by_the_change_that_matters(plan: Plan) -> Where:
    """Deterioration is the change that matters from baseline, worsening the same from the best whole form since; without
    either there is no yes.
    """
    for one, instrument, seen, dose in _judged(plan):
        baseline, later = _split(seen, dose)
        now = later[-1] if later and _today(plan) - later[-1].day <= FRESH else None
        change = next((rule for rule in instrument.change if rule.default), None)
        if change is None:
            continue
        for name, told, start in (
            ("deterioration", one.deterioration, None if baseline is None else baseline.points),
            ("worsening", one.worsening, _best(baseline, later)),
        ):
            expected = "unknown"
            if now is not None and start is not None:
                expected = "yes" if change.reached(start, now.points - start) else "no"
            if told != expected:
                yield one.instrument, f"{name} is {told}, and should be {expected}"


def _best(baseline: Seen | None, later: list[Seen]) -> int | None:
    totals = [one.points for one in later[:-1]] + ([baseline.points] if baseline is not None else [])
    return min(totals, default=None)


@law(65, "plan", "T7", "T8")
def crossings_are_at_threshold(plan: Plan) -> Where:
    """A suspicion opens at an answer at or beyond the relapse threshold and ends with one short of it; the level is at
    least 1 while the latest answer is at it.
    """
    for one, instrument, seen, dose in _judged(plan):
        limit = next((rule for rule in instrument.relapse if rule.default), None)
        if limit is None:
            continue
        _, later = _split(seen, dose)
        points = {(it.key, it.at): it.points for it in seen}
        for crossing in one.crossings:
            total = points.get((crossing.checkin, instant_key(crossing.at)))
            if total is not None and total < limit.points:
                yield one.instrument, f"a crossing at {total} points, below {limit.points}"
        if not later:
            continue
        at_it = later[-1].points >= limit.points
        if at_it and one.relapse_level == 0:
            yield one.instrument, f"{later[-1].points} points are at the threshold, and the level is 0"
        if not at_it and one.relapse == "suspected":
            yield (
                one.instrument,
                f"{later[-1].points} points are short of {limit.points}, and still suspected",
            )
        yield from _opened(one, seen, later, limit.points, plan)


def _opened(one: Trajectory, seen: list[Seen], later: list[Seen], limit: int, plan: Plan) -> Where:
    """The first answer at the threshold after one that was short of it is a crossing."""
    if plan.folded.clinical:
        return
    started = [it for it in seen if it not in later][-1:]
    for before, after in zip([*started, *later], [*started, *later][1:], strict=False):
        if before.points < limit <= after.points:
            if after.key not in {crossing.checkin for crossing in one.crossings} and not one.relapses_at:
                yield one.instrument, f"{before.points} then {after.points} points, and no crossing"
            return


@law(66, "plan", "T2", "T3")
def absence_has_a_name(plan: Plan) -> Where:
    """Without an answer, a first dose, a baseline or a recent answer the state says which is missing."""
    for one, _, seen, dose in _judged(plan):
        baseline, later = _split(seen, dose)
        if one.relapse in ("suspected", "confirmed", "recurrence"):
            continue
        expected = None
        if not seen:
            expected = "not-answered"
        elif dose is None:
            expected = "before-first-dose"
        elif not later:
            expected = "no-baseline" if baseline is None else "baseline"
        elif _today(plan) - later[-1].day > FRESH:
            expected = "unknown"
        if expected is not None and one.state != expected:
            yield one.instrument, f"the state is {one.state}, and should be {expected}"
