"""Doses recorded without a session: which session was it?

Chronologically, each against the plan as it stands with the doses before it: the open session whose
``hard_min`` … ``latest`` holds the date (of several, the nearest); else the nearest within half its
interval; else none, and the dose is ``extra``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .course import Course
from .folding import Dose, Folded
from .history import (
    AlertClosed,
    CheckInAnswered,
    CheckInDeclined,
    ConsentChanged,
    DoseFact,
    Event,
    GoAheadGiven,
)
from .laid import Laid, Layout, Run
from .layout import lay_out
from .layout_leaving import Known, known_when_left
from .protocol import Every

__all__ = ["lay_matched", "match_doses"]

_NEVER_LAID = (CheckInAnswered, CheckInDeclined, AlertClosed, ConsentChanged, GoAheadGiven)
"""Events that no layout looks at, unless a Decision names them."""


def lay_matched(
    course: Course,
    folded: Folded,
    *,
    weeks: int | None,
    until: int | None,
    anew: bool = False,
) -> Layout:
    """The layout of a course with every dose that names no session matched to one.

    ``weeks`` (26 where absent) or ``until`` (a date ordinal) bounds open-ended phases. Raises
    :class:`InputError` where no day is possible at all. The layout may be one that was laid for the same events
    before, and is then shared: nobody may change it. ``anew`` gives one of the caller's own.
    """
    if anew:
        return _lay(course, folded, weeks, until, None)
    what, events = (weeks or 26, until), _that_matter(folded)
    found: Layout | None = course.memory.layouts.find(what, events)
    if found is None:
        found = _lay(course, folded, weeks, until, None)
        course.memory.layouts.keep(what, events, found)
    return found


def _that_matter(folded: Folded) -> list[Event]:
    """The events that a layout rests on, in their order: nothing else of a history, and no instant, can change it."""
    doubtful = [dose.event for dose in folded.doses if not dose.acts]
    if folded.decisions:
        return [*folded.events, *doubtful]  # a Decision may speak of any event
    return [*(event for event in folded.events if not isinstance(event, _NEVER_LAID)), *doubtful]


def _lay(
    course: Course, folded: Folded, weeks: int | None, until: int | None, known: Mapping[str, Known] | None
) -> Layout:
    """Lay it out; ``known`` is what was known at each event that leaves the path, where it was worked out before."""

    def lay_before(earlier: Course, facts: Folded, so_far: Mapping[str, Known]) -> Layout:
        return _lay(earlier, facts, weeks, until, so_far)

    left = known if known is not None else known_when_left(course, folded, lay_before, (weeks or 26, until))

    def lay(matched: Mapping[str, str]) -> Layout:
        return lay_out(course, folded, weeks=weeks or 26, until=until, matched=matched, known=left)

    unnamed = any(dose.session is None and isinstance(dose.event, DoseFact) for dose in folded.doses)
    if not unnamed:
        return lay({})
    stands: dict[str, str] = {}
    for one in left.values():  # a match that was told before the path was left is not made anew
        stands = {**one.matched, **stands}
    return match_doses(folded, lay, stands)[1]


def match_doses(
    folded: Folded, lay: Callable[[Mapping[str, str]], Layout], stands: Mapping[str, str] | None = None
) -> tuple[dict[str, str], Layout]:
    """(session key by dose event id, the layout with every match made); ``stands`` are matches made before."""
    matched: dict[str, str] = dict(stands or {})
    layout, stale = lay(matched), False
    taken: set[str] = set()
    for dose in folded.doses:
        key = matched.get(dose.event.id)
        if key and isinstance(dose.event, DoseFact) and layout.facts.counts(dose.event):
            taken.add(key)
    for dose in folded.doses:
        if dose.event.id in matched:
            continue
        if dose.session is not None or not dose.acts or not isinstance(dose.event, DoseFact):
            continue
        found = _find(layout, dose, taken)
        if found is None:
            matched[dose.event.id] = ""
            layout, stale = lay(matched), False
            continue
        run, laid = found
        matched[dose.event.id] = laid.key
        stale = True
        taken.add(laid.key)
        moves_chain = isinstance(run.phase.cadence, Every) and dose.day != laid.day
        first = laid.number == 1 and run.first_day != 0
        early = laid.hard_min is not None and dose.day < laid.hard_min
        judged = any(one.decision == "count-dose" for one in layout.taken)
        if (
            moves_chain
            or (first and dose.day != laid.day)
            or run.phase.missed.propose_extra
            or early
            or judged
        ):
            layout, stale = lay(matched), False
            if not layout.facts.counts(dose.event):
                taken.discard(laid.key)  # the session stays open to a later dose
    return {dose: key for dose, key in matched.items() if key}, lay(matched) if stale else layout


def _find(layout: Layout, dose: Dose, taken: set[str]) -> tuple[Run, Laid] | None:
    inside: tuple[int, int, Run, Laid] | None = None
    near: tuple[int, int, Run, Laid] | None = None
    order = 0
    for run in layout.runs:
        if run.not_before is not None and dose.day < run.not_before:
            continue  # the run began by a Decision or another protocol, after this dose
        for laid in run.sessions:
            order += 1
            settled = laid.fact is not None and not (
                laid.fact.type == "session-missed"
                and run.phase.missed.make_up == "within-window"
                and laid.fact.recorded_key <= dose.event.recorded_key  # what was recorded last stands
            )
            if settled or laid.key in taken or laid.cancelled in ("left", "ended") or laid.omitted:
                continue
            if laid.basis == "proposed":
                continue  # it is no session yet; a dose that names it makes it one
            if _has_its_dose(layout, laid):
                continue
            distance = abs(dose.day - laid.day)
            last = max(laid.latest, laid.day)
            first = laid.hard_min if laid.hard_min is not None else laid.earliest
            if first <= dose.day <= last:
                if inside is None or distance < inside[0]:
                    inside = (distance, order, run, laid)
            elif laid.fact is not None:
                continue  # a recorded miss is made up within its window only
            elif 2 * distance <= max(laid.interval, 1) and (near is None or distance < near[0]):
                near = (distance, order, run, laid)
    best = inside or near
    return None if best is None else (best[2], best[3])


def _has_its_dose(layout: Layout, laid: Laid) -> bool:
    """Whether a dose that names this session counts, though another fact of it was recorded last."""
    return any(
        isinstance(fact, DoseFact) and fact.session == laid.key and layout.facts.counts(fact)
        for fact in layout.facts.by_key.get(laid.key, ())
    )
