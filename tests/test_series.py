"""Spacing: boundary vectors, laws, and a slow twin that counts one day at a time."""

from __future__ import annotations

import calendar
import datetime
import itertools
import random
from collections.abc import Mapping
from typing import Any, Literal

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.conformance_run import load_suite, run_vector
from ketaschedule.errors import Fault, InputError, LimitError
from ketaschedule.series import (
    MAX_DOSES,
    Duration,
    Interval,
    NextDose,
    Series,
    add_duration,
    evaluate_series,
    parse_duration,
)

DAY = datetime.timedelta(days=1)
Reference = Literal["administered", "valid"]


def date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def row(bounds: list[str]) -> Interval:
    return Interval(*bounds)


def verdicts(series: Series) -> list[str]:
    return [f"{dose.target} {dose.status} {dose.reason}" for dose in series.doses]


@pytest.mark.parametrize("vector", load_suite("spacing"), ids=lambda vector: vector["id"])
def test_the_vector_holds(vector: Mapping[str, Any]) -> None:
    """Target, status and reason of each dose, and the dates of the next, at each bound."""
    assert run_vector(vector) == ()


def test_there_are_enough_vectors() -> None:
    assert len(load_suite("spacing")) >= 120


@pytest.mark.parametrize(
    ("start", "text", "expected"),
    [  # the examples printed in the specification's table 3-6
        ("2000-01-01", "3 years", "2003-01-01"),
        ("2000-01-01", "6 months", "2000-07-01"),
        ("2000-11-01", "6 months", "2001-05-01"),
        ("2000-01-01", "3 days", "2000-01-04"),
        ("2000-01-01", "3 weeks", "2000-01-22"),
        ("2000-02-01", "5 weeks", "2000-03-07"),
        ("2001-02-01", "5 weeks", "2001-03-08"),
        ("2000-01-15", "- 4 days", "2000-01-11"),
        ("2000-03-31", "6 months", "2000-10-01"),
        ("2010-08-31", "6 months", "2011-03-01"),
        ("2000-01-31", "6 months – 4 days", "2000-07-27"),
        # and what follows from them
        ("2000-01-31", "6 months − 4 days", "2000-07-27"),
        ("2000-01-31", "-4 days+6 MONTHS", "2000-07-27"),
        ("2026-01-31", "1 month + 1 month", "2026-03-31"),
        ("2028-02-29", "1 year + 1 month", "2029-04-01"),
        ("2026-03-31", "1 year - 1 month", "2027-03-01"),
        ("2026-12-31", "0 days", "2026-12-31"),
        ("2026-11-30", "1 month", "2026-12-30"),
        ("2026-12-01", "12 months", "2027-12-01"),
        ("2026-01-01", "- 1 month", "2025-12-01"),
        ("2026-01-01", "14  weeks - 4 days", "2026-04-05"),
    ],
)
def test_a_duration_after_a_date_is_as_the_specification_prints_it(
    start: str, text: str, expected: str
) -> None:
    assert date(expected) == add_duration(date(start), text)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "n/a", "28", "days", "28 day s", "28 hours", "1.5 weeks", "4 weeks 4 days", "4 weeks - ", "+",
        "4 weeks -- 4 days", "P28D", "28 days,", "123456 days", "٣ days", "28 dayss", "4weeksdays", "28 days\n.",
    ],
)  # fmt: skip
def test_a_text_that_is_no_duration_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(InputError) as caught:
        add_duration(date("2026-01-01"), text)
    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == ("text", "bad-duration")
    assert "28 days" in fault.allowed


def test_an_instant_is_not_a_date_and_the_calendar_has_an_end() -> None:
    with pytest.raises(InputError, match="date: an instant, not a date"):
        add_duration(pendulum.datetime(2026, 1, 1), "1 day")
    for start, text in [("9999-12-31", "1 day"), ("9999-12-31", "1 month"), ("9999-01-01", "1 year"),
                        ("0001-01-01", "- 1 day"), ("0001-01-31", "- 1 month"), ("0001-01-01", "- 1 year")]:  # fmt: skip
        with pytest.raises(InputError, match="outside the calendar") as caught:
            add_duration(date(start), text)
        (fault,) = caught.value.faults
        assert (fault.path, fault.allowed, fault.code) == ("text", "years 1 to 9999", "limit")
    assert add_duration(date("9999-12-30"), "1 day") == datetime.date.max
    assert add_duration(date("9998-12-31"), "1 year") == datetime.date.max
    assert add_duration(date("0001-01-02"), "- 1 day") == datetime.date.min
    assert add_duration(date("0001-02-01"), "- 1 month") == datetime.date.min


def test_whole_numbers_are_days_and_the_class_of_the_date_is_kept() -> None:
    assert add_duration(date("2026-01-01"), 28) == date("2026-01-29")
    assert type(add_duration(date("2026-01-01"), "1 month")) is datetime.date
    answer = add_duration(pendulum.date(2026, 1, 1), "1 month")
    assert (type(answer), answer) == (pendulum.Date, pendulum.date(2026, 2, 1))
    series = evaluate_series([Interval(2, 2, 3, 5)], [pendulum.date(2026, 1, 1), pendulum.date(2026, 1, 2)])
    assert series.next is not None
    seen = [series.next.earliest, series.next.recommended, series.next.past_due]
    seen += [series.doses[1].minimum, series.doses[1].counted_from, series.doses[1].date]
    assert {type(day) for day in seen} == {pendulum.Date}


def test_days_as_numbers_and_days_as_texts_give_the_same_series() -> None:
    dates = [date("2026-01-01"), date("2026-01-25"), date("2026-03-03")]
    numbers = evaluate_series([Interval(24, 28, 56, 91)] * 2, dates)
    texts = evaluate_series([Interval("4 weeks - 4 days", "4 weeks", "8 weeks", "13 weeks")] * 2, dates)
    assert numbers == texts


def test_an_interval_may_be_written_in_every_documented_form() -> None:
    dates = [date("2026-01-01"), date("2026-01-26")]
    bounds = ["4 weeks - 4 days", "4 weeks", "8 weeks", "13 weeks"]
    expected = evaluate_series([row(bounds)], dates)
    for names in [
        ("absolute_minimum", "minimum", "earliest_recommended", "latest_recommended"),
        ("absolute-minimum", "minimum", "earliest-recommended", "latest-recommended"),
        ("abs_min", "min", "earliest_rec", "latest_rec"),
        ("abs-min", "min", "earliest-rec", "latest-rec"),
        ("abs-min", "min", "earliest", "latest"),
        ("absMinInt", "minInt", "earliestRecInt", "latestRecInt"),
        ("abs_min_int", "min_int", "earliest_rec_int", "latest_rec_int"),
        (
            "Absolute minimum interval",
            "Minimum interval",
            "Earliest recommended interval",
            "Latest recommended interval",
        ),
        ("absoluteMinimum", "minimum", "earliestRecommended", "latestRecommended"),
    ]:
        assert expected == evaluate_series([dict(zip(names, bounds, strict=True))], dates), names
    assert expected == evaluate_series([bounds], dates)
    assert expected == evaluate_series([tuple(bounds)], dates)
    unbounded = evaluate_series([Interval()], dates)
    for absent in (
        None,
        {},
        {"minimum": None},
        {"minimum": "N/A", "abs-min": " ", "latest": "NA"},
        [None, "", "n/a", None],
    ):
        assert unbounded == evaluate_series([absent], dates), absent


def test_every_fault_of_a_series_is_named_at_once_with_its_path() -> None:
    with pytest.raises(InputError) as caught:
        evaluate_series(
            [
                {"minimum": "four weeks", "abs-min": "4 wks", "gap": "2 days"},
                {"minimum": 1.5, "latest_recommended": True},
                {"minimum": "1 day", "min": "2 days"},
                "days",
                ["28 days"],
                Interval(),
            ],
            [date("2026-01-01"), pendulum.datetime(2026, 1, 2), "2026-01-03", None],  # type: ignore[list-item]  # wrong on purpose
            "given",  # type: ignore[arg-type]  # wrong on purpose
        )
    assert {
        "intervals[0].minimum", "intervals[0].absolute_minimum", "intervals[0].gap",
        "intervals[1].minimum", "intervals[1].latest_recommended", "intervals[2].min",
        "intervals[3]", "intervals[4]", "given[1]", "given[2]", "given[3]", "reference",
    } == {fault.path for fault in caught.value.faults}  # fmt: skip
    assert len(caught.value.faults) == 12
    lines = "\n".join(sorted(f"{fault.code} | {fault.line()}" for fault in caught.value.faults))
    assert lines == FAULTS.strip()


FAULTS = """
bad-date | given[1]: an instant, not a date: DateTime(2026, 1, 2, 0, 0, 0, tzinfo=Timezone('UTC')) (allowed: a date without a time of day)
bad-date | given[2]: not a date: '2026-01-03' (allowed: a date without a time of day)
bad-date | given[3]: not a date: None (allowed: a date without a time of day)
bad-duration | intervals[0].absolute_minimum: not a duration: '4 wks' (allowed: a duration such as "28 days", "8 weeks" or "6 months - 4 days")
bad-duration | intervals[0].minimum: not a duration: 'four weeks' (allowed: a duration such as "28 days", "8 weeks" or "6 months - 4 days")
bad-duration | intervals[1].latest_recommended: not a duration: True (allowed: a duration such as "28 days", "8 weeks" or "6 months - 4 days")
bad-duration | intervals[1].minimum: not a duration: 1.5 (allowed: a duration such as "28 days", "8 weeks" or "6 months - 4 days")
bad-input | intervals[3]: not an interval: 'days' (allowed: four bounds: absolute_minimum, minimum, earliest_recommended, latest_recommended)
bad-input | intervals[4]: not an interval: ['28 days'] (allowed: four bounds: absolute_minimum, minimum, earliest_recommended, latest_recommended)
twice | intervals[2].min: minimum is given twice (allowed: once)
unknown-name | intervals[0].gap: no such bound (allowed: absolute_minimum, minimum, earliest_recommended, latest_recommended)
unknown-name | reference: no reference is called 'given' (allowed: administered, valid)
"""


def test_what_is_no_list_is_refused_and_limits_are_said() -> None:
    with pytest.raises(InputError, match="given: not a list"):
        evaluate_series([], date("2026-01-01"))  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(InputError, match="intervals: not a list"):
        evaluate_series({"minimum": "1 day"}, [])
    with pytest.raises(LimitError, match=f"at most {MAX_DOSES}"):
        evaluate_series([], [date("2026-01-01")] * (MAX_DOSES + 1))
    assert len(evaluate_series([], [date("2026-01-01")] * MAX_DOSES).doses) == MAX_DOSES
    with pytest.raises(InputError, match=r"intervals\[0\]\.minimum: ends outside"):
        evaluate_series([{"minimum": "9000 years"}], [date("2026-01-01")])
    far: list[Any] = [Interval(), {"latest": "9000 years"}, Interval()]
    with pytest.raises(InputError, match=r"intervals\[1\]\.latest_recommended: ends outside .*1 to 9999"):
        evaluate_series(far, [date("2026-01-01")] * 3)
    with pytest.raises(InputError, match="not a duration: ''"):
        parse_duration("")


@pytest.mark.parametrize(
    ("intervals", "given", "fault"),
    [
        ("x", [], Fault("intervals", "not a list: 'x'", "a list")),
        ([], b"x", Fault("given", "not a list: b'x'", "a list")),
        ([], 7, Fault("given", "not a list: 7", "a list")),
        (
            [None] * (MAX_DOSES + 1),
            [],
            Fault("intervals", f"{MAX_DOSES + 1} items", f"at most {MAX_DOSES}", "limit"),
        ),
    ],
    ids=["a text", "bytes", "a number", "too many"],
)
def test_a_fault_of_a_list_says_where_what_and_what_is_allowed(
    intervals: Any, given: Any, fault: Fault
) -> None:
    with pytest.raises(InputError) as caught:
        evaluate_series(intervals, given)
    assert caught.value.faults == (fault,)


def test_a_bound_whose_name_is_no_text_is_a_fault_beside_the_others() -> None:
    with pytest.raises(InputError) as caught:
        evaluate_series([{3: "1 day", "minimum": "x"}], [])  # type: ignore[dict-item]  # wrong on purpose
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [
        ("intervals[0].3", "unknown-name"),
        ("intervals[0].minimum", "bad-duration"),
    ]


@pytest.mark.parametrize("absolute", ["- 5 days", "- 2 days"])
def test_nothing_is_offered_before_the_last_dose_even_where_every_bound_is(absolute: str) -> None:
    """FORECASTDTCAN-1: bounds that count backwards end at the dose from which they count."""
    series = evaluate_series([Interval(absolute, "- 1 day")], [date("2026-03-10")])
    assert series.next == NextDose(2, date("2026-03-10"), date("2026-03-10"))


def test_a_dose_carries_the_bounds_that_judged_it_and_where_it_stood_in_the_input() -> None:
    late, first = date("2026-04-02"), date("2026-01-01")
    series = evaluate_series([Interval("24 days", "4 weeks", "8 weeks", "13 weeks")], [late, first])
    one, two = series.doses
    assert (1, first, None, None) == (one.index, one.date, one.counted_from, one.minimum)
    assert (0, late, first, False) == (two.index, two.date, two.counted_from, two.extra)
    assert [date("2026-01-25"), date("2026-01-29"), date("2026-02-26"), date("2026-04-01")] == [
        two.absolute_minimum, two.minimum, two.recommended, two.past_due,
    ]  # fmt: skip
    extra = evaluate_series([Interval("24 days", "4 weeks")], [first, late, late]).doses[2]
    assert (extra.extra, extra.minimum, extra.counted_from) == (True, None, None)


# ---------------------------------------------------------------- the slow twin


def twin_after(start: datetime.date, text: str | None) -> datetime.date | None:
    """Walk the calendar: year by year, month by month, day by day."""
    if text is None:
        return None
    words = text.replace("-", " - ").replace("+", " + ").split()
    amounts = {"year": 0, "month": 0, "day": 0}
    sign = 1
    for k, word in enumerate(words):
        if word in "+-":
            sign = 1 if word == "+" else -1
        elif word.isdigit():
            unit = words[k + 1].rstrip("s")
            if unit == "week":
                amounts["day"] += 7 * sign * int(word)
            else:
                amounts[unit] += sign * int(word)
    year, month, day = start.year, start.month, start.day
    for unit, months in (("year", 12), ("month", 1)):
        for _ in range(abs(amounts[unit]) * months):
            month += 1 if amounts[unit] > 0 else -1
            year, month = (year + 1, 1) if month == 13 else (year - 1, 12) if month == 0 else (year, month)
        if day > calendar.monthrange(year, month)[1]:
            year, month, day = (year + 1, 1, 1) if month == 12 else (year, month + 1, 1)
    at = datetime.date(year, month, day)
    for _ in range(abs(amounts["day"])):
        at = at + DAY if amounts["day"] > 0 else at - DAY
    return at


def twin(
    steps: list[list[str | None]], dates: list[datetime.date], reference: Reference
) -> tuple[list[str], tuple[datetime.date | None, ...] | None]:
    """Each dose judged from scratch by the sentences of the specification, nothing carried along but verdicts."""
    said: list[tuple[datetime.date, int, str, str]] = []
    for k, day in enumerate(sorted(dates)):
        target = 1 + sum(status == "valid" for _, _, status, _ in said)
        if k == 0 or target > len(steps) + 1:
            said.append((day, target, "valid", "on-time"))
            continue
        origin = max(d for d, _, status, _ in said if reference == "administered" or status == "valid")
        absolute, minimum, _, latest = (twin_after(origin, text) for text in steps[target - 2])
        before_valid = said[-1][2] == "valid"
        last = said[-1][0]
        if (absolute or date("1900-01-01")) > day:
            said.append((day, target, "not-valid", "too-soon"))
        elif (minimum or date("1900-01-01")) > day and before_valid:
            said.append((day, target, "valid", "grace-period"))
        elif (minimum or date("1900-01-01")) > day:
            said.append((day, target, "not-valid", "too-soon"))
        elif latest is not None and day >= latest and day > max(last, minimum or last, absolute or last):
            said.append((day, target, "valid", "late"))
        else:
            said.append((day, target, "valid", "on-time"))
    lines = [f"{target} {status} {reason}" for _, target, status, reason in said]
    target = 1 + sum(status == "valid" for _, _, status, _ in said)
    if target > len(steps) + 1:
        return lines, None
    if not said:
        return lines, (None, None, None)
    origin = max(d for d, _, status, _ in said if reference == "administered" or status == "valid")
    absolute, minimum, recommended, latest = (twin_after(origin, text) for text in steps[target - 2])
    earliest = max(said[-1][0], minimum or said[-1][0], absolute or said[-1][0])
    past_due = None if latest is None else max(earliest, latest - DAY)
    return lines, (earliest, max(earliest, recommended or earliest), past_due)


def random_bound(rng: random.Random, days: int) -> str | None:
    if rng.random() < 0.15:
        return None
    return rng.choice(
        [f"{days} days", f"{days + 4} days - 4 days", f"1 week + {days} days", f"{days // 30 + 1} months - 4 days",
         f"{days // 30} months", "1 year - 11 months"]
    )  # fmt: skip


def in_some_order(rng: random.Random, days: list[int]) -> list[int]:
    """As bounds should stand, and one time in four as they come."""
    return sorted(days) if rng.random() < 0.75 else days


def test_the_slow_twin_agrees_on_thousands_of_random_series() -> None:
    rng = random.Random(20261201)
    reasons: dict[str, int] = {}
    for _ in range(3000):
        steps = [
            [random_bound(rng, d) for d in in_some_order(rng, rng.choices(range(40), k=4))]
            for _ in range(rng.randrange(5))
        ]
        day = date("2027-12-20") + rng.randrange(90) * DAY
        dates = [day]
        for _ in range(rng.randrange(6)):
            day += rng.randrange(45) * DAY
            dates.append(day)
        if rng.random() < 0.05:
            dates = []
        rng.shuffle(dates)
        reference: Reference = rng.choice(["administered", "valid"])
        series = evaluate_series([Interval(*step) for step in steps], dates, reference)
        lines, expected = twin(steps, dates, reference)
        assert lines == verdicts(series), (steps, dates, reference)
        found = (
            None
            if series.next is None
            else (series.next.earliest, series.next.recommended, series.next.past_due)
        )
        assert expected == found, (steps, dates, reference)
        for line in lines:
            reasons[line.split()[-1]] = reasons.get(line.split()[-1], 0) + 1
    assert min(reasons.values()) > 100, reasons
    assert set(reasons) == {"on-time", "grace-period", "too-soon", "late"}


@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)),
    st.integers(-3, 3), st.integers(-30, 30), st.integers(-9, 9), st.integers(-60, 60),
)  # fmt: skip
def test_the_slow_twin_agrees_on_every_duration(start: datetime.date, y: int, m: int, w: int, d: int) -> None:
    def term(amount: int, unit: str) -> str:
        return f"{'-' if amount < 0 else '+'} {abs(amount)} {unit}"

    text = " ".join([term(y, "years"), term(m, "months"), term(w, "weeks"), term(d, "days")])
    assert twin_after(start, text) == add_duration(start, text)
    assert parse_duration(text) == Duration(y, m, 7 * w + d)


# ---------------------------------------------------------------- laws

four_days = st.lists(st.integers(0, 60), min_size=4, max_size=4)
bounds_in_days = four_days.map(sorted) | four_days  # a law holds however badly the bounds were written
steps_in_days = st.lists(bounds_in_days.map(lambda b: Interval(*b)), max_size=5)
dose_dates = st.lists(st.integers(0, 300).map(lambda n: date("2026-01-01") + n * DAY), max_size=7)
references = st.sampled_from(["administered", "valid"])


@given(steps_in_days, dose_dates, references, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    steps: list[Interval], dates: list[datetime.date], reference: Reference, rng: random.Random
) -> None:
    shuffled = rng.sample(dates, len(dates))
    ours, theirs = evaluate_series(steps, dates, reference), evaluate_series(steps, shuffled, reference)
    assert ours.next == theirs.next
    assert verdicts(ours) == verdicts(theirs)
    assert sorted(dose.index for dose in theirs.doses) == list(range(len(dates)))
    assert all(shuffled[dose.index] == dose.date for dose in theirs.doses)


@given(steps_in_days, dose_dates, references)
def test_a_dose_on_the_forecast_dates_is_valid_and_late_only_the_day_after_past_due(
    steps: list[Interval], dates: list[datetime.date], reference: Reference
) -> None:
    series = evaluate_series(steps, dates, reference)
    if series.next is None or series.next.earliest is None or series.next.recommended is None:
        return
    earliest, recommended, past_due = series.next.earliest, series.next.recommended, series.next.past_due
    assert past_due is not None
    assert earliest <= recommended
    for day in (earliest, recommended, past_due, past_due + DAY):
        dose = evaluate_series(steps, [*dates, day], reference).doses[-1]
        assert ("valid", day > past_due) == (dose.status, dose.reason == "late"), day
        assert dose.target == series.next.target


@given(steps_in_days, dose_dates, references)
def test_judging_one_more_dose_changes_no_earlier_verdict(
    steps: list[Interval], dates: list[datetime.date], reference: Reference
) -> None:
    whole = evaluate_series(steps, sorted(dates), reference)
    for k in range(len(dates)):
        assert whole.doses[:k] == evaluate_series(steps, sorted(dates)[:k], reference).doses


@given(steps_in_days, dose_dates, references)
def test_targets_rise_by_one_after_each_valid_dose_and_only_then(
    steps: list[Interval], dates: list[datetime.date], reference: Reference
) -> None:
    series = evaluate_series(steps, dates, reference)
    target = 1
    for dose in series.doses:
        assert target == dose.target
        assert dose.extra is (target > len(steps) + 1)
        target += dose.status == "valid"
    assert series.complete is (target > len(steps) + 1)
    if series.next is not None:
        assert target == series.next.target


@given(steps_in_days, dose_dates)
def test_grace_is_never_given_after_a_dose_that_was_not_valid(
    steps: list[Interval], dates: list[datetime.date]
) -> None:
    doses = evaluate_series(steps, dates).doses
    for before, dose in itertools.pairwise(doses):
        if dose.reason == "grace-period":
            assert before.status == "valid"
        assert (dose.status == "not-valid") is (dose.reason == "too-soon")
