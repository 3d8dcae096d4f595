"""What one plan knows that every reminder of it asks: who may be told, in which hours, on which mornings.

Candidates are gathered for a stretch of time; what cannot fall in it is passed over before it is made.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Any

import pendulum

from . import times
from .checkin_items import wall_key
from .plan import Plan
from .plan_reading import consent_in_force
from .reminders_hours import CLINIC_MORNING, working_day
from .reminders_kinds import Audience, kind_of
from .reminders_model import DAY, FORWARD, Candidate
from .words import parameters_of

__all__ = ["Gathering", "Ground"]

_WORK_SEARCH = 31
"""Days within which a clinic's next working day is looked for; a longer closure is told on its last day."""


class Ground:
    """One plan, with what reminders ask of it again and again."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.course = course = plan.course
        self.folded = folded = plan.folded
        self.zone = times.clock(course.session_zone).name
        self.person = plan.person
        self.at_home = {run.key for run in plan.layout.runs if run.protocol.setting == "home"}
        self.dead = folded.death is not None
        self.admitted = _admitted(plan)
        self.consent = consent_in_force(course, folded)

    def allows(self, audience: str, what: str) -> bool:
        """Whether the person's consent, as it stands, lets an audience be told of something."""
        said = self.consent.get(audience)
        return isinstance(said, Mapping) and said.get(what) is True

    @property
    def bar(self) -> str:
        """Why ordinary prompts to the person and those around stop."""
        return "deceased" if self.dead else "admitted" if self.admitted else ""

    def barred(self, stops: Container[str]) -> str:
        """Which of what stops a chain is so; ``""`` where nothing is."""
        return self.bar if self.bar in stops else ""

    def wall(self, day: int, minute: int) -> int:
        """UTC seconds of a wall time in the zone of sessions on that day."""
        clock = self.zone if self.course.clinic is not None else self.person.zone_on(day)
        return wall_key(clock, day, minute)

    def day(self, instant: int) -> int:
        """The date, in the zone of sessions, of an instant in UTC seconds."""
        if self.course.clinic is not None:
            return times.clock(self.zone).ordinal_of_key(instant)
        return self.person.day_of(instant)

    def works(self, day: int) -> bool:
        """Whether the clinic works on a day."""
        return working_day(self.course.clinic, day)

    def working_from(self, day: int) -> int:
        """The first working day from ``day`` on."""
        return next((one for one in range(day, day + _WORK_SEARCH) if self.works(one)), day)

    def working_until(self, day: int) -> int:
        """The last working day up to ``day``."""
        return next((one for one in range(day, day - _WORK_SEARCH, -1) if self.works(one)), day)

    def morning(self, day: int) -> int:
        """UTC seconds of the clinic's morning."""
        return self.wall(day, CLINIC_MORNING)

    def parameters(self, message: str, values: Mapping[str, Any]) -> dict[str, str | int]:
        """What a message needs, all but the neutral name; ``""`` where something is not known."""
        clinic = self.course.clinic
        found: dict[str, str | int] = {}
        for name in _needed(message):
            value = values.get(name)
            if value is None:
                match name:
                    case "course":
                        value = self.course.id
                    case "clinic":
                        value = clinic.name if clinic is not None else None
                    case "clinic_phone":
                        value = clinic.phone if clinic is not None else None
                    case "crisis_line":
                        value = clinic.crisis_line if clinic is not None else None
                    case "emergency":
                        value = clinic.emergency if clinic is not None else None
                    case "monitor":
                        value = self.course.monitor.name if self.course.monitor is not None else None
            if isinstance(value, pendulum.DateTime):
                value = times.iso(value)
            elif isinstance(value, pendulum.Date):
                value = value.isoformat()
            found[name] = "" if value is None else value
        return found


def _admitted(plan: Plan) -> bool:
    """Whether the last of admissions and discharges known is an admission."""
    found = [
        (event.at_key, event.id, event.kind)
        for _, event in plan.folded.clinical
        if event.kind in ("admission", "discharge")
    ]
    return bool(found) and max(found)[2] == "admission"


@lru_cache(maxsize=256)
def _needed(message: str) -> tuple[str, ...]:
    return tuple(name for name in parameters_of(message) if name != "neutral_name")


class Gathering:
    """Candidates of one plan that may be told, or dropped, in a stretch of time (UTC seconds, half-open).

    ``late``: also those whose instant has passed and that are still to be told or dropped. ``forward`` is how long
    before its natural instant something may be told: a day, and longer of a person whose zone changes; it is never
    held back for twice as long.
    """

    def __init__(self, ground: Ground, since: int, until: int, *, late: bool) -> None:
        self.ground = ground
        self.since, self.until, self.late = since, until, late
        self.found: list[Candidate] = []
        self.forward = FORWARD if ground.person.later else DAY

    def near(self, natural: int, last: int) -> bool:
        """Whether something may fall in the stretch that is best told at ``natural`` and matters until ``last``."""
        if natural - self.forward >= self.until:
            return False
        return last >= self.since if self.late else natural + 2 * self.forward >= self.since

    def spans(self, first: int, last: int) -> bool:
        """Whether anything best told from ``first`` on, and of use until ``last``, may fall in the stretch."""
        return first - self.forward < self.until and last >= self.since

    def add(
        self,
        item: str,
        kind: str,
        audience: Audience,
        message: str,
        natural: int,
        item_at: int,
        useful_until: int,
        values: Mapping[str, Any],
        rule: str,
        text: str,
        *,
        number: int = 1,
        by: int | None = None,
        bar: str = "",
        at_once: bool = False,
    ) -> None:
        """Add a candidate where it may fall in the stretch."""
        if not at_once and not self.near(natural, max(useful_until, item_at)):
            return
        self.found.append(
            Candidate(
                item,
                kind_of(kind),
                audience,
                number,
                natural,
                item_at,
                useful_until if by is None else by,
                useful_until,
                message,
                values,
                rule,
                text,
                bar,
                at_once,
            )
        )
