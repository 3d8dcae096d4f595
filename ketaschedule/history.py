"""What happened: one frozen, past-tense class per event.

Every event has an ``id``, the ``course`` it belongs to, and ``recorded_at``, the instant
from which a plan may know it. ``by`` names who recorded it. Instants are
:class:`pendulum.DateTime` with an offset; ``from_date`` is a local date (``from`` in files).
An event is a fact: it is never edited. A mistake is withdrawn by :class:`Retracted`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pendulum
from attrs import frozen

from .history_sessions import (
    WITHHELD_WHY,
    DoseFact,
    Event,
    SessionBooked,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    SessionStopped,
    SessionWithheld,
)

__all__ = [
    "CLINICAL_KINDS",
    "EVENT_TYPES",
    "WITHHELD_WHY",
    "AlertClosed",
    "AvailabilityChanged",
    "CheckInAnswered",
    "CheckInDeclined",
    "ClinicalEvent",
    "ConsentChanged",
    "CourseEnded",
    "CoursePaused",
    "CourseResumed",
    "DecisionTaken",
    "DoseFact",
    "Event",
    "GoAheadGiven",
    "ProtocolChanged",
    "Retracted",
    "ReviewHeld",
    "SessionBooked",
    "SessionCancelled",
    "SessionGiven",
    "SessionMissed",
    "SessionMoved",
    "SessionStopped",
    "SessionWithheld",
    "ZoneChanged",
]

CLINICAL_KINDS = (
    "admission",
    "discharge",
    "attempt",
    "adverse-event",
    "pregnancy",
    "dose-elsewhere",
    "death",
)


@frozen(kw_only=True, slots=False)
class GoAheadGiven(Event):
    """A clinician's go-ahead before one dose in the home setting; ``by`` names the clinician."""

    type: ClassVar[str] = "go-ahead"
    session: str
    at: pendulum.DateTime


@frozen(kw_only=True, slots=False)
class CoursePaused(Event):
    """Nothing is placed from ``from_date`` on, until resumed."""

    type: ClassVar[str] = "paused"
    from_date: pendulum.Date


@frozen(kw_only=True, slots=False)
class CourseResumed(Event):
    """The pause ended at ``at``."""

    type: ClassVar[str] = "resumed"
    at: pendulum.DateTime


@frozen(kw_only=True, slots=False)
class CheckInAnswered(Event):
    """Answers, whole or partial: ``answers[instrument][item]`` is the raw value as it came."""

    type: ClassVar[str] = "check-in-answered"
    checkin: str
    at: pendulum.DateTime
    answers: Mapping[str, Mapping[str, Any]]


@frozen(kw_only=True, slots=False)
class CheckInDeclined(Event):
    """The person chose not to answer."""

    type: ClassVar[str] = "check-in-declined"
    checkin: str


@frozen(kw_only=True, slots=False)
class ReviewHeld(Event):
    """A clinician's review took place; ``kind`` says which, ``findings`` what was found
    (``{"worsening": "yes"}``, ``{"cgi-s": 3}``, ``{"response": "yes"}``).
    """

    type: ClassVar[str] = "review-held"
    at: pendulum.DateTime
    kind: str
    findings: Mapping[str, Any] | None = None


@frozen(kw_only=True, slots=False)
class ClinicalEvent(Event):
    """Admission, discharge, attempt, adverse-event, pregnancy, dose-elsewhere or death."""

    type: ClassVar[str] = "clinical-event"
    at: pendulum.DateTime
    kind: str


@frozen(kw_only=True, slots=False)
class DecisionTaken(Event):
    """A clinician chose ``option`` of the Decision whose key or id is ``decision``."""

    type: ClassVar[str] = "decision-taken"
    decision: str
    option: str
    at: pendulum.DateTime


@frozen(kw_only=True, slots=False)
class AlertClosed(Event):
    """A named person (``by``) closed the Alert with this key; ``how`` says what was done."""

    type: ClassVar[str] = "alert-closed"
    alert: str
    at: pendulum.DateTime
    how: str


@frozen(kw_only=True, slots=False)
class ConsentChanged(Event):
    """Consent as it stands from now on: ``{"proxy": {"reminders": true, "safety": false}, …}``."""

    type: ClassVar[str] = "consent-changed"
    consent: Mapping[str, Any]


@frozen(kw_only=True, slots=False)
class AvailabilityChanged(Event):
    """From ``from_date`` on, the fields given replace those that held before; what is not given stays as it was."""

    type: ClassVar[str] = "availability-changed"
    from_date: pendulum.Date
    days: tuple[str, ...] | None = None
    unavailable: tuple[tuple[pendulum.Date, pendulum.Date], ...] | None = None
    at: str | None = None


@frozen(kw_only=True, slots=False)
class ZoneChanged(Event):
    """From ``from_date`` on the person lives in ``zone``."""

    type: ClassVar[str] = "zone-changed"
    from_date: pendulum.Date
    zone: str


@frozen(kw_only=True, slots=False)
class ProtocolChanged(Event):
    """From ``from_date`` on another protocol is followed, from ``phase`` on."""

    type: ClassVar[str] = "protocol-changed"
    from_date: pendulum.Date
    protocol: str
    phase: str


@frozen(kw_only=True, slots=False)
class CourseEnded(Event):
    """The course ended at ``at``."""

    type: ClassVar[str] = "ended"
    at: pendulum.DateTime
    why: str | None = None


@frozen(kw_only=True, slots=False)
class Retracted(Event):
    """The event whose id is ``event`` is withdrawn."""

    type: ClassVar[str] = "retracted"
    event: str


_CLASSES: tuple[type[Event], ...] = (
    SessionGiven,
    SessionStopped,
    SessionWithheld,
    SessionMissed,
    SessionCancelled,
    SessionBooked,
    SessionMoved,
    GoAheadGiven,
    CoursePaused,
    CourseResumed,
    CheckInAnswered,
    CheckInDeclined,
    ReviewHeld,
    ClinicalEvent,
    DecisionTaken,
    AlertClosed,
    ConsentChanged,
    AvailabilityChanged,
    ZoneChanged,
    ProtocolChanged,
    CourseEnded,
    Retracted,
)
EVENT_TYPES: Mapping[str, type[Event]] = {cls.type: cls for cls in _CLASSES}
"""Every event class by its ``type`` in files."""
