"""A plan on a terminal: what needs a look comes first, in plain text of 80 columns."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ketaschedule.formats import Style, render
from ketaschedule.formats.table import plan_to_table
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import protocol_names
from ketaschedule.reasons import Finding
from ketaschedule.terminal import Page, clean
from tests.plans import against_golden, event, eventful_plan, some_clinic, some_course


@pytest.mark.parametrize("protocol", protocol_names())
@pytest.mark.parametrize("why", [False, True])
def test_every_plan_fits_80_columns_and_is_plain(protocol: str, why: bool) -> None:
    """No line is wider (addresses of sources alone, so that they can be copied), none ends in spaces, no colour."""
    text = plan_to_table(make_plan(some_course(protocol)), why=why)
    for line in text.splitlines():
        assert cell_len(line) <= 80 or line.strip().startswith(("http://", "https://")), line
        assert line == line.rstrip()
    assert "\x1b" not in text
    assert text.endswith("\n")


@pytest.mark.parametrize("protocol", protocol_names())
def test_every_session_decision_and_finding_is_shown(protocol: str) -> None:
    """One line with date and time for each session, its question and options for each Decision, each finding."""
    plan = make_plan(some_course(protocol))
    text = plan_to_table(plan)
    lines = text.splitlines()
    flat = " ".join(text.split())
    for session in plan.sessions:
        start = f"{session.at.format('HH:mm')}-{session.ends.format('HH:mm')}"
        (line,) = [one for one in lines if f"{session.date.isoformat()} {start}" in one]
        assert line.split()[:2] == [str(session.day), str(session.week)]
        assert session.verdict in line
    for decision in plan.decisions:
        assert f"{decision.id}: due" in flat
        assert " ".join(decision.question.split()) in flat
        for option in decision.options:
            assert f"- {option.id}: {option.text}" in flat
    for finding in plan.findings:
        assert f"! {finding.code}" in flat


def test_an_open_alert_comes_before_every_session() -> None:
    """Safety first: its level, its words and its key, above the calendar."""
    text = plan_to_table(eventful_plan())
    assert text.index("ALERTS, open:") < text.index("Sessions:")
    assert "! safety-item (level 1): PHQ-9, item 9" in text
    assert "c-1/induction/1/ask/baseline/1/alert/phq-9.9\n" in text


def test_a_closed_alert_is_not_shown_as_open() -> None:
    """Closed by a named person, it makes way."""
    plan = eventful_plan()
    key = next(alert.key for alert in plan.alerts if alert.kind == "safety-item")
    closing = event("alert-closed", 20, "2026-12-06T10:00:00-05:00", alert=key, at="2026-12-06T10:00:00-05:00", how="called", by="Dr B")  # fmt: skip
    assert key not in plan_to_table(make_plan(plan.course.with_events(closing)))


def test_reasons_say_rule_inputs_source_and_grade() -> None:
    """Beneath each session with ``why``, and each source in full at the end."""
    plan = make_plan(some_course())
    text = plan_to_table(plan, why=True)
    flat = " ".join(text.split())
    assert "S22 session 1 is Day 1 (day1 2026-12-01) [jnj-duration: manufacturer]" in flat
    assert "\nSources\n" in text
    for name in {reason.source for session in plan.sessions for reason in session.reasons}:
        assert f" {name} (" in text
    assert "house (house): our own default" in flat
    assert "[house]" in text
    assert "S22" not in plan_to_table(plan)


def test_what_was_given_late_or_moved_is_said_in_its_line() -> None:
    """Verdict, timing, booking, reason of a miss and a what-if stand where the eye is."""
    text = plan_to_table(eventful_plan())
    assert "given, on-time" in text
    assert "missed (no" in text
    assert "planned, booked" in text
    assert "Doses outside the plan" in text
    what_if = plan_to_table(make_plan(some_course("esketamine-trd-us"), decide={"week-9": "every-2-weeks"}))
    assert "WHAT IF   week-9 = every-2-weeks; nothing was decided" in what_if
    held = plan_to_table(make_plan(some_course("esketamine-trd-us")))
    assert "planned, held" in held


def test_a_dose_that_does_not_count_is_said() -> None:
    """Given too near the dose before, its session stays open, and the line says why."""
    given = [
        event(
            "session-given", 1, "2026-12-01T20:00:00Z", session="c-1/induction/1", at="2026-12-01T15:00:00Z"
        ),
        event(
            "session-given", 2, "2026-12-02T20:00:00Z", session="c-1/induction/2", at="2026-12-02T15:00:00Z"
        ),
    ]
    text = plan_to_table(make_plan(some_course(history=given)))
    flat = " ".join(text.split())
    assert "too-early, not counted" in flat
    assert text.count("given, on-time") == 1
    assert flat.count("not counted") == 1


def test_a_session_after_its_window_is_said() -> None:
    """Where no day of the window was open."""
    plan = make_plan(some_course(clinic=some_clinic()))
    late = [one for one in plan.sessions if one.date > one.latest]
    assert late
    assert " ".join(plan_to_table(plan).split()).count("after window") == len(late)


def test_a_clinic_elsewhere_is_said() -> None:
    """Times are the clinic's, and where the person lives is named."""
    assert "Europe/London (the person lives in America/New_York)" in plan_to_table(
        make_plan(some_course(clinic=some_clinic()))
    )


def test_text_from_outside_does_nothing_to_a_terminal() -> None:
    """Markup is shown as it is, control and direction characters are gone, and what is long is cut."""
    nasty = Finding(
        "odd", "x", "[red]no[/red] \x1b[31m\x07 \u202eevil\n\n! fake (H1): line " + "x" * 5000, "H1"
    )
    plan = attrs.evolve(make_plan(some_course()), base_findings=(nasty,))
    text = plan_to_table(plan)
    assert "[red]no[/red] [31m evil ! fake (H1): line xxx" in " ".join(text.split())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("x" * 60) < 20


@given(st.text(max_size=80))
def test_cleaned_text_is_one_harmless_bounded_line(text: str) -> None:
    """Whatever comes in: one line, no control character, at most as long as asked; cleaning twice changes nothing."""
    found = clean(text, 40)
    assert len(found) <= 40
    assert found == clean(found, 40)
    assert found.isprintable() or "\u200d" in found


@given(st.lists(st.text(max_size=60), max_size=5), st.integers(40, 120))
def test_no_line_of_a_page_is_wider_than_the_page(texts: list[str], width: int) -> None:
    """Paragraphs and columns wrap; nothing is lost but spaces."""
    page = Page(width)
    for text in texts:
        page.line(text, indent=2, hang=3)
        page.columns([(text, "end")], (10, None))
    assert all(cell_len(line) <= width for line in page.text().splitlines())


def test_colour_is_for_a_terminal_alone() -> None:
    """Asked for, there is colour; without it the words are the same."""
    plan = make_plan(some_course())
    coloured = render(plan, "table", Style(colour=True)).decode()
    assert "\x1b[" in coloured
    assert "\x1b[" not in render(plan, "table").decode()


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the width, not the colour, not the language of the machine."""
    plan = make_plan(some_course())
    plain = plan_to_table(plan)
    for name, value in {
        "COLUMNS": "33",
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "LC_ALL": "de_DE.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    assert plan_to_table(plan) == plain


def test_the_golden_table() -> None:
    """The table of ``esketamine-taper``, as the first page shows it."""
    against_golden("esketamine-taper.txt", render(make_plan(some_course()), "table"))


def test_findings_that_are_alike_are_counted_after_the_fiftieth() -> None:
    """Twenty thousand unreadable lines are no page of forty thousand; another code keeps its place."""
    plan = make_plan(some_course("ketamine-iv-single"))
    alike = tuple(
        Finding("unreadable-event", f"line {n}", f"line {n} was not read", "H10") for n in range(53)
    )
    text = plan_to_table(attrs.evolve(plan, base_findings=(*alike, Finding("other", "x", "another one"))))
    assert text.count("was not read") == 50
    assert "another one" in text
    assert "… and 3 more of unreadable-event; the JSON has them all" in text
    fifty = plan_to_table(attrs.evolve(plan, base_findings=alike[:50]))
    assert fifty.count("was not read") == 50
    assert "the JSON has them all" not in fifty
