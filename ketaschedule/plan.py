"""Plan: the result as data. It is true at ``as_of`` and says until when it stands (``refresh_by``).

Sessions and Decisions are made with the plan; check-ins, trajectories and the watch are worked out when
first asked for, from the same inputs, and kept.
"""

from __future__ import annotations

import pendulum
from attrs import field, frozen

from . import times
from .course import Course
from .decisions import Decision
from .facts import Facts
from .folding import Folded
from .laid import Layout
from .reasons import Finding
from .sessions import Session

__all__ = ["Extra", "Plan"]


@frozen(kw_only=True)
class Extra:
    """A dose outside the plan: it counts for spacing, anchors nothing, and is a finding."""

    key: str
    event: str
    at: pendulum.DateTime
    date: pendulum.Date
    why: str


@frozen(kw_only=True, slots=False, eq=False)
class Plan:
    """One person's plan. Dates are in ``clinic_zone`` where there is a clinic, else in ``zone``."""

    course: Course
    as_of: pendulum.DateTime
    sessions: tuple[Session, ...]
    decisions: tuple[Decision, ...]
    extra: tuple[Extra, ...]
    base_findings: tuple[Finding, ...]
    day1: pendulum.Date
    horizon: pendulum.Date
    wakes: int | None = field(default=None, repr=False)
    folded: Folded = field(repr=False)
    layout: Layout = field(repr=False)
    facts: Facts = field(repr=False)
    weeks: int | None = None
    until: pendulum.Date | None = None
    what_if: tuple[tuple[str, str], ...] = ()

    @property
    def zone(self) -> str:
        """The person's zone at ``as_of``."""
        name = self.course.zone
        for event in self.folded.zones:
            if times.instant_key(times.clock(event.zone).day_start(event.from_date.toordinal())) <= self.now:
                name = event.zone
        return name

    @property
    def clinic_zone(self) -> str | None:
        """The clinic's zone, where there is a clinic."""
        return None if self.course.clinic is None else self.course.clinic.zone

    @property
    def now(self) -> int:
        """``as_of`` in UTC seconds."""
        return times.instant_key(self.as_of)

    @property
    def tzdata(self) -> str:
        """The IANA edition of the zones used."""
        return times.tzdata_edition()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader of this plan should know, in order of code and path."""
        return tuple(sorted(self.base_findings, key=lambda one: (one.code, one.path, one.text)))

    def session(self, key: str) -> Session:
        """The session with this key; ``KeyError`` where there is none."""
        for session in self.sessions:
            if session.key == key:
                return session
        raise KeyError(key)
