"""The watch for relapse of one course, and all its check-ins put together.

The watch is solved once, at its anchor, on days relative to it. It is the plain floor of regular asking
plus, where a cohort is eligible, days on which asking finds a relapse soonest. A cohort only ever adds
days: whichever it is, nobody is found later than by the floor alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from attrs import frozen

from . import times
from .checkin_programme import (
    FLOOR_DAYS,
    Item,
    PersonClock,
    WatchAnchor,
    programme,
    tightening,
    watch_anchors,
    watch_items,
)
from .checkins import CheckIn, merge_items, with_states
from .course import Course
from .folding import Folded
from .instrument import instrument_names, load_instrument
from .laid import Laid, Layout
from .reasons import Finding
from .relapse import cohort_names, load_cohort
from .trajectory import Trajectory

__all__ = ["Watch", "course_checkins", "course_watch"]


@frozen(kw_only=True)
class Watch:
    """What is known of a watch. ``state``: ``solved``, ``no-cohort`` (floor only, no delay claimed) or
    ``none`` (no end of treatment is planned yet).

    Delays are days from relapse to the next answered check-in, under every eligible cohort.
    """

    state: str
    cohort: str | None = None
    extras: tuple[int, ...] = ()
    anchors: tuple[WatchAnchor, ...] = ()
    delay_days_by_cohort: Mapping[str, float] | None = None
    floor_only_days: Mapping[str, float] | None = None
    largest_gap_days: int | None = None
    relapses_beyond_watch_percent: float | None = None
    ends: str | None = None
    assumes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def course_watch(course: Course, layout: Layout, folded: Folded) -> Watch:
    """The watch of a course: where it is anchored, its extra days, and what they are worth."""
    anchors = tuple(watch_anchors(layout, folded))
    alone = [anchor for anchor in anchors if anchor.alone]
    if not alone:
        return Watch(state="none", anchors=anchors)
    protocol = layout.runs[-1].protocol
    name = course.watch.cohort or protocol.watch.cohort
    ends = times.iso_date(alone[-1].day + FLOOR_DAYS[-1])
    gap = max(later - earlier for earlier, later in zip((0, *FLOOR_DAYS), FLOOR_DAYS, strict=False))
    if name is None:
        why = protocol.watch.why_no_cohort or "no published cohort studied people like these"
        finding = Finding("no-cohort", "watch", f"the watch claims no delay: {why}", "C9")
        return Watch(
            state="no-cohort",
            anchors=anchors,
            largest_gap_days=gap,
            ends=ends,
            assumes=(why,),
            findings=(finding,),
        )
    if name not in cohort_names():
        finding = Finding(
            "cohort-unknown",
            "watch.cohort",
            f"no cohort is called {name[:64]!r}; the floor alone is used",
            "C9",
        )
        return Watch(state="no-cohort", anchors=anchors, largest_gap_days=gap, ends=ends, findings=(finding,))
    extras_asked = course.watch.check_ins if course.watch.check_ins is not None else protocol.watch.extras
    chance = course.watch.answer_probability
    from .inspection import watch_days, watch_summary

    extras = watch_days(name, extras_asked, chance)
    summary = watch_summary(name, extras, chance)
    return Watch(
        state="solved",
        cohort=name,
        extras=extras,
        anchors=anchors,
        delay_days_by_cohort=summary.delay_days_by_cohort,
        floor_only_days=summary.floor_only_days,
        largest_gap_days=summary.largest_gap_days,
        relapses_beyond_watch_percent=summary.relapses_beyond_watch_percent,
        ends=ends,
        assumes=(f"each question is answered with a chance of {chance:g}", load_cohort(name).population),
    )


def course_checkins(
    course: Course,
    layout: Layout,
    folded: Folded,
    tracked: tuple[Trajectory, ...],
    watch: Watch,
    person: PersonClock,
    now: int,
) -> tuple[CheckIn, ...]:
    """Every check-in of the course with its state at ``now`` (UTC seconds)."""
    items = programme(course, layout, person, _start_of(course))
    for anchor in watch.anchors:
        extras = watch.extras if anchor.alone else ()
        items += watch_items(course, anchor, extras, person, layout.runs[-1].protocol.watch.instruments)
    if tracked:
        taken = {item.day for item in items}
        items += tightening(tracked[0], folded, person, taken)
    return with_states(merge_items(_unique(items)), folded, person, now, _complete())


def _start_of(course: Course) -> Callable[[Laid], int]:
    """The instant of a session as it was planned, in UTC seconds, in the session zone."""
    clock = times.clock(course.session_zone)

    def start(laid: Laid) -> int:
        return times.instant_key(clock.at(laid.planned or laid.day, laid.minute))

    return start


def _unique(items: list[Item]) -> list[Item]:
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.key, item)
    return list(found.values())


@cache
def _complete() -> Mapping[str, frozenset[str]]:
    """The items that a whole answer to each built-in instrument has."""
    return {name: frozenset(item.id for item in load_instrument(name).items) for name in instrument_names()}
