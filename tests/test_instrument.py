"""What a questionnaire is, how it is scored, and how any value at all reads at a safety item."""

from __future__ import annotations

import contextlib
import itertools
import math
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.conformance_run import load_suite, run_vector
from ketaschedule.errors import InputError, LimitError, UnknownNameError
from ketaschedule.instrument import (
    Faulty,
    Instrument,
    Partial,
    Total,
    canonical_instrument,
    canonical_item,
    default_of,
    instrument_names,
    load_instrument,
    missing_items,
    parse_instrument,
    read_instrument,
    safety_items,
    safety_level,
    safety_reading,
    score,
    score_total,
    skipped_safety_items,
)
from ketaschedule.instrument_file import MAX_BYTES
from ketaschedule.sources import Grade, Seen

HERE = Path(__file__).parent
FOLDER = HERE.parent / "ketaschedule" / "instruments"
NAMES = instrument_names()

any_instrument = st.sampled_from(NAMES).map(load_instrument)
awkward = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.decimals(),
    st.fractions(),
    st.complex_numbers(),
    st.just(object()),
)


def good_answers(instrument: Instrument, rng: random.Random) -> dict[str, object]:
    return {item.id: rng.randint(item.low, item.high) for item in instrument.items if item.counts}


# -- The files ---------------------------------------------------------------------------------------------


def test_the_sixteen_files_are_these() -> None:
    assert NAMES == (
        "c-ssrs-screener",
        "c-ssrs-screener-since-last-contact",
        "cgi-s",
        "drinking-days",
        "gad-7",
        "madrs",
        "madrs-s",
        "memory",
        "mood",
        "pcl-5",
        "phq-2",
        "phq-9",
        "qids-sr16",
        "safety-question",
        "urinary",
        "who-5",
    )
    assert sorted(file.stem for file in FOLDER.iterdir()) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_bears_its_own_name(name: str) -> None:
    assert load_instrument(name).id == name


@pytest.mark.parametrize(
    ("name", "items", "high", "recall", "spacing"),
    [
        ("phq-9", 9, 27, 14, 7),
        ("phq-2", 2, 6, 14, None),
        ("gad-7", 7, 21, 14, 7),
        ("qids-sr16", 16, 27, 7, 7),
        ("madrs", 10, 60, 7, 7),
        ("madrs-s", 9, 54, 3, 3),
        ("pcl-5", 20, 80, 30, 28),
        ("who-5", 5, 100, 14, 7),
        ("c-ssrs-screener", 7, 3, 30, None),
        ("c-ssrs-screener-since-last-contact", 6, 3, None, None),
        ("cgi-s", 1, 7, None, 14),
        ("mood", 1, 10, 1, 1),
        ("drinking-days", 1, 7, 7, 7),
        ("safety-question", 1, 3, None, None),
        ("urinary", 4, 4, 28, 28),
        ("memory", 3, 3, 28, 28),
    ],
)
def test_items_range_recall_and_spacing(
    name: str, items: int, high: int, recall: int | None, spacing: int | None
) -> None:
    it = load_instrument(name)
    assert sum(item.counts for item in it.items) == items
    assert (it.high, it.recall_days, it.spacing_days) == (high, recall, spacing)


def test_only_wellbeing_and_the_mood_item_are_worse_when_lower() -> None:
    assert {name for name in NAMES if load_instrument(name).worse == "lower"} == {"who-5", "mood"}


def test_clinicians_rate_these() -> None:
    assert {name for name in NAMES if load_instrument(name).rated_by == "clinician"} == {"cgi-s", "madrs"}


@pytest.mark.parametrize("name", NAMES)
def test_every_default_threshold_names_its_source_and_none_rests_on_what_is_unconfirmed(name: str) -> None:
    it = load_instrument(name)
    groups: list[tuple[Any, ...]] = [it.response, it.remission, it.relapse, it.change, it.missing]
    for options in groups:
        chosen = default_of(options)
        if chosen is None:
            continue
        assert chosen.source.id
        assert chosen.source.cite
        assert chosen.source.seen is not Seen.UNCONFIRMED
        if chosen.source.grade is not Grade.HOUSE:
            assert chosen.source.address.startswith("https://") or chosen.source.address.startswith("http://")
    for band in it.bands:
        assert band.source.address


def test_relapse_thresholds_are_our_own_everywhere_but_on_the_madrs() -> None:
    grades = {
        name: chosen.source.grade
        for name in NAMES
        for chosen in [default_of(load_instrument(name).relapse)]
        if chosen is not None
    }
    assert grades.pop("madrs") is Grade.TRIAL
    assert set(grades.values()) == {Grade.HOUSE}
    assert "phq-9" in grades


def test_madrs_22_is_translated_into_no_other_scale() -> None:
    assert [
        (name, threshold.id)
        for name in NAMES
        for threshold in load_instrument(name).relapse
        if threshold.points == 22
    ] == [("madrs", "sustain-1"), ("madrs", "salloum")]


def test_wording_ships_for_three_in_the_authors_words_and_for_no_other() -> None:
    shipped = {name: load_instrument(name).languages for name in NAMES if load_instrument(name).wording}
    assert shipped == {"phq-9": ("en", "es"), "phq-2": ("en", "es"), "gad-7": ("en",)}
    for name in NAMES:
        it = load_instrument(name)
        assert it.licence.wording_ships == (name in shipped)
        assert it.licence.text
        if name not in shipped:
            assert not any(item.text for item in it.items)


def test_the_two_items_of_the_phq_2_are_the_first_two_of_the_phq_9() -> None:
    nine, two = load_instrument("phq-9"), load_instrument("phq-2")
    assert [item.text for item in two.items] == [item.text for item in nine.items[:2]]


@pytest.mark.parametrize("name", [name for name in NAMES if load_instrument(name).safety])
def test_no_text_beside_a_safety_item_reassures(name: str) -> None:
    text = re.sub(r"(?m)^address = .*$", "", (FOLDER / f"{name}.toml").read_text("utf-8"))
    assert not re.search(r"\b(safe|fine|ok|okay|well|low risk)\b", text, re.IGNORECASE)


def test_the_safety_items_and_their_level() -> None:
    found = {
        name: [(entry.item, entry.level) for entry in safety_items(load_instrument(name))]
        for name in NAMES
        if safety_items(load_instrument(name))
    }
    yes = ["1", "2", "3", "4", "5", "6", "6-recent"]
    assert found == {
        "phq-9": [("9", 1)],
        "qids-sr16": [("12", 1)],
        "madrs": [("10", 1)],
        "madrs-s": [("9", 1)],
        "c-ssrs-screener": [(item, 1) for item in yes],
        "c-ssrs-screener-since-last-contact": [(item, 1) for item in yes[:6]],
        "mood": [("safety", 1)],
        "safety-question": [("safety", 1)],
    }


# -- Scoring -----------------------------------------------------------------------------------------------


def test_there_are_enough_vectors() -> None:
    assert len(load_suite("scoring")) >= 68


@pytest.mark.parametrize("vector", load_suite("scoring"), ids=lambda vector: vector["id"])
def test_the_vector_holds(vector: Mapping[str, Any]) -> None:
    """Total, band, faults and what is missing, at each bound."""
    assert run_vector(vector) == ()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_cannot_spell_is_no_answer(value: float) -> None:
    answers: dict[object, object] = {str(number): 0 for number in range(1, 10)} | {"5": value}
    result = score(load_instrument("phq-9"), list(answers.items()))
    assert isinstance(result, Faulty)
    assert [fault.code for fault in result.faults] == ["not-a-number"]


@given(any_instrument, st.randoms(use_true_random=False))
def test_the_order_of_answers_changes_nothing(it: Instrument, rng: random.Random) -> None:
    pairs: list[tuple[object, object]] = list(good_answers(it, rng).items())
    strays: list[tuple[object, object]] = [("stray", 1), ("q1", 99)]
    pairs = [pair for pair in pairs if rng.random() > 0.1] + strays[: rng.randint(0, 2)]
    shuffled = pairs[:]
    rng.shuffle(shuffled)
    assert score(it, shuffled) == score(it, pairs)


@given(any_instrument, st.randoms(use_true_random=False))
def test_a_total_is_the_sum_over_domains_of_the_highest_item(it: Instrument, rng: random.Random) -> None:
    answers = good_answers(it, rng)
    result = score(it, answers)
    assert isinstance(result, Total)
    slow = 0
    for group in it.domains:
        values = [int(str(answers[name])) * it.by_id[name].weight for name in group]
        slow += sorted(values)[-1]
    assert result.points == slow
    assert (result.at_least, result.at_most) == (slow, slow)


@given(st.randoms(use_true_random=False))
def test_the_qids_rule_as_its_authors_write_it(rng: random.Random) -> None:
    q = [0] + [rng.randint(0, 3) for _ in range(16)]
    result = score(load_instrument("qids-sr16"), {str(n): q[n] for n in range(1, 17)})
    assert isinstance(result, Total)
    expected = max(q[1:5]) + q[5] + max(q[6:10]) + q[10] + q[11] + q[12] + q[13] + q[14] + max(q[15:17])
    assert result.points == expected


def cssrs_level(q: Mapping[str, int]) -> int:
    """The triage as published: 4, 5 or behaviour within 3 months; 3 or behaviour before; 1 or 2; none."""
    if q["4"] or q["5"] or q["6-recent"]:
        return 3
    if q["3"] or q["6"]:
        return 2
    return 1 if q["1"] or q["2"] else 0


def test_the_screener_gives_the_published_level_for_each_of_its_128_answers() -> None:
    it = load_instrument("c-ssrs-screener")
    for values in itertools.product((0, 1), repeat=7):
        answers = dict(zip([item.id for item in it.items], values, strict=True))
        result = score(it, answers)
        assert isinstance(result, Total)
        assert result.points == cssrs_level(answers)


def test_the_screener_asks_only_down_the_branches_that_were_taken() -> None:
    it = load_instrument("c-ssrs-screener")
    for one, two, six in itertools.product((0, 1), repeat=3):
        answers = {"1": one, "2": two, "6": six}
        expected = (["3", "4", "5"] if two else []) + (["6-recent"] if six else [])
        assert list(missing_items(it, answers)) == expected


@pytest.mark.parametrize("name", ["phq-2", "cgi-s", "memory", "mood"])
def test_the_bounds_are_the_least_and_greatest_total_of_all_completions(name: str) -> None:
    """The slow twin: try every way of completing a partial answer."""
    it = load_instrument(name)
    counted = [item for item in it.items if item.counts]
    for given_values in itertools.product(*[[None, *range(item.low, item.high + 1)] for item in counted]):
        answers = {i.id: v for i, v in zip(counted, given_values, strict=True) if v is not None}
        totals = []
        for full in itertools.product(
            *[
                [v] if v is not None else range(i.low, i.high + 1)
                for i, v in zip(counted, given_values, strict=True)
            ]
        ):
            whole = score(it, {i.id: v for i, v in zip(counted, full, strict=True)})
            assert isinstance(whole, Total)
            totals.append(whole.points)
        result = score(it, answers)
        assert (result.at_least, result.at_most) == (min(totals), max(totals))


@given(any_instrument, st.randoms(use_true_random=False))
def test_a_partial_answer_holds_every_total_that_completing_it_can_give(
    it: Instrument, rng: random.Random
) -> None:
    answers = good_answers(it, rng)
    whole = score(it, answers)
    assert isinstance(whole, Total)
    part = score(it, {name: value for name, value in answers.items() if rng.random() < 0.6})
    # a branch that is not taken is not asked, so an answer beside it is no completion of this one
    if it.id.startswith("c-ssrs"):
        assert part.at_least <= whole.points
    else:
        assert part.at_least <= whole.points <= part.at_most


@given(any_instrument, st.data())
def test_leaving_any_one_item_out_makes_the_total_unknown(it: Instrument, data: st.DataObject) -> None:
    answers: dict[str, object] = {item.id: item.high for item in it.items if item.counts}
    gone = data.draw(st.sampled_from(sorted(answers)))
    partner = it.by_id[gone].either
    del answers[gone]
    result = score(it, answers)
    if partner is None:
        assert isinstance(result, Partial)
        assert result.missing == (gone,)
        assert result.reasons == (f"not answered: {gone}",)
    else:
        assert isinstance(result, Total)


@given(
    any_instrument,
    st.dictionaries(st.text(max_size=6) | st.sampled_from(["1", "9", "q9", "safety"]), awkward),
)
def test_whatever_comes_is_kept_and_named_and_nothing_raises(
    it: Instrument, items: dict[str, object]
) -> None:
    result = score(it, items)
    assert len(result.raw) == len(items)
    assert it.low <= result.at_least <= result.at_most <= it.high
    assert isinstance(result, (Total, Partial, Faulty))
    for fault in result.faults:
        assert fault.text
        assert len(fault.text) < 400


@given(any_instrument, st.data())
def test_a_bad_value_at_an_item_is_never_a_total(it: Instrument, data: st.DataObject) -> None:
    item = it.by_id[data.draw(st.sampled_from(sorted(item.id for item in it.items if item.counts)))]
    answers: dict[str, object] = {other.id: other.low for other in it.items if other.counts}
    words = st.text(max_size=3).filter(lambda text: text.strip().lower() not in ("yes", "no"))
    numbers = st.integers().filter(lambda number: not item.low <= number <= item.high)
    answers[item.id] = data.draw(st.one_of(words, numbers))
    result = score(it, answers)
    assert isinstance(result, Faulty)
    assert len(result.faults) == 1
    assert result.faults[0].value == answers[item.id]


def test_a_null_is_no_answer() -> None:
    result = score(load_instrument("phq-2"), {"1": None, "2": 1})
    assert isinstance(result, Partial)
    assert result.missing == ("1",)
    assert len(result.raw) == 2


def test_several_answers_under_one_name_are_named_as_such() -> None:
    """Two in a tuple, as a reader of JSON hands them on, are two; one is one, and none is none."""
    two, one, none = (score(load_instrument("phq-2"), {"1": value, "2": 0}) for value in ((0, 3), (3,), ()))
    assert [fault.code for fault in two.faults] == ["duplicated"]
    assert two.faults[0].value == (0, 3)
    assert (one.state, one.at_least) == ("total", 3)
    assert none.missing == ("1",)


def test_a_form_with_a_bad_answer_and_a_missing_one_is_faulty_and_names_both() -> None:
    result = score(load_instrument("phq-9"), {**dict.fromkeys("1234567", 0), "8": 7})
    assert (result.state, result.missing) == ("faulty", ("9",))
    assert result.reasons == ("not answered: 9", "item 8: 7 is outside 0 to 3")


def test_a_fault_says_what_would_be_an_answer() -> None:
    often = score(load_instrument("c-ssrs-screener"), {"1": "often"})
    text = score(load_instrument("phq-9"), {"1": "often"})
    assert [fault.text for fault in often.faults] == ["item 1: 'often' is not yes or no"]
    assert [fault.text for fault in text.faults] == ["item 1: 'often' is not a whole number from 0 to 3"]


def test_the_rule_for_missing_answers_is_the_one_that_the_file_marks() -> None:
    two = '\n[[items]]\nid = "b"\nlow = 0\nhigh = 4\n\n[[missing]]\nid = "mean-of-answered"\nat_most = 1\nsource = "house"\n'
    text = LOWER.replace("high = 4\nlicence", "high = 8\nlicence") + two
    assert score(parse_instrument(text), {"hope": 3}).state == "partial"
    assert score(parse_instrument(text), {"hope": 3}, missing="mean-of-answered").state == "total"
    result = score(parse_instrument(text + "default = true\n"), {"hope": 3})
    assert isinstance(result, Total)
    assert result.points == 6


def test_a_missing_rule_that_the_instrument_lacks_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="mean-of-answered"):
        score(load_instrument("gad-7"), {}, missing="mean-of-answered")


@pytest.mark.parametrize(
    ("value", "state"),
    [(0, "total"), (60, "total"), (61, "faulty"), (-1, "faulty"), ("24", "faulty"), (True, "faulty")],
)
def test_a_recorded_total_must_be_one(value: object, state: str) -> None:
    assert score_total(load_instrument("madrs"), value).state == state


@pytest.mark.parametrize(
    ("name", "item", "expected"),
    [
        ("phq-9", "9", "9"),
        ("phq-9", 9, "9"),
        ("phq-9", " Q9 ", "9"),
        ("phq-9", "item_09", "9"),
        ("phq-9", "phq9.9", "9"),
        ("phq-9", "PHQ-9/q9", "9"),
        ("phq-9", "question 9", "9"),
        ("phq-9", "99", None),
        ("phq-9", "phq-9", None),
        ("phq-9", "phq-99", None),
        ("phq-9", "", None),
        ("phq-9", True, None),
        ("phq-9", 9.0, None),
        ("phq-9", -9, None),
        ("phq-9", 10**400, None),
        ("phq-9", "gad-7.1", None),
        ("c-ssrs-screener", "q6_recent", "6-recent"),
        ("qids-sr16", "qids_sr16_12", "12"),
        ("mood", "Mood", "mood"),
    ],
)
def test_an_item_by_the_names_that_apps_give_it(name: str, item: object, expected: str | None) -> None:
    assert canonical_item(load_instrument(name), item) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PHQ-9", "phq-9"),
        ("phq9", "phq-9"),
        ("PHQ‑9", "phq-9"),
        ("MADRS_S", "madrs-s"),
        ("C-SSRS", "c-ssrs-screener"),
        ("CGI", None),
        ("", None),
        (9, None),
    ],
)
def test_an_instrument_by_the_names_that_apps_give_it(name: object, expected: str | None) -> None:
    assert canonical_instrument(name) == expected


# -- Safety ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "item", "value", "level"),
    [
        ("phq-9", "9", 0, 0),
        ("phq-9", "9", 1, 1),
        ("phq-9", "9", 2, 2),
        ("phq-9", "9", 3, 3),
        ("phq-9", "9", 0.5, 1),
        ("phq-9", "9", 4, 3),
        ("phq-9", "9", -1, 1),
        ("phq-9", "9", "2", 2),
        ("phq-9", "9", "0", 0),
        ("phq-9", "9", "several days", 1),
        ("phq-9", "9", "", 1),
        ("phq-9", "9", None, 1),
        ("phq-9", "9", False, 1),
        ("phq-9", "9", True, 1),
        ("phq-9", "9", math.nan, 1),
        ("phq-9", "9", math.inf, 3),
        ("phq-9", "9", -math.inf, 1),
        ("phq-9", "9", "nan", 1),
        ("phq-9", "9", "9" * 5000, 3),
        ("phq-9", "9", 10**400, 3),
        ("phq-9", "9", Decimal(2), 2),
        ("phq-9", "9", Decimal("sNaN"), 1),
        ("phq-9", "9", Fraction(10**400, 3), 1),
        ("phq-9", "9", [0], 1),
        ("phq-9", "9", {}, 1),
        ("phq-9", "1", 3, None),
        ("phq-9", "10", 3, None),
        ("phq9", "q9", 1, 1),
        ("phq-2", "1", 3, None),
        ("nothing", "9", 3, None),
        ("qids-sr16", "12", 1, 1),
        ("qids-sr16", "12", 0, 0),
        ("madrs", "10", 1, 1),
        ("madrs", "10", 6, 6),
        ("madrs-s", "9", 1, 1),
        ("madrs-s", "9", 0, 0),
        ("c-ssrs-screener", "1", "yes", 1),
        ("c-ssrs-screener", "2", True, 1),
        ("c-ssrs-screener", "3", 1, 2),
        ("c-ssrs-screener", "4", "y", 3),
        ("c-ssrs-screener", "5", "1", 3),
        ("c-ssrs-screener", "6", "Yes", 2),
        ("c-ssrs-screener", "6-recent", True, 3),
        ("c-ssrs-screener", "4", "no", 0),
        ("c-ssrs-screener", "4", False, 0),
        ("c-ssrs-screener", "4", 0, 0),
        ("c-ssrs-screener", "4", "perhaps", 3),
        ("c-ssrs-screener", "4", None, 3),
        ("c-ssrs-screener", "4", 2, 3),
        ("c-ssrs-screener", "4", -1, 3),
        ("c-ssrs-screener-since-last-contact", "6", True, 3),
        ("mood", "safety", 1, 1),
        ("mood", "mood", 0, None),
        ("safety-question", "safety", 3, 3),
    ],
)
def test_how_bad_a_raw_value_is_at_a_safety_item(
    name: str, item: str, value: object, level: int | None
) -> None:
    assert safety_level(name, item, value) == level


@given(st.sampled_from(NAMES), awkward | st.sampled_from(["9", "12", "10", "safety", "4"]), awkward)
def test_any_value_at_any_item_reads_without_raising(name: str, item: object, value: object) -> None:
    reading = safety_reading(name, item, value)
    assert reading is None or reading.level >= 0


@given(
    st.sampled_from([(name, entry.item) for name in NAMES for entry in load_instrument(name).safety]),
    awkward,
)
def test_only_the_forms_own_zero_reads_as_zero(place: tuple[str, str], value: object) -> None:
    """Whatever cannot be read, is missing, or lies out of range is at the level at least."""
    reading = safety_reading(*place, value)
    assert reading is not None
    item = load_instrument(place[0]).by_id[place[1]]
    if reading.level == 0:
        assert reading.kind == "answered"
        if item.kind == "yes-no" and isinstance(value, (str, bool)):
            assert str(value).strip().lower() in ("no", "n", "false", "0")
        else:
            assert not isinstance(value, bool)
            assert float(str(value)) == 0
    if value is None:
        assert reading.kind == "skipped"


@given(
    st.sampled_from([(name, entry.item) for name in NAMES for entry in load_instrument(name).safety]),
    st.integers(-2, 9),
    st.integers(-2, 9),
)
def test_a_worse_value_never_reads_lower_within_the_range(place: tuple[str, str], one: int, two: int) -> None:
    item = load_instrument(place[0]).by_id[place[1]]
    low, high = sorted((max(one, item.low), max(two, item.low)))
    first, second = safety_level(*place, low), safety_level(*place, high)
    assert first is not None
    assert second is not None
    assert first <= second


LOWER = """
schema = 1
id = "hope"
title = "Hope"
rated_by = "self"
worse = "lower"
low = 0
high = 4
licence = { text = "ours", source = "house" }

[[items]]
id = "hope"
low = 0
high = 4

[[safety]]
item = "hope"
level = 1
worse = "lower"
source = "house"
"""


@pytest.mark.parametrize(
    ("value", "level"), [(0, 4), (1, 3), (2, 0), (4, 0), (1.5, 3), (-1, 4), (5, 1), (None, 1), ("?", 1)]
)
def test_where_lower_is_worse_the_level_rises_as_the_value_falls(value: object, level: int) -> None:
    assert safety_level(parse_instrument(LOWER), "hope", value) == level


def test_the_mildest_value_is_at_the_level_where_a_file_says_so() -> None:
    """A clinic may ask to be told of every answer: the mildest is then of level 1, on either kind of scale."""
    every = parse_instrument(LOWER.replace("level = 1", "level = 4"))
    assert [safety_level(every, "hope", value) for value in range(5)] == [4, 3, 2, 1, 1]
    other = parse_instrument(LOWER.replace('level = 1\nworse = "lower"', "level = 0"))
    assert [safety_level(other, "hope", value) for value in range(5)] == [1, 1, 2, 3, 4]


def test_a_level_above_one_leaves_the_values_below_it_out() -> None:
    text = LOWER.replace('level = 1\nworse = "lower"', "level = 2")
    own = parse_instrument(text)
    assert [safety_level(own, "hope", value) for value in range(5)] == [0, 0, 2, 3, 4]


@pytest.mark.parametrize("word", ["yes", "Y", " TRUE ", "1", "no", "N", "False", "0"])
def test_yes_and_no_are_read_in_the_forms_own_terms(word: str) -> None:
    reading = safety_reading("c-ssrs-screener", "1", word)
    assert reading is not None
    assert reading.kind == "answered"
    assert reading.level == int(word.strip().lower() in ("yes", "y", "true", "1"))


def test_a_safety_item_that_was_not_answered_is_skipped_and_a_branch_not_taken_is_not() -> None:
    assert skipped_safety_items(load_instrument("phq-9"), {"1": 1}) == ("9",)
    assert skipped_safety_items(load_instrument("phq-9"), {"1": 1, "nonsense": 2}) == ("9",)
    assert skipped_safety_items(load_instrument("phq-9"), {"9": None}) == ("9",)
    assert skipped_safety_items(load_instrument("phq-9"), {"9": "?"}) == ()
    assert skipped_safety_items(load_instrument("phq-2"), {"1": 1}) == ()
    screener = load_instrument("c-ssrs-screener")
    assert skipped_safety_items(screener, {"1": "no", "2": "no", "6": "no"}) == ()
    assert skipped_safety_items(screener, {"1": "no", "2": "yes", "6": "no"}) == ("3", "4", "5")
    assert skipped_safety_items(load_instrument("mood"), {"mood": 5}) == ("safety",)


# -- Files of one's own ------------------------------------------------------------------------------------


def faults(text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_instrument(text)
    return [fault.path for fault in caught.value.faults]


def test_your_own_instrument_is_read_from_a_path(tmp_path: Path) -> None:
    file = tmp_path / "hope.toml"
    file.write_text(LOWER, "utf-8")
    assert load_instrument(file) == read_instrument(file)
    assert load_instrument(file).id == "hope"


def test_a_file_that_is_not_there_is_an_input_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        load_instrument(tmp_path / "nowhere.toml")


def test_an_unknown_name_suggests_near_ones() -> None:
    with pytest.raises(UnknownNameError, match="gad-7"):
        load_instrument("gad-77")


def test_every_fault_of_a_file_comes_at_once_with_its_path() -> None:
    text = LOWER + "\nsurprise = 1\n"
    text = text.replace('rated_by = "self"', 'rated_by = "nobody"').replace(
        "high = 4\nlicence", "high = 5\nlicence"
    )
    text = text.replace('title = "Hope"', "title = 5").replace('item = "hope"', 'item = "gone"')
    assert faults(text) == ["title", "rated_by", "safety[0].surprise", "high", "safety[0].item"]


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("schema = 1", "schema = 2", "schema"),
        ('id = "hope"\ntitle', 'id = "Hope!"\ntitle', "id"),
        ('worse = "lower"\nlow', 'worse = "sideways"\nlow', "worse"),
        ("high = 4\n\n[[safety", "high = 0\n\n[[safety", "items[0].high"),
        ("high = 4\n\n[[safety", "high = 4.0\n\n[[safety", "items[0].high"),
        ("high = 4\n\n[[safety", "high = true\n\n[[safety", "items[0].high"),
        ("level = 1", "level = 5", "safety[0].level"),
        ("level = 1", "level = 1000001", "safety[0].level"),
        ('source = "house" }', 'source = "who" }', "licence.source"),
        ('text = "ours", ', "", "licence.text"),
        ('text = "ours", ', 'text = "ours", wording_ships = true, ', "licence.wording_ships"),
        ("[[safety]]", 'either = "none"\n[[safety]]', "items[0].either"),
        ("[[safety]]", 'either = "hope"\n[[safety]]', "items[0].either"),
        ("[[safety]]", 'asked_if = "hope"\n[[safety]]', "items[0].asked_if"),
        ("[[safety]]", 'kind = "yes-no"\n[[safety]]', "items[0].kind"),
        ("[[safety]]", "weight = 0\n[[safety]]", "items[0].weight"),
        ("[[safety]]", "counts = false\n[[safety]]", "domains"),
        ("[[safety]]", '[[items]]\nid = "hope"\nlow = 0\nhigh = 4\n[[safety]]', "items"),
        ("[[items]]", 'domains = [["hope", "hope"]]\n[[items]]', "domains"),
        ("[[items]]", 'domains = "hope"\n[[items]]', "domains"),
        ("[[items]]", "domains = [[]]\n[[items]]", "domains"),
        ("[[items]]", 'notes = ["a", 2]\n[[items]]', "notes"),
        ("[[items]]", "recall_days = -1\nrecall_source = 'house'\n[[items]]", "recall_days"),
        ("[[items]]", "recall_days = 7\n[[items]]", "recall_source"),
        ("[[items]]", "follows = 3\n[[items]]", "follows"),
        (
            "[[safety]]",
            '[[bands]]\nid = "a"\ntitle = "a"\nlow = 1\nhigh = 4\nsource = "house"\n[[safety]]',
            "bands[0]",
        ),
        (
            "[[safety]]",
            '[[bands]]\nid = "a"\ntitle = "a"\nlow = 0\nhigh = 3\nsource = "house"\n[[safety]]',
            "bands",
        ),
        (
            "[[safety]]",
            '[[remission]]\nid = "a"\nop = "<"\npoints = 2\nsource = "house"\n[[safety]]',
            "remission[0].op",
        ),
        (
            "[[safety]]",
            '[[relapse]]\nid = "a"\nop = ">"\npoints = 2\nsource = "house"\n[[safety]]',
            "relapse[0].op",
        ),
        (
            "[[safety]]",
            '[[relapse]]\nid = "a"\nop = "<"\npoints = 9\nsource = "house"\n[[safety]]',
            "relapse[0].points",
        ),
        (
            "[[safety]]",
            '[[relapse]]\nid = "a"\nop = "<"\npoints = 2\nmin_days = 9\nmax_days = 8\nsource = "house"\n[[safety]]',
            "relapse[0].max_days",
        ),
        (
            "[[safety]]",
            '[[relapse]]\nid = "a"\nop = "<"\npoints = 2\nvisits = 3\nsource = "house"\n[[safety]]',
            "relapse[0].visits",
        ),
        (
            "[[safety]]",
            '[[response]]\nid = "a"\npercent = 101\nsource = "house"\n[[safety]]',
            "response[0].percent",
        ),
        ("[[safety]]", '[[change]]\nid = "a"\nsource = "house"\n[[safety]]', "change[0].points"),
        (
            "[[safety]]",
            '[[change]]\nid = "a"\npoints = 1\npercent = 1\nsource = "house"\n[[safety]]',
            "change[0].points",
        ),
        (
            "[[safety]]",
            (
                '[[change]]\nid = "a"\npoints = 1\nsource = "x"\ndefault = true\n'
                '[sources.x]\ncite = "x"\ngrade = "trial"\nseen = "unconfirmed"\n[[safety]]'
            ),
            "change[0].default",
        ),
        (
            "[[safety]]",
            (
                '[[change]]\nid = "a"\npoints = 1\nsource = "house"\ndefault = true\n'
                '[[change]]\nid = "a"\npoints = 2\nsource = "house"\ndefault = true\n[[safety]]'
            ),
            "change",
        ),
        ("[[safety]]", '[[missing]]\nid = "zero"\nsource = "house"\n[[safety]]', "missing[0].id"),
        (
            "[[safety]]",
            '[sources.x]\ncite = "x"\ngrade = "rumour"\nseen = "read"\n[[safety]]',
            "sources.x.grade",
        ),
        ("[[safety]]", "sources = 3\n[[safety]]", "items[0].sources"),
    ],
)
def test_a_fault_is_found_at_its_path(old: str, new: str, path: str) -> None:
    assert old in LOWER
    assert path in faults(LOWER.replace(old, new, 1))


def test_one_default_is_the_most_even_of_different_ids() -> None:
    two = "".join(
        f'[[change]]\nid = "{name}"\npoints = 1\nsource = "house"\ndefault = true\n' for name in ("a", "b")
    )
    assert faults(LOWER + two) == ["change"]


def test_what_lies_on_the_edge_of_the_allowed_is_allowed() -> None:
    """A threshold at the greatest total, confirmation on one single day, domains with different lows."""
    edge = '[[relapse]]\nid = "a"\nop = "<="\npoints = 4\nmin_days = 7\nmax_days = 7\nsource = "house"\n'
    assert parse_instrument(LOWER + edge).relapse[0].max_days == 7
    text = LOWER.replace(
        "low = 0\nhigh = 4\nlicence", 'domains = [["hope", "b"]]\nlow = 1\nhigh = 4\nlicence'
    )
    both = text + '[[items]]\nid = "b"\nlow = 1\nhigh = 2\n'
    assert parse_instrument(both).low == 1


def test_wording_must_be_whole_in_each_language() -> None:
    phq = (FOLDER / "phq-2.toml").read_text("utf-8")
    assert faults(re.sub(r'text\.es = "Se ha.*\n', "", phq)) == ["items[1].text"]
    assert faults(phq.replace('text.es = "Varios días"\n', "")) == ["wording.choices[1].text"]


@pytest.mark.parametrize("text", ["=", b"\xff", "a = " + "[" * 5000, "n = " + "9" * 5000, "\ud800"])
def test_what_is_not_toml_is_one_plain_fault(text: str | bytes) -> None:
    assert len(faults(text)) == 1


def test_a_file_may_hold_256_kib_and_not_a_byte_more() -> None:
    fits = LOWER + "#" * (MAX_BYTES - len(LOWER))
    assert parse_instrument(fits).id == "hope"
    with pytest.raises(LimitError, match="262144"):
        parse_instrument(fits + "#")


def test_two_hundred_items_are_the_most() -> None:
    items = "".join(f'[[items]]\nid = "i{n}"\nlow = 0\nhigh = 1\n' for n in range(200))
    head = LOWER[: LOWER.index("[[items]]")].replace("high = 4", "high = 200")
    assert len(parse_instrument(head + items).items) == 200
    more = '[[items]]\nid = "last"\nlow = 0\nhigh = 1\n'
    assert faults((head + items + more).replace("high = 200", "high = 201")) == ["items"]


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_in_any_other_way(text: str) -> None:
    with pytest.raises(InputError):
        parse_instrument(text)


VALUES = [
    "1",
    "-1",
    "true",
    '"x"',
    "[]",
    "[1]",
    "{}",
    "[{}]",
    "1.5",
    "nan",
    "2026-01-01",
    '[["a"]]',
    "{ en = 1 }",
]


@pytest.mark.parametrize("name", ["phq-9", "qids-sr16", "c-ssrs-screener"])
def test_a_file_with_any_value_put_elsewhere_is_read_or_refused_with_faults(name: str) -> None:
    """Put each odd value in the place of each line's own: nothing but an InputError may come of it."""
    lines = (FOLDER / f"{name}.toml").read_text("utf-8").splitlines()
    rng = random.Random(7)
    places = [n for n, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    for place in rng.sample(places, 40):
        for value in VALUES:
            changed = lines[:]
            changed[place] = lines[place].split(" = ")[0] + " = " + value
            with contextlib.suppress(InputError):
                parse_instrument("\n".join(changed))


def test_importing_instrument_loads_no_more_than_pendulum_attrs_and_the_standard_library() -> None:
    code = (
        "import sys, pendulum, attrs; before = set(sys.modules);"
        "import ketaschedule.instrument, ketaschedule.trajectory;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parent
    )
    assert done.stdout.strip() == "['ketaschedule']"
