"""Closings of Alerts: who closed what, and which of them close nothing.

Only a complete closing by a named person, recorded after what the Alert is about, closes it. Any other leaves it open,
and whoever recorded it would go on believing that it is closed: so each is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import times
from .alerts import ALERT_KINDS, Alert
from .course import Course
from .history import AlertClosed
from .reasons import Finding
from .safety import safety_alerts

__all__ = ["CLOSING_CODES", "closing_findings", "closings_of"]

CLOSING_CODES: Mapping[str, str] = {
    "closing-unnamed": "closes nothing: it says not who closed the Alert, or not how",
    "closing-unknown-alert": "closes nothing: no Alert has this key; an answer that joined an Alert stands under the key of the first",
    "closing-too-early": "closes nothing: it was recorded no later than what the Alert is about",
}


def closings_of(course: Course, key: str, now: int) -> list[AlertClosed]:
    """What a named person recorded by ``now`` (UTC seconds) to close the Alert with this key, in order."""
    found = [event for event in _closings(course, now) if event.alert == key and _is_complete(event)]
    return sorted(found, key=lambda one: (one.recorded_key, one.id))


def closing_findings(course: Course, alerts: Iterable[Alert], now: int) -> list[Finding]:
    """A finding for each closing recorded by ``now`` (UTC seconds) that closes nothing; ``alerts`` are those of the plan."""
    closings = _closings(course, now)
    if not closings:
        return []
    known = {alert.key: alert for alert in alerts if alert.kind not in ALERT_KINDS[:4]}
    known |= {alert.key: alert for alert in alerts if alert.kind == ALERT_KINDS[1]}  # some need a plan
    by_now = [event for event in course.history if event.recorded_key <= now]
    known |= {alert.key: alert for alert in safety_alerts(by_now)}
    found = []
    for event in closings:
        code = _amiss(event, known.get(event.alert))
        if code:
            text = f"{event.id}: {CLOSING_CODES[code]}: {event.alert[:120]}"
            found.append(Finding(code, event.id, text, "H13"))
    return found


def _amiss(event: AlertClosed, alert: Alert | None) -> str:
    if not _is_complete(event):
        return "closing-unnamed"
    if alert is None:
        return "closing-unknown-alert"
    # an Alert that rings anew was closed before it did; an overdue Decision may ring again by what was known then
    again = alert.previous_level is not None or alert.kind == "overdue-decision"
    if not alert.open or again or alert.received_at is None:
        return ""
    return "closing-too-early" if event.recorded_key <= times.instant_key(alert.received_at) else ""


def _is_complete(event: AlertClosed) -> bool:
    return bool((event.by or "").strip() and event.how.strip())


def _closings(course: Course, now: int) -> list[AlertClosed]:
    return [event for event in course.history if isinstance(event, AlertClosed) and event.recorded_key <= now]
