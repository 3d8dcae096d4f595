"""History folded: what is true at ``as_of``, from facts in any order.

Events are taken in order of (effective instant, id), each id once; withdrawn ones are left out; the
same id with other content is a conflict, in which nothing acts except that a dose counts for spacing.
Folding twice over two pieces equals folding once over both, because a fold is a function of the *set*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import pendulum
from attrs import field, frozen, mutable

from . import times
from .course import Course
from .course_days import SessionDays
from .errors import Fault, InputError
from .history import (
    AvailabilityChanged,
    CheckInAnswered,
    CheckInDeclined,
    ClinicalEvent,
    ConsentChanged,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    DoseFact,
    Event,
    GoAheadGiven,
    ProtocolChanged,
    Retracted,
    ReviewHeld,
    SessionBooked,
    SessionCancelled,
    SessionMissed,
    SessionMoved,
    SessionWithheld,
    ZoneChanged,
)
from .reasons import Finding

__all__ = ["Dose", "Folded", "fold", "live_events"]

_AT = (
    DoseFact,
    SessionWithheld,
    GoAheadGiven,
    CourseResumed,
    CheckInAnswered,
    ReviewHeld,
    ClinicalEvent,
    DecisionTaken,
    CourseEnded,
)
_FROM = (CoursePaused, AvailabilityChanged, ZoneChanged, ProtocolChanged)
MIN_DOSE_MG = 4.0
"""0.1 mg/kg, the least of the doses tried (Fava 2020, doi 10.1038/s41380-018-0256-5), for 40 kg (house): what
is less was written in grams or for each kilogram."""
MAX_DOSE_MG = 2000.0
"""Far above any dose of any route, so written in micrograms (house)."""


@frozen
class Dose:
    """A dose fact on a local day. ``credible`` ones count for spacing; ``acts`` says it settles a session."""

    day: int
    key: int
    event: Event
    session: str | None
    acts: bool = True


@mutable
class Folded:
    """What happened, sorted by what it touches. Days are ordinals in the session zone."""

    events: tuple[Event, ...] = ()
    doses: list[Dose] = field(factory=list)
    facts: dict[str, list[Event]] = field(factory=dict)
    bookings: dict[str, list[SessionBooked | SessionMoved]] = field(factory=dict)
    go_aheads: dict[str, GoAheadGiven] = field(factory=dict)
    pauses: list[tuple[int, int | None, str, str | None]] = field(factory=list)
    ended: tuple[int, Event] | None = None
    death: ClinicalEvent | None = None
    decisions: list[tuple[int, DecisionTaken]] = field(factory=list)
    reviews: list[tuple[int, ReviewHeld]] = field(factory=list)
    clinical: list[tuple[int, ClinicalEvent]] = field(factory=list)
    answers: list[CheckInAnswered] = field(factory=list)
    declined: dict[str, CheckInDeclined] = field(factory=dict)
    zones: list[ZoneChanged] = field(factory=list)
    protocols: list[ProtocolChanged] = field(factory=list)
    availability: list[AvailabilityChanged] = field(factory=list)
    consents: list[ConsentChanged] = field(factory=list)
    findings: list[Finding] = field(factory=list)
    waits_until: int | None = None
    days: SessionDays = SessionDays(((0, "UTC"),))


def live_events(events: Iterable[Event], as_of: int) -> tuple[list[Event], list[Event], list[Finding]]:
    """The events that exist at ``as_of`` (UTC seconds): (those that act, those in conflict, findings)."""
    by_id: dict[str, Event] = {}
    conflicts: dict[str, list[Event]] = {}
    for event in events:
        if event.recorded_key > as_of:
            continue
        first = by_id.setdefault(event.id, event)
        if first is not event and first != event:
            others = conflicts.setdefault(event.id, [first])
            if event not in others:
                others.append(event)
    findings: list[Finding] = []
    gone: set[str] = set()
    retractions = [event for event in by_id.values() if isinstance(event, Retracted)]
    for event in sorted(retractions, key=lambda one: (one.recorded_key, one.id), reverse=True):
        if event.id in gone or event.id in conflicts:
            continue
        if event.event in by_id:
            gone.add(event.event)
        else:
            text = f"{event.id} withdraws {event.event[:80]}, which is not recorded"
            findings.append(Finding("retracted-unknown", event.id, text, "H3"))
    findings += [
        Finding(
            "conflict", event_id, f"the event id {event_id} stands for {len(several)} different events", "H2"
        )
        for event_id, several in sorted(conflicts.items())
        if event_id not in gone
    ]
    live = [
        event
        for event in by_id.values()
        if event.id not in gone and event.id not in conflicts and not isinstance(event, Retracted)
    ]
    doubtful = [event for several in conflicts.values() for event in several if event.id not in gone]
    return live, doubtful, findings


def fold(course: Course, as_of: pendulum.DateTime, extra: tuple[Event, ...] = ()) -> Folded:
    """Fold the history of ``course`` (and ``extra`` what-if events) as known at ``as_of``."""
    now = times.instant_key(as_of)
    live, doubtful, findings = live_events((*course.history, *extra), now)
    out = Folded(findings=findings)
    key = times.instant_key
    timed: list[tuple[int, str, Event]] = []
    clock = times.clock(course.session_zone)
    for event in live:
        recorded = event.recorded_key
        if isinstance(event, _AT):
            instant = event.at_key
            if instant > recorded:
                text = f"{event.id} says it happened after it was recorded; it waits until then"
                out.findings.append(Finding("at-in-future", event.id, text, "H4"))
                if instant > now:
                    out.waits_until = instant if out.waits_until is None else min(out.waits_until, instant)
                    continue
        elif isinstance(event, _FROM):
            instant = key(clock.day_start(event.from_date.toordinal()))
        else:
            instant = recorded
        timed.append((instant, event.id, event))
    timed.sort(key=lambda item: (*item[:2], item[2].recorded_key))
    out.events = tuple(event for _, _, event in timed)
    _refuse_unusable(course, out.events)
    out.zones = [event for event in out.events if isinstance(event, ZoneChanged)]
    day_of = out.days = SessionDays.of(course, out.zones)
    for instant, _, event in timed:
        _sort_one(out, event, instant, day_of)
    for event in doubtful:
        if isinstance(event, DoseFact) and event.at_key <= now:
            out.doses.append(Dose(day_of(event.at_key), event.at_key, event, event.session, acts=False))
    out.doses.sort(key=lambda dose: (dose.key, dose.event.id, dose.event.recorded_key))
    return out


def _refuse_unusable(course: Course, events: tuple[Event, ...]) -> None:
    """Events that name a zone, a protocol, a weekday or a time that there is not: one error with all of them.

    Once such an event is withdrawn, it is no longer asked about.
    """
    faults: list[Fault] = []

    def keep(event: Event, call: Callable[[], object]) -> None:
        try:
            call()
        except InputError as error:
            faults.extend(error.under(f"history.{event.id}").faults)

    for event in events:
        match event:
            case ZoneChanged():
                keep(event, partial(times.zone, event.zone, "zone"))
            case ProtocolChanged():
                keep(event, partial(course.other_protocol, event.protocol))
            case AvailabilityChanged():
                if event.at is not None:
                    keep(event, partial(times.parse_minute, event.at, "at"))
                for number, name in enumerate(event.days or ()):
                    keep(event, partial(times.parse_weekday, name, f"days[{number}]"))
                for number, (first, last) in enumerate(event.unavailable or ()):
                    if last < first:
                        path = f"history.{event.id}.unavailable[{number}]"
                        faults.append(Fault(path, "the range ends before it begins", "[first, last]"))
            case _:
                pass
    if faults:
        raise InputError(faults)


def _sort_one(out: Folded, event: Event, instant: int, day_of: SessionDays) -> None:
    """Put one event where it belongs; zone changes were taken first, alert-closed belongs to safety."""
    match event:
        case DoseFact():
            _sort_dose(out, event, instant, day_of)
        case SessionWithheld() | SessionMissed() | SessionCancelled():
            out.facts.setdefault(event.session, []).append(event)
        case SessionBooked() | SessionMoved():
            out.bookings.setdefault(event.session, []).append(event)
        case GoAheadGiven():
            out.go_aheads[event.session] = event
        case DecisionTaken():
            out.decisions.append((day_of(event.at_key), event))
        case ReviewHeld():
            out.reviews.append((day_of(event.at_key), event))
        case CheckInAnswered():
            out.answers.append(event)
        case CheckInDeclined():
            out.declined[event.checkin] = event
        case ProtocolChanged():
            out.protocols.append(event)
        case AvailabilityChanged():
            out.availability.append(event)
        case ConsentChanged():
            out.consents.append(event)
        case _:
            _sort_course(out, event, instant, day_of)


def _sort_dose(out: Folded, event: DoseFact, instant: int, day_of: SessionDays) -> None:
    out.doses.append(Dose(day_of(event.at_key), instant, event, event.session))
    if event.session is not None:
        out.facts.setdefault(event.session, []).append(event)
    if event.dose_mg is not None and not MIN_DOSE_MG <= event.dose_mg <= MAX_DOSE_MG:
        text = f"a dose of {event.dose_mg:g} mg: is the unit right?"
        out.findings.append(Finding("dose-unit", event.id, text, "H5"))


def _sort_course(out: Folded, event: Event, instant: int, day_of: SessionDays) -> None:
    """Pauses, ends, and clinical events."""
    match event:
        case CoursePaused():
            if not out.pauses or out.pauses[-1][1] is not None:
                out.pauses.append((event.from_date.toordinal(), None, event.id, None))
        case CourseResumed():
            if out.pauses and out.pauses[-1][1] is None:
                first, _, paused, _ = out.pauses[-1]
                out.pauses[-1] = (first, day_of(event.at_key), paused, event.id)
            else:
                text = "resumed, but the course was not paused"
                out.findings.append(Finding("not-paused", event.id, text, "H3"))
        case CourseEnded():
            if out.ended is None:
                out.ended = (day_of(event.at_key), event)
        case ClinicalEvent():
            day = day_of(event.at_key)
            out.clinical.append((day, event))
            if event.kind == "dose-elsewhere":
                out.doses.append(Dose(day, instant, event, None))
            elif event.kind == "death" and out.death is None:
                out.death = event
                out.ended = (day, event) if out.ended is None or day < out.ended[0] else out.ended
        case _:
            pass
