"""The watch for relapse of one course, and all its check-ins put together.

The watch is solved once, at its anchor, on days relative to it. It is the plain floor of regular asking
plus, where a cohort is eligible, days on which asking finds a relapse soonest. A cohort only ever adds
days: whichever it is, nobody is found later than by the floor alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from attrs import frozen

from . import times
from .checkin_crossing import Track, crossing_states
from .checkin_items import PersonClock
from .checkin_known import known_states
from .checkin_opening import arrange
from .checkin_past import Known
from .checkin_screener import screener_items
from .checkin_watch import WatchAnchor, watch_anchors
from .checkins import CheckIn, with_states
from .course import Course
from .folding import Folded
from .inspection import FLOOR_DAYS, WatchSummary, cohort_shape, largest_gap, watch_days, watch_summary
from .laid import Layout
from .protocol import TreatmentProtocol
from .reasons import Finding
from .relapse import cohort_names, load_cohort
from .relapse_model import Treatment
from .trajectory import Trajectory

__all__ = ["Watch", "course_checkins", "course_past", "course_watch", "watch_cohort", "watch_extras"]


@frozen(kw_only=True)
class Watch:
    """What is known of a watch. ``state``: ``solved``, ``no-cohort`` (floor only, no delay claimed) or
    ``none`` (no end of treatment is planned yet).

    ``shape``: of a ``flat`` cohort nothing is gained by choosing days, of a ``peaked`` one much.
    Delays are days from relapse to the next answered check-in, under every eligible cohort. ``extras`` are
    the days added to the floor, counted from the anchor; ``ends`` is the date of the last contact.
    """

    state: str
    cohort: str | None = None
    shape: str | None = None
    extras: tuple[int, ...] = ()
    anchors: tuple[WatchAnchor, ...] = ()
    delay_days_by_cohort: Mapping[str, float] | None = None
    floor_only_days: Mapping[str, float] | None = None
    largest_gap_days: int | None = None
    relapses_beyond_watch_percent: float | None = None
    ends: str | None = None
    assumes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def course_watch(course: Course, layout: Layout) -> Watch:
    """The watch of a course: where it is anchored, its added days, and what they are worth."""
    anchors = watch_anchors(layout)
    alone = [anchor for anchor in anchors if anchor.alone]
    if not alone:
        return Watch(state="none", anchors=anchors)
    protocol = layout.runs[-1].protocol
    name, finding = watch_cohort(course, protocol)
    ends = times.iso_date(alone[-1].day + FLOOR_DAYS[-1])
    if name is None:
        return Watch(
            state="no-cohort",
            anchors=anchors,
            largest_gap_days=largest_gap(FLOOR_DAYS, FLOOR_DAYS[-1]),
            ends=ends,
            assumes=("no delay is claimed: no cohort of relapses speaks of people like these",),
            findings=() if finding is None else (finding,),
        )
    extras = watch_extras(course, protocol)
    chance = course.watch.answer_probability
    summary = _summary(name, extras, chance)
    cohort = load_cohort(name)
    assumes = [
        f"each question is answered with a chance of {chance:g}, independently of the others and of relapse",
        f"relapses come as in one published study: {cohort.population}",
    ]
    if cohort.ours:
        assumes.append("the distribution is our own fit to a few published figures")
    return Watch(
        state="solved",
        cohort=name,
        shape=cohort_shape(name, chance),
        extras=extras,
        anchors=anchors,
        delay_days_by_cohort=summary.delay_days_by_cohort,
        floor_only_days=summary.floor_only_days,
        largest_gap_days=summary.largest_gap_days,
        relapses_beyond_watch_percent=summary.relapses_beyond_watch_percent,
        ends=ends,
        assumes=tuple(assumes),
    )


def watch_cohort(course: Course, protocol: TreatmentProtocol) -> tuple[str | None, Finding | None]:
    """The cohort by which the watch is solved, or none and why: the course's wish, else the protocol's own.

    A cohort of another illness, or of people still treated, is never used for a watch.
    """
    name = course.watch.cohort or protocol.watch.cohort
    if name is None:
        why = protocol.watch.why_no_cohort or "no published cohort studied people like these"
        return None, Finding("no-cohort", "watch", f"the watch claims no delay: {why}", "C9")
    return _eligible(name, protocol.domain)


def _eligible(name: str | None, domain: str) -> tuple[str | None, Finding | None]:
    """A cohort by its name where it speaks of people off the drug with this illness; else why it is not used."""
    if name is None:
        return None, None
    if name not in cohort_names():
        text = f"no cohort is called {name[:64]!r}; the floor alone is used"
        return None, Finding("cohort-unknown", "watch.cohort", text, "C9")
    cohort = load_cohort(name)
    if cohort.domain != domain:
        text = (
            f"the cohort {name} is about {cohort.domain}, this course about {domain}; the floor alone is used"
        )
        return None, Finding("cohort-of-another-illness", "watch.cohort", text, "C9")
    if cohort.treatment is not Treatment.OFF_DRUG:
        text = f"the people of {name} were still treated; after a last dose it says nothing, and the floor alone is used"
        return None, Finding("cohort-still-treated", "watch.cohort", text, "C9")
    return name, None


def watch_extras(course: Course, protocol: TreatmentProtocol) -> tuple[int, ...]:
    """The days, counted from the anchor, that are added to the floor of a watch; none without a cohort."""
    rule, wish = protocol.watch, course.watch
    if rule.cohort is None and wish.cohort is None:
        return ()
    count = rule.extras if wish.check_ins is None else wish.check_ins
    return _extras(wish.cohort or rule.cohort, protocol.domain, count, wish.answer_probability)


@lru_cache(maxsize=512)
def _extras(cohort: str | None, domain: str, count: int, chance: float) -> tuple[int, ...]:
    name, _ = _eligible(cohort, domain)
    return () if name is None else watch_days(name, count, chance)


@lru_cache(maxsize=256)
def _summary(cohort: str, extras: tuple[int, ...], chance: float) -> WatchSummary:
    return watch_summary(cohort, extras, chance)


def course_past(
    course: Course,
    layout: Layout,
    folded: Folded,
    tracked: tuple[Trajectory, ...],
    now: int,
    *,
    track: Track,
    weeks: int | None = None,
    until: int | None = None,
    what_if: bool = False,
) -> list[tuple[Known, tuple[Trajectory, ...]]]:
    """What was known of the course when, up to ``now`` (UTC seconds), and where the person stood.

    ``tracked`` is where the person stands now, ``track`` says where they stood; ``weeks`` and ``until``
    bound the plan, and ``what_if`` says that Decisions were assumed at ``now``.
    """
    states = known_states(course, folded, layout, now, weeks=weeks, until=until, what_if=what_if)
    return crossing_states(course, states, folded, tracked, now, track)


def course_checkins(
    course: Course, past: Iterable[tuple[Known, tuple[Trajectory, ...]]], folded: Folded, now: int
) -> tuple[CheckIn, ...]:
    """Every check-in of the course with its state at ``now`` (UTC seconds), in order of ``due`` and key."""
    apart = screener_items(course, now)
    groups = arrange(course, past, lambda protocol: watch_extras(course, protocol), apart)
    return with_states(groups, folded, PersonClock(course, folded), now)
