"""Edges of what is said over time: words, pieces of a form, what a response is and when it is lost, worse either way."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest

from ketaschedule.history import CheckInAnswered, Event, ReviewHeld
from ketaschedule.instrument import ResponsePercent, Threshold
from ketaschedule.sources import HOUSE
from ketaschedule.trajectory import Trajectory, said_yes_or_no, trajectories
from tests.trajectory_answers import FIRST_DOSE, answered, at, happened, scored


def follow(
    answers: list[CheckInAnswered], *events: Event, instrument: str = "phq-9", **more: Any
) -> Trajectory:
    (found,) = trajectories(
        answers, instruments=[instrument], first_dose=FIRST_DOSE, as_of=at(400), clinical=events, **more
    )
    return found


def totals(instrument: str, *days: tuple[int, int]) -> list[CheckInAnswered]:
    return [scored(day, points, instrument) for day, points in days]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "yes"),
        (" Yes", "yes"),
        ("WORSE", "yes"),
        (False, "no"),
        ("No ", "no"),
        (1, "unknown"),
        (0, "unknown"),
        ("", "unknown"),
        (None, "unknown"),
        (["yes"], "unknown"),
    ],
)
def test_a_word_is_true_or_yes_or_worse_and_false_or_no(value: object, said: str) -> None:
    assert said_yes_or_no(value) == said


@pytest.mark.parametrize(
    ("value", "relapse"), [(True, "confirmed"), (False, "none"), (1, "suspected"), (0, "suspected")]
)
def test_a_review_may_say_true_or_false_of_a_relapse_and_a_number_says_nothing(
    value: object, relapse: str
) -> None:
    review = ReviewHeld(
        id="r", course="c-1", recorded_at=at(395), at=at(395), kind="k", findings={"relapse": value}
    )
    assert follow(totals("phq-9", (0, 20), (370, 3), (390, 12)), review).relapse == relapse


# -- One form in pieces ------------------------------------------------------------------------------------


def test_a_form_in_two_pieces_is_dated_by_the_later_instant_in_a_repeated_hour() -> None:
    """The first piece at 01:45, before clocks went back; the second half an hour later, at 01:15 on the clock."""
    first = pendulum.datetime(2026, 11, 1, 5, 45).in_timezone("America/New_York")
    second = pendulum.datetime(2026, 11, 1, 6, 15).in_timezone("America/New_York")
    pieces = [
        CheckInAnswered(
            id=name, course="c-1", recorded_at=when, checkin="k", at=when, answers={"phq-9": {item: 1}}
        )
        for name, when, item in (("a", first, "1"), ("b", second, "2"))
    ]
    (found,) = follow(pieces).observations
    assert found.at.timestamp() == second.timestamp()


def test_a_form_in_which_nothing_is_answered_stands_at_the_time_of_its_last_piece() -> None:
    blank = [answered(day, {"1": None}, event=f"e-{day}", checkin="k") for day in (30, 28)]
    (found,) = follow(blank).observations
    assert (found.at, found.day, found.points) == (at(30), at(30).toordinal(), None)
    assert [raw.used for raw in found.raw] == [False, False]


def test_an_observation_names_its_instrument_and_each_raw_answer_its_item() -> None:
    def review(name: str, findings: dict[str, Any]) -> ReviewHeld:
        return ReviewHeld(id=name, course="c-1", recorded_at=at(30), at=at(30), kind="k", findings=findings)

    found = follow(
        [answered(28, {"q1": 3, "2": 0}, checkin="k")],
        review("whole", {"PHQ9": 7}),
        review("items", {"phq-9": {"1": 2, "2": 1}}),
    )
    assert [(one.instrument, one.key, [raw.item for raw in one.raw]) for one in found.observations] == [
        ("phq-9", "k", ["2", "q1"]),
        ("phq-9", "items", ["1", "2"]),
        ("phq-9", "whole", ["total"]),
    ]


def test_a_total_by_the_mean_of_what_was_answered_is_judged_as_that_total() -> None:
    """Eight items of two points are 18 by the mean, six more than at baseline; by what is certain they are 16 to 19."""
    answers = [scored(0, 12), answered(380, dict.fromkeys("12345678", 2))]
    assert follow(answers).deterioration == "unknown"
    chosen = {"phq-9": {"missing": "mean-of-answered"}}
    assert follow(answers, thresholds=chosen).deterioration == "yes"


# -- A response at the threshold, and its loss ---------------------------------------------------------------


def test_a_response_is_never_rounded_up() -> None:
    """Of 27 points 41 per cent are 11.07: eleven are no response, so nothing is lost after them; twelve are one."""
    mine = ResponsePercent(id="mine", percent=41, source=HOUSE)
    for best, crossings in ((16, 0), (15, 1)):
        days = totals("phq-9", (0, 27), (380, best), (390, best + 6))
        assert len(follow(days, thresholds={"phq-9": {"response": mine}}).crossings) == crossings


def test_from_a_baseline_of_no_points_there_is_no_response_to_lose() -> None:
    """WHO-5 at its worst, 0: half of nothing is nothing, which any answer would have; from 20 points 30 are one."""
    mine = {"who-5": {"response": ResponsePercent(id="mine", percent=50, source=HOUSE)}}
    for baseline, crossings in ((0, 0), (20, 1)):
        days = totals("who-5", (0, baseline), (370, 32), (380, 20))
        assert len(follow(days, instrument="who-5", thresholds=mine).crossings) == crossings


@pytest.mark.parametrize(("points", "crossings"), [(40, 0), (32, 0), (28, 1)])
def test_where_lower_is_worse_a_response_is_lost_by_falling_from_the_best(
    points: int, crossings: int
) -> None:
    """From 20 to 40 is a response, still at the threshold of 50; ten fewer than that lose it."""
    mine = {"who-5": {"response": ResponsePercent(id="mine", percent=50, source=HOUSE)}}
    days = totals("who-5", (0, 20), (360, 40), (370, 36), (380, points))
    assert len(follow(days, instrument="who-5", thresholds=mine).crossings) == crossings


def test_without_a_change_that_matters_no_response_is_lost_at_the_threshold() -> None:
    """The PHQ-2 has none: from 6 to 3 and back is never short of its threshold of 3, and nothing is suspected."""
    mine = {"phq-2": {"response": ResponsePercent(id="mine", percent=50, source=HOUSE)}}
    days = totals("phq-2", (0, 6), (370, 3), (380, 6))
    assert follow(days, instrument="phq-2", thresholds=mine).crossings == ()


@pytest.mark.parametrize(
    ("first", "second", "relapse"),
    [
        (20, 390, "confirmed"),  # named before remission was held, and not ended: no second name by the next
        (240, 390, "recurrence"),  # after half a year of remission, and no less of one by the next
        (300, 0, "recurrence"),
    ],
)
def test_a_relapse_named_and_not_ended_keeps_its_name_whatever_comes(
    first: int, second: int, relapse: str
) -> None:
    """Admissions with a rating that has no relapse threshold, so that no answers end what they name."""
    mine = {"cgi-s": {"remission": Threshold(id="mine", op="<=", points=2, source=HOUSE)}}
    answers = totals("cgi-s", (0, 6), *((day, 1) for day in range(30, 381, 35)))
    events = [happened(day, "admission") for day in (first, second) if day]
    found = follow(answers, *events, instrument="cgi-s", thresholds=mine)
    assert (found.relapse, found.relapses_at) == (
        relapse,
        tuple(at(day, 10) for day in (first, second) if day),
    )
