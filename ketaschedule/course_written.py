"""A course as the plain values and the text of its file."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

import attrs

from .availability_files import clinic_to
from .course import Course, Monitor, WatchWish
from .history_files import event_to
from .protocol import TreatmentProtocol
from .protocol_files import load_protocol, protocol_names, protocol_to

__all__ = ["course_text", "course_to"]


def course_to(course: Course) -> dict[str, Any]:
    """The plain values of a course in the order of its file; what is absent or usual is left out.

    A built-in protocol is named, any other stands whole. ``course_from(course_to(course)) == course``.
    """
    found: dict[str, Any] = {"schema": 1, "course": course.id, "adult": course.adult}
    found["protocol"] = _named(course.protocol)
    found["start"] = course.start.isoformat()
    found["zone"] = course.zone
    if course.at is not None:
        found["at"] = course.at
    if course.clinic is not None:
        found["clinic"] = clinic_to(course.clinic)
    if course.unavailable:
        found["unavailable"] = [[first.isoformat(), last.isoformat()] for first, last in course.unavailable]
    if course.watch != WatchWish():
        found["watch"] = _given(course.watch)
    for name in ("days", "instruments"):
        if getattr(course, name):
            found[name] = list(getattr(course, name))
    found["locale"] = course.locale
    found["contact_hours"] = course.contact_hours
    if course.consent:
        found["consent"] = dict(course.consent)
    if course.monitor is not None:
        found["monitor"] = _given(course.monitor)
    if course.protocols:
        found["protocols"] = {name: _named(one) for name, one in course.protocols.items()}
    if course.history:
        found["history"] = [event_to(event) for event in course.history]
    return found


def course_text(course: Course) -> str:
    """The text of a course file."""
    return json.dumps(course_to(course), indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n"


def _named(protocol: TreatmentProtocol) -> Any:
    if protocol.id in protocol_names() and load_protocol(protocol.id) == protocol:
        return protocol.id
    return _dates(protocol_to(protocol))


def _dates(value: Any) -> Any:
    """The same plain values with dates as text, as JSON wants them."""
    if isinstance(value, Mapping):
        return {name: _dates(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_dates(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def _given(value: WatchWish | Monitor) -> dict[str, Any]:
    return {name: item for name, item in attrs.asdict(value).items() if item is not None}
