"""A course and a clinic as files: JSON and TOML, in and out.

A course file names a built-in protocol or holds one whole; it never names another file, so that a course
that came over the network opens nothing on this machine.

>>> course = course_from({"schema": 1, "course": "c-1", "protocol": "esketamine-taper", "adult": "yes",
...                       "start": "2026-12-01", "zone": "America/New_York", "days": ["tue", "fri"]})
>>> course.days, course_from(course_to(course)) == course
(('tue', 'fri'), True)
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import attrs
import pendulum
from attrs import frozen

from . import times
from .availability import Clinic, clinic_from, date_ranges
from .availability_files import clinic_text, clinic_to, load_clinic
from .course import MAX_EVENTS, Course, Monitor, WatchWish
from .course_written import course_text, course_to
from .errors import Fault, Gather, InputError, UnknownNameError, one_fault
from .history import Event
from .history_files import MAX_HISTORY_BYTES, event_from
from .protocol import TreatmentProtocol
from .protocol_files import load_protocol, protocol_from, protocol_names
from .reading import bounded_text, mapping_of, read_json, structure
from .reading_guard import guard_values

__all__ = [
    "MAX_PROTOCOLS",
    "CourseFile",
    "clinic_text",
    "clinic_to",
    "course_from",
    "course_text",
    "course_to",
    "load_clinic",
    "load_course",
]

T = TypeVar("T")
MAX_PROTOCOLS = 16
"""A course may carry this many protocols that a change may lead to."""
_STAND_IN = {"course": "c-1", "protocol": "", "start": "2026-01-01", "zone": "UTC"}


@frozen(kw_only=True)
class WatchFile:
    """What a course asks of its watch."""

    cohort: str | None = None
    check_ins: int | None = None
    answer_probability: float = 0.8


@frozen(kw_only=True)
class MonitorFile:
    """The named adult who is present in the home setting."""

    name: str
    adult: bool
    phone: str | None = None


@frozen(kw_only=True)
class CourseFile:
    """One course as its file holds it. ``unavailable`` are dates or ranges, both ends included; ``history``
    holds events as a history file does, one object each; ``protocols`` are those a change may lead to.
    """

    schema: Literal[1] = 1
    course: str
    protocol: Any
    start: pendulum.Date
    zone: str
    adult: str = "unknown"
    at: str | None = None
    days: tuple[str, ...] = ()
    clinic: Any = None
    unavailable: Any = ()
    watch: WatchFile = WatchFile()
    instruments: tuple[str, ...] = ()
    locale: str = "en"
    contact_hours: str = "08:00-21:00"
    consent: Mapping[str, Any] = attrs.Factory(dict)
    monitor: MonitorFile | None = None
    history: Any = ()
    protocols: Mapping[str, Any] = attrs.Factory(dict)


def course_from(data: Any, path: str = "") -> Course:
    """A course from the plain values of its file; all faults at once, each with its path under ``path``."""
    guard_values(data, path)
    table = mapping_of(data, path)
    keep = Gather()
    nulls = [name for name, value in table.items() if value is None]
    keep.faults += [Fault(_join(path, name[:80]), "null", "leave out what is not known") for name in nulls]
    whole = {name: value for name, value in table.items() if name not in nulls}
    file = keep(lambda: structure(whole, CourseFile, path))
    read = _parts(whole, path, keep)
    if file is None:  # others stand in for the fields at fault, so that the faults of the rest are found too
        at_fault = {_top(fault.path, path) for fault in keep.faults}
        known = {field.name for field in attrs.fields(CourseFile)} - at_fault
        file = structure(
            {**_STAND_IN, **{name: whole[name] for name in known & set(whole)}}, CourseFile, path
        )
    keep.faults += [
        Fault(_join(path, f"instruments[{number}]"), f"{name[:40]!r} stands twice", "each once")
        for number, name in enumerate(file.instruments)
        if name in file.instruments[:number]
    ]
    keep(lambda: _span(file.contact_hours, _join(path, "contact_hours")))
    # Where the protocol cannot be read, another stands in, so that the faults of the rest are found as well.
    protocol = read.protocol or load_protocol(protocol_names()[0])
    course = keep(
        lambda: _under(
            path,
            lambda: Course(
                id=file.course,
                protocol=protocol,
                start=file.start,
                zone=file.zone,
                adult=file.adult,
                at=file.at,
                days=file.days,
                clinic=read.clinic,
                unavailable=read.unavailable,
                watch=WatchWish(**attrs.asdict(file.watch)),
                instruments=file.instruments,
                locale=file.locale,
                contact_hours=file.contact_hours,
                consent=file.consent,
                monitor=None if file.monitor is None else Monitor(**attrs.asdict(file.monitor)),
                history=read.history,
                protocols=read.protocols,
            ),
        )
    )
    keep.end()
    if course is None:
        raise AssertionError("a course that could not be made has faults")  # Course raises with at least one
    return course


@frozen
class _Parts:
    protocol: TreatmentProtocol | None
    clinic: Clinic | None
    unavailable: tuple[tuple[datetime.date, datetime.date], ...]
    history: tuple[Event, ...]
    protocols: Mapping[str, TreatmentProtocol]


def _parts(table: Mapping[str, Any], path: str, keep: Gather) -> _Parts:
    """The parts that have readers of their own."""
    protocol: TreatmentProtocol | None = None
    if "protocol" in table:
        protocol = keep(lambda: _protocol(table["protocol"], _join(path, "protocol")))
    clinic: Clinic | None = None
    if "clinic" in table:
        clinic = keep(lambda: clinic_from(table["clinic"], _join(path, "clinic")))
    away = keep(lambda: date_ranges(table.get("unavailable", []), _join(path, "unavailable"))) or ()
    events: list[Event] = []
    for where, item in _items(table.get("history", []), _join(path, "history"), keep):
        event = keep(lambda item=item, where=where: event_from(item, where))  # type: ignore[misc]  # bound at once, so that each reads its own
        if event is not None:
            events.append(event)
    protocols: dict[str, TreatmentProtocol] = {}
    given = table.get("protocols", {})
    if isinstance(given, dict):
        if len(given) > MAX_PROTOCOLS:
            keep.faults.append(
                Fault(
                    _join(path, "protocols"), f"{len(given)} protocols", f"at most {MAX_PROTOCOLS}", "limit"
                )
            )
        for name, item in list(given.items())[:MAX_PROTOCOLS]:
            where = _join(path, f"protocols.{name[:80]}")
            found = keep(lambda item=item, where=where: _protocol(item, where))  # type: ignore[misc]  # as above
            if found is not None:
                protocols[name] = found
    return _Parts(protocol, clinic, away, tuple(events), protocols)


def _items(value: Any, path: str, keep: Gather) -> Iterable[tuple[str, Any]]:
    if not isinstance(value, (list, tuple)):
        keep.faults.append(Fault(path, "not a list", "events, as a history file holds them"))
        return
    if len(value) > MAX_EVENTS:
        keep.faults.append(Fault(path, f"{len(value)} events", f"at most {MAX_EVENTS}", "limit"))
        return
    for number, item in enumerate(value):
        yield f"{path}[{number}]", item


def _protocol(value: Any, path: str) -> TreatmentProtocol:
    match value:
        case str() if value in protocol_names():
            return load_protocol(value)
        case str() if "/" in value or "\\" in value or value.endswith((".toml", ".json")):
            raise one_fault(path, f"{value[:80]!r} names a file", "a built-in name, or the protocol itself")
        case str():
            raise UnknownNameError.of("protocol", value, protocol_names(), path)
        case _:
            return _under(path, lambda: protocol_from(mapping_of(value, "")))


def _under(path: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except InputError as error:
        raise (error.under(path) if path else error) from None


def _top(where: str, path: str) -> str:
    """The field of the file in which a fault lies."""
    inside = where.removeprefix(path).lstrip(".")
    return inside.split(".")[0].split("[")[0]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _span(text: str, path: str) -> None:
    first, _, last = text.partition("-")
    if times.parse_minute(first, path) >= times.parse_minute(last, path, end=True):
        raise one_fault(path, f"{text[:40]!r} ends before it begins", "HH:MM-HH:MM within one day")


def load_course(path: str | Path) -> Course:
    """The course in a JSON file, history included; raises :class:`InputError` with every fault."""
    return course_from(read_json(bounded_text(path, MAX_HISTORY_BYTES), str(path)[:200]))
