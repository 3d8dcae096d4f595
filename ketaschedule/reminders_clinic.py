"""What the clinic is told: Alerts at once, Decisions while they wait, admissions; and the safety chain.

Alerts ignore contact hours, caps and working days. Each time an Alert rings it is told anew, and while it is
open the clinic's list shows it every working morning.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import times
from .alerts import Alert
from .checkin_past import known_from
from .decisions import Decision
from .reminders_ground import Gathering
from .reminders_kinds import CHAIN_SAFETY
from .reminders_model import DAY

__all__ = ["clinic_candidates"]

HELP_USEFUL = DAY
"""How long crisis help for an answer is of use on the person's own screen, in seconds (house)."""
ALERT_USEFUL = 30 * DAY
FAR = 7_226_582_400
"""The year 2199, in UTC seconds: when an Alert of unreadable date would be told, were it not told at once."""
TIGHTENED_USEFUL = 2 * DAY
ADMITTED_USEFUL = 7 * DAY
OVERDUE_DAYS = 7
"""Working mornings are told of an overdue Decision for this many days; then it is an Alert."""


def clinic_candidates(into: Gathering) -> None:
    """Gather what is told of Alerts, Decisions and admissions."""
    for alert in into.ground.plan.alerts:
        if alert.open:
            _alert(into, alert)
    for decision in into.ground.plan.decisions:
        if decision.taken is None:
            _decision(into, decision)
    for _, event in into.ground.folded.clinical:
        if event.kind == "admission" and into.ground.admitted:
            known = known_from(event)
            into.add(
                f"{event.course}/event/{event.id}", "admitted", "clinic", "clinic-admitted", known, known,
                known + ADMITTED_USEFUL, {}, "R10", "an admission was recorded",
            )  # fmt: skip


def _alert(into: Gathering, alert: Alert) -> None:
    ground = into.ground
    received = FAR if alert.received_at is None else times.instant_key(alert.received_at)
    values = {
        "alert": alert.text,
        "level": alert.level,
        "previous": alert.previous_level or None,
        "times": alert.times,
    }
    for link in CHAIN_SAFETY:
        if link.audience != "clinic" and alert.kind != "safety-item":
            continue
        message, useful, bar = "alert-clinic", received + ALERT_USEFUL, ground.barred(link.stops)
        if link.audience == "clinic":
            message = "safety-clinic" if alert.kind == "safety-item" else message
        elif link.audience == "patient":
            message, useful = "safety-positive-sending", received + HELP_USEFUL
        else:
            message, useful = "proxy-safety", received + HELP_USEFUL
            bar = bar or ("" if ground.allows("proxy", link.consent) else "no-consent")
        into.add(
            alert.key, link.kind, link.audience, message, received, received, useful, values,
            "R8", f"an Alert ({alert.kind}) that a named person has to close",
            number=alert.rings, bar=bar, at_once=True,
        )  # fmt: skip
    first = ground.day(received)
    for day, morning in _mornings(into, first + 1, None):
        into.add(
            alert.key, "alert-open", "clinic", "alert-clinic", morning, received, morning + DAY, values,
            "R8", "the Alert is still open", number=day - first,
        )  # fmt: skip
    if alert.kind == "first-crossing":
        into.add(
            alert.key, "tightened", "patient", "checkin-tightened", received, received,
            received + TIGHTENED_USEFUL, {}, "C7", "check-ins come more often for a while", bar=ground.bar,
        )  # fmt: skip


def _decision(into: Gathering, decision: Decision) -> None:
    ground = into.ground
    raised, due = decision.raised.toordinal(), decision.due.toordinal()
    values = {"decision": decision.id, "due_date": decision.due}
    due_at = ground.wall(due, 0)
    told, ends = ground.working_from(raised), ground.wall(due + 1, 0)
    if into.spans(ground.morning(raised), ends + 31 * DAY):
        into.add(
            decision.key, "decision-raised", "clinic", "clinic-decision-raised", ground.morning(told), due_at,
            max(ends, ground.wall(told + 1, 0)), values, "M20", "a Decision is asked",
        )  # fmt: skip
        if (on := ground.working_until(due)) > told:
            into.add(
                decision.key, "decision-due", "clinic", "clinic-decision-due", ground.morning(on), due_at,
                ends, values, "M20", "a Decision is due",
            )  # fmt: skip
    for day, morning in _mornings(into, due + 1, due + OVERDUE_DAYS):
        into.add(
            decision.key, "decision-overdue", "clinic", "clinic-decision-overdue", morning, due_at,
            morning + DAY, {**values, "days": day - due}, "M21", "a Decision is overdue", number=day - due,
        )  # fmt: skip


def _mornings(into: Gathering, first: int, last: int | None) -> Iterator[tuple[int, int]]:
    """The clinic's working mornings of a repeat that may fall in the stretch, from day ``first`` on."""
    ground = into.ground
    begin = max(first, ground.day(max(into.since, 0)) - 3)
    end = ground.day(into.until) + 2
    for day in range(begin, min(end, last + 1 if last is not None else end)):
        if ground.works(day):
            yield day, ground.morning(day)
