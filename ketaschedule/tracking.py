"""Answers of a course over time: which instruments are tracked, from which first dose, in whose dates."""

from __future__ import annotations

import pendulum

from . import times
from .checkin_items import PersonClock
from .course import Course
from .decisions_events import cgi_s_of
from .folding import Folded
from .history import DoseFact
from .instrument import canonical_instrument, instrument_names, load_instrument
from .reasons import Finding
from .trajectory import Observation, Trajectory, said_yes_or_no, trajectories
from .trajectory_rules import choose

__all__ = [
    "course_trajectories",
    "deteriorations",
    "received",
    "review_findings",
    "stood_at",
    "worsening_days",
]


def course_trajectories(
    course: Course, folded: Folded, as_of: pendulum.DateTime, person: PersonClock
) -> tuple[Trajectory, ...]:
    """Where the person stands on each tracked instrument, the primary one first.

    Tracked are the instruments of the course (else the protocol's primary one), and every known one that
    was answered. The first dose is the first recorded one, whatever became of it.
    """
    known = set(instrument_names())
    names = [name for name in (course.instruments or (course.protocol.primary_instrument,)) if name in known]
    answered = {name for event in folded.answers for name in event.answers}
    names += sorted((answered & known) - set(names))
    if not names:
        return ()
    first = next((dose.event for dose in folded.doses if isinstance(dose.event, DoseFact)), None)
    return trajectories(
        [*folded.answers, *(event for _, event in folded.reviews)],
        instruments=names,
        first_dose=None if first is None else first.at,
        as_of=as_of,
        clinical=[event for _, event in folded.clinical],
        local_date=lambda instant: pendulum.Date.fromordinal(person.day_of(times.instant_key(instant))),
        scored=course.memory.scored(person.first, *person.later),
    )


def stood_at(course: Course, folded: Folded, at: int) -> tuple[Trajectory, ...]:
    """Where the person stood at an instant (UTC seconds), from what was folded then; empty without an answer."""
    if not folded.answers:
        return ()
    as_of = times.clock(course.zone).from_key(at)
    return course_trajectories(course, folded, as_of, PersonClock(course, folded))


def review_findings(folded: Folded) -> list[Finding]:
    """What a review says and cannot be read: a word on worsening, a rating on the CGI-S. It is kept, and named."""
    found: list[Finding] = []
    for _, event in folded.reviews:
        said = event.findings or {}
        if "worsening" in said and said_yes_or_no(said["worsening"]) == "unknown":
            text = f"{event.id}: worsening is {str(said['worsening'])[:40]!r}, which is neither yes nor no"
            found.append(Finding("review-unread", event.id, text, "C13"))
        for name, value in said.items():
            if canonical_instrument(name) == "cgi-s" and cgi_s_of({name: value}) is None:
                text = f"{event.id}: the rating {name[:40]} is {str(value)[:40]!r}, which is no whole number from 1 to 7"
                found.append(Finding("review-unread", event.id, text, "C13"))
    return found


def worsening_days(folded: Folded, tracked: tuple[Trajectory, ...]) -> list[int]:
    """Days on which a worsening was said by a clinician or first shown by the answers.

    The answers show one by a first crossing, or by the change that matters from the best answer since
    baseline. A better answer afterwards takes no day away: what was asked because of it is still a question.
    """
    days = [
        day
        for day, event in folded.reviews
        if said_yes_or_no((event.findings or {}).get("worsening")) == "yes"
    ]
    first = next((dose.key for dose in folded.doses if isinstance(dose.event, DoseFact)), None)
    for one in tracked[:1]:
        days += [crossing.day for crossing in one.crossings]
        if first is not None:
            days += _worsened(one, first)
    return sorted(set(days))


def _worsened(one: Trajectory, first_dose: int) -> list[int]:
    """The first day of each stretch of answers worse than the best so far by the change that matters (T12).

    An incomplete answer counts where it is worse for certain, whatever is missing.
    """
    instrument = load_instrument(one.instrument)
    change = choose(instrument, {}).change
    if change is None:
        return []
    sign = 1 if instrument.worse == "higher" else -1
    best = one.baseline.points if one.baseline is not None else None
    found: list[int] = []
    worse = False
    for seen in one.observations:
        if seen.alone or seen.at_key < first_dose:
            continue
        certain = best is not None and change.reached(best, sign * (_mildest(seen, sign) - best))
        if seen.points is None and not certain:
            continue
        before, worse = worse, certain
        if worse and not before:
            found.append(seen.day)
        if seen.points is not None and (best is None or sign * seen.points < sign * best):
            best = seen.points
    return found


def _mildest(seen: Observation, sign: int) -> int:
    """The total, or the least severe one that the missing answers allow; ``sign`` is -1 where lower is worse."""
    return seen.score.at_least if sign == 1 else seen.score.at_most


def deteriorations(one: Trajectory) -> list[Observation]:
    """The first answer of each stretch of answers that are worse than baseline by the change that matters (T11).

    An incomplete answer counts where it is worse for certain, whatever is missing; one that may be either
    way begins nothing and ends nothing. Before the first dose there is no baseline yet to be worse than.
    """
    if one.baseline is None or one.baseline.points is None or one.treated_from is None:
        return []
    instrument = load_instrument(one.instrument)
    change = choose(instrument, {}).change
    if change is None:
        return []
    sign = 1 if instrument.worse == "higher" else -1
    start = one.baseline.points
    found: list[Observation] = []
    worse = False
    for seen in one.observations:
        if seen.alone or seen.at_key < one.treated_from:
            continue
        certain = change.reached(start, sign * (_mildest(seen, sign) - start))
        if seen.points is None and not certain:
            continue
        before, worse = worse, certain
        if worse and not before:
            found.append(seen)
    return found


def received(observation: Observation) -> pendulum.DateTime:
    """When the last of the answers that an observation was scored from was recorded."""
    return max((raw.recorded_at for raw in observation.raw if raw.used), key=times.instant_key)
