"""Relapse over time: one pass over answers and events, by the rules T7 to T10 and T13.

``level`` follows the relapse threshold alone: 0 not met, 1 met, 2 met twice as the rule asks, or an event.
It depends on each answer in one direction only: a worse one never lowers it. The *name* (suspected,
confirmed, recurrence) also asks that there was an improvement to lose: an answer short of the threshold, or
a response. Who responded and yet stayed at the threshold, as from 24 points to 12, loses it by the change
that matters from the best answer: the threshold alone would tell nothing of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pendulum
from attrs import Factory, frozen, mutable

from ketaschedule.days import instant_key, iso
from ketaschedule.history import ClinicalEvent, ReviewHeld
from ketaschedule.instrument import Instrument, RelapseThreshold, Total
from ketaschedule.reasons import Reason
from ketaschedule.trajectory_observations import Observation
from ketaschedule.trajectory_rules import FRESH_DAYS, Chosen

__all__ = ["Crossing", "RelapseState", "crosses", "follow", "relapse_events"]

Named = Literal["none", "suspected", "confirmed", "recurrence"]


@frozen(kw_only=True)
class Crossing:
    """An answer that first suggests a relapse (``rule`` T7), or that confirms it (T8): when, and on which instrument.

    ``points`` is the total, or, where answers are missing, the least severe total they allow: that too is
    at or beyond the threshold. ``checkin`` is the key of the check-in (or the id of the review).
    """

    at: pendulum.DateTime
    instrument: str
    points: int
    rule: str
    checkin: str
    day: int


@frozen(kw_only=True)
class RelapseState:
    """Where the relapse rules stand after the last answer and event.

    ``crossing`` is the first crossing of the suspicion that is open now; ``crossings`` all first ones so
    far; ``confirmations`` the answers that named a relapse; ``named_at`` the instants at which one was named.
    """

    level: int
    name: Named
    crossing: Crossing | None
    crossings: tuple[Crossing, ...]
    confirmations: tuple[Crossing, ...]
    named_at: tuple[pendulum.DateTime, ...]
    reasons: tuple[Reason, ...]


def crosses(instrument: Instrument, threshold: RelapseThreshold | None, one: Observation) -> bool | None:
    """Whether an answer is at or beyond the threshold; ``None`` where its missing answers leave it open."""
    if threshold is None:
        return None
    if isinstance(one.score, Total):
        return threshold.met(one.score.points)
    mild, severe = _mild_and_severe(instrument, one)
    if threshold.met(mild):
        return True
    return None if threshold.met(severe) else False


def relapse_events(
    clinical: Sequence[ClinicalEvent], reviews: Sequence[ReviewHeld]
) -> tuple[tuple[pendulum.DateTime, str, bool], ...]:
    """What names or ends a relapse besides answers: (instant, what, named) in order of time.

    Every admission and every attempt counts (the record does not say what an admission was for), and so
    does a review whose findings say ``relapse: yes``. ``relapse: no``, ``remission: yes`` and
    ``response: yes`` are a clinician's word that it is over.
    """
    found = [(one.at, one.kind, True) for one in clinical if one.kind in ("admission", "attempt")]
    for review in reviews:
        findings = review.findings or {}
        if _says(findings.get("relapse"), yes=True):
            found.append((review.at, "a clinician's word", True))
        elif _says(findings.get("relapse"), yes=False) or any(
            _says(findings.get(key), yes=True) for key in ("remission", "response")
        ):
            found.append((review.at, "a clinician's word", False))
    return tuple(sorted(set(found), key=lambda one: (instant_key(one[0]), one[2], one[1])))


def _says(value: object, *, yes: bool) -> bool:
    return value is yes or (isinstance(value, str) and value.strip().lower() == ("yes" if yes else "no"))


def _mild_and_severe(instrument: Instrument, one: Observation) -> tuple[int, int]:
    low, high = one.score.at_least, one.score.at_most
    return (low, high) if instrument.worse == "higher" else (high, low)


@mutable
class _Pass:
    """What is remembered from one answer to the next."""

    improved: bool
    baseline: int | None = None
    best: int | None = None  # the least severe total since baseline
    responded: bool = False
    back: list[Observation] = Factory(list)  # answers that lost a response, none that kept it since
    run: list[Observation] = Factory(list)  # answers at the threshold, none short of it since
    short: list[Observation] = Factory(list)  # answers short of it, none at it since
    met: bool = False
    name: Named = "none"
    crossing: Crossing | None = None
    crossings: list[Crossing] = Factory(list)
    confirmations: list[Crossing] = Factory(list)
    named_at: list[pendulum.DateTime] = Factory(list)
    held_from: int | None = None  # the day on which the present remission was first seen
    held_to: int = 0
    recovered: bool = False
    why: Reason | None = None


def follow(
    instrument: Instrument,
    chosen: Chosen,
    baseline: Observation | None,
    later: Sequence[Observation],
    events: Sequence[tuple[pendulum.DateTime, str, bool]],
) -> RelapseState:
    """Follow the relapse rules over the answers after the first dose and the events, in order of time."""
    improved = baseline is not None and crosses(instrument, chosen.relapse, baseline) is False
    start = baseline.points if baseline is not None else None
    state = _Pass(improved=improved, baseline=start, best=start)
    steps: list[Observation | tuple[pendulum.DateTime, str, bool]] = [*later, *events]
    for step in sorted(steps, key=_instant):  # at one instant the answers come first
        if isinstance(step, Observation):
            _answer(state, instrument, chosen, step, can_recover=baseline is not None)
        else:
            _event(state, step)
    level = 2 if state.met else int(bool(state.run))
    return RelapseState(
        level=level,
        name=state.name,
        crossing=state.crossing,
        crossings=tuple(state.crossings),
        confirmations=tuple(state.confirmations),
        named_at=tuple(state.named_at),
        reasons=(state.why,) if state.why else (),
    )


def _instant(step: Observation | tuple[pendulum.DateTime, str, bool]) -> int:
    return step.at_key if isinstance(step, Observation) else instant_key(step[0])


def _answer(
    state: _Pass, instrument: Instrument, chosen: Chosen, one: Observation, *, can_recover: bool
) -> None:
    threshold = chosen.relapse
    over = crosses(instrument, threshold, one)
    if can_recover:
        _hold(state, chosen, one)
    if threshold is None or over is None:
        return
    if over:
        _over(state, instrument, chosen, threshold, one)
        return
    state.improved = True
    state.run = []
    state.short.append(one)
    if state.name == "suspected":
        state.name, state.crossing, state.why = "none", None, None
    if state.met and one.day - state.short[0].day >= threshold.min_days:
        _end(state)


def _over(
    state: _Pass, instrument: Instrument, chosen: Chosen, threshold: RelapseThreshold, one: Observation
) -> None:
    """An answer at the threshold: it counts for the level, and for the name where an improvement is lost."""
    state.run.append(one)
    state.short = []
    lost = state.improved or _response_lost(state, instrument, chosen, one)
    if lost:
        state.back.append(one)
        if state.name == "none":
            _suspect(state, instrument, threshold, one)
    elif _kept(state, instrument, chosen, one):
        state.back = []
        if state.name == "suspected":
            state.name, state.crossing, state.why = "none", None, None
    if _earlier(threshold, state.run, one) is not None:
        state.met = True
    earlier = _earlier(threshold, state.run if state.improved else state.back, one)
    if lost and earlier is not None and state.name == "suspected":
        state.confirmations.append(_crossing(instrument, one, "T8"))
        _name(state, one.at, _confirmed(threshold, earlier, one))


def _earlier(
    threshold: RelapseThreshold, answers: Sequence[Observation], one: Observation
) -> Observation | None:
    """The first of ``answers`` as far from ``one`` as confirmation asks."""
    for first in answers:
        if threshold.visits == 1 or threshold.min_days <= one.day - first.day <= threshold.max_days:
            return first
    return None


def _response_lost(state: _Pass, instrument: Instrument, chosen: Chosen, one: Observation) -> bool:
    """Whether a response was there before and this answer is worse than the best by the change that matters."""
    if not state.responded or state.best is None or chosen.change is None:
        return False
    mild, _ = _mild_and_severe(instrument, one)
    return chosen.change.reached(state.best, _worse_by(instrument, state.best, mild))


def _kept(state: _Pass, instrument: Instrument, chosen: Chosen, one: Observation) -> bool:
    """Remember a total at the threshold: whether it is certain that no response was lost by it."""
    if one.points is None or state.best is None or state.baseline is None:
        return False
    if _worse_by(instrument, state.best, one.points) < 0:
        state.best = one.points
    better = _worse_by(instrument, one.points, state.baseline)
    if chosen.response is not None and better * 100 >= chosen.response.percent * state.baseline > 0:
        state.responded = True
    return True


def _worse_by(instrument: Instrument, start: int, points: int) -> int:
    return points - start if instrument.worse == "higher" else start - points


def _hold(state: _Pass, chosen: Chosen, one: Observation) -> None:
    """Remission held since when (T10): broken by an answer that is not in remission, and by silence."""
    if chosen.remission is None or one.points is None:
        return
    if not chosen.remission.met(one.points):
        state.held_from = None
        return
    if state.held_from is None or one.day - state.held_to > FRESH_DAYS:
        state.held_from = one.day
    state.held_to = one.day
    if one.day - state.held_from >= chosen.recovery.days:
        state.recovered = True


def _suspect(state: _Pass, instrument: Instrument, threshold: RelapseThreshold, one: Observation) -> None:
    state.name, state.crossing = "suspected", _crossing(instrument, one, "T7")
    state.crossings.append(state.crossing)
    points = state.crossing.points
    inputs = {"points": points, "threshold": f"{threshold.op} {threshold.points}", "checkin": one.key}
    text = f"at the relapse threshold on {one.at.date().isoformat()}: {points} points"
    if not state.improved:
        text += f", after a response that had brought {state.best}"
    state.why = Reason("T7", inputs, text, threshold.source.id)


def _crossing(instrument: Instrument, one: Observation, rule: str) -> Crossing:
    points = one.points if one.points is not None else _mild_and_severe(instrument, one)[0]
    return Crossing(
        at=one.at, instrument=instrument.id, points=points, rule=rule, checkin=one.key, day=one.day
    )


def _confirmed(threshold: RelapseThreshold, earlier: Observation, one: Observation) -> Reason:
    inputs = {"first": iso(earlier.at), "second": iso(one.at), "days": one.day - earlier.day}
    if threshold.visits == 1:
        return Reason("T8", inputs, "one answer at the threshold is enough here", threshold.source.id)
    text = f"at the relapse threshold again after {one.day - earlier.day} days, and never below between"
    return Reason("T8", inputs, text, threshold.days_source.id)


def _event(state: _Pass, event: tuple[pendulum.DateTime, str, bool]) -> None:
    at, what, named = event
    if not named:
        _end(state)
        return
    state.met = True
    state.short = []
    _name(state, at, Reason("T9", {"event": what, "at": iso(at)}, f"{what} counts at once", "sustain-1"))


def _name(state: _Pass, at: pendulum.DateTime, why: Reason) -> None:
    if state.name not in ("confirmed", "recurrence"):
        state.name = "recurrence" if state.recovered else "confirmed"
    state.named_at.append(at)
    state.recovered, state.held_from = False, None
    state.why = why


def _end(state: _Pass) -> None:
    """A named relapse is over (T13); a suspicion ends with it."""
    state.met, state.run, state.back, state.why = False, [], [], None
    state.name, state.crossing = "none", None
