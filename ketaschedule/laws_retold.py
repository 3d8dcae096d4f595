"""Laws of one history told in two ways: in another order, with an event withdrawn, with what is recorded later."""

from __future__ import annotations

from .alerts import ALERT_KINDS
from .checkin_tightening import crossed_by, observed_key
from .laws_form import Where, law
from .plan import Plan
from .tracking import deteriorations

__all__ = ["first_apart", "neither_said_nor_withdrawn", "not_known_yet", "order_does_not_matter", "told"]


def told(plan: Plan) -> tuple[tuple[str, object], ...]:
    """All that a plan says, part by part. Clinical events ring whenever they were recorded, and no retraction
    silences them: their Alerts are left out.
    """
    alerts = tuple(alert for alert in plan.alerts if alert.kind != "clinical-event")
    return (
        ("day1", plan.day1),
        ("sessions", plan.sessions),
        ("reasons", tuple(one.reasons for one in plan.sessions)),
        ("decisions", plan.decisions),
        ("extra", plan.extra),
        ("findings", plan.findings),
        ("checkins", plan.checkins),
        ("alerts", alerts),
    )


def _differ(before: Plan, after: Plan, parts: tuple[str, ...]) -> Where:
    left, right = dict(told(before)), dict(told(after))
    for part in parts:
        if left[part] != right[part]:
            yield f"{before.course.id}/{part}", first_apart(left[part], right[part])


def first_apart(left: object, right: object) -> str:
    """The first thing in which two tuples differ, in words."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        for one, other in zip(left, right, strict=False):
            if one != other:
                return f"{one} and {other}"[:600]
        return f"{len(left)} and {len(right)} of them"
    return f"{left} and {right}"


_OF_ANSWERS = ("first-crossing", "relapse-confirmed", "deterioration")
_ALL = ("day1", "sessions", "reasons", "decisions", "extra", "findings", "checkins", "alerts")


@law(89, "reordered", "H1")
def order_does_not_matter(before: Plan, after: Plan) -> Where:
    """The order in which events arrive, how often, and in how many pieces changes nothing."""
    yield from _differ(before, after, _ALL)


@law(90, "withdrawn", "H1", "H3")
def neither_said_nor_withdrawn(before: Plan, after: Plan) -> Where:
    """An event that was withdrawn leaves sessions, reasons, Decisions and extras as if it had never been recorded; an
    Alert that it raised stays, and none goes but that of a Decision which was taken for a while, and that of an answer
    which told of getting worse only while it stood and the event did not; answers may join one that it began.
    """
    yield from _differ(before, after, ("day1", "sessions", "reasons", "decisions", "extra"))
    now = {alert.key for alert in after.alerts} | {event for alert in after.alerts for event in alert.events}
    worse = {
        observed_key(before.course.id, seen)
        for one in before.trajectories
        for seen in (
            *(crossed_by(one, crossing) for crossing in (*one.crossings, *one.confirmations)),
            *deteriorations(one),
        )
    }
    for alert in before.alerts:
        joined = bool(alert.events) and set(alert.events) <= now
        over = alert.kind in _OF_ANSWERS and alert.key.partition("/alert/")[0] not in worse
        if alert.key not in now and alert.kind != "overdue-decision" and not joined and not over:
            yield alert.key, "is gone after an event and its withdrawal"


@law(91, "unknown", "H1")
def not_known_yet(before: Plan, after: Plan) -> Where:
    """What is recorded later than a plan is not known to it; only safety hears at once."""
    yield from _differ(before, after, _ALL[:-1])
    planned, known = (
        [alert for alert in plan.alerts if alert.kind not in ALERT_KINDS[:4]] for plan in (before, after)
    )
    if planned != known:
        yield before.course.id, first_apart(tuple(planned), tuple(known))
