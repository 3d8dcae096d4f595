"""Laws of a protocol by itself: its file, its plain plan, and that neither zone nor start changes its days."""

from __future__ import annotations

import pendulum

from .course import Course, Monitor
from .laws_form import Where, law
from .plan import Plan
from .planner import make_plan
from .protocol import TreatmentProtocol
from .protocol_files import protocol_from, protocol_to

__all__ = ["file_and_back", "plain_plan", "same_days_everywhere", "shifted_by_weeks", "steps_have_phases"]

START = pendulum.date(2026, 1, 5)
"""A Monday."""
ZONES = ("America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati")


def plain_plan(protocol: TreatmentProtocol, start: pendulum.Date = START, zone: str = "UTC") -> Plan:
    """The plan of a protocol with nothing recorded, wished or closed."""
    course = Course(
        id="c-1",
        protocol=protocol,
        start=start,
        zone=zone,
        adult="yes",
        monitor=Monitor(name="A. Person", adult=True),
    )
    return make_plan(course)


def _days(plan: Plan) -> list[tuple[str, int]]:
    return [(session.key, session.day) for session in plan.sessions]


@law(100, "protocol")
def file_and_back(protocol: TreatmentProtocol) -> Where:
    """Written to a file and read again a protocol is the same."""
    again = protocol_from(protocol_to(protocol))
    if again != protocol:
        yield protocol.id, "is another after having been written and read"


@law(101, "protocol", "S1")
def same_days_everywhere(protocol: TreatmentProtocol) -> Where:
    """The days of a plain plan are the same in every zone."""
    here = _days(plain_plan(protocol))
    for zone in ZONES:
        there = _days(plain_plan(protocol, zone=zone))
        if there != here:
            yield protocol.id, f"has other days in {zone}: {_first(here, there)}"


@law(102, "protocol", "S1")
def shifted_by_weeks(protocol: TreatmentProtocol) -> Where:
    """A start some weeks later moves every date by as many weeks, and no day number."""
    here = plain_plan(protocol)
    for weeks in (1, 8, 60):
        there = plain_plan(protocol, START.add(weeks=weeks))
        if _days(here) != _days(there):
            yield protocol.id, f"has other days {weeks} weeks later: {_first(_days(here), _days(there))}"


@law(103, "protocol", "S1")
def steps_have_phases(protocol: TreatmentProtocol) -> Where:
    """Every dose session of a plain plan has the steps that its protocol lists for its phase, and no others."""
    for session in plain_plan(protocol).sessions:
        listed = [s.what for s in protocol.steps if not s.phases or session.phase in s.phases]
        expected = listed if session.kind == "dose" else []
        if [step.what for step in session.steps] != expected:
            yield session.key, f"has the steps {[step.what for step in session.steps]}"


def _first(here: list[tuple[str, int]], there: list[tuple[str, int]]) -> str:
    for one, other in zip(here, there, strict=False):
        if one != other:
            return f"{one} and {other}"
    return f"{len(here)} and {len(there)} sessions"
