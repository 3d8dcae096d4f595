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
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, partial
from typing import Any, cast

import pendulum
from attrs import Factory, evolve, field, frozen

from . import times
from .availability import Clinic, DaySet
from .course_memory import CourseMemory
from .errors import Fault, Gather, InputError, UnknownNameError, one_fault
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


def _as_tuple(events: Any) -> Any:
    return tuple(events) if isinstance(events, Iterable) else events


def _span_faults(number: int, span: Any) -> list[Fault]:
    """What is wrong with one range of dates."""
    where = f"unavailable[{number}]"
    if not isinstance(span, tuple | list) or len(span) != 2 or not all(map(_is_date, span)):
        return [Fault(where, f"{str(span)[:60]!r} is not a range of dates", "(first, last), both dates")]
    if span[1] < span[0]:
        return [Fault(where, "the range ends before it begins", "[first, last]")]
    return []


def _is_date(value: Any) -> bool:
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


_KINDS: tuple[tuple[str, type | tuple[type, ...], str], ...] = (
    ("clinic", (Clinic, type(None)), "a Clinic: see clinic_from"),
    ("watch", WatchWish, "a WatchWish"),
    ("locale", str, "a text such as en-US"),
    ("contact_hours", str, "a text such as 08:00-21:00"),
    ("consent", Mapping, "a mapping, empty where nothing was agreed to"),
    ("monitor", (Monitor, type(None)), "a Monitor"),
    ("protocols", Mapping, "protocols by name"),
)
"""What a field must be, for callers without a type checker."""
_LISTS = (
    ("days", "weekdays, such as ('tue', 'fri')"),
    ("unavailable", "ranges of dates, both ends included"),
    ("instruments", "names of instruments"),
    ("history", "the classes of ketaschedule.history"),
)
"""Fields that hold several things; a text holds none."""


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
        keep = Gather()
        faults = keep.faults
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
        faults += self._kind_faults()
        whole = {fault.path for fault in faults}
        if "days" not in whole:
            for number, name in enumerate(self.days):
                keep(partial(times.parse_weekday, name, f"days[{number}]"))
        if "unavailable" not in whole:
            faults += [
                fault for number, span in enumerate(self.unavailable) for fault in _span_faults(number, span)
            ]
        if "history" not in whole:
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
        if "watch" not in whole:
            faults += self._watch_faults()
        if "instruments" not in whole:
            faults += self._instrument_faults()
        if faults:
            raise InputError(faults)

    def _kind_faults(self) -> list[Fault]:
        """Fields that hold another kind of thing than they should."""
        faults: list[Fault] = []
        for name, kinds, allowed in _KINDS:
            if not isinstance(value := getattr(self, name), kinds):
                faults.append(Fault(name, f"{type(value).__name__} is not what is needed", allowed))
        if isinstance(self.protocols, Mapping):
            faults += [
                Fault(
                    f"protocols.{str(name)[:80]}", "not a protocol", "a TreatmentProtocol: see load_protocol"
                )
                for name, one in self.protocols.items()
                if not isinstance(cast(object, one), TreatmentProtocol)
            ]
        for name, allowed in _LISTS:
            value = getattr(self, name)
            if isinstance(value, str) or not isinstance(value, Collection):
                faults.append(Fault(name, f"a list is needed, not a {type(value).__name__}", allowed))
        return faults

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
        chance: Any = self.watch.answer_probability
        if not isinstance(chance, int | float) or not 0.0 < chance <= 1.0:
            faults.append(Fault("watch.answer_probability", "not a chance", "above 0, at most 1"))
        extra: Any = self.watch.check_ins
        if extra is not None and (not isinstance(extra, int) or not 0 <= extra <= 60):
            faults.append(Fault("watch.check_ins", f"{str(extra)[:40]} is out of bounds", "0 to 60"))
        return faults

    def _history_faults(self) -> list[Fault]:
        """More events than there may be, events that are none, or that belong to another course."""
        faults: list[Fault] = []
        if len(self.history) > MAX_EVENTS:
            faults.append(Fault("history", f"{len(self.history)} events", f"at most {MAX_EVENTS}", "limit"))
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
