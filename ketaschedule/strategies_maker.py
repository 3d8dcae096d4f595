"""A move is what may happen next, in plain numbers; its maker is the course as it stands when that happens."""

from __future__ import annotations

from typing import Any

import pendulum
from attrs import frozen

from . import times
from .course import Course
from .plan import Plan
from .planner import make_plan
from .session_model import Session

__all__ = ["DONE", "Maker", "Move"]

DONE = ("given", "stopped", "missed", "withheld", "cancelled")


@frozen(kw_only=True)
class Move:
    """One thing that happens. ``ahead``: days; ``index``: which session, check-in or option; ``level``: how much."""

    kind: str = "given"
    ahead: int = 0
    index: int = 0
    level: int = 0
    flag: bool = False


class Maker:
    """The course as it stands, and what one move makes of it."""

    def __init__(self, course: Course, now: pendulum.DateTime, number: int) -> None:
        self.course = course
        self.now = now
        self.number = number
        self.clock = times.clock(course.session_zone)
        self._plan: Plan | None = None

    @property
    def plan(self) -> Plan:
        """The plan as it is now."""
        if self._plan is None or self._plan.as_of is not self.now:
            self._plan = make_plan(self.course, as_of=self.now)
        return self._plan

    def named(self) -> dict[str, Any]:
        """The fields of every event; it is recorded now."""
        return {
            "id": f"e-{self.number:03}",
            "course": self.course.id,
            "recorded_at": self.now,
            "by": "dr-a",
        }

    def wait(self, days: int, minutes: int = 0) -> None:
        """Let time pass."""
        self.now = self.clock.after(self.now, days * 1440 + minutes)

    def date(self, ahead: int) -> pendulum.Date:
        """Some days from today."""
        return pendulum.Date.fromordinal(self.clock.ordinal(self.now) + ahead)

    def open_session(self, index: int) -> Session | None:
        """A dose session that nothing settled, the first one for 0."""
        found = [
            one
            for one in self.plan.sessions
            if one.kind == "dose" and one.verdict not in DONE and one.basis != "proposed"
        ]
        return found[min(index, len(found) - 1)] if found else None

    def go_to(self, session: Session, shift: int) -> None:
        """To noon of the session's day or some days from it, never back in time."""
        there = self.clock.at(session.date.toordinal() + shift, 12 * 60)
        if times.instant_key(there) > times.instant_key(self.now):
            self.now = there
