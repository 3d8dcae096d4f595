"""The machine of the library drives random courses through random events, for every built-in protocol.

Every law is the library's own (``ketaschedule.laws``). What stands here is what more may happen to a course than
the machine makes of itself: odd things as often as ordinary ones, another protocol, a pause with its end,
and several events recorded in one second.
"""

from __future__ import annotations

import os
from typing import Any

import pendulum
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from ketaschedule.history import CoursePaused, CourseResumed, Event, ProtocolChanged
from ketaschedule.machine import CourseMachine
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.strategies_moves import Move
from ketaschedule.times import clock

EXAMPLES = int(os.environ.get("KETASCHEDULE_MACHINE_EXAMPLES", "6"))
PHASES = [phase for phase in Phase if phase is not Phase.shrink or "KETASCHEDULE_SHRINK" in os.environ]
"""Shrinking a course takes minutes: it is done on request."""
DRIVEN = (
    "given", "unnamed", "stopped", "late", "missed", "withheld", "cancelled", "booked", "elsewhere",
    "go-ahead", "review", "zone", "availability", "decided", "retracted",
)  # fmt: skip
"""What happens as often as anything else; of what the machine draws by itself most is ordinary."""


def of(kind: str) -> st.SearchStrategy[Move]:
    return st.builds(
        Move,
        kind=st.just(kind),
        ahead=st.integers(0, 12) | st.integers(0, 30),
        index=st.integers(0, 3),
        level=st.integers(0, 3),
        flag=st.booleans(),
    )


class EveryCourse(CourseMachine):
    """One course, from its start, one event after another; odd ones as often as ordinary ones."""

    at_once = False

    @property
    def today(self) -> pendulum.Date:
        assert self.course is not None
        return pendulum.Date.fromordinal(clock(self.course.session_zone).ordinal(self.now))

    def named(self) -> dict[str, Any]:
        assert self.course is not None
        number = len(self.course.history) + 1
        return {"id": f"e-{number:03}", "course": "c-1", "recorded_at": self.now, "by": "dr-a"}

    def record(self, event: Event) -> None:
        """In a hurry no time passes until the next event."""
        now = self.now
        super().record(event)
        if self.at_once:
            self.now = now

    @rule(at_once=st.booleans())
    def hurry(self, at_once: bool) -> None:
        self.at_once = at_once

    @rule(ahead=st.integers(0, 20), other=st.sampled_from(["esketamine-taper", "ketamine-iv-six-in-21-days"]))
    def change_protocol(self, ahead: int, other: str) -> None:
        phase, day = load_protocol(other).phases[0].id, self.today.add(days=ahead)
        self.record(ProtocolChanged(**self.named(), from_date=day, protocol=other, phase=phase))

    @rule(length=st.integers(1, 30))
    def pause_and_resume(self, length: int) -> None:
        assert self.course is not None
        self.record(CoursePaused(**self.named(), from_date=self.today))
        self.wait(length)
        self.record(CourseResumed(**self.named(), at=self.now))

    @precondition(lambda self: len(self.course.history) > 6)
    @rule()
    def end(self) -> None:
        self.happen(Move(kind="ended"))


def _happens(self: EveryCourse, move: Move) -> None:
    self.happen(move)


for _kind in DRIVEN:
    setattr(EveryCourse, f"happen_{_kind}", rule(move=of(_kind))(_happens))


@pytest.mark.parametrize("name", protocol_names())
def test_random_courses_keep_the_laws(name: str) -> None:
    """Whatever happens to a course, every law of a plan and of a pair of plans holds after each event."""
    machine = type("Machine", (EveryCourse,), {"protocol": load_protocol(name)})
    base = settings.get_profile("default")
    run_state_machine_as_test(
        machine,
        settings=settings(
            base,
            max_examples=EXAMPLES,
            stateful_step_count=14,
            phases=PHASES,
            report_multiple_bugs=False,
            derandomize="KETASCHEDULE_MACHINE_EXAMPLES" not in os.environ,  # a longer hunt looks elsewhere
            database=None,
        ),
    )
