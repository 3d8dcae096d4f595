"""A plan as CSV: one row a session, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.days import instant_key, iso
from ketaschedule.formats import Style, render
from ketaschedule.formats.csv import COLUMNS, plan_to_csv
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import protocol_names
from tests.plans import against_golden, eventful_plan, some_clinic, some_course

PLAN = make_plan(some_course("ketamine-aud-three-weekly"))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("protocol", protocol_names())
def test_each_session_is_a_row_with_its_own_values(protocol: str) -> None:
    """Read back by a CSV reader, every row says what its session says, in order of time."""
    plan = make_plan(some_course(protocol))
    found = rows(plan_to_csv(plan))
    sessions = sorted(plan.sessions, key=lambda one: (instant_key(one.at), one.key))
    assert [row["key"] for row in found] == [one.key for one in sessions]
    for row, one in zip(found, sessions, strict=True):
        assert tuple(row) == COLUMNS
        assert (row["at"], row["ends"], row["date"]) == (iso(one.at), iso(one.ends), one.date.isoformat())
        assert (int(row["day"]), int(row["week"]), int(row["number"])) == (one.day, one.week, one.number)
        assert (row["verdict"], row["basis"], row["given_at"]) == (one.verdict, one.basis, "")


def test_what_happened_stands_in_its_columns() -> None:
    """Given, missed, moved and cancelled, with what was said; absent is empty."""
    found = {row["key"].removeprefix("c-1/"): row for row in rows(plan_to_csv(eventful_plan()))}
    assert found["induction/1"]["given_at"] == "2026-12-01T10:05:00-05:00"
    assert (found["induction/1"]["timing"], found["induction/1"]["counts"]) == ("on-time", "yes")
    assert (found["induction/2"]["verdict"], found["induction/2"]["why"]) == ("missed", "no transport")
    assert found["induction/3"]["booked"] == "yes"
    assert found["induction/5"]["verdict"] == "cancelled"


def test_reasons_come_when_asked_for() -> None:
    """One more column, with rule and source of each reason."""
    plan = eventful_plan(clinic=some_clinic())
    found = rows(plan_to_csv(plan, why=True))
    assert all(row["reasons"] for row in found)
    assert "S22 session 1 is Day 1" in found[0]["reasons"]
    assert render(plan, "csv", Style(why=True)).decode() == plan_to_csv(plan, why=True)
    first = plan.sessions[0]
    unsaid = attrs.evolve(
        first, because=lambda: (attrs.evolve(first.reasons[0], source=""), *first.reasons[1:])
    )
    (row, *_) = rows(plan_to_csv(attrs.evolve(plan, sessions=(unsaid,)), why=True))
    assert row["reasons"].split("; ")[0].endswith("[house]")
    assert "[jnj-duration]" in found[0]["reasons"]
    assert "reasons" not in rows(plan_to_csv(plan))[0]


@given(st.text(min_size=1, max_size=30), st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", " =", "  +"]))
def test_no_cell_begins_like_a_formula(text: str, start: str) -> None:
    """Whatever text comes in, no cell begins with what a spreadsheet runs, and the rest of it is unchanged."""
    first = attrs.evolve(PLAN.sessions[0], why=start + text)
    (row, *_) = rows(plan_to_csv(attrs.evolve(PLAN, sessions=(first,))))
    cell = row["why"]
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == start + text or cell == start + text


def test_a_day_before_day_1_is_a_number() -> None:
    """Day −1 is written as the number it is."""
    found = rows(plan_to_csv(make_plan(some_course("ketamine-assisted-psychotherapy"))))
    assert min(int(row["day"]) for row in found) < 0


def test_lines_end_as_the_standard_says() -> None:
    """CRLF at each end, none inside a row."""
    text = plan_to_csv(PLAN)
    assert text.count("\r\n") == len(PLAN.sessions) + 1
    assert "\n" not in text.replace("\r\n", "")


def test_the_golden_rows() -> None:
    """The rows of ``esketamine-taper``."""
    against_golden("esketamine-taper.csv", render(make_plan(some_course()), "csv"))
