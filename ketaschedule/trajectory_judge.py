"""One question a function: change, response, remission, deterioration, worsening (T3 to T6, T11, T12).

``now`` is the latest answer after the first dose where it is fresh enough to speak for today, else absent.
A question without what it needs is answered ``unknown``, and a reason says what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from ketaschedule.instrument import Change, Instrument
from ketaschedule.reasons import Reason
from ketaschedule.trajectory_observations import Observation
from ketaschedule.trajectory_rules import Chosen

__all__ = ["Judged", "Word", "YesNo", "judge"]

YesNo = Literal["yes", "no", "unknown"]


@frozen
class Word:
    """A clinician's word on worsening: on which day, in seconds since 1970, and what it was."""

    day: int
    second: int
    worse: YesNo


@frozen(kw_only=True)
class Judged:
    """The answers to the five questions, with their reasons."""

    change_percent: float | None
    response: YesNo
    remission: YesNo
    deterioration: YesNo
    worsening: YesNo
    reasons: tuple[Reason, ...]


def judge(
    instrument: Instrument,
    chosen: Chosen,
    baseline: Observation | None,
    later: Sequence[Observation],
    now: Observation | None,
    word: Word | None,
) -> Judged:
    """Judge the latest answer against baseline and the best answer so far.

    ``word`` is the clinician's, where it is still to be counted: on ``now``, or fresh by itself.
    """
    reasons: list[Reason] = []
    last = later[-1] if later else None
    return Judged(
        change_percent=_change(baseline, last, reasons),
        response=_response(instrument, chosen, baseline, now, reasons),
        remission=_remission(chosen, baseline, now, reasons),
        deterioration=_deterioration(instrument, chosen, baseline, now, reasons),
        worsening=_worsening(instrument, chosen, [baseline, *later[:-1]], now, word, reasons),
        reasons=tuple(reasons),
    )


def _change(baseline: Observation | None, last: Observation | None, reasons: list[Reason]) -> float | None:
    if baseline is None or last is None or baseline.points is None or last.points is None:
        return None
    inputs = {"baseline": baseline.points, "latest": last.points}
    if baseline.points == 0:
        reasons.append(Reason("T4", inputs, "from a baseline of 0 there is no change in per cent"))
        return None
    reasons.append(Reason("T4", inputs, f"from {baseline.points} to {last.points} points"))
    return (last.points - baseline.points) * 100 / baseline.points


def _response(
    instrument: Instrument,
    chosen: Chosen,
    baseline: Observation | None,
    now: Observation | None,
    reasons: list[Reason],
) -> YesNo:
    if baseline is None or baseline.points is None or now is None or now.points is None:
        return "unknown"
    if chosen.response is None:
        reasons.append(Reason("T5", {}, f"no response threshold is in force for {instrument.id}"))
        return "unknown"
    if baseline.points == 0:
        return "unknown"
    better_by = _severity(instrument, baseline.points) - _severity(instrument, now.points)
    met = better_by * 100 >= chosen.response.percent * baseline.points
    inputs = {"percent": chosen.response.percent, "better_by_points": better_by, "baseline": baseline.points}
    moved = (
        f"worse by {-better_by} of {baseline.points} points"
        if better_by < 0
        else f"improved by {better_by} of {baseline.points} points"
    )
    text = f"{moved}; response asks an improvement of {chosen.response.percent} per cent"
    reasons.append(Reason("T5", inputs, text, chosen.response.source.id))
    return "yes" if met else "no"


def _remission(
    chosen: Chosen, baseline: Observation | None, now: Observation | None, reasons: list[Reason]
) -> YesNo:
    if now is None or now.points is None or chosen.remission is None:
        return "unknown"
    threshold = f"{chosen.remission.op} {chosen.remission.points}"
    met = chosen.remission.met(now.points)
    inputs = {"points": now.points, "threshold": threshold, "id": chosen.remission.id}
    if baseline is None:
        text = f"{now.points} points {'meet' if met else 'do not meet'} {threshold}, but there is no baseline"
        reasons.append(Reason("T6", inputs, text, chosen.remission.source.id))
        return "unknown"
    text = f"{now.points} points; remission asks {threshold}"
    reasons.append(Reason("T6", inputs, text, chosen.remission.source.id))
    return "yes" if met else "no"


def _deterioration(
    instrument: Instrument,
    chosen: Chosen,
    baseline: Observation | None,
    now: Observation | None,
    reasons: list[Reason],
) -> YesNo:
    if baseline is None or baseline.points is None or now is None or chosen.change is None:
        return "unknown"
    found = _worse(instrument, chosen.change, baseline.points, now)
    if found == "yes":
        inputs = {"baseline": baseline.points, "change": chosen.change.id, "checkin": now.key}
        text = "worse than at baseline by the change that matters"
        reasons.append(Reason("T11", inputs, text, chosen.change.source.id))
    return found


def _worsening(
    instrument: Instrument,
    chosen: Chosen,
    earlier: Sequence[Observation | None],
    now: Observation | None,
    word: Word | None,
    reasons: list[Reason],
) -> YesNo:
    if word is not None:
        reasons.append(Reason("T12", {"word": word.worse}, "a clinician said so"))
        return word.worse
    totals = [one.points for one in earlier if one is not None and one.points is not None]
    if not totals or now is None or chosen.change is None:
        return "unknown"
    best = min(totals, key=lambda points: _severity(instrument, points))
    found = _worse(instrument, chosen.change, best, now)
    if found == "yes":
        inputs = {"best": best, "change": chosen.change.id, "checkin": now.key}
        text = "worse than the best answer so far by the change that matters"
        reasons.append(Reason("T12", inputs, text, chosen.change.source.id))
    return found


def _worse(instrument: Instrument, change: Change, start: int, now: Observation) -> YesNo:
    """Whether an answer is worse than ``start`` points by the change; by its bounds where answers are missing."""
    known = now.points
    bounds = (now.score.at_least, now.score.at_most) if known is None else (known, known)
    mild, severe = sorted(_severity(instrument, points) for points in bounds)
    origin = _severity(instrument, start)
    if change.reached(start, mild - origin):
        return "yes"
    return "unknown" if change.reached(start, severe - origin) else "no"


def _severity(instrument: Instrument, points: int) -> int:
    return points if instrument.worse == "higher" else -points
