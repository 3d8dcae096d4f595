"""Every Alert of a plan: those of safety, from events alone, and those that need a plan.

A dose too close to another, a first crossing, a deterioration below baseline, an overdue Decision.
Only a named person's ``AlertClosed`` closes one.
"""

from __future__ import annotations

from collections.abc import Iterable

import pendulum
from attrs import evolve

from . import times
from .alerts import Alert
from .course import Course
from .decisions import Decision
from .facts import Facts
from .history import AlertClosed, Event
from .safety import safety_alerts
from .trajectory import Trajectory

__all__ = ["OVERDUE_ALERT_DAYS", "plan_alerts"]

OVERDUE_ALERT_DAYS = 7
"""Days after which an overdue Decision is an Alert (house)."""


def plan_alerts(
    course: Course,
    facts: Facts,
    decisions: Iterable[Decision],
    tracked: Iterable[Trajectory],
    as_of: pendulum.DateTime,
    today: int,
) -> tuple[Alert, ...]:
    """Every Alert at ``as_of``, open and closed, safety first, then by time received and key."""
    safety = safety_alerts(course.history, as_of=as_of)
    made: list[Alert] = []
    for before, dose in facts.breaches:
        text = (
            f"Two doses are recorded {dose.day - before.day} days apart ({before.event.id}, {dose.event.id}); "
            f"the least is {course.protocol.min_gap_days}."
        )
        made.append(
            Alert(
                key=f"{course.id}/event/{dose.event.id}/alert/dose-too-close",
                kind="dose-too-close",
                course=course.id,
                text=text,
                level=2,
                answered_at=getattr(dose.event, "at", None),
                received_at=dose.event.recorded_at,
                last_received_at=dose.event.recorded_at,
                events=(before.event.id, dose.event.id),
            )
        )
    for one in tracked:
        made += _tracked(course, one)
    for decision in decisions:
        if decision.overdue and today - decision.due.toordinal() > OVERDUE_ALERT_DAYS:
            at = times.clock(course.session_zone).day_start(decision.due.toordinal() + OVERDUE_ALERT_DAYS + 1)
            made.append(
                Alert(
                    key=f"{decision.key}/alert/overdue",
                    kind="overdue-decision",
                    course=course.id,
                    text=f"A decision due on {decision.due} is open: {decision.question}",
                    level=1,
                    received_at=at,
                    last_received_at=at,
                )
            )
    unique = {alert.key: alert for alert in made}
    closed = [_closed(alert, course.history, as_of) for alert in unique.values()]
    closed.sort(
        key=lambda alert: (
            0 if alert.received_at is None else times.instant_key(alert.received_at),
            alert.key,
        )
    )
    return (*safety, *closed)


def _tracked(course: Course, one: Trajectory) -> list[Alert]:
    found: list[Alert] = []
    for crossing in one.crossings:
        found.append(
            Alert(
                key=f"{crossing.checkin}/alert/first-crossing",
                kind="first-crossing",
                course=course.id,
                text=f"{crossing.instrument}: {crossing.points} points suggest a relapse ({crossing.rule}).",
                instrument=crossing.instrument,
                level=2,
                answered_at=crossing.at,
                received_at=crossing.at,
                last_received_at=crossing.at,
            )
        )
    if one.deterioration == "yes" and one.latest is not None:
        found.append(
            Alert(
                key=f"{one.latest.key}/alert/deterioration",
                kind="deterioration",
                course=course.id,
                text=f"{one.instrument}: worse than before the first dose ({one.baseline_points} to {one.latest_points} points).",
                instrument=one.instrument,
                level=2,
                answered_at=one.latest.at,
                received_at=one.latest.at,
                last_received_at=one.latest.at,
            )
        )
    return found


def _closed(alert: Alert, events: Iterable[Event], as_of: pendulum.DateTime) -> Alert:
    """The Alert as closed by a named person after it was received and known at ``as_of``."""
    now = times.instant_key(as_of)
    since = 0 if alert.received_at is None else times.instant_key(alert.received_at)
    for event in events:
        if (
            isinstance(event, AlertClosed)
            and event.alert == alert.key
            and event.by
            and since <= times.instant_key(event.recorded_at) <= now
        ):
            return evolve(alert, open=False, closed_at=event.recorded_at, closed_by=event.by, how=event.how)
    return alert
