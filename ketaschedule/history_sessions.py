"""What every event has, and what can be recorded of one session."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import pendulum
from attrs import frozen

from .days import instant_key

__all__ = [
    "WITHHELD_WHY",
    "DoseFact",
    "Event",
    "SessionBooked",
    "SessionCancelled",
    "SessionGiven",
    "SessionMissed",
    "SessionMoved",
    "SessionStopped",
    "SessionWithheld",
]


WITHHELD_WHY = (
    "blood-pressure",
    "intoxication",
    "no-escort",
    "ate-or-drank",
    "unwell",
    "pregnancy",
    "other",
)


@frozen(kw_only=True, slots=False)
class Event:
    """What every event has. ``recorded_at`` carries an offset."""

    type: ClassVar[str] = "event"

    id: str
    course: str
    recorded_at: pendulum.DateTime
    by: str | None = None

    @cached_property
    def recorded_key(self) -> int:
        """``recorded_at`` in UTC seconds, to sort and compare by."""
        return instant_key(self.recorded_at)

    @cached_property
    def at_key(self) -> int:
        """The instant at which it happened in UTC seconds: ``at`` where there is one, else ``recorded_at``."""
        return instant_key(getattr(self, "at", self.recorded_at))


@frozen(kw_only=True, slots=False)
class DoseFact(Event):
    """What a given and a stopped session share: a dose at ``at``, of ``dose_mg`` milligrams where stated."""

    at: pendulum.DateTime
    session: str | None = None
    dose_mg: float | None = None
    route: str | None = None


@frozen(kw_only=True, slots=False)
class SessionGiven(DoseFact):
    """A dose was given. Without ``session`` it is matched to the session whose window holds its date."""

    type: ClassVar[str] = "session-given"


@frozen(kw_only=True, slots=False)
class SessionStopped(DoseFact):
    """A dose was begun and stopped after ``minutes``."""

    type: ClassVar[str] = "session-stopped"
    minutes: int | None = None
    why: str | None = None


@frozen(kw_only=True, slots=False)
class SessionWithheld(Event):
    """The person came and no dose was given; ``why`` is one of the known reasons."""

    type: ClassVar[str] = "session-withheld"
    session: str
    at: pendulum.DateTime
    why: str


@frozen(kw_only=True, slots=False)
class SessionMissed(Event):
    """A person recorded that a planned session did not take place."""

    type: ClassVar[str] = "session-missed"
    session: str
    why: str | None = None


@frozen(kw_only=True, slots=False)
class SessionCancelled(Event):
    """A planned session was called off."""

    type: ClassVar[str] = "session-cancelled"
    session: str


@frozen(kw_only=True, slots=False)
class SessionBooked(Event):
    """The clinic booked a planned session at ``to``."""

    type: ClassVar[str] = "session-booked"
    session: str
    to: pendulum.DateTime


@frozen(kw_only=True, slots=False)
class SessionMoved(Event):
    """A booked or planned session was moved to ``to``."""

    type: ClassVar[str] = "session-moved"
    session: str
    to: pendulum.DateTime
