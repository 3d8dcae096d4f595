"""Answers over time: published rules at their boundaries, the laws, and nothing lost or taken for a zero."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.conformance_answers import trajectory_of
from ketaschedule.conformance_run import load_suite, run_vector
from ketaschedule.errors import InputError, UnknownNameError
from ketaschedule.history import CheckInAnswered, ClinicalEvent, CourseEnded, Event, ReviewHeld
from ketaschedule.instrument import RelapseThreshold, Threshold, load_instrument, parse_instrument
from ketaschedule.sources import HOUSE, Seen
from ketaschedule.trajectory import FRESH_DAYS, RECOVERIES, RULES, Trajectory, trajectories
from tests.trajectory_answers import DAY_0, FIRST_DOSE, answered, at, happened, scored, spread

HERE = Path(__file__).parent
CASES = load_suite("trajectories")


def follow(
    answers: list[tuple[int, int]] | list[CheckInAnswered],
    *,
    instrument: str = "phq-9",
    events: tuple[tuple[int, str], ...] = (),
    as_of: int | None = None,
    dose: pendulum.DateTime | None = FIRST_DOSE,
    **more: Any,
) -> Trajectory:
    forms = [one if isinstance(one, CheckInAnswered) else scored(*one, instrument) for one in answers]
    last = max([0, *[(one.at - DAY_0).in_days() for one in forms], *[day for day, _ in events]])
    (found,) = trajectories(
        forms,
        instruments=[instrument],
        first_dose=dose,
        as_of=at(last if as_of is None else as_of, 23),
        clinical=[happened(*event) for event in events],
        **more,
    )
    return found


# -- Vectors -----------------------------------------------------------------------------------------------


def test_there_are_enough_vectors() -> None:
    assert len(load_suite("trajectories")) >= 79


@pytest.mark.parametrize("vector", load_suite("trajectories"), ids=lambda vector: vector["id"])
def test_the_vector_holds(vector: Mapping[str, Any]) -> None:
    """Response, remission, relapse and worsening at each threshold."""
    assert run_vector(vector) == ()


def test_every_vector_names_a_rule_of_the_table_and_every_state_has_one() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == [f"T{n}" for n in range(1, 16)]
    assert {case["rule"] for case in CASES} <= set(codes)
    assert {case["expect"].get("/state") for case in CASES} - {None} == {
        "baseline",
        "before-first-dose",
        "deterioration",
        "no-baseline",
        "no-response",
        "not-answered",
        "recurrence",
        "relapse-confirmed",
        "relapse-suspected",
        "remission",
        "response",
        "scored",
        "unknown",
    }


def test_every_rule_and_every_recovery_names_its_source() -> None:
    assert all(rule.statement and rule.source for rule in RULES)
    assert [one.id for one in RECOVERIES if one.default] == ["six-months"]
    assert all(one.source.address for one in RECOVERIES)
    assert all(one.source.seen is not Seen.UNCONFIRMED for one in RECOVERIES if one.default)


@pytest.mark.parametrize("vector", CASES, ids=lambda vector: vector["id"])
def test_every_state_comes_with_reasons_that_cite_rules_and_can_be_written_as_json(
    vector: Mapping[str, Any],
) -> None:
    found = trajectory_of(vector)
    codes = {rule.code for rule in RULES}
    assert found.reasons
    for reason in found.reasons:
        assert reason.rule in codes
        assert reason.text
        assert json.loads(json.dumps(reason.inputs)) == reason.inputs
        assert None not in reason.inputs.values()
    wanted = {"relapse-suspected": "T7", "recurrence": ("T8", "T9"), "deterioration": "T11"}.get(found.state)
    assert wanted is None or any(reason.rule in wanted for reason in found.reasons)


# -- Missing, bad, corrected -------------------------------------------------------------------------------


def test_a_missing_answer_makes_the_state_unknown_and_never_a_zero() -> None:
    found = follow([scored(0, 20), answered(28, {"1": 0, "2": 0})])
    assert (found.state, found.response, found.remission, found.relapse) == ("unknown",) * 4
    assert found.latest_points is None
    assert found.change_percent is None
    assert any("not answered: 3, 4" in reason.text for reason in found.reasons)


@pytest.mark.parametrize(
    ("value", "code"),
    [(4, "out-of-range"), (-1, "out-of-range"), ("2", "not-a-number"), (True, "bool"), (1.5, "not-whole")],
)
def test_a_bad_answer_is_named_kept_and_makes_the_state_unknown(value: object, code: str) -> None:
    found = follow([scored(0, 20), answered(28, {**spread(load_instrument("phq-9"), 0), "5": value})])
    assert found.state == "unknown"
    assert found.latest is not None
    assert [fault.code for fault in found.latest.score.faults] == [code]
    assert value in [raw.value for raw in found.latest.raw]


def test_a_partial_answer_that_is_certainly_beyond_the_threshold_crosses_it() -> None:
    found = follow([scored(0, 20), scored(28, 3), answered(60, {"1": 3, "2": 3, "3": 3, "4": 1})])
    assert found.state == "relapse-suspected"
    assert found.crossing is not None
    assert found.crossing.points == 10


def test_a_partial_answer_that_may_be_below_the_threshold_does_not() -> None:
    found = follow([scored(0, 20), scored(28, 3), answered(60, {"1": 3, "2": 3, "3": 3})])
    assert (found.state, found.relapse) == ("unknown", "unknown")


def test_on_a_scale_where_lower_is_worse_the_crossing_of_a_partial_answer_counts_from_its_greatest_total() -> (
    None
):
    low = answered(60, {"1": 0, "2": 0, "3": 0}, "who-5")
    found = follow([scored(0, 40, "who-5"), scored(28, 80, "who-5"), low], instrument="who-5")
    assert found.crossing is not None
    assert found.crossing.points == 40
    open_ = answered(60, {"1": 0, "2": 0}, "who-5")
    assert (
        follow([scored(0, 40, "who-5"), scored(28, 80, "who-5"), open_], instrument="who-5").crossing is None
    )


def test_an_unknown_answer_between_two_crossings_does_not_part_them() -> None:
    found = follow([scored(0, 20), scored(28, 3), scored(60, 12), answered(63, {"1": 0}), scored(67, 12)])
    assert found.state == "relapse-confirmed"


def test_an_unknown_answer_does_not_end_a_suspicion() -> None:
    found = follow([scored(0, 20), scored(28, 3), scored(60, 12), answered(67, {"1": 0})])
    assert found.state == "relapse-suspected"
    assert any(reason.rule == "T2" for reason in found.reasons)


def test_a_partial_answer_can_be_a_deterioration_for_certain() -> None:
    def left(last: int) -> list[CheckInAnswered]:
        return [scored(0, 12), answered(28, {**dict.fromkeys("12345", 3), "6": last})]

    found = follow(left(3))
    assert (found.state, found.deterioration, found.latest_points) == ("deterioration", "yes", None)
    assert follow(left(2)).deterioration == "unknown"


def test_on_a_scale_where_lower_is_worse_a_partial_answer_is_judged_by_its_greatest_total() -> None:
    """WHO-5 from 60, two items open: the most it can be is 48, worse by the ten that matter, or 52, which is not."""

    def left(third: int) -> list[CheckInAnswered]:
        return [scored(0, 60, "who-5"), answered(28, {"1": 0, "2": 0, "3": third}, "who-5")]

    assert [follow(left(n), instrument="who-5").deterioration for n in (2, 3)] == ["yes", "unknown"]


def test_a_worsening_says_what_it_is_measured_from_and_none_says_nothing() -> None:
    worse, not_worse = follow([(0, 20), (14, 3), (28, 9)]), follow([(0, 20), (14, 3), (28, 8)])
    (reason,) = [reason for reason in worse.reasons if reason.rule == "T12"]
    assert (reason.inputs["best"], reason.inputs["change"], reason.source) == (3, "trd-6", "trd-anchor-2020")
    assert not [reason for reason in not_worse.reasons if reason.rule == "T12"]


def test_a_partial_answer_before_the_first_dose_is_no_baseline() -> None:
    found = follow([scored(-7, 20), answered(0, {"1": 3}), scored(28, 9)])
    assert found.baseline_points == 20
    assert follow([answered(0, {"1": 3}), scored(28, 3)]).state == "no-baseline"


def test_an_answer_at_the_instant_of_the_first_dose_is_not_before_it() -> None:
    assert follow([(1, 20), (28, 9)], dose=at(1, 9)).baseline is None
    assert follow([(1, 20), (28, 9)], dose=at(1, 9).add(seconds=1)).baseline_points == 20


def test_a_safety_question_asked_alone_is_no_answer_to_its_questionnaire() -> None:
    found = follow([scored(0, 20), scored(28, 3), answered(35, {"9": 1})])
    assert found.state == "remission"
    assert found.latest_points == 3
    assert [one.alone for one in found.observations] == [False, False, True]
    assert found.observations[2].raw[0].value == 1


def test_a_mood_check_in_that_answers_its_safety_question_only_says_nothing_of_the_mood() -> None:
    found = follow([answered(28, {"safety": 0}, "mood")], instrument="mood")
    assert found.observations[0].alone
    assert found.state == "not-answered"


def test_the_screener_is_all_safety_and_still_an_answer() -> None:
    found = follow(
        [answered(28, {"1": "no", "2": "no", "6": "no"}, "c-ssrs-screener")], instrument="c-ssrs-screener"
    )
    assert found.latest_points == 0
    assert found.state == "no-baseline"


def test_of_two_answers_to_one_item_the_one_recorded_last_is_scored_and_both_are_kept() -> None:
    first = scored(28, 3)
    second = answered(28, {"1": 0}, recorded=30, event="e-a-correction", checkin=first.checkin)
    found = follow([scored(0, 20), second, first], as_of=31)
    assert found.latest_points == 0
    assert found.latest is not None
    kept = [(raw.event, raw.value, raw.used) for raw in found.latest.raw if raw.item == "1"]
    assert kept == [("e-28", 3, False), ("e-a-correction", 0, True)]
    assert follow([scored(0, 20), second, first], as_of=29).latest_points == 3


def test_a_form_that_comes_in_pieces_is_one_answer() -> None:
    whole = spread(load_instrument("phq-9"), 12)
    pieces = [
        answered(28, {item: whole[item] for item in "1234"}, event="a", checkin="k"),
        answered(29, {item: whole[item] for item in "56789"}, event="b", checkin="k"),
    ]
    found = follow([scored(0, 20), *pieces])
    assert found.latest_points == 12
    assert found.latest_at == at(29)
    assert len(found.observations) == 2


def test_a_null_replaces_no_answer() -> None:
    blank = answered(28, {"1": None}, recorded=30, event="z", checkin="c-1/ask/28")
    assert follow([scored(0, 20), scored(28, 3), blank], as_of=31).latest_points == 3


def test_an_item_written_in_another_way_corrects_the_same_item() -> None:
    again = answered(28, {"q1": 0}, recorded=30, event="z", checkin="c-1/ask/28")
    assert follow([scored(0, 20), scored(28, 3), again], as_of=31).latest_points == 0


def test_a_repeated_event_counts_once() -> None:
    one = scored(28, 3)
    found = follow(
        [scored(0, 20), one, one, CheckInAnswered(**{**vars_of(one), "answers": dict(one.answers)})]
    )
    assert found.latest is not None
    assert len(found.latest.raw) == 9


def vars_of(event: CheckInAnswered) -> dict[str, Any]:
    names = ("id", "course", "recorded_at", "by", "checkin", "at", "answers")
    return {name: getattr(event, name) for name in names}


def test_an_answer_counts_once_it_is_recorded_and_its_own_time_has_come() -> None:
    late = answered(28, spread(load_instrument("phq-9"), 3), recorded=35)
    assert follow([scored(0, 20), late], as_of=34).state == "baseline"
    assert follow([scored(0, 20), late], as_of=35).state == "remission"
    ahead = answered(40, spread(load_instrument("phq-9"), 3), recorded=30)
    assert follow([scored(0, 20), ahead], as_of=39).state == "baseline"
    assert follow([scored(0, 20), ahead], as_of=40).state == "remission"


def test_an_event_counts_once_it_is_recorded_and_its_own_time_has_come() -> None:
    late = ClinicalEvent(id="x", course="c-1", recorded_at=at(50), at=at(40), kind="attempt")
    for day, state in ((49, "remission"), (50, "relapse-confirmed")):
        (found,) = trajectories(
            [scored(0, 20), scored(28, 3)],
            instruments=["phq-9"],
            first_dose=FIRST_DOSE,
            as_of=at(day),
            clinical=[late],
        )
        assert found.state == state


def test_what_is_known_of_a_check_in_stands_beside_its_answer_and_the_answer_counts() -> None:
    found = follow([scored(0, 20), scored(28, 3)], standing={"c-1/ask/28": "expired"})
    assert found.latest is not None
    assert (found.latest.standing, found.latest_points) == ("expired", 3)
    assert any("expired" in reason.text for reason in found.reasons)


def test_answers_for_another_instrument_are_not_taken() -> None:
    found = follow([scored(0, 20), scored(28, 3, "phq-2")])
    assert found.state == "baseline"


def test_what_is_no_table_of_items_is_a_bad_answer_and_no_crash() -> None:
    odd = CheckInAnswered(
        id="o",
        course="c-1",
        recorded_at=at(28),
        checkin="k",
        at=at(28),
        answers={"phq-9": 7},  # type: ignore[dict-item]  # what a broken client sends
    )
    found = follow([scored(0, 20), odd])
    assert found.state == "unknown"


def test_other_events_are_passed_over() -> None:
    ended = CourseEnded(id="z", course="c-1", recorded_at=at(29), at=at(29))
    (found,) = trajectories(
        [scored(0, 20), ended, scored(28, 3)], instruments=["PHQ9"], first_dose=FIRST_DOSE, as_of=at(30)
    )
    assert found.state == "remission"


# -- Reviews -----------------------------------------------------------------------------------------------


def test_a_rating_in_a_review_is_an_answer_as_total_or_as_items() -> None:
    def review(day: int, findings: dict[str, Any]) -> ReviewHeld:
        return ReviewHeld(
            id=f"r-{day}", course="c-1", recorded_at=at(day), at=at(day), kind="k", findings=findings
        )

    reviews = [
        review(0, {"cgi-s": 5, "madrs": 36}),
        review(28, {"cgi-s": {"1": 3}, "madrs": 61}),
        review(29, {"note": "came late"}),
        ReviewHeld(id="r", course="c-1", recorded_at=at(30), at=at(30), kind="k"),
    ]
    rating, scale = trajectories(
        [],
        instruments=["cgi-s", "madrs"],
        first_dose=FIRST_DOSE,
        as_of=at(31),
        clinical=[*reviews, reviews[0]],
    )
    assert [one.points for one in rating.observations] == [5, 3]
    assert rating.latest is not None
    assert rating.latest.key == "r-28"
    assert [one.points for one in scale.observations] == [36, None]
    assert (scale.observations[1].raw[0].value, scale.observations[1].raw[0].used) == (61, True)


def test_a_clinicians_word_that_there_is_worsening_lasts_as_long_as_an_answer_would() -> None:
    days = [(0, 20), (10, 3), (50, 3), (90, 3)]
    said = ((20, "review:worsening=yes"),)
    assert follow(days, events=said, as_of=20 + FRESH_DAYS).worsening == "yes"
    assert follow(days, events=said, as_of=21 + FRESH_DAYS).worsening == "no"


def test_a_clinicians_word_needs_no_answer_beside_it() -> None:
    for word in ("yes", "no"):
        assert follow([], events=((11, f"review:worsening={word}"),)).worsening == word


def test_a_word_that_is_neither_yes_nor_no_says_nothing() -> None:
    assert follow([(0, 20), (10, 3)], events=((11, "review:worsening=perhaps"),)).worsening == "no"
    assert follow([(0, 20), (10, 3)], events=((11, "review:worsening=worse"),)).worsening == "yes"
    assert follow([(0, 20), (10, 3)], events=((11, "review:relapse=perhaps"),)).state == "remission"


@pytest.mark.parametrize("key", ["remission", "response"])
def test_a_clinicians_word_of_remission_or_response_ends_a_relapse(key: str) -> None:
    relapsed = [(0, 20), (30, 4), (60, 12), (74, 11)]
    assert follow(relapsed, events=((75, f"review:{key}=yes"),)).relapse == "none"
    assert follow(relapsed, events=((75, f"review:{key}=no"),)).relapse == "confirmed"


def test_an_event_names_a_relapse_on_the_primary_instrument_even_where_it_has_no_threshold() -> None:
    made = trajectories(
        [scored(0, 5, "cgi-s"), scored(10, 3, "cgi-s")],
        instruments=["cgi-s", "phq-9", "urinary"],
        first_dose=FIRST_DOSE,
        as_of=at(20),
        clinical=[happened(15, "admission")],
    )
    assert [one.relapse for one in made] == ["confirmed", "confirmed", "unknown"]
    assert made[0].relapses_at == (at(15, 10),)


def test_a_low_answer_given_with_an_admission_is_not_one_of_the_two_that_end_the_relapse() -> None:
    """At one instant the answer comes first and the event after it."""
    came = ClinicalEvent(id="x", course="c-1", recorded_at=at(40), at=at(40), kind="admission")
    for last, relapse in ((45, "confirmed"), (50, "none")):
        (found,) = trajectories(
            [
                scored(0, 20),
                scored(28, 3),
                scored(40, 3),
                scored(45, 3),
                *([scored(50, 3)] if last == 50 else []),
            ],
            instruments=["phq-9"],
            first_dose=FIRST_DOSE,
            as_of=at(last),
            clinical=[came],
        )
        assert found.relapse == relapse


def test_of_two_words_at_one_instant_the_graver_stands() -> None:
    def said(event: str, findings: dict[str, str]) -> ReviewHeld:
        return ReviewHeld(id=event, course="c-1", recorded_at=at(40), at=at(40), kind="k", findings=findings)

    words = [
        said("a", {"relapse": "yes", "worsening": "yes"}),
        said("b", {"relapse": "no", "worsening": "no"}),
    ]
    for order in (words, words[::-1]):
        (found,) = trajectories(
            [scored(0, 20), scored(28, 3)],
            instruments=["phq-9"],
            first_dose=FIRST_DOSE,
            as_of=at(41),
            clinical=order,
        )
        assert (found.relapse, found.worsening) == ("confirmed", "yes")


def test_the_reason_says_by_how_many_answers_a_relapse_was_named() -> None:
    days = [(0, 36), (28, 10), (60, 22), (66, 22)]
    two = follow(days, instrument="madrs")
    one = follow(days[:3], instrument="madrs", thresholds={"madrs": {"relapse": "salloum"}})
    assert (two.reasons[0].rule, two.reasons[0].inputs["days"]) == ("T8", 6)
    assert two.reasons[0].text == "at the relapse threshold again after 6 days, and never below between"
    assert (one.reasons[0].text, one.reasons[0].source) == (
        "one answer at the threshold is enough here",
        "salloum-2019",
    )


# -- Crossings ---------------------------------------------------------------------------------------------


def test_each_run_of_crossings_has_one_first() -> None:
    found = follow([(0, 20), (10, 3), (20, 12), (22, 13), (24, 4), (40, 11)])
    assert [crossing.checkin for crossing in found.crossings] == ["c-1/ask/20", "c-1/ask/40"]
    assert found.crossing == found.crossings[-1]
    assert found.crossing is not None
    assert (found.crossing.at, found.crossing.instrument, found.crossing.rule) == (at(40), "phq-9", "T7")


def test_a_relapse_that_was_named_is_dated_by_the_answer_that_named_it() -> None:
    found = follow([(0, 20), (10, 3), (20, 12), (30, 13), (40, 13)])
    assert found.relapses_at == (at(30),)


def test_a_second_relapse_after_a_first_is_named_again() -> None:
    days = [(0, 20), (10, 3), (20, 12), (30, 13), (37, 3), (44, 3), (60, 12), (70, 12)]
    found = follow(days)
    assert found.relapses_at == (at(30), at(70))
    assert found.state == "relapse-confirmed"


def test_days_are_the_persons_dates_where_the_caller_knows_them() -> None:
    """Answers late in the evening, recorded in UTC by a server: five dates apart there, four for the person."""

    def utc(text: str, points: int) -> CheckInAnswered:
        when = pendulum.parse(text)
        assert isinstance(when, pendulum.DateTime)
        return CheckInAnswered(
            id=text,
            course="c-1",
            recorded_at=when,
            checkin=text,
            at=when,
            answers={"phq-9": spread(load_instrument("phq-9"), points)},
        )

    days = [
        utc("2026-11-30T12:00:00Z", 20),
        utc("2026-12-10T12:00:00Z", 3),
        utc("2027-01-10T12:00:00Z", 12),
        utc("2027-01-15T01:00:00Z", 12),
    ]
    plain, local = (
        trajectories(days, instruments=["phq-9"], first_dose=FIRST_DOSE, as_of=at(50), local_date=where)[
            0
        ].state
        for where in (None, lambda when: when.in_timezone("America/New_York").date())
    )
    assert (plain, local) == ("relapse-confirmed", "relapse-suspected")


# -- Arguments ---------------------------------------------------------------------------------------------


def test_the_instruments_come_back_in_the_order_given() -> None:
    made = trajectories([], instruments=["gad-7", "phq-9"], first_dose=None, as_of=at(1))
    assert [one.instrument for one in made] == ["gad-7", "phq-9"]
    assert {one.state for one in made} == {"not-answered"}


@pytest.mark.parametrize(
    ("thresholds", "path"),
    [
        ({"phq-9": {"remission": "at-most-50"}}, "thresholds.phq-9.remission"),
        ({"phq-9": {"remision": "at-most-5"}}, "thresholds.phq-9.remision"),
        ({"phq-9": {"remission": 5}}, "thresholds.phq-9.remission"),
        ({"phq-9": {"missing": "zero"}}, "thresholds.phq-9.missing"),
        ({"phq-9": {"recovery": "a-while"}}, "thresholds.phq-9.recovery"),
        ({"phq-99": {}}, "thresholds"),
    ],
)
def test_a_threshold_that_is_none_is_refused_with_its_path(thresholds: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        follow([(0, 20)], thresholds=thresholds)
    assert [fault.path for fault in caught.value.faults] == [path]


def test_a_threshold_of_your_own_is_taken_as_it_is() -> None:
    mine = {
        "remission": Threshold(id="mine", op="<=", points=7, source=HOUSE),
        "relapse": RelapseThreshold(id="mine", op=">", points=14, source=HOUSE, days_source=HOUSE),
    }
    assert follow([(0, 20), (10, 7)], thresholds={"phq-9": mine}).state == "remission"
    assert follow([(0, 20), (10, 7), (20, 14)], thresholds={"phq-9": mine}).relapse == "none"
    assert follow([(0, 20), (10, 7), (20, 15)], thresholds={"phq-9": mine}).relapse == "suspected"


def test_the_custom_of_the_mean_is_in_force_only_where_it_was_chosen() -> None:
    days = [scored(0, 20), answered(28, {str(n): 0 for n in range(1, 9)})]
    assert follow(days).state == "unknown"
    assert follow(days, thresholds={"phq-9": {"missing": "mean-of-answered"}}).state == "remission"


def test_how_long_an_answer_speaks_for_today_can_be_set_from_one_day_on() -> None:
    assert follow([(0, 20), (10, 3)], as_of=12, fresh_days=1).state == "unknown"
    assert follow([(0, 20), (10, 3)], as_of=11, fresh_days=1).state == "remission"
    with pytest.raises(InputError, match="fresh_days"):
        follow([(0, 20)], fresh_days=0)


def test_an_unknown_instrument_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="phq-9"):
        trajectories([], instruments=["phq-99"], first_dose=None, as_of=at(1))


def test_an_instrument_of_your_own_is_followed_like_the_others() -> None:
    own = parse_instrument(
        'schema = 1\nid = "hope"\ntitle = "Hope"\nrated_by = "self"\nworse = "lower"\nlow = 0\nhigh = 4\n'
        'licence = { text = "ours", source = "house" }\n[[items]]\nid = "hope"\nlow = 0\nhigh = 4\n'
        '[[relapse]]\nid = "one"\nop = "<="\npoints = 1\nsource = "house"\ndefault = true\n'
    )
    forms = [answered(day, {"hope": value}, "hope") for day, value in ((0, 0), (10, 4), (20, 1), (25, 0))]
    (found,) = trajectories(forms, instruments=[own], first_dose=FIRST_DOSE, as_of=at(25, 23))
    assert found.state == "relapse-confirmed"


# -- Laws --------------------------------------------------------------------------------------------------

steps = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 27)), min_size=1, max_size=9)
what_happens = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.sampled_from(["admission", "attempt", "discharge", "review:relapse=no", "review:relapse=yes"]),
    ),
    max_size=2,
    unique_by=lambda event: event[0],
).map(tuple)


def dated(gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    day, out = 1, []
    for gap, points in gaps:
        day += gap
        out.append((day, points))
    return out


RANK = {"unknown": 0, "none": 0, "suspected": 1, "confirmed": 2, "recurrence": 2}


@given(steps, what_happens, st.integers(0, 27), st.data())
def test_a_worse_score_never_lowers_the_relapse_level(
    gaps: list[tuple[int, int]], events: tuple[tuple[int, str], ...], baseline: int, data: st.DataObject
) -> None:
    """Whichever answer is made worse, the first included, whether or not it was the one that showed improvement."""
    days = dated(gaps)
    which = data.draw(st.integers(0, len(days) - 1))
    worse = days[:]
    worse[which] = (days[which][0], data.draw(st.integers(days[which][1], 27)))
    before = follow([(0, baseline), *days], events=events)
    after = follow([(0, baseline), *worse], events=events)
    assert after.relapse_level >= before.relapse_level


@given(steps, what_happens, st.integers(0, 27), st.data())
def test_a_worse_latest_score_never_lowers_the_name_of_a_relapse(
    gaps: list[tuple[int, int]], events: tuple[tuple[int, str], ...], baseline: int, data: st.DataObject
) -> None:
    days = dated(gaps)
    worse = [*days[:-1], (days[-1][0], data.draw(st.integers(days[-1][1], 27)))]
    before = follow([(0, baseline), *days], events=events)
    after = follow([(0, baseline), *worse], events=events)
    assert RANK[after.relapse] >= RANK[before.relapse]


@given(steps, what_happens, st.integers(0, 27), st.randoms(use_true_random=False))
def test_shuffling_answers_events_and_items_changes_nothing(
    gaps: list[tuple[int, int]],
    events: tuple[tuple[int, str], ...],
    baseline: int,
    rng: random.Random,
) -> None:
    phq = load_instrument("phq-9")
    forms = [scored(day, points) for day, points in [(0, baseline), *dated(gaps)]]
    forms.append(
        answered(forms[-1].at.diff(DAY_0).in_days(), {"1": 1, "2": 9}, event="fix", checkin=forms[-1].checkin)
    )
    clinic = [happened(*event) for event in events]
    mixed: list[Event] = []
    for form in forms:
        items = list(form.answers["phq-9"].items())
        rng.shuffle(items)
        mixed.append(CheckInAnswered(**{**vars_of(form), "answers": {"phq-9": dict(items)}}))
    rng.shuffle(mixed)
    turned = list(reversed(clinic))
    ordered, shuffled = (
        trajectories(a, instruments=[phq, "gad-7"], first_dose=FIRST_DOSE, as_of=at(99), clinical=b)
        for a, b in ((forms, clinic), (mixed, turned))
    )
    assert ordered == shuffled


def slow_level(days: list[tuple[int, int]], events: tuple[tuple[int, str], ...]) -> int:
    """The relapse level from its definition, by looking at every pair of days."""
    line: list[tuple[int, int, str]] = [(day, 0, "over" if points >= 10 else "short") for day, points in days]
    for day, what in events:
        if what in ("admission", "attempt", "review:relapse=yes"):
            line.append((day, 1, "event"))
        elif what == "review:relapse=no":
            line.append((day, 1, "end"))
    line.sort()
    kinds = [kind for _, _, kind in line]

    def confirmed_at(j: int) -> bool:
        if kinds[j] == "event":
            return True
        return kinds[j] == "over" and any(
            kinds[i] == "over"
            and 5 <= line[j][0] - line[i][0] <= 15
            and not {"short", "end"} & set(kinds[i:j])
            for i in range(j)
        )

    def over_after(j: int) -> bool:
        later = range(j + 1, len(line))
        return any(kinds[q] == "end" for q in later) or any(
            kinds[p] == kinds[q] == "short"
            and line[q][0] - line[p][0] >= 5
            and not {"over", "event"} & set(kinds[p:q])
            for p in later
            for q in later
            if p < q
        )

    if any(confirmed_at(j) and not over_after(j) for j in range(len(line))):
        return 2
    for kind in reversed(kinds):
        if kind == "over":
            return 1
        if kind in ("short", "end"):
            return 0
    return 0


def test_the_level_is_the_one_that_its_definition_gives() -> None:
    """The slow twin, over 600 seeded histories."""
    rng = random.Random(11)
    kinds = ["admission", "review:relapse=no", "review:relapse=yes", "discharge"]
    seen = set()
    for _ in range(600):
        days = dated([(rng.randint(1, 9), rng.choice([3, 9, 10, 15])) for _ in range(rng.randint(1, 9))])
        picked = sorted({rng.randint(2, 45) for _ in range(rng.randint(0, 2))})
        events = tuple((day, rng.choice(kinds)) for day in picked)
        level = follow([(0, 20), *days], events=events).relapse_level
        assert level == slow_level(days, events), (days, events)
        seen.add(level)
    assert seen == {0, 1, 2}


def slow_first_crossing(baseline: int, days: list[tuple[int, int]]) -> int | None:
    """The day of the first crossing from its definition, by looking back at every answer before."""
    for j, (day, points) in enumerate(days):
        before = [baseline, *[earlier for _, earlier in days[:j]]]
        short = any(earlier < 10 for earlier in before)
        responded = any((baseline - earlier) * 2 >= baseline for earlier in before[1:])
        if points >= 10 and (short or (responded and points - min(before) >= 6)):
            return day
    return None


def test_the_first_crossing_is_the_one_that_its_definition_gives() -> None:
    """An improvement lost, be it an answer short of the threshold or a response at it: the slow twin."""
    rng = random.Random(12)
    seen = set()
    for _ in range(600):
        scores = [rng.choice([9, 10, 11, 12, 13, 16, 17, 18, 22]) for _ in range(rng.randint(1, 6))]
        days = dated([(rng.randint(1, 9), score) for score in scores])
        baseline = rng.choice([8, 20, 22, 24, 26])
        crossings = follow([(0, baseline), *days]).crossings
        expected = slow_first_crossing(baseline, days)
        assert ((crossings[0].at - DAY_0).in_days() if crossings else None) == expected, (baseline, days)
        seen.add((expected is None, min(baseline, *scores) < 10))
    assert len(seen) == 4


def test_a_response_kept_for_certain_is_needed_to_end_a_suspicion_and_lost_for_certain_to_raise_one() -> None:
    """A partial answer that may be either way says nothing; one that is worse whatever is missing crosses."""
    start: list[CheckInAnswered] = [scored(0, 24), scored(20, 12)]
    certain = answered(60, {str(item): 3 for item in range(1, 7)})
    assert [one.points for one in follow([*start, certain]).crossings] == [18]
    open_still = answered(60, {str(item): 3 for item in range(1, 6)})
    assert follow([*start, open_still]).crossings == ()
    assert follow([*start, scored(60, 18), open_still_later(65)]).relapse == "suspected"


def open_still_later(day: int) -> CheckInAnswered:
    """Ten points at least, of which nobody knows whether the response is lost."""
    return answered(day, {"1": 3, "2": 3, "3": 3, "4": 1})


@given(steps, st.integers(0, 27))
def test_without_a_baseline_response_and_remission_are_unknown(
    gaps: list[tuple[int, int]], before: int
) -> None:
    found = follow([answered(0, {"1": min(before, 3)}), *[scored(*day) for day in dated(gaps)]])
    assert (found.response, found.remission, found.deterioration) == ("unknown",) * 3
    assert found.change_percent is None
    assert found.state in ("no-baseline", "relapse-suspected", "relapse-confirmed")


@given(steps, what_happens, st.integers(0, 27))
def test_an_admission_or_an_attempt_counts_at_once_whatever_the_scores(
    gaps: list[tuple[int, int]], events: tuple[tuple[int, str], ...], baseline: int
) -> None:
    days = dated(gaps)
    last = max([days[-1][0], *[day for day, _ in events]]) + 1
    for kind in ("admission", "attempt"):
        found = follow([(0, baseline), *days], events=(*events, (last, kind)))
        assert found.relapse in ("confirmed", "recurrence")
        assert found.state in ("relapse-confirmed", "recurrence")


@given(steps, st.integers(0, 27))
def test_answers_after_the_instant_asked_about_change_nothing_before_it(
    gaps: list[tuple[int, int]], baseline: int
) -> None:
    days = [(0, baseline), *dated(gaps)]
    for cut in range(1, len(days) + 1):
        day = days[cut - 1][0]
        assert follow(days[:cut], as_of=day) == follow(days, as_of=day)


def test_no_raw_answer_is_lost() -> None:
    rng = random.Random(5)
    forms = []
    for n in range(60):
        items = {
            rng.choice(["1", "q1", "9", "zzz", "5"]): rng.choice([0, 3, 9, "x", None, True]) for _ in range(3)
        }
        forms.append(answered(rng.randint(0, 20), items, event=f"e{n}", checkin=f"k{rng.randint(0, 9)}"))
    found = follow(forms, as_of=60)
    sent = sorted(
        (form.id, item, repr(value)) for form in forms for item, value in form.answers["phq-9"].items()
    )
    kept = sorted(
        (raw.event, str(raw.item), repr(raw.value)) for one in found.observations for raw in one.raw
    )
    assert kept == sent


def test_a_repeated_hour_is_told_apart_by_its_instant() -> None:
    """The first dose in the first half of the hour that comes twice, the answer in the second: it is after."""
    zone = "America/New_York"
    first = pendulum.instance(datetime.datetime(2026, 11, 1, 5, 30, tzinfo=datetime.UTC)).in_timezone(zone)
    second = first.add(minutes=45)
    form = CheckInAnswered(
        id="e",
        course="c-1",
        recorded_at=second,
        checkin="k",
        at=second,
        answers={"phq-9": spread(load_instrument("phq-9"), 9)},
    )
    (found,) = trajectories([form], instruments=["phq-9"], first_dose=first, as_of=at(0))
    assert found.baseline is None
    assert found.state == "no-baseline"


@pytest.mark.parametrize(("points", "expected"), [(10, "no"), (11, "yes"), (12, "yes")])
def test_worsening_is_measured_from_the_best_of_all_answers_between(points: int, expected: str) -> None:
    """The best, 5, lies between others: six points from it are the change that matters."""
    found = follow([(0, 20), (10, 15), (20, 5), (25, 8), (30, points)])
    assert expected == found.worsening


def test_reasons_say_which_answer_is_the_baseline_and_by_which_source_a_relapse_is_suspected() -> None:
    reasons = {reason.rule: reason for reason in follow([(0, 20), (28, 3), (60, 12)]).reasons}
    assert reasons["T3"].text == "the last complete answer before the first dose"
    assert reasons["T7"].text == "at the relapse threshold on 2027-01-30: 12 points"
    assert reasons["T7"].source == "house"
    said = follow([(0, 20), (28, 3)], events=((40, "review:relapse=yes"),)).reasons
    assert [reason.text for reason in said if reason.rule == "T9"] == ["a clinician's word counts at once"]
