"""When a first crossing became known: the states of a course cut finer, where its answers ask for it.

Most courses have no crossing, and their answers came in the order in which they were given: nothing is
cut. Else the answers are read again as they stood after each of them, so that what a crossing has opened
stays, also where a later correction takes the crossing away.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from . import times
from .checkin_past import Known, known_from, most_states
from .course import Course
from .days import instant_key
from .errors import InputError
from .folding import Folded, fold
from .history import CheckInAnswered, CheckInDeclined, ClinicalEvent, DoseFact, Event, Retracted, ReviewHeld
from .trajectory import Trajectory

__all__ = ["Track", "crossing_states"]

Track = Callable[[Folded, int], tuple[Trajectory, ...]]
"""Where the person stood, from what was folded at an instant (UTC seconds)."""
_TELLING = (CheckInAnswered, CheckInDeclined, ReviewHeld, ClinicalEvent, DoseFact, Retracted)


def crossing_states(
    course: Course,
    states: list[Known],
    folded: Folded,
    tracked: tuple[Trajectory, ...],
    now: int,
    track: Track,
) -> list[tuple[Known, tuple[Trajectory, ...]]]:
    """The states, cut where answers tell, each with where the person stood.

    ``folded`` and ``tracked`` are how it stands at ``now`` (UTC seconds), ``track`` says how it stood before.

    Where no threshold can have been crossed yet the second part is empty.
    """
    if not any(isinstance(event, CheckInAnswered) for event in course.history):
        return [(state, ()) for state in states]
    crossings = [instant_key(one.at) for trajectory in tracked for one in trajectory.crossings]
    in_order = _in_order(course, now)
    if in_order and not crossings:
        return [(state, ()) for state in states]
    first = min(crossings) if in_order else 0
    moments = sorted({at for at in map(known_from, _telling(course)) if first <= at <= now})
    cut = sorted({*(state.since for state in states), *moments[-most_states(len(course.history)) :]})
    begins = [state.since for state in states]
    found: list[tuple[Known, tuple[Trajectory, ...]]] = []
    for number, since in enumerate(cut):
        whole = states[bisect_right(begins, since) - 1]
        until = cut[number + 1] if number + 1 < len(cut) else whole.until
        if until == whole.until and whole is states[-1]:
            found.append((Known(since, until, folded, whole.layout, whole.given), tracked))
        elif not moments or since < moments[0]:
            found.append((Known(since, until, whole.folded, whole.layout, whole.given), ()))
        else:
            stood = found[-1][1] if found else ()
            try:
                then = fold(course, times.clock("UTC").from_key(since))
            except InputError:
                then = whole.folded  # there was no plan then: it goes on as it was
            else:
                stood = track(then, since)
            found.append((Known(since, until, then, whole.layout, whole.given), stood))
    return found


def _telling(course: Course) -> list[Event]:
    """The events that may tell of a crossing, one that was sent again once."""
    first: dict[str, Event] = {}
    found: list[Event] = []
    for event in course.history:
        if isinstance(event, _TELLING) and first.get(event.id) != event:
            first.setdefault(event.id, event)
            found.append(event)
    return found


def _in_order(course: Course, now: int) -> bool:
    """Whether what tells came in the order in which it was given, each check-in once, and nothing was withdrawn.

    Then what was crossed at any time is crossed now.
    """
    seen: set[str] = set()
    came: list[tuple[int, int]] = []
    for event in _telling(course):
        if isinstance(event, Retracted):
            return False
        for name in (event.id, event.checkin) if isinstance(event, CheckInAnswered) else (event.id,):
            if name in seen:
                return False
            seen.add(name)
        at = getattr(event, "at", event.recorded_at)
        if instant_key(event.recorded_at) <= now:
            came.append((instant_key(event.recorded_at), instant_key(at)))
    came.sort()
    given = [at for _, at in came]
    return given == sorted(given) and all(at <= recorded for recorded, at in came)
