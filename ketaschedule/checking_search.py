"""The search for a failing course, by Hypothesis: seeded, counted, and bounded in how long it makes one smaller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol

import hypothesis
from attrs import evolve
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st

from .course import Course
from .laws_form import Broken
from .protocol import TreatmentProtocol
from .strategies import courses, histories

__all__ = ["search"]


class BrokenBy(Protocol):
    """What a course breaks, by the looks that fall to one number, or by all of them without a number."""

    def __call__(self, course: Course, *, turn: int | None = None) -> tuple[Broken, ...]: ...


class _Lived:
    """A course with a history, wrapped: its own repr would be long, and nobody reads it."""

    __slots__ = ("course",)

    def __init__(self, course: Course) -> None:
        self.course = course

    def __repr__(self) -> str:
        return f"a course of {len(self.course.history)} events"


class _Failed(Exception):
    """A course broke a law; Hypothesis then looks for a smaller one."""


class _Enough(BaseException):
    """The bound is reached. Not an ``Exception``: Hypothesis would take that for one more failure and go on."""


@st.composite
def _lived(draw: st.DrawFn, protocol: TreatmentProtocol) -> _Lived:
    course = draw(courses(protocol))
    return _Lived(course.with_events(*draw(histories(course))))


def search(
    protocol: TreatmentProtocol,
    examples: int,
    seed: int,
    broken_by: BrokenBy,
    most_shrinks: int,
    tell: Callable[[int], object] | None = None,
) -> tuple[int, Course | None]:
    """(how many courses were tried, the smallest that breaks a law, if one does).

    Looks take turns until a course fails. It is then made smaller by trying at most ``most_shrinks`` others with every
    look, which must break one of the same laws.
    ``tell`` hears the number tried before anything failed.
    """
    tried = shrinks = 0
    failing: list[Course] = []
    laws: set[str] = set()

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(_lived(protocol))
    def one(lived: _Lived) -> None:
        nonlocal tried, shrinks
        course = lived.course
        if failing:
            shrinks += 1
        else:
            tried += 1
            if tell is not None:
                tell(tried)
        if shrinks > most_shrinks:
            raise _Enough
        found = {one.law for one in broken_by(course, turn=None if failing else tried)}
        if found and not failing:
            found |= {one.law for one in broken_by(course)}  # what it shows first when it gets every look
        if found & laws if laws else found:
            laws.update(() if laws else found)
            failing.append(course)
            raise _Failed

    with contextlib.suppress(_Failed, _Enough):
        one()
    if not failing:
        return tried, None
    return tried, _fewer(min(reversed(failing), key=_size), broken_by, laws)


def _size(course: Course) -> tuple[int, bool, bool, bool, int]:
    """By what a failing course is the smaller one; of two alike the later found is taken."""
    odd = course.clinic is not None, bool(course.days or course.unavailable), course.zone != "UTC"
    return (len(course.history), *odd, course.start.toordinal())


def _fewer(course: Course, broken_by: BrokenBy, laws: set[str]) -> Course:
    """The course without every event that it can do without and still break one of ``laws``, the last tried first."""
    for event in reversed(course.history):
        less = evolve(course, history=tuple(one for one in course.history if one is not event))
        if any(one.law in laws for one in broken_by(less)):
            course = less
    return course
