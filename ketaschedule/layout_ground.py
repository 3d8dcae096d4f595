"""The ground of one layout: the course, its facts, and the days that are open. It does not change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter

import pendulum

from . import times
from .availability import DaySet, day_test
from .course import Course
from .effects import read_taken, speaks_of
from .facts import Facts, gather_facts
from .folding import Folded
from .history import (
    AvailabilityChanged,
    CourseResumed,
    DecisionTaken,
    DoseFact,
    Event,
    ReviewHeld,
    SessionBooked,
    SessionMoved,
)
from .laid import Laid, TakenOption
from .protocol import Companion

__all__ = ["MAX_HORIZON_DAYS", "Ground"]

MAX_HORIZON_DAYS = 1826
"""Five years: no plan reaches further from Day 1."""
DayTest = Callable[[int], bool]
Pause = tuple[int, int | None, str, str | None]
"""(first day, the day on which it was over, the events that began and ended it)."""


class Ground:
    """What does not change during one layout: the course, the facts, the days that are open."""

    def __init__(
        self, course: Course, folded: Folded, weeks: int, until: int | None, matched: Mapping[str, str]
    ):
        self.course = course
        self.folded = folded
        self.weeks = weeks
        self.until = until
        self.matched = matched
        self.protocols = [course.protocol, *(course.other_protocol(e.protocol) for e in folded.protocols)]
        self.taken, self.findings = (
            read_taken(course.id, self.protocols, folded) if folded.decisions else ([], [])
        )
        overrides = {
            dose_id: one.effect.count_dose
            for one in self.taken
            if one.decision == "count-dose" and one.effect.count_dose is not None
            for dose_id in _doses_of(folded, matched, course.id, one)
        }
        self.facts: Facts = gather_facts(folded, self._gaps(), overrides, matched)
        self.clock_on = folded.days.clock_on
        self.skips: DayTest = self.clock_on(0).skips if len(folded.days.zones) == 1 else self._skips
        self._tests: dict[tuple[int, int, int], DayTest | None] = {}
        self.limit = course.start.toordinal() + MAX_HORIZON_DAYS + 366
        self.used_reviews: set[str] = set()
        self.used: set[str] = set()
        self.boundary_ids = {rule.id for protocol in self.protocols for rule in protocol.decisions}
        self.pauses = list(folded.pauses)
        self.ended = folded.ended
        for one in self.taken:
            if one.effect.pause:
                back = self._resumed_after(one)
                until = None if back is None else self.day_of(back.at)
                self.pauses.append((one.day, until, one.event.id, None if back is None else back.id))
            if one.effect.end and one.decision not in self.boundary_ids:
                self.end_at(one)

        self.acts: list[tuple[int, AvailabilityChanged | Pause]] = sorted(
            [
                *((event.from_date.toordinal(), event) for event in folded.availability),
                *((pause[0], pause) for pause in self.pauses),
            ],
            key=itemgetter(0),
        )
        self.seen = -1
        self.see(len(self.acts))

    def told_before(self, fact: Event, number: int) -> bool:
        """Whether a fact was recorded before that act was: an availability, or the end of a pause."""
        act = self.acts[number][1] if number < len(self.acts) else None
        if isinstance(act, AvailabilityChanged):
            return fact.recorded_key < act.recorded_key
        return act is not None and (act[1] is None or self.day_of(fact.recorded_at) < act[1])

    def see(self, number: int) -> None:
        """Look only at the first ``number`` of ``acts``: at changes of availability and pauses, by the day they act."""
        if number == self.seen:
            return
        self.seen = number
        seen = [act for _, act in self.acts[:number]]
        self.changes = [act for act in seen if isinstance(act, AvailabilityChanged)]
        self.pauses_seen = [act for act in seen if not isinstance(act, AvailabilityChanged)]

    @property
    def wish(self) -> frozenset[int]:
        """The weekdays wished for after the last of ``changes``."""
        named = [event.days for event in self.changes if event.days is not None]
        if not named:
            return self.course.preferred
        return frozenset(times.parse_weekday(name, "days") for name in named[-1])

    def _gaps(self) -> tuple[tuple[int, int], ...]:
        """(first day, least gap) of each protocol that was in force."""
        changes = [
            (event.from_date.toordinal(), protocol.min_gap_days)
            for event, protocol in zip(self.folded.protocols, self.protocols[1:], strict=True)
            if any(phase.id == event.phase for phase in protocol.phases)
        ]
        return ((0, self.course.protocol.min_gap_days), *changes)

    def end_at(self, one: TakenOption) -> None:
        """The course ends on the day of a Decision, unless it had ended before."""
        if self.ended is None or one.day < self.ended[0]:
            self.ended = (one.day, one.event)

    def _resumed_after(self, one: TakenOption) -> CourseResumed | None:
        """The first resumption after a Decision that paused the course."""
        assert isinstance(one.event, DecisionTaken)
        since = one.event.at_key
        back = (event for event in self.folded.events if isinstance(event, CourseResumed))
        return next((event for event in back if event.at_key >= since), None)

    def open_day(self, minute: int, minutes: int) -> DayTest:
        """The days open to a session of this time and length; memoised."""
        key = (minute, minutes, self.seen)
        if key not in self._tests:
            self._tests[key] = self._make_test(minute, minutes)
        test = self._tests[key]
        return test if test is not None else self._not_skipped

    def always_open(self, minutes: int) -> bool:
        """Whether no clinic, absence, pause or change of them closes any day (a date left out still is)."""
        if self.pauses or self.folded.availability:
            return False
        return self.open_day(self.course.minute, minutes) == self._not_skipped

    def day_of(self, instant: pendulum.DateTime) -> int:
        """The local day of an instant, in the zone in force for sessions then."""
        return self.folded.days(times.instant_key(instant))

    def _skips(self, day: int) -> bool:
        """Whether the zone in force leaves this date out."""
        return self.clock_on(day).skips(day)

    def _not_skipped(self, day: int) -> bool:
        return not self.skips(day)

    def _make_test(self, minute: int, minutes: int) -> DayTest | None:
        course = self.course
        base = day_test(course.clinic, minute=minute, minutes=minutes, skips=self.skips, away=course.away)
        changes = [event for event in self.changes if event.unavailable is not None or event.at]
        if not changes:
            return base
        spans: list[tuple[int, DayTest]] = []
        away = course.away
        for event in changes:
            if event.unavailable is not None:
                away = DaySet.of([(a.toordinal(), b.toordinal()) for a, b in event.unavailable])
            test = day_test(course.clinic, minute=minute, minutes=minutes, skips=self.skips, away=away)
            spans.append((event.from_date.toordinal(), test or self._not_skipped))

        def changing(day: int) -> bool:
            chosen = base or self._not_skipped
            for first, test in spans:
                if day >= first:
                    chosen = test
            return chosen(day)

        return changing

    def open_usual(self, minutes: int) -> DayTest:
        """The days open to a session of this length at the usual time, whatever that is on each day."""
        if not any(event.at for event in self.changes):
            return self.open_day(self.course.minute, minutes)
        return lambda day: self.open_day(self.minute_on(day), minutes)(day)

    def bookable(self, laid: Laid) -> bool:
        """Whether the day of a session's booking is open for the whole of the session at the time booked."""
        assert laid.booked is not None
        test = self.open_day(self.booked_minute(laid.booked), laid.minutes)
        return self.without_pauses(test)(self.day_of(laid.booked.to))

    def minute_on(self, day: int) -> int:
        """The usual time of a dose session on a day; ``AvailabilityChanged`` may set another from a date on."""
        minute = self.course.minute
        for event in self.changes:
            if event.at is not None and day >= event.from_date.toordinal():
                minute = times.parse_minute(event.at, "at")
        return minute

    def preferred_on(self, day: int) -> frozenset[int]:
        """Preferred weekdays in force on a day."""
        wish = self.course.preferred
        for event in self.changes:
            if event.days is not None and day >= event.from_date.toordinal():
                wish = frozenset(times.parse_weekday(name, "days") for name in event.days)
        return wish

    def horizon(self, day1: int) -> int:
        """The last day to which open-ended phases are planned."""
        return self.until if self.until is not None else day1 + 7 * self.weeks - 1

    def booking(self, key: str, *, before_doses: bool = False) -> SessionBooked | SessionMoved | None:
        """The booking or move of a session that stands: the last recorded (before the first dose, if asked)."""
        found = self.folded.bookings.get(key)
        if found and before_doses:
            first = next((dose.key for dose in self.folded.doses if isinstance(dose.event, DoseFact)), None)
            found = [one for one in found if first is None or one.recorded_key < first]
        if not found:
            return None
        return max(found, key=lambda one: (one.recorded_key, one.id))

    def booked_minute(self, booked: SessionBooked | SessionMoved) -> int:
        """The time of day of a booking in the session zone."""
        local = self.folded.days.clock(times.instant_key(booked.to)).local(booked.to)
        return local.hour * 60 + local.minute

    def held_day(self, fact: Event | None) -> int | None:
        """The local day on which a companion session was held, where a fact says so."""
        if isinstance(fact, (DoseFact, ReviewHeld)):
            return self.day_of(fact.at)
        return None

    def review_for(self, laid: Laid, companion: Companion) -> ReviewHeld | None:
        """The recorded review that settles a review session: of its kind, within its window, not used before."""
        if companion.kind != "review":
            return None
        for day, event in self.folded.reviews:
            fits = event.kind in (companion.id, "review", laid.key)
            if (
                fits
                and laid.earliest <= day <= max(laid.latest, laid.target)
                and event.id not in self.used_reviews
            ):
                self.used_reviews.add(event.id)
                return event
        return None

    def without_pauses(self, test: DayTest) -> DayTest:
        """The same test with the days of pauses that are over closed; one still open cancels what falls in it."""
        over = [(first, last) for first, last, _, _ in self.pauses_seen if last is not None]
        if not over:
            return test
        return lambda day: not any(first <= day < last for first, last in over) and test(day)

    def paused(self, day: int) -> bool:
        """Whether a day lies in a pause."""
        return any(first <= day and (last is None or day < last) for first, last, _, _ in self.pauses_seen)


def _doses_of(folded: Folded, matched: Mapping[str, str], course_id: str, one: TakenOption) -> list[str]:
    """The dose events that a count-dose Decision speaks of: by event id, else by session, named or matched."""
    key = f"{course_id}/{one.anchor}"
    event_id = one.anchor.removeprefix("event/")
    return [
        dose.event.id
        for dose in folded.doses
        if dose.event.id == event_id
        or ((dose.session or matched.get(dose.event.id)) == key and speaks_of(one, dose))
    ]
