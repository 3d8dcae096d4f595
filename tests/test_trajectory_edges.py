"""Edges of what is said over time: words, pieces of a form, what a response is and when it is lost, worse either way."""

from __future__ import annotations

from typing import Any

import pendulum
import pytest

from ketaschedule.errors import InputError
from ketaschedule.history import CheckInAnswered, ClinicalEvent, Event, ReviewHeld
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


def test_the_rule_for_missing_answers_holds_for_the_items_of_a_review_too() -> None:
    review = ReviewHeld(
        id="r",
        course="c-1",
        recorded_at=at(390),
        at=at(390),
        kind="k",
        findings={"phq-9": dict.fromkeys("12345678", 2)},
    )
    assert follow([], review).latest_points is None
    assert follow([], review, thresholds={"phq-9": {"missing": "mean-of-answered"}}).latest_points == 18


def test_how_long_an_answer_is_fresh_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(InputError) as caught:
        follow([], fresh_days=0)
    assert [fault.line() for fault in caught.value.faults] == ["fresh_days: is 0 (allowed: 1 or more)"]


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


def test_a_word_and_an_admission_within_a_repeated_hour_act_in_the_order_of_their_instants() -> None:
    """A clinician's "no relapse" at 01:45, before clocks went back, and an admission half an hour later, at 01:15."""
    said = pendulum.datetime(2026, 11, 1, 5, 45).in_timezone("America/New_York")
    came = said.add(minutes=30)
    review = ReviewHeld(id="r", course="c-1", recorded_at=came, at=said, kind="k", findings={"relapse": "no"})
    admitted = ClinicalEvent(id="x", course="c-1", recorded_at=came, at=came, kind="admission")
    for order in ((review, admitted), (admitted, review)):
        (found,) = trajectories(
            [], instruments=["phq-9"], first_dose=said.subtract(days=9), as_of=at(1), clinical=order
        )
        assert found.relapse == "confirmed"


def test_before_the_first_dose_an_admission_names_no_relapse() -> None:
    (found,) = trajectories(
        totals("phq-9", (0, 20)),
        instruments=["phq-9"],
        first_dose=None,
        as_of=at(30),
        clinical=[happened(10, "admission")],
    )
    assert (found.state, found.relapse, found.relapses_at) == ("before-first-dose", "unknown", ())


def test_an_incomplete_answer_before_the_dose_and_none_after_it_is_no_baseline() -> None:
    assert follow([answered(0, {"1": 3})]).state == "no-baseline"


# -- What the reasons say --------------------------------------------------------------------------------------


def said(found: Trajectory, *rules: str) -> list[str]:
    return [reason.text for reason in found.reasons if reason.rule in rules]


BEFORE = "the last complete answer before the first dose"
NONE_BEFORE = "no complete answer before the first dose: response and remission are unknown"


@pytest.mark.parametrize(
    ("answers", "texts"),
    [
        (
            totals("phq-9", (0, 18), (390, 8)),
            [
                BEFORE,
                "from 18 to 8 points",
                "improved by 10 of 18 points; response asks an improvement of 50 per cent",
                "8 points; remission asks < 5",
            ],
        ),
        (
            totals("phq-9", (0, 24), (380, 12), (390, 25)),
            [
                "at the relapse threshold on 2027-12-26: 25 points, after a response that had brought 12",
                BEFORE,
                "from 24 to 25 points",
                "worse by 1 of 24 points; response asks an improvement of 50 per cent",
                "25 points; remission asks < 5",
                "worse than the best answer so far by the change that matters",
            ],
        ),
        (
            totals("gad-7", (0, 10), (390, 14)),
            [
                BEFORE,
                "from 10 to 14 points",
                "worse by 4 of 10 points; response asks an improvement of 50 per cent",
                "14 points; remission asks < 5",
                "worse than at baseline by the change that matters",
                "worse than the best answer so far by the change that matters",
            ],
        ),
        (totals("phq-9", (390, 5)), [NONE_BEFORE, "5 points do not meet < 5, but there is no baseline"]),
        (totals("phq-9", (390, 4)), [NONE_BEFORE, "4 points meet < 5, but there is no baseline"]),
        (
            totals("phq-9", (0, 0), (390, 3)),
            [BEFORE, "from a baseline of 0 there is no change in per cent", "3 points; remission asks < 5"],
        ),
        (
            totals("cgi-s", (0, 6), (390, 3)),
            [BEFORE, "from 6 to 3 points", "no response threshold is in force for cgi-s"],
        ),
        (
            totals("phq-9", (0, 18), (10, 8)),
            [BEFORE, "the last answer is older than 42 days", "from 18 to 8 points"],
        ),
        ([], ["no answer so far", NONE_BEFORE]),
    ],
    ids=["response", "loss", "worse", "unmet", "met", "zero", "plain", "old", "nothing"],
)
def test_each_reason_says_in_words_what_its_numbers_are(
    answers: list[CheckInAnswered], texts: list[str]
) -> None:
    instrument = next(iter(answers[0].answers)) if answers else "phq-9"
    assert [reason.text for reason in follow(answers, instrument=instrument).reasons] == texts


def test_without_a_dose_the_reason_says_what_the_last_answer_may_become() -> None:
    (found,) = trajectories(totals("phq-9", (0, 18)), instruments=["phq-9"], first_dose=None, as_of=at(1))
    assert said(found, "T3") == ["no dose was given yet: what was answered last may become the baseline"]


def test_the_threshold_of_remission_names_its_source_with_and_without_a_baseline() -> None:
    for answers in (totals("phq-9", (390, 4)), totals("phq-9", (0, 20), (390, 4))):
        (reason,) = [reason for reason in follow(answers).reasons if reason.rule == "T6"]
        assert (reason.inputs, reason.source) == (
            {"points": 4, "threshold": "< 5", "id": "below-5"},
            "hull-2022",
        )


def test_what_is_missing_from_an_answer_and_where_it_stands_are_said_with_its_check_in() -> None:
    answers = [scored(0, 20), answered(390, {"1": 3}, checkin="c-1/ask/9")]
    found = follow(answers, standing={"c-1/ask/9": "late"})
    assert [(reason.inputs, reason.text) for reason in found.reasons if reason.rule == "T2"] == [
        ({"checkin": "c-1/ask/9"}, "not answered: 2, 3, 4, 5, 6, 7, 8, 9"),
        ({"checkin": "c-1/ask/9", "standing": "late"}, "answered, late"),
    ]


def test_a_clinicians_word_on_worsening_is_a_reason_with_what_it_was() -> None:
    for word in ("yes", "no"):
        found = follow(totals("phq-9", (0, 20), (390, 9)), happened(391, f"review:worsening={word}"))
        (reason,) = [reason for reason in found.reasons if reason.rule == "T12"]
        assert (reason.inputs, reason.text, reason.source) == ({"word": word}, "a clinician said so", "")
