"""Plan: the result as data. It is true at ``as_of`` and says until when it stands (``refresh_by``).

Sessions and Decisions are made with the plan; check-ins, Alerts and the watch are worked out when first
asked for, from the same inputs, and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import pendulum
from attrs import field, frozen

from . import times
from .alerts import Alert
from .checkin_findings import answer_findings
from .checkin_items import PersonClock
from .checkin_known import past_findings
from .checkin_past import Known, known_from
from .checkins import CheckIn
from .course import Course
from .decisions import Decision
from .errors import InputError
from .facts import Facts
from .folding import Folded
from .history import AlertClosed
from .laid import Layout
from .plan_alerts import OVERDUE_ALERT_DAYS, plan_alerts
from .plan_closings import closing_findings
from .reasons import Finding
from .session_model import Session
from .tracking import stood_at
from .trajectory import Trajectory
from .watching import Watch, course_checkins, course_past, course_watch

__all__ = ["Extra", "Plan"]


@frozen(kw_only=True)
class Extra:
    """A dose outside the plan: it counts for spacing, anchors nothing, and is a finding.

    ``why``: ``unmatched`` (fits no session), ``unknown-session``, ``elsewhere``, ``conflict`` (another fact about
    its session stands) or ``not-counted`` (too early, and another dose settles its session).
    """

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
    trajectories: tuple[Trajectory, ...]
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
    remake: Callable[[pendulum.DateTime], Plan] | None = field(default=None, repr=False)

    @cached_property
    def moments(self) -> tuple[int, ...]:
        """The instants up to ``as_of`` at which something became known, in UTC seconds and in order."""
        found = {
            moment for event in self.course.history for moment in (event.recorded_key, known_from(event))
        }
        return tuple(sorted(moment for moment in found if moment <= self.now))

    @cached_property
    def _stood(self) -> dict[int, Plan | None]:
        return {}

    def stood(self, instant: int) -> Plan | None:
        """The plan as it stood at an instant (UTC seconds), kept; ``None`` where there was none then."""
        if instant == self.now:
            return self
        if instant not in self._stood:
            made: Plan | None = None
            if self.remake is not None:
                try:
                    made = self.remake(times.clock("UTC").from_key(instant))
                except InputError:
                    made = None  # what was known then made no plan
            self._stood[instant] = made
        return self._stood[instant]

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

    @cached_property
    def now(self) -> int:
        """``as_of`` in UTC seconds."""
        return times.instant_key(self.as_of)

    @property
    def tzdata(self) -> str:
        """The IANA edition of the zones used."""
        return times.tzdata_edition()

    @cached_property
    def person(self) -> PersonClock:
        """The person's wall clock."""
        return PersonClock(self.course, self.folded)

    @cached_property
    def watch(self) -> Watch:
        """The watch for relapse: its cohort where one is eligible, the delays, and what is assumed."""
        return course_watch(self.course, self.layout)

    @cached_property
    def past(self) -> list[tuple[Known, tuple[Trajectory, ...]]]:
        """What was known when, and where the person stood then; the last is the present."""
        course = self.course
        return course_past(
            course,
            self.layout,
            self.folded,
            self.trajectories,
            self.now,
            track=lambda folded, at: stood_at(course, folded, at),
            weeks=self.weeks,
            until=None if self.until is None else self.until.toordinal(),
            what_if=bool(self.what_if),
        )

    @cached_property
    def checkins(self) -> tuple[CheckIn, ...]:
        """Every check-in, in order of ``due`` and key."""
        return course_checkins(self.course, self.past, self.folded, self.now)

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        """Every Alert, open and closed, safety first."""
        bounds = self.weeks, None if self.until is None else self.until.toordinal()
        return plan_alerts(
            self.course,
            self.layout,
            self.facts,
            self.decisions,
            self.trajectories,
            self.past,
            self.as_of,
            bounds,
            lambda: self.checkins,
        )

    @cached_property
    def refresh_by(self) -> pendulum.DateTime | None:
        """The first instant at which, with nothing new recorded, an item would be added, moved or removed.

        ``None`` where there is no such instant. Verdicts and states that follow from time do not count.
        """
        found: list[int] = []
        days: list[int] = []
        if self.folded.waits_until is not None:
            found.append(self.folded.waits_until)
        if self.wakes is not None:
            days.append(self.wakes)
        days += [
            decision.due.toordinal() + OVERDUE_ALERT_DAYS + 1
            for decision in self.decisions
            if decision.taken is None
        ]
        expires = self.course.protocol.expires
        if expires is not None:
            days.append(expires.toordinal() + 1)
        zones = self.folded.days
        found += [times.instant_key(zones.clock_on(day).day_start(day)) for day in days]
        later = [instant for instant in found if instant > self.now]
        return zones.clock(min(later)).from_key(min(later)) if later else None

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader of this plan should know, in order of code and path."""
        found = [*self.base_findings, *self.watch.findings, *past_findings(self.course, self.now)]
        if self.folded.answers or self.folded.declined:
            found += answer_findings(self.checkins, self.folded)
        if any(isinstance(event, AlertClosed) for event in self.course.history):
            found += closing_findings(self.course, self.alerts, self.now)
        return tuple(sorted(found, key=lambda one: (one.code, one.path, one.text)))

    def session(self, key: str) -> Session:
        """The session with this key; ``KeyError`` where there is none."""
        for session in self.sessions:
            if session.key == key:
                return session
        raise KeyError(key)
