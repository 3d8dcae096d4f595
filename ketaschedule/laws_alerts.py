"""Laws of Alerts: what must ring, and that only a named person closes it."""

from __future__ import annotations

from .facts import TWO_DOSES_SECONDS
from .history import AlertClosed, CheckInAnswered, ClinicalEvent
from .laws_form import Where, law
from .plan import Plan
from .safety import safety_alerts
from .safety_items import hear_answers
from .times import instant_key

__all__ = [
    "clinical_events_ring",
    "closed_by_a_person",
    "crossings_ring",
    "doses_too_close_ring",
    "left_out_questions_ring",
    "overdue_rings",
    "safety_answers_ring",
    "safety_needs_no_plan",
]

_ITEMS = {"phq-9": "9", "qids-sr16": "12", "madrs": "10", "madrs-s": "9"}
"""The safety item of each form; level 1 is enough."""


@law(70, "plan", "H1")
def safety_needs_no_plan(plan: Plan) -> Where:
    """The plan has every Alert of safety that the events alone give, first and unchanged."""
    alone = safety_alerts(plan.course.history, as_of=plan.as_of)
    if plan.alerts[: len(alone)] != alone:
        yield plan.course.id, "the Alerts of the events alone are not those that the plan begins with"


@law(71, "plan")
def safety_answers_ring(plan: Plan) -> Where:
    """A safety item answered at or above its level is an Alert of its course, whatever its check-in, its time, a
    withdrawal or the total; after a closing a later answer opens it anew, and the earlier one is over.
    """
    rung = {event for alert in plan.alerts for event in alert.events}
    closed = [one for one in plan.course.history if isinstance(one, AlertClosed) and one.by and one.how]
    for event in plan.course.history:
        if not isinstance(event, CheckInAnswered) or event.recorded_key > plan.now:
            continue
        for name, items in event.answers.items():
            value = items.get(_ITEMS.get(name, ""))
            mine = f"/alert/{name}.{_ITEMS.get(name)}"
            over = any(one.alert.endswith(mine) and one.recorded_key > event.recorded_key for one in closed)
            if type(value) is int and 1 <= value <= 3 and event.id not in rung and not over:
                yield event.id, f"item {_ITEMS[name]} of {name} is {value}, and no Alert names it"


@law(72, "plan")
def clinical_events_ring(plan: Plan) -> Where:
    """Each clinical event is an Alert."""
    rung = {event for alert in plan.alerts for event in alert.events}
    for event in plan.course.history:
        known = isinstance(event, ClinicalEvent) and event.recorded_key <= plan.now
        if known and event.id not in rung:
            yield event.id, f"{event.type} and no Alert"


@law(73, "plan", "M4")
def doses_too_close_ring(plan: Plan) -> Where:
    """Two doses recorded nearer than the least gap are an Alert, but for one session told twice on one day within an hour."""
    named = {event for alert in plan.alerts if alert.kind == "dose-too-close" for event in alert.events}
    doses = sorted(plan.folded.doses, key=lambda dose: (dose.key, dose.event.id))
    for index, after in enumerate(doses):
        gap = _gap_on(plan, after.day)
        for before in doses[:index]:
            near = before.day == after.day and after.key - before.key < TWO_DOSES_SECONDS
            same = near and _session(plan, before) == _session(plan, after) is not None
            if after.day - before.day < gap and not same and after.event.id not in named:
                yield after.event.id, f"{after.day - before.day} days after {before.event.id}, and no Alert"


def _session(plan: Plan, dose: object) -> str | None:
    event = getattr(dose, "event", None)
    own: str | None = getattr(dose, "session", None)
    return own or plan.layout.matched.get(getattr(event, "id", "")) or None


def _gap_on(plan: Plan, day: int) -> int:
    gap = plan.course.protocol.min_gap_days
    for event in plan.folded.protocols:
        other = plan.course.other_protocol(event.protocol)
        if day >= event.from_date.toordinal() and any(phase.id == event.phase for phase in other.phases):
            gap = other.min_gap_days
    return gap


@law(74, "plan", "T7", "T8", "T11")
def crossings_ring(plan: Plan) -> Where:
    """Each first crossing of each instrument is an Alert, and so is each later answer that confirms a relapse, whoever closed the first."""
    rung = [(a.kind, a.key) for a in plan.alerts if a.kind in ("first-crossing", "relapse-confirmed")]
    for one in plan.trajectories:
        first = {(crossing.checkin, crossing.at) for crossing in one.crossings}
        later = [seen for seen in one.confirmations if (seen.checkin, seen.at) not in first]
        for kind, seen in [
            *(("first-crossing", seen) for seen in one.crossings),
            *(("relapse-confirmed", seen) for seen in later),
        ]:
            if not any(kind == other and seen.checkin in key for other, key in rung):
                yield seen.checkin, f"{seen.points} points, {kind}, and no Alert"


@law(75, "plan", "M21")
def overdue_rings(plan: Plan) -> Where:
    """A Decision open for more than 7 days after it was due is an Alert."""
    rung = {alert.key for alert in plan.alerts}
    for one in plan.decisions:
        day = one.due.toordinal() + 8
        late = plan.now >= instant_key(plan.folded.days.clock_on(day).day_start(day))
        if late and one.state == "open" and f"{one.key}/alert/overdue" not in rung:
            yield one.key, f"is open and was due on {one.due}"


@law(76, "plan")
def closed_by_a_person(plan: Plan) -> Where:
    """An Alert is closed by a named person's record of it and by nothing else."""
    closings = {
        event.alert
        for event in plan.course.history
        if isinstance(event, AlertClosed) and event.by and event.recorded_key <= plan.now
    }
    for alert in plan.alerts:
        if not alert.open and (alert.key not in closings or not alert.closed_by):
            yield alert.key, "is closed, and no named person closed it"


@law(77, "plan", "C12")
def left_out_questions_ring(plan: Plan) -> Where:
    """A check-in that was answered after it had opened, and never with a word to any safety question, is an Alert."""
    asked = {key: one for one in plan.checkins for key in one.keys}
    answers = [one for one in plan.course.history if isinstance(one, CheckInAnswered)]
    said = {one.checkin for one in answers if any(hear_answers(one.answers))}
    rung = {alert.key for alert in plan.alerts}
    for event in answers:
        one = asked.get(event.checkin)
        if one is None or not one.opens_key < event.recorded_key <= plan.now or said & set(one.keys):
            continue
        if f"{event.checkin}/alert/safety.skipped" not in rung:
            yield (
                event.id,
                f"{', '.join(one.instruments)} was asked, nothing was said of safety, and no Alert",
            )
