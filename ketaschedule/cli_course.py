"""A course from what was typed: a built-in protocol, a protocol file or a course file, and options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, mutable

from ketaschedule.course import Course
from ketaschedule.course_files import MAX_PROTOCOLS, course_from
from ketaschedule.errors import Fault, InputError
from ketaschedule.history_files import MAX_HISTORY_BYTES, History, load_history
from ketaschedule.protocol import TreatmentProtocol
from ketaschedule.protocol_files import load_protocol, protocol_from, protocol_names, protocol_to
from ketaschedule.reading import bounded_text, read_json, read_toml

__all__ = ["DEFAULT_COURSE", "Source", "read_course"]

DEFAULT_COURSE = "c-1"
_HOW = {
    "start": "--start 2026-12-01",
    "zone": "--zone America/New_York",
}
"""How to say on the command line what a course cannot be without."""


@mutable
class Source:
    """What reading left beside the course: ``heard``, the raw events, from which safety Alerts are heard
    even where the course could not be made, ``faults`` of single lines of a history, and the course's id and
    ``protocols`` as far as they could be read, by which what was typed beside the course can be judged.
    """

    heard: list[object] = field(factory=list)
    faults: list[Fault] = field(factory=list)
    course_id: str = DEFAULT_COURSE
    protocols: list[TreatmentProtocol] = field(factory=list)


def read_course(
    what: str,
    options: Mapping[str, str | None],
    clinic: str | None,
    history: str | None,
    source: Source,
) -> Course:
    """The course of a built-in protocol, of a protocol file, or in a course file, with ``options`` over it.

    Raises :class:`InputError` with every fault found; what was heard until then is in ``source``.
    """
    faults: list[Fault] = []
    lines = History((), ())
    if history is not None:
        try:
            lines = load_history(history)
        except InputError as error:
            faults += error.faults
        source.heard += lines.lines
    before = len(faults)
    table = _what(what, source, faults)
    read = len(faults) == before
    table |= {name: value for name, value in options.items() if value is not None}
    if isinstance(options.get("days"), str):
        table["days"] = [day.strip().lower() for day in str(options["days"]).split(",") if day.strip()]
    if clinic is not None:
        try:
            text = bounded_text(clinic)
            table["clinic"] = read_json(text, clinic) if clinic.endswith(".json") else read_toml(text, clinic)
        except InputError as error:
            faults += error.faults
    course: Course | None = None
    try:
        course = course_from(table).with_events(*lines.events)
    except InputError as error:
        source.protocols += _protocols(table) if read else []
        # A file that could not be read may be a course: then nothing is known to be missing.
        unknown = bool(faults) and what.endswith(".json")
        faults += [
            _said(fault)
            for fault in error.faults
            if not (unknown and fault.code == "missing" and fault.path in _HOW)
        ]
    else:
        source.protocols += [course.protocol, *course.protocols.values()]
    source.course_id = str(table.get("course"))
    refused = [fault for fault in lines.faults if fault.code == "unknown-event-type"]
    faults += lines.faults if refused else ()
    if faults or course is None:
        raise InputError(faults)
    source.faults += lines.faults
    return course


def _what(what: str, source: Source, faults: list[Fault]) -> dict[str, Any]:
    """The values of a course, as far as they stand in what was named."""
    typed: dict[str, Any] = {"course": DEFAULT_COURSE}
    try:
        if what in protocol_names():
            return typed | {"protocol": what}
        if not what.endswith(".json"):
            return typed | {"protocol": protocol_to(load_protocol(what))}
        text = bounded_text(what, MAX_HISTORY_BYTES)
        try:
            data = read_json(text, what)
        except InputError:
            source.heard.append(text)
            raise
        if not isinstance(data, dict) or "course" not in data:
            return typed | {"protocol": protocol_to(protocol_from(data, Path(what).name))}
    except InputError as error:
        faults += error.faults
        # Another protocol stands in, so that the faults of the options are found as well.
        return typed | {"protocol": protocol_names()[0]}
    events = data.get("history")
    source.heard += events if isinstance(events, list) else []
    return dict(data)


def _protocols(table: Mapping[str, Any]) -> list[TreatmentProtocol]:
    """The course's protocol and those a change may lead to; none where the first cannot be read."""
    given = table.get("protocols")
    more = list(given.values())[:MAX_PROTOCOLS] if isinstance(given, dict) else []
    first, *others = (_protocol(one) for one in (table.get("protocol"), *more))
    return [] if first is None else [first, *(one for one in others if one is not None)]


def _protocol(value: Any) -> TreatmentProtocol | None:
    try:
        return (
            load_protocol(value)
            if isinstance(value, str) and value in protocol_names()
            else protocol_from(value)
        )
    except InputError:
        return None


def _said(fault: Fault) -> Fault:
    """A missing field said as the option that gives it."""
    if fault.code == "missing" and fault.path in _HOW:
        return evolve(fault, allowed=_HOW[fault.path])
    return fault
