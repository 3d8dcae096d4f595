"""A path that is left: what is named where a change leads nowhere, which phases follow, and what is kept from plan to plan."""

from __future__ import annotations

from collections.abc import Sequence

import pendulum
import pytest
from attrs import evolve

from ketaschedule.course import Course
from ketaschedule.course_files import course_from
from ketaschedule.layout_leaving import path_from
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reasons import Finding
from tests.vectors_history import course_of, event_of, instant_of


def course(protocol: str, lines: Sequence[str]) -> Course:
    """A course as the stories of ``tests/vectors`` tell it, a line an event."""
    events = [event_of(number, line) for number, line in enumerate(lines, start=1)]
    return course_from(course_of(protocol, events))


def day(number: int) -> pendulum.DateTime:
    return pendulum.DateTime.fromisoformat(instant_of(number, "20:00"))


def unknown_phases(one: Course, as_of: int) -> list[Finding]:
    return [found for found in make_plan(one, as_of=day(as_of)).findings if found.code == "phase-unknown"]


def test_a_change_to_a_phase_that_is_not_there_is_named_with_both() -> None:
    """Of the phase's name no more than 64 characters are shown."""
    one = course(
        "esketamine-taper",
        [f"protocol - day=9 protocol=ketamine-iv-six-in-21-days phase={'a' * 64}b"],
    )
    text = f"e-1: ketamine-iv-six-in-21-days has no phase {'a' * 64!r}"
    assert unknown_phases(one, 9) == [Finding("phase-unknown", "e-1", text, "H6")]


def test_a_step_back_to_a_phase_of_the_protocol_before_is_named_by_its_decision() -> None:
    """Six infusions hold from day 60 on; the answer of day 66 leads to weekly dosing, which they do not have."""
    one = course(
        "esketamine-taper",
        [
            "protocol - day=58 from=60 protocol=ketamine-iv-six-in-21-days phase=series",
            "decided worse-every-2-weeks/every-2-weeks day=66 option=step-back",
        ],
    )
    text = "decision worse-every-2-weeks leads to weekly, which ketamine-iv-six-in-21-days does not have"
    assert unknown_phases(one, 66) == [Finding("phase-unknown", "weekly", text, "H6")]


def test_a_booking_that_cannot_stand_is_named_once_where_its_run_is_left() -> None:
    """weekly/1 is booked for day 26, a day after induction/8; weekly dosing is left on day 40, when it had begun."""
    lines = [
        "booked weekly/1 day=1 to=26",
        "protocol - day=20 from=40 protocol=esketamine-taper phase=induction",
    ]
    found = make_plan(course("esketamine-taper", lines), as_of=day(20)).findings
    assert [one.path for one in found if one.code == "booked-conflict"] == ["c-1/weekly/1"]


@pytest.mark.parametrize(
    ("beside", "begun", "follow"),
    [
        ("weekly", "weekly", ["weekly", "every-2-weeks", "every-4-weeks"]),
        ("every-2-weeks", "every-2-weeks", ["every-2-weeks", "every-4-weeks"]),
        ("every-4-weeks", "every-4-weeks", ["every-4-weeks"]),
        ("weekly", "induction", ["induction", "every-2-weeks", "every-4-weeks"]),
        ("weekly", "every-2-weeks", ["every-2-weeks", "every-4-weeks"]),
    ],
)
def test_after_a_phase_beside_the_path_comes_what_stands_after_it_in_the_file(
    beside: str, begun: str, follow: list[str]
) -> None:
    """The taper, with one of its phases reached by a Decision only."""
    protocol = load_protocol("esketamine-taper")
    phases = tuple(
        evolve(phase, entry="decision") if phase.id == beside else phase for phase in protocol.phases
    )
    assert [phase.id for phase in path_from(evolve(protocol, phases=phases), begun)] == follow


def test_a_plan_for_fewer_weeks_before_leaves_no_trace() -> None:
    """Eight weeks end before maintenance begins: a dose of day 71 fits no session of theirs, and one of 26 weeks'."""
    lines = [
        "given - day=71",
        "protocol - day=72 from=80 protocol=esketamine-trd-us phase=weekly",
        "given weekly~2/1 day=85",
    ]
    asked = course("esketamine-trd-us", lines)
    short = make_plan(asked, as_of=day(90), weeks=8)
    whole = make_plan(asked, as_of=day(90), weeks=26)
    assert [one.event for one in short.extra] == ["e-1"]
    assert whole.extra == ()
    assert whole.session("c-1/maintenance/3").verdict == "given"
    assert whole.sessions == make_plan(course("esketamine-trd-us", lines), as_of=day(90), weeks=26).sessions
