"""What a trajectory says of itself: each reason whole, with its inputs and its source, and none that does not hold."""

from __future__ import annotations

from typing import Any

import pytest

from ketaschedule.reasons import Reason
from ketaschedule.trajectory import FRESH_DAYS, Trajectory, trajectories
from tests.trajectory_answers import FIRST_DOSE, at, scored


def follow(answers: list[tuple[int, int]], as_of: int | None = None, *, dosed: bool = True) -> Trajectory:
    """A PHQ-9 by days and totals, the first dose at noon of day 1."""
    last = max([0, *(day for day, _ in answers)]) if as_of is None else as_of
    (found,) = trajectories(
        [scored(*one) for one in answers],
        instruments=["phq-9"],
        first_dose=FIRST_DOSE if dosed else None,
        as_of=at(last, 23),
    )
    return found


def plain(reason: Reason) -> tuple[str, dict[str, Any], str]:
    return reason.rule, dict(reason.inputs), reason.source


BASELINE = ("T3", {"checkin": "c-1/ask/0", "at": "2026-12-01T09:00:00-05:00", "points": 18}, "")
SHARP = {"change": "trd-6"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            [(0, 18), (10, 8)],
            [
                BASELINE,
                ("T4", {"baseline": 18, "latest": 8}, ""),
                ("T5", {"percent": 50, "better_by_points": 10, "baseline": 18}, "hull-2022"),
                ("T6", {"points": 8, "threshold": "< 5", "id": "below-5"}, "hull-2022"),
            ],
        ),
        (
            [(0, 18), (10, 8), (20, 26)],
            [
                ("T7", {"points": 26, "threshold": ">= 10", "checkin": "c-1/ask/20"}, "house"),
                BASELINE,
                ("T4", {"baseline": 18, "latest": 26}, ""),
                ("T5", {"percent": 50, "better_by_points": -8, "baseline": 18}, "hull-2022"),
                ("T6", {"points": 26, "threshold": "< 5", "id": "below-5"}, "hull-2022"),
                ("T11", {"baseline": 18, **SHARP, "checkin": "c-1/ask/20"}, "trd-anchor-2020"),
                ("T12", {"best": 8, **SHARP, "checkin": "c-1/ask/20"}, "trd-anchor-2020"),
            ],
        ),
        ([(0, 18)], [BASELINE]),
        ([], [("T2", {}, ""), ("T3", {}, "")]),
    ],
    ids=["better", "worse than ever", "before the first dose", "nothing"],
)
def test_a_state_gives_every_reason_that_holds_and_no_other(
    answers: list[tuple[int, int]], expected: list[tuple[str, dict[str, Any], str]]
) -> None:
    assert [plain(reason) for reason in follow(answers).reasons] == expected


@pytest.mark.parametrize(
    ("days", "old"), [(FRESH_DAYS - 1, False), (FRESH_DAYS, False), (FRESH_DAYS + 1, True)]
)
def test_an_answer_is_called_old_from_the_day_after_its_last(days: int, old: bool) -> None:
    """T14: for 42 days it speaks for today; then the reason says so, and response is unknown."""
    found = follow([(0, 18), (10, 8)], as_of=10 + days)
    told = [dict(reason.inputs) for reason in found.reasons if reason.rule == "T14"]
    assert told == ([{"answered": "2026-12-11T09:00:00-05:00", "fresh_days": FRESH_DAYS}] if old else [])
    assert found.response == ("unknown" if old else "yes")
    assert found.change_percent == pytest.approx(-100 * 10 / 18)


def test_where_nothing_can_be_said_the_word_is_unknown() -> None:
    """Each question by itself: no answer, no answer after the dose, no answer before it, no dose."""
    unknown = ("unknown", "unknown", "unknown", "unknown")
    for found in (follow([]), follow([(0, 18)]), follow([(0, 18)], as_of=5), follow([(0, 18)], dosed=False)):
        assert (found.response, found.remission, found.deterioration, found.worsening) == unknown
    without = follow([(10, 3)])
    assert (without.response, without.remission, without.deterioration, without.worsening) == unknown
    assert without.state == "no-baseline"
