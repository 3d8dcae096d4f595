"""The search for a failing course, by Hypothesis: seeded, counted, and bounded in how long it makes one smaller."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
from attrs import evolve
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st

from .course import Course
from .laws_form import Broken
from .protocol import TreatmentProtocol
from .strategies import courses, histories

__all__ = ["search"]


class _Lived:
    """A course with a history, wrapped: its own repr would be long, and nobody reads it."""

    __slots__ = ("course",)

    def __init__(self, course: Course) -> None:
        self.course = course

    def __repr__(self) -> str:
        return f"a course of {len(self.course.history)} events"


class _Failed(Exception):
    """A course broke a law; Hypothesis then looks for a smaller one."""


@st.composite
def _lived(draw: st.DrawFn, protocol: TreatmentProtocol) -> _Lived:
    course = draw(courses(protocol))
    return _Lived(course.with_events(*draw(histories(course))))


def search(
    protocol: TreatmentProtocol,
    examples: int,
    seed: int,
    broken_by: Callable[[Course], tuple[Broken, ...]],
    most_shrinks: int,
    tell: Callable[[int], object] | None = None,
) -> tuple[int, Course | None]:
    """(how many courses were tried, the smallest that breaks a law, if one does).

    A failing course is made smaller by trying at most ``most_shrinks`` others; the law that it breaks may change on the
    way. ``tell`` hears the number tried before anything failed.
    """
    tried = shrinks = 0
    smallest: Course | None = None

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
        nonlocal tried, shrinks, smallest
        course = lived.course
        if smallest is None:
            tried += 1
            if tell is not None:
                tell(tried)
        else:
            shrinks += 1
            if shrinks > most_shrinks:
                if course == smallest:
                    raise _Failed
                return
        if broken_by(course):
            smallest = course
            raise _Failed

    try:
        one()
    except _Failed:
        return tried, smallest if smallest is None else _fewer(smallest, broken_by)
    return tried, None


def _fewer(course: Course, broken_by: Callable[[Course], tuple[Broken, ...]]) -> Course:
    """The course without every event that it can do without and still break a law, the last ones tried first."""
    for event in reversed(course.history):
        less = evolve(course, history=tuple(one for one in course.history if one is not event))
        if broken_by(less):
            course = less
    return course
