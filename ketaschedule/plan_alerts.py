"""Every Alert of a plan: those of safety, from events alone, and those that need a plan.

A dose too close to another, a first crossing, a relapse confirmed, a deterioration below baseline, an overdue Decision, a safety question
that was asked and left out. What once called for a person stays, also where a later record takes away what it rested on: only a named
person's ``AlertClosed`` closes an Alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import pendulum
from attrs import evolve

from . import times
from .alerts import Alert, AlertKind
from .checkin_items import NEVER
from .checkin_past import Known, known_from
from .checkin_tightening import crossed_by, observed_key
from .checkins import CheckIn
from .course import Course
from .course_days import SessionDays
from .decisions import Decision, make_decisions
from .errors import InputError
from .facts import Facts
from .folding import Folded, fold
from .history import CheckInAnswered, ClinicalEvent, Event, Retracted, ReviewHeld
from .laid import Layout
from .matching import lay_matched
from .plan_closings import closings_of
from .plan_skipped import skipped_alerts
from .safety import safety_alerts
from .tracking import deteriorations, received, stood_at, worsening_days
from .trajectory import Observation, Trajectory

__all__ = ["OVERDUE_ALERT_DAYS", "plan_alerts"]

OVERDUE_ALERT_DAYS = 7
"""Days after which an overdue Decision is an Alert (house)."""
Past = Sequence[tuple[Known, tuple[Trajectory, ...]]]
"""What was known when, and where the person stood then; the last is the present."""
Bounds = tuple[int | None, int | None]
"""Of a plan: its weeks and the ordinal of its last day."""
_WITHDRAWN = " What it rests on was changed or withdrawn since."


def plan_alerts(
    course: Course,
    layout: Layout,
    facts: Facts,
    decisions: Iterable[Decision],
    tracked: tuple[Trajectory, ...],
    past: Past,
    as_of: pendulum.DateTime,
    bounds: Bounds,
    checkins: Callable[[], Iterable[CheckIn]],
) -> tuple[Alert, ...]:
    """Every Alert at ``as_of``, open and closed, safety first, then by time received and key; ``bounds`` are the plan's
    weeks and last day, ``checkins`` says what the plan asks, where that is needed.
    """
    now = [
        *_doses(course, facts),
        *_answers(course, tracked),
        *_overdue(course, layout, past[-1][0].folded.days, decisions, times.instant_key(as_of)),
    ]
    made: dict[str, Alert] = {}
    tells = _telling(course, past[-1][0].folded, tracked, any(stood for _, stood in past[:-1]))
    for state, stood in past:
        before = _overdue_then(course, state, stood, bounds, times.instant_key(as_of) + 1, tells)
        if state is not past[-1][0]:
            before += [*_doses(course, state.layout.facts), *_answers(course, stood)]
        for alert in before:
            earlier = made.get(alert.key)
            if earlier is None or _by_time(earlier) < _by_time(alert):  # it rang again after it had gone
                made[alert.key] = evolve(alert, text=alert.text + _WITHDRAWN)
    made |= {alert.key: _rung(alert, made.get(alert.key)) for alert in now}
    made |= {alert.key: alert for alert in skipped_alerts(course, checkins, past, times.instant_key(as_of))}
    closed = [_closed(course, alert, times.instant_key(as_of)) for alert in made.values()]
    closed.sort(key=_by_time)
    return (*safety_alerts(course.history, as_of=as_of), *closed)


def _rung(alert: Alert, earlier: Alert | None) -> Alert:
    """The Alert as it stands; of an overdue Decision with the last time at which it rang, as who closed it heard no ring
    that came later. The others ring when what they rest on is recorded.
    """
    if alert.kind != "overdue-decision" or earlier is None or _by_time(earlier) <= _by_time(alert):
        return alert
    return evolve(alert, received_at=earlier.received_at, last_received_at=earlier.last_received_at)


def _by_time(alert: Alert) -> tuple[int, str]:
    return (0 if alert.received_at is None else times.instant_key(alert.received_at), alert.key)


def _doses(course: Course, facts: Facts) -> list[Alert]:
    """Doses too close to one another; the least gap is that of the protocol in force on the later one's day."""
    return [
        Alert(
            key=f"{course.id}/event/{dose.event.id}/alert/dose-too-close",
            kind="dose-too-close",
            course=course.id,
            text=f"Two doses are recorded {dose.day - before.day} days apart ({before.event.id}, "
            f"{dose.event.id}); the least is {facts.gap_on(dose.day)}.",
            level=2,
            answered_at=getattr(dose.event, "at", None),
            received_at=dose.event.recorded_at,
            last_received_at=dose.event.recorded_at,
            events=(before.event.id, dose.event.id),
        )
        for before, dose in facts.breaches
    ]


def _answers(course: Course, tracked: Iterable[Trajectory]) -> list[Alert]:
    """First crossings, relapses confirmed and deteriorations, one Alert for each check-in, whatever number of forms said so."""
    found: dict[str, Alert] = {}
    for one in tracked:
        for crossing in one.crossings:
            seen = crossed_by(one, crossing)
            text = f"{one.instrument}: {crossing.points} points suggest a relapse ({crossing.rule})."
            _join(found, _answer(course, one, seen, "first-crossing", text))
        for crossing in one.confirmations:
            seen = crossed_by(one, crossing)
            text = f"{one.instrument}: {crossing.points} points confirm a relapse ({crossing.rule})."
            if not any(
                (crossing.checkin, crossing.at) == (first.checkin, first.at) for first in one.crossings
            ):
                _join(found, _answer(course, one, seen, "relapse-confirmed", text))
        for seen in deteriorations(one):
            text = (
                f"{one.instrument}: worse than before the first dose "
                f"({one.baseline_points} to {_points(seen)} points)."
            )
            _join(found, _answer(course, one, seen, "deterioration", text))
    return list(found.values())


def _answer(course: Course, one: Trajectory, seen: Observation, kind: AlertKind, text: str) -> Alert:
    at = received(seen)
    return Alert(
        key=f"{observed_key(course.id, seen)}/alert/{kind}",
        kind=kind,
        course=course.id,
        text=text,
        instrument=one.instrument,
        level=3 if kind == "relapse-confirmed" else 2,
        answered_at=seen.at,
        received_at=at,
        last_received_at=at,
        events=tuple(dict.fromkeys(raw.event for raw in seen.raw)),
    )


def _points(seen: Observation) -> str:
    """The total, or, where answers are missing, the least and the most that they allow."""
    score = seen.score
    return str(seen.points) if seen.points is not None else f"between {score.at_least} and {score.at_most}"


def _join(found: dict[str, Alert], alert: Alert) -> None:
    first = found.get(alert.key)
    found[alert.key] = alert if first is None else evolve(first, text=f"{first.text} {alert.text}")


def _overdue(
    course: Course, layout: Layout, days: SessionDays, decisions: Iterable[Decision], until: int
) -> list[Alert]:
    """Decisions that were open for more than 7 days after they were due, at ``until`` (UTC seconds) or before."""
    found: list[Alert] = []
    for decision in decisions:
        day = decision.due.toordinal() + OVERDUE_ALERT_DAYS + 1
        at = days.clock_on(day).day_start(day)
        if times.instant_key(at) > min(until, _taken(layout, decision)):
            continue
        found.append(
            Alert(
                key=f"{decision.key}/alert/overdue",
                kind="overdue-decision",
                course=course.id,
                text=f"A decision due on {decision.due} "
                f"{'is open' if decision.taken is None else 'was taken late'}: {decision.question}",
                level=1,
                received_at=at,
                last_received_at=at,
            )
        )
    return found


def _taken(layout: Layout, decision: Decision) -> int:
    """When a Decision's answer became known (UTC seconds)."""
    if decision.taken is None:
        return NEVER
    known = [
        known_from(one.event)
        for one in layout.taken
        if one.decision == decision.id and decision.key.endswith(one.anchor)
    ]
    return min(known, default=NEVER)


def _telling(
    course: Course, folded: Folded, tracked: tuple[Trajectory, ...], crossed: bool
) -> tuple[tuple[int, ...], bool]:
    """When something was recorded that moves no session and asks Decisions, or other ones, all the same: reviews and
    clinical events, and answers where they ever told that the person got worse, which is said beside.
    """
    kinds: tuple[type[Event], ...] = (ReviewHeld, ClinicalEvent)
    withdrawn = any(isinstance(event, Retracted) for event in course.history)
    worse = bool(folded.answers) and (crossed or withdrawn or bool(worsening_days(folded, tracked)))
    if worse:
        kinds = (*kinds, CheckInAnswered)
    return tuple(known_from(event) for event in course.history if isinstance(event, kinds)), worse


def _overdue_then(
    course: Course,
    state: Known,
    stood: tuple[Trajectory, ...],
    bounds: Bounds,
    now: int,
    tells: tuple[tuple[int, ...], bool],
) -> list[Alert]:
    """The Decisions that were overdue while a state lasted, and before ``now`` (UTC seconds).

    What :func:`_telling` found leaves a state as it was. What is found here is kept with the state where there is no
    such thing and no crossing bears on it.
    """
    telling, worse = tells
    plain = not stood and not telling
    if state.overdue is not None and plain:
        return list(state.overdue)
    end = min(state.until, now)
    moments = {known - 1 for known in telling if state.since < known < end}
    if state.until <= now:
        moments.add(state.until - 1)
    found: list[Alert] = []
    for at in sorted(moments):
        folded, layout = state.folded, state.layout
        if telling:
            with suppress(InputError):  # what was known then made no plan; it went on as it was
                folded = fold(course, times.clock("UTC").from_key(at))
                layout = lay_matched(course, folded, weeks=bounds[0], until=bounds[1])
        days = worsening_days(folded, stood_at(course, folded, at) if worse else stood)
        decisions, _ = make_decisions(course, folded, layout, layout.facts, folded.days(at), days)
        found += _overdue(course, layout, folded.days, decisions, at)
    if plain and state.until <= now:
        state.overdue = tuple(found)
    return found


def _closed(course: Course, alert: Alert, now: int) -> Alert:
    """The Alert as closed by a named person after it was received and known at ``now`` (UTC seconds)."""
    since = 0 if alert.received_at is None else times.instant_key(alert.received_at)
    for event in closings_of(course, alert.key, now):
        if since < event.recorded_key:
            return evolve(alert, open=False, closed_at=event.recorded_at, closed_by=event.by, how=event.how)
    return alert
