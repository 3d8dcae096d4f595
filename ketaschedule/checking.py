"""A protocol tried to destruction: drawn courses with drawn histories, each held to every law.

:func:`check_protocol` is for tests: it raises with the smallest failing course. :func:`try_protocol` says the same as
data. Both need the extra ``testing``. :func:`broken_by_course` holds one course with its history to the laws, draws
nothing and needs no extra: it is how a failing course is replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pendulum
from attrs import evolve, frozen

from .course import Course
from .definition_checks import definition_faults
from .errors import Fault, InputError
from .history import Event, Retracted
from .laws import broken_by_pair, broken_by_plan, broken_by_protocol
from .laws_form import Broken
from .laws_pairs import time_alone_moves_nothing
from .laws_sessions import open_verdicts
from .plan import Plan
from .planner import default_as_of, make_plan
from .protocol import TreatmentProtocol
from .times import clock, instant_key

__all__ = ["BrokenProtocol", "Trial", "Turns", "broken_by_course", "check_protocol", "try_protocol"]

RAISED = "L0"
"""Not a law of plans: that there is one. Any course has a plan, or is refused for want of an open day."""
LAST_EVENTS = 2
"""Events whose coming is held to the laws of pairs, unless asked for whole: earlier ones are the last of other courses."""
LATER_DAYS = (45,)
"""Days after the last event at which the plan is looked at again, besides the edges of the next window."""
SLOW_UP_TO = 3
"""Laws that make plans of their own are asked of histories of at most this many events, unless asked for whole."""
MOST_SHRINKS = 150
"""Courses tried to make a failing one smaller."""


@frozen(kw_only=True)
class Trial:
    """What came of trying a protocol: how many courses were tried, faults of the definition, breaches, and the smallest
    course that showed them.
    """

    protocol: str
    examples: int
    seed: int
    faults: tuple[Fault, ...] = ()
    broken: tuple[Broken, ...] = ()
    course: Course | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults and not self.broken

    def lines(self) -> list[str]:
        """What was found, a line each; empty where all is well."""
        return [fault.line() for fault in self.faults] + [one.line() for one in self.broken]


class BrokenProtocol(AssertionError):
    """A protocol did not stand the trial; ``trial`` has the faults, the breaches and the smallest course."""

    def __init__(self, trial: Trial) -> None:
        text = [f"{trial.protocol} breaks what a protocol must keep:", *trial.lines()]
        if trial.course is not None:
            from .course_files import course_text

            text += ["the smallest course that shows it (ketaschedule check --replay FILE):"]
            text += [course_text(trial.course)]
        super().__init__("\n".join(text))
        self.trial = trial


def check_protocol(protocol: TreatmentProtocol, examples: int = 200, seed: int = 0) -> None:
    """Raise :class:`BrokenProtocol` unless the protocol passes the static checks and ``examples`` drawn courses keep every
    law. The same seed draws the same courses.

    >>> from ketaschedule.protocol_files import load_protocol
    >>> check_protocol(load_protocol("ketamine-iv-single"), examples=5)
    """
    trial = try_protocol(protocol, examples, seed)
    if not trial.sound:
        raise BrokenProtocol(trial)


def try_protocol(
    protocol: TreatmentProtocol,
    examples: int = 200,
    seed: int = 0,
    *,
    tell: Callable[[int], object] | None = None,
) -> Trial:
    """Try a protocol and say what came of it; ``tell`` is called with the number of courses tried so far."""
    faults = definition_faults(protocol)
    alone = broken_by_protocol(protocol)
    if faults or alone:
        return Trial(protocol=protocol.id, examples=0, seed=seed, faults=faults, broken=alone)
    from .checking_search import search

    tried, course = search(protocol, examples, seed, broken_by_course, MOST_SHRINKS, tell)
    broken = () if course is None else broken_by_course(course)
    return Trial(protocol=protocol.id, examples=tried, seed=seed, broken=broken, course=course)


def broken_by_course(
    course: Course, *, thorough: bool = False, turn: int | None = None
) -> tuple[Broken, ...]:
    """Every breach on the way of a course: at each event, after it, told in another order, withdrawn, unknown as yet.

    It stops at the first step that breaks a law, unless ``thorough``, which also asks the slow laws of every step.
    In a trial of many courses the dearest looks take turns, and ``turn`` is the number of this course; without it
    the course gets them all.
    """
    found: list[Broken] = []
    try:
        for step in _steps(course, thorough, Turns(turn)):
            found += step
            if found and not thorough:
                break
    except InputError as error:
        if all(fault.code == "no-day" for fault in error.faults):
            return tuple(dict.fromkeys(found))
        found.append(Broken(RAISED, course.id, str(error)))
    except Exception as error:  # noqa: BLE001 - whatever a plan raises is a breach to report, not an end of the trial
        found.append(Broken(RAISED, course.id, f"{type(error).__name__}: {error}"))
    return tuple(dict.fromkeys(found))


@frozen
class Turns:
    """Which looks the course of this number gets, of those that take turns; all of them without a number.

    The numbers are such that within 36 courses every look has met every other one.
    """

    number: int | None = None

    def _mine(self, of: int, after: int, way: int) -> bool:
        return self.number is None or self.number // after % of == way

    def told_again(self, way: int) -> bool:
        """Whether the history is told again in this of the three ways: turned, with an event withdrawn, unknown as yet."""
        return self._mine(3, 1, way)

    @property
    def slow(self) -> bool:
        """Whether the laws are asked that make plans of their own."""
        return self._mine(3, 3, 0)

    def edge(self, edge: int) -> bool:
        """Whether the plan is looked at on this edge of the next window: the inner ones and the outer ones take turns."""
        return self._mine(2, 1, edge % 2)

    @property
    def later(self) -> bool:
        """Whether the plan of weeks later is held to the laws of a plan, and not to those of pairs alone."""
        return self._mine(2, 2, 1)


def _steps(course: Course, thorough: bool, turns: Turns) -> Iterator[tuple[Broken, ...]]:
    """The breaches of one step after another. Of events recorded in one second no plan knew one without the other."""
    history = sorted(course.history, key=lambda event: event.recorded_key)
    slow = thorough or (turns.slow and len(history) <= SLOW_UP_TO)
    bare = course.with_history(())
    start = default_as_of(bare)
    if history and history[0].recorded_key < instant_key(start):
        start = history[0].recorded_at
    plan = make_plan(bare, as_of=start)
    if thorough or not history:
        yield broken_by_plan(plan, slow=slow)
    plans: dict[int, Plan] = {0: plan}
    skipped = 0 if thorough else max(0, len(history) - LAST_EVENTS)
    for number, event in enumerate(history[skipped:], start=skipped + 1):
        known = bare.with_history(history[: number - 1])
        at = event.recorded_at
        before = make_plan(known, as_of=at)
        if number - 1 in plans:
            yield broken_by_pair("later", plan, before)
        after = make_plan(known.with_events(event), as_of=at)
        if sum(other.recorded_key == event.recorded_key for other in history) == 1:
            last = number == len(history) and turns.slow
            yield broken_by_pair("recorded", before, after, slow=thorough or last)
        plan = plans[number] = after
        if thorough or number == len(history):
            yield broken_by_plan(plan, slow=slow)
    yield from _onwards(plan, turns)
    if history:
        yield from _retold(course, plans, thorough, turns)


def _onwards(plan: Plan, turns: Turns) -> Iterator[tuple[Broken, ...]]:
    """The plan at the edges of the next session's window, and some days and weeks later, with nothing more recorded."""
    zone = clock(plan.course.session_zone)
    coming = [one for one in plan.sessions if one.kind == "dose" and one.verdict in ("planned", "due")]
    if coming:
        first, last = coming[0].earliest.toordinal(), coming[0].latest.toordinal()
        for number, day in enumerate((first - 1, first, last + 1, last)):
            at = zone.at(day, 23 * 60)
            if turns.edge(number) and instant_key(at) > plan.now:
                edge = make_plan(plan.course, as_of=at)
                yield (*open_verdicts(edge), *time_alone_moves_nothing(plan, edge))
    for days in LATER_DAYS:
        later = make_plan(plan.course, as_of=zone.after(plan.as_of, days * 1440))
        yield broken_by_pair("later", plan, later)
        if turns.later:
            yield broken_by_plan(later, slow=False)


def _retold(
    course: Course, plans: dict[int, Plan], thorough: bool, turns: Turns
) -> Iterator[tuple[Broken, ...]]:
    """The same history in another order and twice; one event withdrawn; what is recorded later left unknown."""
    last = plans[max(plans)]
    history = last.course.history
    if turns.told_again(0):
        turned = evolve(course, history=tuple(evolve(event) for event in (*reversed(history), *history)))
        yield broken_by_pair("reordered", last, make_plan(turned, as_of=last.as_of))
    middle = len(history) // 2
    for number in range(len(history)) if thorough else (middle,):
        event = history[number]
        if turns.told_again(1):
            yield _withdrawn(last, event)
        if not turns.told_again(2):
            continue
        upto = course.with_history(history[: number + 1])
        known = plans.get(number + 1) or make_plan(upto, as_of=event.recorded_at)
        same = [other for other in history if other.recorded_key <= known.now]
        if len(same) == number + 1:
            whole = course.with_history(history)
            yield broken_by_pair("unknown", known, make_plan(whole, as_of=known.as_of))


def _withdrawn(plan: Plan, event: Event) -> tuple[Broken, ...]:
    """An event never recorded, against the same event recorded and withdrawn; clinical records that only ring apart."""
    course, history = plan.course, plan.course.history
    alone = sum(other.id == event.id for other in history) == 1
    if isinstance(event, Retracted) or not alone or any(_speaks_of(other, event) for other in history):
        return ()
    without = tuple(other for other in history if other.id != event.id)
    said: pendulum.DateTime = plan.as_of
    gone = Retracted(id="withdrawn", course=course.id, recorded_at=said, event=event.id)
    before = make_plan(course.with_history(without), as_of=said)
    return broken_by_pair("withdrawn", before, make_plan(course.with_history((*history, gone)), as_of=said))


def _speaks_of(other: Event, event: Event) -> bool:
    return isinstance(other, Retracted) and other.event == event.id
