"""Courses, histories and plans that the tests of the formats and of the command line share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pendulum
import pytest

from ketaschedule.availability import Clinic, clinic_from
from ketaschedule.course import Course
from ketaschedule.history import Event
from ketaschedule.history_files import event_from
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol import TreatmentProtocol
from ketaschedule.protocol_files import load_protocol

GOLDEN = Path(__file__).parent / "golden"
AWKWARD = "North, South; East & West\\ Clinic — Zoë's 🌿 " + "long name " * 14


def some_clinic(**more: Any) -> Clinic:
    """A clinic in London, open on four weekdays, closed over the turn of the year."""
    data: dict[str, Any] = {
        "zone": "Europe/London",
        "hours": {day: ["09:00-13:30", "14:00-18:00"] for day in ("mon", "tue", "wed", "fri")},
        "closed": ["2026-12-25", ["2026-12-28", "2027-01-01"]],
        "phone": "+44 20 7946 0000",
        "reads_answers": "working days at 9 and 16",
    }
    return clinic_from(data | more)


def some_course(protocol: str | TreatmentProtocol = "esketamine-taper", **more: Any) -> Course:
    """A course from Tuesday 1 December 2026 in New York."""
    fields: dict[str, Any] = {
        "id": "c-1",
        "protocol": load_protocol(protocol) if isinstance(protocol, str) else protocol,
        "start": pendulum.date(2026, 12, 1),
        "zone": "America/New_York",
        "adult": "yes",
    }
    return Course(**fields | more)


def event(what: str, number: int, recorded_at: str, /, **more: Any) -> Event:
    """An event of the course c-1 as a line of its history would give it."""
    return event_from({"type": what, "id": f"e-{number}", "course": "c-1", "recorded_at": recorded_at} | more)


def eventful_history() -> tuple[Event, ...]:
    """Given, missed, moved, booked, cancelled, answered and unplanned: something in every array of a plan."""
    return (
        event("check-in-answered", 1, "2026-11-30T16:00:00Z", checkin="c-1/induction/1/ask/baseline/1",
              at="2026-11-30T15:59:30Z", answers={"phq-9": {str(item): 2 for item in range(1, 9)} | {"9": 1}}),
        event("session-given", 2, "2026-12-01T18:00:00Z", session="c-1/induction/1", at="2026-12-01T10:05:00-05:00", dose_mg=56),
        event("session-missed", 3, "2026-12-05T09:00:00-05:00", session="c-1/induction/2", why="no transport"),
        event("session-moved", 4, "2026-12-05T09:10:00-05:00", session="c-1/induction/3", to="2026-12-09T14:30:00-05:00"),
        event("session-cancelled", 5, "2026-12-05T09:20:00-05:00", session="c-1/induction/5"),
        event("session-booked", 6, "2026-12-05T09:30:00-05:00", session="c-1/induction/4", to="2026-12-12T10:00:00-05:00"),
        event("clinical-event", 7, "2026-12-06T09:00:00-05:00", at="2026-12-05T12:00:00-05:00", kind="dose-elsewhere"),
    )  # fmt: skip


def eventful_plan(**more: Any) -> Plan:
    """The plan of the eventful history."""
    return make_plan(some_course(history=eventful_history(), **more))


def against_golden(name: str, made: bytes) -> None:
    """``made`` is what the golden file holds; ``KETASCHEDULE_GOLDEN=write`` writes it anew, to be read before
    it is committed.
    """
    file = GOLDEN / name
    if os.environ.get("KETASCHEDULE_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        file.write_bytes(made)
    if not file.exists():
        pytest.fail(f"{file.name} is missing: KETASCHEDULE_GOLDEN=write pytest … makes it")
    assert made.decode("utf-8") == file.read_bytes().decode("utf-8")
