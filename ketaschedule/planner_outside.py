"""What was recorded of days on which nothing was to happen: before the start, in a pause, after the end."""

from __future__ import annotations

from . import times
from .course import Course
from .folding import Dose, Folded
from .history import (
    CourseEnded,
    CoursePaused,
    CourseResumed,
    ProtocolChanged,
    SessionBooked,
    SessionMoved,
    SessionWithheld,
)
from .laid import Layout
from .reasons import Finding

__all__ = ["outside_findings"]


def outside_findings(course: Course, folded: Folded, layout: Layout) -> list[Finding]:
    """A finding for each event before the start, and for each dose in a pause or after the end; each acts as it says."""
    return [
        *_before_start(course, folded, layout),
        *_in_pause(folded, layout),
        *_after_end(folded, layout),
    ]


def _before_start(course: Course, folded: Folded, layout: Layout) -> list[Finding]:
    """Events said to lie before the start of the course: each is named, and acts as it says."""
    start = course.start.toordinal()
    days = {dose.event.id: dose.day for dose in folded.doses if dose.day < max(start, layout.day1)}
    for event in folded.events:
        match event:
            case SessionWithheld() | CourseResumed() | CourseEnded():
                day = folded.days(event.at_key)
            case SessionBooked() | SessionMoved():
                day = folded.days(times.instant_key(event.to))
            case CoursePaused() | ProtocolChanged():
                day = event.from_date.toordinal()
            case _:
                continue
        if day < start:
            days[event.id] = day
    return [
        Finding(
            "before-start",
            event_id,
            f"{event_id} lies on {times.iso_date(day)}, before "
            + (f"the start {course.start}" if day < start else f"Day 1, {times.iso_date(layout.day1)}"),
            "H11",
        )
        for event_id, day in days.items()
    ]


def _in_pause(folded: Folded, layout: Layout) -> list[Finding]:
    """Doses on a day of a pause, but for one before the Decision that began it; the day of the resumption is free again."""
    decided = {one.event.id: one.event.at_key for one in layout.taken}
    found: dict[str, Finding] = {}
    for dose in folded.doses:
        for first, last, named, _ in sorted(layout.pauses, key=lambda one: (one[0], one[2])):
            begun = first <= dose.day and (named not in decided or dose.key > decided[named])
            if begun and (last is None or dose.day < last):
                text = f"{_dose(dose)} in the pause from {times.iso_date(first)} ({named})"
                found.setdefault(dose.event.id, Finding("dose-in-pause", dose.event.id, text, "H12"))
    return list(found.values())


def _after_end(folded: Folded, layout: Layout) -> list[Finding]:
    """Doses after the instant at which the course ended: as recorded or decided, or as the path ended by a Decision."""
    if layout.ended is not None:
        day, event = layout.ended
    elif layout.ended_by is not None:
        day, event = layout.boundaries[-1].first_day, layout.ended_by
    else:
        return []
    found = {
        dose.event.id: Finding(
            "dose-after-end",
            dose.event.id,
            f"{_dose(dose)} after the end of the course on {times.iso_date(day)} ({event.id})",
            "H12",
        )
        for dose in folded.doses
        if dose.day >= day and dose.key > event.at_key
    }
    return list(found.values())


def _dose(dose: Dose) -> str:
    return f"{dose.event.id}, a dose on {times.iso_date(dose.day)}, lies"
