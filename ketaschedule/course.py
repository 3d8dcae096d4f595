"""One person's course: the inputs of a plan. Its id is opaque, never a name or a record number.

>>> import pendulum
>>> from ketaschedule.protocol_files import load_protocol
>>> course = Course(
...     id="c-1", protocol=load_protocol("ketamine-aud-three-weekly"),
...     start=pendulum.date(2026, 12, 1), zone="America/New_York", adult="yes",
... )
>>> course.session_zone
'America/New_York'
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, cast

import pendulum
from attrs import Factory, evolve, field, frozen

from . import times
from .availability import Clinic, DaySet
from .course_memory import CourseMemory
from .errors import Fault, InputError, UnknownNameError, one_fault
from .history import Event
from .protocol import TreatmentProtocol
from .protocol_checks import ID_PATTERN

__all__ = ["MAX_EVENTS", "Course", "Monitor", "WatchWish"]

MAX_EVENTS = 20_000
"""A history may hold this many events."""
ADULT = ("yes", "no", "unknown")


@frozen(kw_only=True)
class Monitor:
    """The named adult who is present in the home setting."""

    name: str
    adult: bool
    phone: str | None = None


@frozen(kw_only=True)
class WatchWish:
    """What a course asks of its watch: a cohort by name, how many extra days, the chance of an answer."""

    cohort: str | None = None
    check_ins: int | None = None
    answer_probability: float = 0.8


def _date(value: Any) -> Any:
    if type(value) is datetime.date:
        return pendulum.Date(value.year, value.month, value.day)
    return value


def _detached(value: Any) -> Any:
    """A mapping of its own: what the caller does with theirs later changes no plan."""
    return dict(value) if isinstance(value, Mapping) else value


def _as_tuple(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(events)


@frozen(kw_only=True, slots=False)
class Course:
    """One person's treatment under one protocol.

    ``start`` is the date asked for session 1, never rewritten. ``zone`` is the person's; sessions are in
    the clinic's where there is a clinic. ``at`` is the usual time of a dose session, HH:MM. ``days`` are
    preferred weekdays (``mon`` … ``sun``). ``unavailable`` are date ranges, both ends included.
    ``instruments``: the first is the primary one. ``history`` are the events so far, in any order.

    Raises :class:`InputError` with every fault of the fields at once.
    """

    id: str
    protocol: TreatmentProtocol
    start: pendulum.Date = field(converter=_date)
    zone: str
    adult: str = "unknown"
    at: str | None = None
    days: tuple[str, ...] = ()
    clinic: Clinic | None = None
    unavailable: tuple[tuple[datetime.date, datetime.date], ...] = ()
    watch: WatchWish = WatchWish()
    instruments: tuple[str, ...] = ()
    locale: str = "en"
    contact_hours: str = "08:00-21:00"
    consent: Mapping[str, Any] = Factory(dict)
    monitor: Monitor | None = None
    history: tuple[Event, ...] = field(default=(), converter=_as_tuple)
    protocols: Mapping[str, TreatmentProtocol] = field(factory=dict, converter=_detached)

    def __attrs_post_init__(self) -> None:
        faults: list[Fault] = []

        def keep(call: Any) -> None:
            try:
                call()
            except InputError as error:
                faults.extend(error.faults)

        given: Any = self  # callers without a type checker hand in anything
        if not isinstance(given.id, str) or not ID_PATTERN.fullmatch(self.id):
            shown = str(self.id)[:40]
            faults.append(
                Fault(
                    "course",
                    f"{shown!r} is not a course id",
                    "a-z 0-9 . - , at most 64, first a letter or digit",
                )
            )
        if not isinstance(given.protocol, TreatmentProtocol):
            faults.append(Fault("protocol", "not a protocol", "a TreatmentProtocol: see load_protocol"))
        if type(given.start) is not pendulum.Date:
            kind = type(given.start).__name__
            faults.append(Fault("start", f"a date is needed, not a {kind}", "a date such as 2026-12-01"))
        elif not 1900 <= given.start.year <= 2190:
            faults.append(Fault("start", f"{self.start} is out of bounds", "years 1900 to 2190"))
        keep(lambda: times.zone(self.zone, "zone"))
        if self.adult not in ADULT:
            faults.append(Fault("adult", f"{str(self.adult)[:40]!r} is not known", ", ".join(ADULT)))
        if self.at is not None:
            keep(lambda: times.parse_minute(self.at, "at"))
        for number, name in enumerate(self.days):
            keep(lambda name=name, number=number: times.parse_weekday(name, f"days[{number}]"))
        for number, (first, last) in enumerate(self.unavailable):
            if last < first:
                where = f"unavailable[{number}]"
                faults.append(Fault(where, "the range ends before it begins", "[first, last]"))
        if len(self.history) > MAX_EVENTS:
            faults.append(Fault("history", f"{len(self.history)} events", f"at most {MAX_EVENTS}", "limit"))
        faults += self._history_faults()
        if (
            self.adult == "no"
            and isinstance(given.protocol, TreatmentProtocol)
            and given.protocol.adults_only
        ):
            faults.append(
                Fault(
                    "adult", "this protocol is for adults and the course says no", "adult = yes", "not-adult"
                )
            )
        faults += self._watch_faults()
        faults += self._instrument_faults()
        if faults:
            raise InputError(faults)

    def _instrument_faults(self) -> list[Fault]:
        """Questionnaires that are not built in: none of their answers could be scored."""
        if not self.instruments:
            return []
        from .instrument import instrument_names

        known = instrument_names()
        return [
            fault
            for number, name in enumerate(self.instruments)
            if name not in known
            for fault in UnknownNameError.of("instrument", str(name), known, f"instruments[{number}]").faults
        ]

    def _watch_faults(self) -> list[Fault]:
        faults: list[Fault] = []
        if not 0.0 < self.watch.answer_probability <= 1.0:
            faults.append(Fault("watch.answer_probability", "not a chance", "above 0, at most 1"))
        if self.watch.check_ins is not None and not 0 <= self.watch.check_ins <= 60:
            faults.append(Fault("watch.check_ins", f"{self.watch.check_ins} is out of bounds", "0 to 60"))
        return faults

    def _history_faults(self) -> list[Fault]:
        """Events that are none, or that belong to another course."""
        faults: list[Fault] = []
        for event in self.history:
            if not isinstance(cast(object, event), Event):
                return [*faults, Fault("history", "not an event", "the classes of ketaschedule.history")]
            if event.course != self.id:
                text = f"the event is of course {event.course[:64]!r}, not {str(self.id)[:64]!r}"
                path = f"history.{event.id}"
                faults.append(Fault(path, text, "events of this course only", "other-course"))
        return faults

    @cached_property
    def session_zone(self) -> str:
        """The zone of sessions, windows, day numbers and closures at the start: the clinic's, else the person's."""
        return self.clinic.zone if self.clinic is not None else self.zone

    @cached_property
    def minute(self) -> int:
        """The usual time of a dose session, in minutes after midnight."""
        return times.parse_minute(self.at or self.protocol.default_at, "at")

    @cached_property
    def preferred(self) -> frozenset[int]:
        """Preferred weekdays, 0 = Monday."""
        return frozenset(times.parse_weekday(name, "days") for name in self.days)

    @cached_property
    def away(self) -> DaySet:
        """The person's unavailable days."""
        return DaySet.of([(first.toordinal(), last.toordinal()) for first, last in self.unavailable])

    @property
    def primary(self) -> str:
        """The instrument asked first: the course's, else the protocol's."""
        return self.instruments[0] if self.instruments else self.protocol.primary_instrument

    @cached_property
    def memory(self) -> CourseMemory:
        """What was worked out for this course, shared with those made from it by another history; no part of its value."""
        return CourseMemory()

    def with_events(self, *events: Event) -> Course:
        """The same course with more history; the course itself is unchanged.

        A plan of it begins where a plan of this one ended, so a backend that keeps the course between two events
        pays for the new event only.
        """
        return self.with_history((*self.history, *events))

    def with_history(self, events: Iterable[Event]) -> Course:
        """The same course with these events and no others; what was worked out for any of its histories serves them all."""
        made = evolve(self, history=events)
        made.__dict__["memory"] = self.memory
        return made

    def other_protocol(self, name: str) -> TreatmentProtocol:
        """A protocol that a ``ProtocolChanged`` names: one given with the course, else a built-in one."""
        from .protocol_files import load_protocol

        if name in self.protocols:
            return self.protocols[name]
        if name == self.protocol.id:
            return self.protocol
        if "/" in name or name.endswith((".toml", ".json")):
            raise one_fault("protocol", f"{name[:80]!r} is a path", "a name of a known protocol")
        return load_protocol(name)
