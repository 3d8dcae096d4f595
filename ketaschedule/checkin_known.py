"""What was known when: the layouts that stood before the present one, as far as events changed them.

A check-in that has opened never moves. When it opened, and as what, follows from the events that were
recorded by then; so the course is laid out again as it stood after each event that could have changed
it. What changes nothing is passed over: a dose given on the day on which it was planned, or some days
later where a fixed grid leaves all that follows as it is, and a booking for the planned instant. The past
up to the last such event is kept with the course: after one more event a plan goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import times
from .availability import day_test
from .checkin_items import NEVER, PersonClock
from .checkin_past import Kept, Known, known_from, most_states
from .checkin_programme import Programme
from .checkin_quiet import QUIET, Quiet, Told
from .checkin_turn import Turn, is_likely, stretch_end
from .course import Course
from .days import instant_key
from .errors import InputError
from .folding import Folded, fold
from .history import (
    DoseFact,
    Event,
    SessionBooked,
    SessionMoved,
)
from .laid import Layout
from .matching import lay_matched
from .reasons import Finding

__all__ = ["LEAST_SAVED", "known_states", "past_findings"]

LEAST_SAVED = 2
"""Layouts that one for many must save to be worth the asking."""


def known_states(
    course: Course,
    folded: Folded,
    layout: Layout,
    now: int,
    *,
    weeks: int | None,
    until: int | None,
    what_if: bool = False,
) -> list[Known]:
    """What stood when, in order of time; the last is ``folded`` and ``layout``, those of the plan.

    ``now`` is ``as_of`` in UTC seconds; ``weeks`` and ``until`` bound the plan; ``what_if`` says that
    Decisions were assumed at ``now``.
    """
    if not course.history and not what_if:
        return [Known(-NEVER, NEVER, folded, layout)]
    person = PersonClock(course, folded)
    last = Known(-NEVER, NEVER, folded, layout, _given(layout))
    moments = _moments(course, now)
    if not moments and not what_if:
        return [last]
    unique = not _told_twice_over(course)
    if unique and not what_if and _as_planned(course, layout, person, moments):
        return _with_doses(course, last, person, moments)
    moments = moments[-most_states(len(course.history)) :]
    return _replayed(course, last, moments, now, weeks, until, unique=unique, what_if=what_if)


def past_findings(course: Course, now: int) -> tuple[Finding, ...]:
    """That not all changes of a course are followed, where there are too many (see :func:`most_states`)."""
    most = most_states(len(course.history))
    if len(course.history) <= most:
        return ()
    cut = [moments for moments in (_moments(course, now), _answered(course, now)) if len(moments) > most]
    return tuple(
        Finding(
            "past-cut",
            course.id,
            f"{len(moments)} changes were recorded; the latest {most} are followed one by one. An alert that an earlier one "
            "raised, and a later one withdrew, may be missing here",
            "C14",
        )
        for moments in cut[:1]
    )


def _answered(course: Course, now: int) -> list[int]:
    return [at for at in map(known_from, course.history) if at <= now]


def _told_twice_over(course: Course) -> bool:
    """Whether one id stands for different events; the same event sent again is one."""
    first: dict[str, Event] = {}
    for event in course.history:
        sent = first.setdefault(event.id, event)
        if sent is not event and sent != event:
            return True
    return False


def _moments(course: Course, now: int) -> list[tuple[int, list[Event]]]:
    """The instants at which something became known that can move a session, each with its events, an event sent again once."""
    found: dict[int, list[Event]] = {}
    first: dict[str, Event] = {}
    for event in course.history:
        if isinstance(event, QUIET):
            continue
        sent = first.setdefault(event.id, event)
        if sent is not event and sent == event:
            continue
        known = known_from(event)
        if known <= now:
            found.setdefault(known, []).append(event)
    return sorted(found.items())


def _given(layout: Layout) -> dict[str, int]:
    """Instants of the doses that settle a session, by its key."""
    return {
        laid.key: laid.dose.key
        for run in layout.runs
        for laid in run.sessions
        if laid.dose is not None and laid.counts
    }


def _as_planned(
    course: Course, layout: Layout, person: PersonClock, moments: Iterable[tuple[int, list[Event]]]
) -> bool:
    """Whether every dose was given on the day of its target, every session stands there, and no more happened.

    Then each session was planned there all along: no other placing is as near to the targets. A booking for
    the very instant is as if there were none.
    """
    seen: set[str] = set()
    programme = Programme(course, layout, person, {}, NEVER)
    for _, events in moments:
        for event in events:
            if isinstance(event, SessionBooked | SessionMoved):
                booked = layout.by_key.get(event.session)
                if booked is None or booked.minute != course.minute or booked.released:
                    return False
                if instant_key(event.to) != programme.start(booked):
                    return False
                continue
            if not isinstance(event, DoseFact) or event.session is None or event.session in seen:
                return False
            laid = layout.by_key.get(event.session)
            if laid is None or laid.fact is not event or not laid.counts or laid.early:
                return False
            seen.add(event.session)
    if layout.day1 != course.start.toordinal():
        return False
    zone = times.clock(course.session_zone)
    minutes = course.protocol.session_minutes
    is_open = day_test(
        course.clinic, minute=course.minute, minutes=minutes, skips=zone.skips, away=course.away
    )
    if is_open is not None and not all(is_open(layout.by_key[key].day) for key in seen):
        return False
    return all(
        laid.day == laid.target and not laid.off_preference and not laid.outside and laid.cancelled is None
        for run in layout.runs
        for laid in run.sessions
    )


def _with_doses(
    course: Course, last: Known, person: PersonClock, moments: Iterable[tuple[int, list[Event]]]
) -> list[Known]:
    """One layout for all; the doses become known one by one where something hangs on their hour."""
    states = [Known(-NEVER, NEVER, last.folded, last.layout)]
    told = Told(course, person, last.layout)
    for moment, events in moments:
        if told.tells(moment, events):
            states[-1].until = moment
            states.append(Known(moment, NEVER, last.folded, last.layout, dict(told.given)))
    return states


def _replayed(
    course: Course,
    last: Known,
    moments: list[tuple[int, list[Event]]],
    now: int,
    weeks: int | None,
    until: int | None,
    *,
    unique: bool,
    what_if: bool,
) -> list[Known]:
    """Each layout that stood, from before the first of ``moments`` on."""

    def stood(moment: int) -> tuple[Folded, Layout] | None:
        try:
            folded = fold(course, times.clock("UTC").from_key(moment))
            return folded, lay_matched(course, folded, weeks=weeks, until=until)
        except InputError:
            return None  # there was no plan then, so nothing opened

    def laid(number: int) -> tuple[Folded, Layout] | None:
        if number == len(moments) - 1 and not what_if:
            return last.folded, last.layout
        return stood(moments[number][0])

    kept = Kept(course, moments, (weeks or 26, until, unique))
    states, quiet, done = kept.found()
    if not states:
        begun = stood(moments[0][0] - 1) if moments else None
        if begun is None:
            begun = (last.folded, last.layout)
            kept.whole = False
        states = [Known(-NEVER, NEVER, *begun)]
        quiet = Quiet(course, *begun, -NEVER) if unique else None
    number, bad = done, -1
    while number < len(moments):
        moment, events = moments[number]
        heard = quiet is not None and all(quiet.hears(event) for event in events)
        if quiet is not None and heard and not quiet.told.tells(moment, events):
            number += 1
            continue
        found: tuple[Folded, Layout] | None = (states[-1].folded, states[-1].layout)
        if quiet is not None and not heard and number > bad:
            number, bad = _in_turn(course, states, quiet, moments, number, laid)
            moment = moments[number][0]
        if not heard:
            found = laid(number)
        number += 1
        if found is None:
            continue
        if quiet is not None and not heard:
            quiet = Quiet(course, *found, moment)
        states[-1].until = moment
        given = _given(found[1]) | (dict(quiet.told.given) if quiet is not None else {})
        states.append(Known(moment, NEVER, *found, given))
    if what_if:
        states[-1].until = now
        states.append(Known(now, NEVER, last.folded, last.layout, last.given))
    elif done < len(moments):
        kept.keep(states, quiet, now)
    return states


def _in_turn(
    course: Course,
    states: list[Known],
    quiet: Quiet,
    moments: list[tuple[int, list[Event]]],
    number: int,
    laid: Callable[[int], tuple[Folded, Layout] | None],
) -> tuple[int, int]:
    """The moment up to which, from ``number`` on, doses came in turn: what is known before it is told by its layout; and
    the moment up to which it is no use to ask again.
    """
    end = stretch_end(quiet, moments, number)
    before, bad = states[-1], number
    if end - number < LEAST_SAVED or not is_likely(before.layout, before.folded, moments[number:]):
        return number, bad
    while end - number >= LEAST_SAVED:
        later = laid(end)
        if later is None:
            break
        turn = Turn(course, before.folded, before.layout, later[1], moments[number : end + 1])
        last = number + turn.count() - 1
        if last < end:
            bad = end = max(number, last)
            continue
        layout, known = turn.layout(), dict(before.given) | quiet.told.given
        told = Told(course, turn.person, layout)
        for place, (moment, events) in enumerate(moments[number:end]):
            if told.tells(moment, events) or place == 0:
                states[-1].until = moment
                states.append(Known(moment, NEVER, before.folded, layout, known | told.given))
        return end, bad
    return number, bad
