"""What may happen next to a course, as a small frozen word; and the event that it becomes. No randomness here.

A :class:`Move` is made of plain numbers, so that whatever draws it can make it smaller: kind first in the list,
nothing ahead, the first session, level 0. :func:`play` turns moves into a history, one plan for each.
"""

from __future__ import annotations

from collections.abc import Iterable

import pendulum

from . import times
from .course import Course
from .history import Event
from .strategies_happenings import HAPPENINGS, ZONES
from .strategies_maker import Maker, Move

__all__ = ["KINDS", "ZONES", "Move", "event_of", "play", "start_of"]

KINDS = tuple(HAPPENINGS)
"""Every kind of move, the most ordinary first."""
MAX_MOVES = 400


def start_of(course: Course) -> pendulum.DateTime:
    """Seven in the morning of the start, when nothing has happened yet."""
    return times.clock(course.session_zone).at(course.start.toordinal(), 7 * 60)


def event_of(
    course: Course, move: Move, now: pendulum.DateTime, number: int
) -> tuple[Event | None, pendulum.DateTime]:
    """The event that a move becomes, numbered ``number``, and the instant it is recorded at; none where there is
    nothing that it could be about.
    """
    maker = Maker(course, now, number)
    event = HAPPENINGS[move.kind](maker, move)
    return event, maker.now


def play(course: Course, moves: Iterable[Move], now: pendulum.DateTime | None = None) -> Course:
    """The course with a history of these moves, one after another, recorded from ``now`` (by default its start) on, no two
    in one minute.
    """
    now = start_of(course) if now is None else now
    for number, move in enumerate(moves, start=len(course.history) + 1):
        if number > MAX_MOVES:
            break
        event, now = event_of(course, move, now, number)
        if event is not None:
            course = course.with_events(event)
            now = times.clock(course.session_zone).after(now, 1)
    return course
