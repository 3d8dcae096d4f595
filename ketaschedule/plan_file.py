"""The plan as a file: its contract, field by field, as app teams build on it.

Nothing here is ever null: what is unknown is left out, and a state says why. Dates are local dates,
instants whole seconds with their offset. Fields are added in later versions, never renamed.
:mod:`ketaschedule.formats.json` fills these classes from a plan and reads them back; the JSON Schema of
a plan is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pendulum
from attrs import frozen

__all__ = [
    "AlertItem",
    "CheckInItem",
    "DecisionItem",
    "ExtraItem",
    "FindingItem",
    "OptionItem",
    "PlanFile",
    "ReasonItem",
    "SessionItem",
    "StepItem",
    "TrajectoryItem",
    "WatchItem",
]


@frozen(kw_only=True)
class ReasonItem:
    """Why an item is where it is: the code of the rule, what went into it, a sentence, the id of the source."""

    rule: str
    inputs: Mapping[str, Any]
    text: str | None = None
    source: str | None = None


@frozen(kw_only=True)
class StepItem:
    """One thing around a dose. ``at`` is there where the time follows from the plan; a step that ends with
    a condition has ``until_date`` and no clock time.
    """

    what: str
    anchor: Literal["arrival", "dose-start", "dose-end"]
    offset_minutes: int | None = None
    until: str | None = None
    until_date: pendulum.Date | None = None
    within_days: int | None = None
    at: pendulum.DateTime | None = None
    audience: Literal["patient", "escort", "proxy", "clinic"]
    text: str
    source: str


@frozen(kw_only=True)
class SessionItem:
    """One session, planned or past."""

    key: str
    phase: str
    number: int
    kind: Literal["dose", "preparation", "integration", "review"]
    day: int
    week: int
    verdict: Literal[
        "planned",
        "due",
        "overdue",
        "presumed-missed",
        "given",
        "stopped",
        "withheld",
        "missed",
        "cancelled",
    ]
    basis: Literal["protocol", "held", "proposed", "waiting"]
    date: pendulum.Date
    at: pendulum.DateTime
    ends: pendulum.DateTime
    hard_min: pendulum.Date | None = None
    earliest: pendulum.Date
    target: pendulum.Date
    latest: pendulum.Date
    timing: Literal["too-early", "early-grace", "on-time", "late"] | None = None
    given_at: pendulum.DateTime | None = None
    counts: bool | None = None
    booked: bool | None = None
    why: str | None = None
    steps: tuple[StepItem, ...]
    reasons: tuple[ReasonItem, ...]


@frozen(kw_only=True)
class CheckInItem:
    """A time at which the person is asked: ``opens`` is included, ``closes`` is not."""

    key: str
    anchor: str
    purposes: tuple[str, ...]
    merged: tuple[str, ...]
    instruments: tuple[str, ...]
    opens: pendulum.DateTime
    due: pendulum.DateTime
    closes: pendulum.DateTime
    state: Literal["not-yet", "open", "answered", "partly-answered", "expired", "declined", "not-applicable"]
    reasons: tuple[ReasonItem, ...]


@frozen(kw_only=True)
class OptionItem:
    """One answer to a Decision; ``effect`` in the words of the protocol file."""

    id: str
    text: str
    effect: Mapping[str, Any]
    outside_label: bool | None = None


@frozen(kw_only=True)
class DecisionItem:
    """A question for the clinician. ``about`` names the session or phase it rests on; ``raised`` and
    ``due`` are dates in the session zone; ``taken`` is there once an option was chosen.
    """

    key: str
    id: str
    question: str
    options: tuple[OptionItem, ...]
    default: str
    about: str
    raised: pendulum.Date
    due: pendulum.Date
    state: Literal["to-come", "open", "taken"]
    overdue: bool
    taken: str | None = None
    reasons: tuple[ReasonItem, ...]


@frozen(kw_only=True)
class AlertItem:
    """Something that a person must see now, open until a named person closes it."""

    key: str
    kind: str
    open: bool
    level: int | None = None
    previous_level: int | None = None
    times: int
    rings: int
    instrument: str | None = None
    item: str | None = None
    answered_at: pendulum.DateTime | None = None
    received_at: pendulum.DateTime | None = None
    last_received_at: pendulum.DateTime | None = None
    events: tuple[str, ...]
    text: str
    closed_at: pendulum.DateTime | None = None
    closed_by: str | None = None
    how: str | None = None


@frozen(kw_only=True)
class TrajectoryItem:
    """Where a person stands on one instrument; what is absent is unknown, and the reasons say why."""

    instrument: str
    state: str
    response: Literal["yes", "no", "unknown"]
    remission: Literal["yes", "no", "unknown"]
    relapse: str
    deterioration: Literal["yes", "no", "unknown"]
    worsening: Literal["yes", "no", "unknown"]
    baseline_points: int | None = None
    latest_points: int | None = None
    latest_at: pendulum.DateTime | None = None
    change_percent: float | None = None
    reasons: tuple[ReasonItem, ...]


@frozen(kw_only=True)
class WatchItem:
    """The watch for relapse; delays are days from relapse to the next answered check-in, by cohort."""

    state: str
    cohort: str | None = None
    shape: str | None = None
    delay_days_by_cohort: Mapping[str, float] | None = None
    floor_only_days: Mapping[str, float] | None = None
    largest_gap_days: int | None = None
    relapses_beyond_watch_percent: float | None = None
    ends: pendulum.Date | None = None
    assumes: tuple[str, ...]


@frozen(kw_only=True)
class ExtraItem:
    """A dose outside the plan: it counts for spacing and anchors nothing."""

    key: str
    event: str
    date: pendulum.Date
    at: pendulum.DateTime
    why: str


@frozen(kw_only=True)
class FindingItem:
    """Something the reader of the plan should know."""

    code: str
    path: str
    text: str
    rule: str | None = None


@frozen(kw_only=True)
class PlanFile:
    """One person's plan as it stands in a file; true at ``as_of``, and until ``refresh_by`` where that is given."""

    schema: Literal[1] = 1
    course: str
    protocol: str
    edition: str
    as_of: pendulum.DateTime
    refresh_by: pendulum.DateTime | None = None
    zone: str
    clinic_zone: str | None = None
    tzdata: str
    day1: pendulum.Date
    horizon: pendulum.Date
    what_if: Mapping[str, str] | None = None
    sessions: tuple[SessionItem, ...]
    checkins: tuple[CheckInItem, ...]
    decisions: tuple[DecisionItem, ...]
    alerts: tuple[AlertItem, ...]
    trajectories: tuple[TrajectoryItem, ...]
    watch: WatchItem
    extra: tuple[ExtraItem, ...]
    findings: tuple[FindingItem, ...]
