"""A stateful test of one's own protocol, to subclass: a course goes on by one event after another, under every law.

    class MyMachine(CourseMachine):
        protocol = load_protocol("mine.toml")

    TestMyMachine = MyMachine.TestCase

Rules and invariants of one's own stand beside those here; ``self.course``, ``self.now`` and ``self.plan`` say where the
course stands. Needs the extra ``testing``.
"""

from __future__ import annotations

import pendulum
from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from .course import Course
from .history import Event
from .laws import broken_by_pair, broken_by_plan
from .laws_form import Broken
from .plan import Plan
from .planner import make_plan
from .protocol import TreatmentProtocol
from .protocol_files import load_protocol
from .strategies import courses, moves
from .strategies_moves import Move, event_of, start_of
from .times import clock

__all__ = ["CourseMachine"]


class CourseMachine(RuleBasedStateMachine):
    """One course of ``protocol``, from its start, one event after another; each step is held to the laws."""

    protocol: TreatmentProtocol = load_protocol("ketamine-iv-six-in-21-days")
    course: Course | None = None
    now: pendulum.DateTime
    made: Plan | None = None

    @property
    def plan(self) -> Plan:
        """The plan as it is now, made once for each course and instant."""
        assert self.course is not None, "the course has begun"
        made = self.made
        if made is None or made.course is not self.course or made.as_of is not self.now:
            made = self.made = make_plan(self.course, as_of=self.now)
        return made

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """A course that has only begun, seven in the morning of its start."""
        self.course = data.draw(courses(self.protocol))
        self.now = start_of(self.course)

    @rule(move=moves())
    def happen(self, move: Move) -> None:
        """Something happens and is recorded."""
        assert self.course is not None
        event, now = event_of(self.course, move, self.now, len(self.course.history) + 1)
        if event is not None:
            self.go_to(now)
            self.record(event)

    @precondition(lambda self: self.course is not None and bool(self.course.history))
    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        """Nothing is recorded for some days."""
        assert self.course is not None
        self.go_to(clock(self.course.session_zone).after(self.now, days * 1440))

    @precondition(lambda self: self.course is not None and bool(self.course.history))
    @rule()
    def look_closely(self) -> None:
        """The laws that make plans of their own, which cost too much to be asked after each step."""
        self.hold(broken_by_plan(self.plan))

    def record(self, event: Event) -> None:
        """Put an event into the history; what it may change, and that its order does not matter, is held to the laws."""
        assert self.course is not None
        before = self.plan
        self.course = self.course.with_events(event)
        after = self.plan
        closely = len(self.course.history) % 3 == 0  # a preview makes both plans again
        self.hold(broken_by_pair("recorded", before, after, slow=closely))
        turned = evolve(self.course, history=self.course.history[::-1])
        self.hold(broken_by_pair("reordered", after, make_plan(turned, as_of=self.now)))
        self.now = clock(self.course.session_zone).after(self.now, 1)

    def go_to(self, now: pendulum.DateTime) -> None:
        """Let time pass; what time alone may change is held to the laws."""
        before = self.plan
        self.now = now
        self.hold(broken_by_pair("later", before, self.plan))

    def hold(self, broken: tuple[Broken, ...]) -> None:
        """Fail where a law is broken, naming law, place and sentence."""
        assert not broken, "\n".join(one.line() for one in broken)

    @invariant()
    def laws_hold(self) -> None:
        """Every law that takes one plan, but for those that make plans of their own."""
        if self.course is not None:
            self.hold(broken_by_plan(self.plan, slow=False))
