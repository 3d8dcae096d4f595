"""Laws of pairs of plans: what time alone, or one more event, may change."""

from __future__ import annotations

from collections.abc import Iterable

from .alerts import Alert
from .changes import changes, preview
from .checkins import CheckIn
from .history import (
    AlertClosed,
    AvailabilityChanged,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    Event,
    ProtocolChanged,
    Retracted,
    SessionBooked,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    SessionWithheld,
    ZoneChanged,
)
from .laws_form import Where, law
from .laws_retold import first_apart
from .plan import Plan
from .times import clock, instant_key

__all__ = [
    "a_miss_brings_nothing_forward",
    "a_preview_is_what_recording_does",
    "facts_keep_their_keys",
    "open_alerts_stay",
    "open_alerts_stay_recorded",
    "opened_checkins_stay",
    "opened_checkins_stay_recorded",
    "the_past_stands",
    "time_alone_moves_nothing",
    "what_is_decided_stands",
]

SETTLED = ("given", "stopped", "missed", "withheld", "cancelled")
PLAIN_FACTS = (SessionGiven, SessionMissed, SessionCancelled, SessionBooked, SessionMoved, SessionWithheld)


def recorded_event(before: Plan, after: Plan) -> Event | None:
    """The one event that the later history has beside the earlier one."""
    extra = after.course.history[len(before.course.history) :]
    return extra[0] if len(extra) == 1 else None


@law(80, "later", "M3", "H4")
def time_alone_moves_nothing(before: Plan, after: Plan) -> Where:
    """Until an event that waits comes into force time alone adds, moves, removes and proposes no session; it takes no
    Decision, and raises none but for a long silence, not before the plan said that it must be made anew.
    """
    waits = before.folded.waits_until
    if waits is not None and after.now >= waits:
        return
    was = [(one.key, one.at, one.basis) for one in before.sessions]
    now = [(one.key, one.at, one.basis) for one in after.sessions]
    if was != now:
        yield before.course.id, first_apart(tuple(was), tuple(now))
    asked = {one.key: one.taken for one in before.decisions}
    foretold = before.refresh_by is not None and after.as_of >= before.refresh_by
    for decision in after.decisions:
        if decision.key not in asked:
            if not (foretold and any(reason.rule == "M14" for reason in decision.reasons)):
                yield decision.key, "was raised by time alone"
        elif asked[decision.key] != decision.taken:
            yield decision.key, f"{decision.taken} was taken by time alone"


def _opened(plan: Plan) -> dict[str, tuple[object, ...]]:
    """What had opened before the instant of a plan; what opens at that very instant still hears what is recorded then."""
    return {
        key: _shown(one)
        for one in plan.checkins
        if one.opens_key < plan.now and one.state not in ("not-yet", "not-applicable")
        for key in one.keys
    }


def _shown(one: CheckIn) -> tuple[object, ...]:
    return (one.keys, one.opens_key, one.due_key, one.closes_key, one.instruments)


def _stay(before: Plan, after: Plan) -> Where:
    now = {key: _shown(one) for one in after.checkins for key in one.keys}
    for key, was in _opened(before).items():
        if key not in now:
            yield key, "had opened and is gone"
        elif now[key] != was:
            yield key, f"had opened and moved: {was} became {now[key]}"


@law(81, "later", "C14")
def opened_checkins_stay(before: Plan, after: Plan) -> Where:
    """A check-in that has opened keeps its keys, its times and what it asks, as time goes on."""
    yield from _stay(before, after)


@law(82, "recorded", "C14")
def opened_checkins_stay_recorded(before: Plan, after: Plan) -> Where:
    """A check-in that has opened keeps its keys, its times and what it asks, whatever is recorded."""
    yield from _stay(before, after)


def _received(alert: Alert) -> int:
    return 0 if alert.received_at is None else instant_key(alert.received_at)


def _ring_on(rung: Iterable[Alert], after: Plan, closed: str | None) -> Where:
    now = {alert.key: alert for alert in after.alerts}
    for alert in rung:
        if alert.key not in now:
            yield alert.key, "was an Alert and is gone"
        elif alert.open and not now[alert.key].open and alert.key != closed:
            yield alert.key, "was open and is closed, and nobody closed it"


@law(83, "later", "M21")
def open_alerts_stay(before: Plan, after: Plan) -> Where:
    """Time closes no Alert and takes none away."""
    yield from _ring_on(before.alerts, after, None)


@law(84, "recorded")
def open_alerts_stay_recorded(before: Plan, after: Plan) -> Where:
    """No event closes an Alert or takes one away but a named person's record that closes it; what is recorded in the very
    second in which a Decision would be overdue is still heard.
    """
    event = recorded_event(before, after)
    rung = [
        alert for alert in before.alerts if alert.kind != "overdue-decision" or _received(alert) < before.now
    ]
    yield from _ring_on(rung, after, event.alert if isinstance(event, AlertClosed) else None)


@law(85, "recorded", "H1", slow=True)
def a_preview_is_what_recording_does(before: Plan, after: Plan) -> Where:
    """What a preview of an event says is what recording it does."""
    event = recorded_event(before, after)
    if event is None:
        return
    said = preview(before.course, event, before.as_of, weeks=before.weeks, until=before.until)
    if said != changes(before, after):
        yield event.id, "its preview says otherwise than what recording it does"


@law(86, "recorded", "S22", "M22")
def facts_keep_their_keys(before: Plan, after: Plan) -> Where:
    """A session with a fact keeps its key whatever follows but a withdrawal; a plain fact takes no session of a counted
    phase away, however often the path was changed, but what a miss had added, and what a Decision had added to a path
    that was left. A dose that sets another Day 1 may also say when a Decision acted.
    """
    event = recorded_event(before, after)
    if event is None or isinstance(event, Retracted):
        return
    kept = {session.key for session in after.sessions}
    for session in before.sessions:
        if session.verdict in SETTLED and session.key in before.folded.facts and session.key not in kept:
            yield session.key, f"is {session.verdict} and is gone after {event.type}"
    if not isinstance(event, PLAIN_FACTS):
        return
    chosen, left = before.folded.decisions or before.folded.protocols, bool(before.folded.protocols)
    if chosen and before.day1 != after.day1:
        return
    for run in before.layout.runs:
        if run.phase.count is not None:
            for laid in run.sessions:
                asked = laid.basis != "proposed"
                if chosen:
                    asked = laid.anchor is None and not (left and laid.added)
                if asked and laid.key not in kept:
                    yield laid.key, f"is gone after {event.type}"


def _acts_from(before: Plan, event: Event) -> int | None:
    """The first day on which an event may move what is planned; none where it may act on what is past."""
    zone = clock(before.course.session_zone)
    today = zone.ordinal(before.as_of)
    match event:
        case ZoneChanged() | AvailabilityChanged() | ProtocolChanged() | CoursePaused():
            first = event.from_date.toordinal()
            return today if first >= today else None
        case CourseResumed():
            return next((began for began, until, _, _ in before.layout.pauses if until is None), None)
        case SessionBooked() | SessionMoved():
            lay = [one.date.toordinal() for one in before.sessions if one.key == event.session]
            return min(today, zone.ordinal(event.to), *lay)
        case _:
            return None


@law(87, "recorded", "H1")
def the_past_stands(before: Plan, after: Plan) -> Where:
    """What acts from a date on rewrites no dose session before that date and today; a booking none that lay before today,
    before where it puts its session and before where that one lay. A dose that named no session may be matched anew, and
    what was called off as the path left it comes anew where the path leads there again.
    """
    event = recorded_event(before, after)
    first = None if event is None else _acts_from(before, event)
    if event is None or first is None or before.layout.matched != after.layout.matched:
        return
    now = {session.key: session for session in after.sessions}
    for session in before.sessions:
        if session.kind == "dose" and session.date.toordinal() < first:
            if session.key not in now:
                yield session.key, f"lay in the past and is gone after {event.type}"
            elif session.why == "left" and now[session.key].why is None:
                continue
            elif instant_key(now[session.key].at) != instant_key(session.at):
                yield session.key, f"lay in the past and moved to {now[session.key].at}"


@law(88, "recorded", "M8")
def a_miss_brings_nothing_forward(before: Plan, after: Plan) -> Where:
    """No later dose session that is to come comes earlier because one was missed, unless a dose that named no session
    turns out to be another's.
    """
    event = recorded_event(before, after)
    if not isinstance(event, SessionMissed) or before.layout.matched != after.layout.matched:
        return
    was = {one.key: one for one in before.sessions if one.kind == "dose"}
    missed = was.get(event.session)
    if missed is None or missed.verdict in SETTLED:
        return
    for later in after.sessions:
        old = was.get(later.key)
        if old is None or later.verdict in SETTLED:
            continue
        if old.date > missed.date and later.date < old.date:
            yield later.key, f"moved from {old.date} to {later.date} because {event.session} was missed"


@law(92, "recorded", "S17", "H6")
def what_is_decided_stands(before: Plan, after: Plan) -> Where:
    """A Decision that was open is taken once one of its options is recorded for it, where it is still asked."""
    event = recorded_event(before, after)
    if not isinstance(event, DecisionTaken) or event.at_key > after.now:
        return
    asked = {one.key: one for one in before.decisions if one.state != "taken"}
    decision = asked.get(event.decision)
    if decision is None or event.option not in {option.id for option in decision.options}:
        return
    for one in after.decisions:
        if one.key == event.decision and one.taken != event.option:
            yield one.key, f"{event.option} was recorded for it, and it is {one.state} with {one.taken} taken"
