"""How a picture lies on its sheet: the patient's in one column for a phone, the clinician's in two for a desk.

Either can be printed on one sheet of A4 and read: where it would become too tall, weeks that are over, and then weeks far
ahead, are drawn in short.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

from attrs import frozen

from ketaschedule.formats_calendar import Calendar
from ketaschedule.formats_panels import SMALLEST
from ketaschedule.plan_picture_parts import Picture, Week

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PRINTED", "SHEET", "Layout", "draw", "layout_of"]

PRINTED = 6.5
"""Points: no letter is smaller than this on a sheet of A4."""
SHEET = (538.6, 785.2)
"""Points across and down that a printer leaves of A4: 10 millimetres at each side stay free."""

_EDGE = 14.0
_COLUMN = 272.0
_BETWEEN = 22.0
_PARTS = ("calendar", "later", "earlier", "answers", "density", "notes")
_FOLDED = (
    *((past, None) for past in (None, 26, 13, 8, 4, 2, 0)),
    *((0, ahead) for ahead in (26, 12, 8, 4)),
)
"""Weeks before this one, and from it on, that are drawn in full: more and more in short until all fits."""


@frozen
class Layout:
    """Which weeks are drawn in full and which in short, what stands in the second column, and the size in points."""

    earlier: tuple[Week, ...]
    weeks: tuple[Week, ...]
    further: tuple[Week, ...]
    aside: frozenset[str]
    width: float
    height: float

    @property
    def printed(self) -> float:
        """By how much it is made smaller, or larger, to fill a sheet of A4."""
        return min(SHEET[0] / self.width, SHEET[1] / self.height)


def layout_of(picture: Picture) -> Layout:
    """The first that can be read when it is printed, else the one that comes nearest to it."""
    least = PRINTED / SMALLEST[picture.audience]
    tried: list[Layout] = []
    for past, ahead in _FOLDED:
        tried.append(min(_layouts(picture, past, ahead), key=lambda one: one.height))
        if tried[-1].printed >= least:
            return tried[-1]
    return max(tried, key=lambda one: one.printed)


def draw(axes: Axes | None, picture: Picture, layout: Layout) -> float:
    """All of it; gives where it ends. Without axes it only measures."""
    pen = Calendar(axes, picture, _EDGE, layout.width - _EDGE, _EDGE + 4)
    pen.head()
    pen.legend(2 if picture.audience == "patient" else 4)
    ends = [pen.y]
    for number in range(2 if picture.audience == "clinician" else 1):
        left = _EDGE + number * (_COLUMN + _BETWEEN)
        column = Calendar(axes, picture, left, left + _COLUMN, pen.y)
        for part in _PARTS:
            if (part in layout.aside) == bool(number):
                _part(column, part, layout)
        ends.append(column.y)
    return max(ends) + _EDGE


def _part(pen: Calendar, part: str, layout: Layout) -> None:
    """One part of a column."""
    picture = pen.picture
    match part:
        case "calendar":
            pen.calendar(layout.weeks)
            pen.short("Weeks after these, in short", layout.further)
        case "later":
            pen.later()
        case "earlier":
            pen.short("Earlier weeks, in short", layout.earlier)
        case "answers":
            for answers in picture.answers:
                pen.answers(answers)
        case "density":
            if picture.density is not None:
                pen.density(picture.density)
        case _:
            pen.notes()


def _layouts(picture: Picture, past: int | None, ahead: int | None) -> Iterator[Layout]:
    """What can be done with so many weeks in full: of the clinician's, what else stands beside the calendar."""
    monday = picture.today - (picture.today - 1) % 7
    first = picture.weeks[0].monday if past is None else monday - 7 * past
    last = picture.weeks[-1].monday if ahead is None else monday + 7 * (ahead - 1)
    weeks = tuple(week for week in picture.weeks if first <= week.monday <= last)
    earlier = tuple(week for week in picture.weeks if week.monday < first)
    further = tuple(week for week in picture.weeks if week.monday > last)
    patient = picture.audience == "patient"
    width = 2 * _EDGE + _COLUMN + (0.0 if patient else _BETWEEN + _COLUMN)
    movable = () if patient else ("notes", "later", "earlier")
    for chosen in product((True, False), repeat=len(movable)):
        moved = {part for part, aside in zip(movable, chosen, strict=True) if aside}
        aside = frozenset() if patient else frozenset({"answers", "density", *moved})
        layout = Layout(earlier, weeks, further, aside, width, 0.0)
        yield Layout(earlier, weeks, further, aside, width, draw(None, picture, layout))
