"""A course as a picture: a calendar of visits and check-ins, answers over time, and what comes next.

One column of the width of a phone, which fits a sheet of paper; marks differ in shape as well as in colour.
The same plan gives the same bytes: letters are drawn as outlines, and no date of making is written. With
``title`` and ``desc`` for those who hear it. Needs the extra ``picture``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from ketaschedule.days import date_of
from ketaschedule.formats import Style
from ketaschedule.formats_marks import ASK, FAINT, INK, PALE, PAPER, QUIET, SHADE, TODAY
from ketaschedule.formats_panels import Panels
from ketaschedule.formats_pen import EDGE, WIDTH
from ketaschedule.plan import Plan
from ketaschedule.plan_picture import picture_of
from ketaschedule.plan_picture_parts import (
    DAYS,
    Audience,
    Mark,
    Picture,
    Week,
    day_words,
)

if TYPE_CHECKING:
    pass

__all__ = ["plan_to_svg", "render"]

_LEFT = 62.0
_CELL = 32.0
_ROW = 18.0
_LATER = 15.0


def plan_to_svg(plan: Plan, audience: Audience = "patient") -> str:
    """The picture of ``plan`` as SVG text.

    Raises :class:`ModuleNotFoundError` where matplotlib is not installed.

    >>> import pendulum
    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("ketamine-aud-three-weekly"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> svg = plan_to_svg(make_plan(course))
    >>> "<title" in svg, 'role="img"' in svg
    (True, True)
    """
    picture = picture_of(plan, audience)
    with _settings():
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        height = _Drawing(None, picture).height()
        figure = Figure(figsize=(WIDTH / 72, height / 72), facecolor=PAPER)
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        _Drawing(axes, picture).draw()
        out = io.StringIO()
        figure.savefig(
            out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _with_words(out.getvalue(), picture)


def render(plan: Plan, style: Style) -> bytes:
    """The picture as bytes, for the audience of ``style``."""
    return plan_to_svg(plan, style.audience).encode("utf-8")


@contextmanager
def _settings() -> Iterator[None]:
    """Matplotlib's own settings and ours, whatever a file of settings on this machine says."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["svg.hashsalt"] = "ketaschedule"
        matplotlib.rcParams["svg.fonttype"] = "path"
        matplotlib.rcParams["font.family"] = ["DejaVu Sans"]
        yield


def _with_words(svg: str, picture: Picture) -> str:
    """Title, description and role beside the drawing, so that it can be heard."""
    svg = re.sub(
        r"<\?xml.*?\?>\s*<!DOCTYPE.*?>\s*", '<?xml version="1.0" encoding="utf-8"?>\n', svg, flags=re.S
    )
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    words = (
        f'<title id="t">{escape(picture.title, quote=False)}</title>\n '
        f'<desc id="d">{escape(picture.words, quote=False)}</desc>\n '
    )
    return re.sub(
        r"(<svg\b)([^>]*>\n?)\s*", rf'\1 role="img" aria-labelledby="t d" lang="en"\2 {words}', svg, count=1
    )


class _Drawing(Panels):
    """Draws from the top down; ``y`` is where the next thing goes, in points. Without axes it only measures."""

    def height(self) -> float:
        """How tall the picture is, in points."""
        self.draw()
        return self.y + EDGE

    def draw(self) -> None:
        """All of it."""
        self.head()
        self.legend()
        self.calendar()
        self.later()
        for answers in self.picture.answers:
            self.answers(answers)
        if self.picture.density is not None:
            self.density(self.picture.density)
        self.y += 8
        for note in self.picture.notes:
            self.paragraph(note, 7.6, QUIET)

    # the parts -----------------------------------------------------------------------------

    def head(self) -> None:
        """The title, and what comes next."""
        self.y += 6
        self.paragraph(self.picture.title, 13.5, INK, bold=True)
        self.y += 2
        for number, line in enumerate(self.picture.lines):
            self.paragraph(line, 9.4 if number else 8.2, INK if number else QUIET)
        self.y += 6

    def legend(self) -> None:
        """What the marks mean, two in a row."""
        for number, (kind, text) in enumerate(self.picture.legend):
            x = EDGE + 10 + (number % 2) * (WIDTH / 2 - 12)
            y = self.y + 9 + (number // 2) * 18
            self.sample(kind, x, y)
            self.text(x + 15, y, text, 8.2, INK)
        self.y += 18 * -(-len(self.picture.legend) // 2) + 8

    def calendar(self) -> None:
        """Weeks from Monday to Sunday; weeks in which nothing happens are left out, and the gap says so.

        Every second month is shaded, so that one sees where a month begins.
        """
        for column, name in enumerate(DAYS):
            self.text(_LEFT + _CELL * (column + 0.5), self.y + 5, name, 7.6, QUIET, middle=True)
        self.y += 13
        for week in self.picture.weeks:
            if week.gap:
                self.gap(week.gap)
            self.week(week)
        self.y += 4

    def later(self) -> None:
        """Dates beyond the calendar, three in a row; the first of each year says which."""
        if not self.picture.later:
            return
        self.y += 4
        self.paragraph(self.picture.later_title, 8.8, INK, bold=True)
        years = [date_of(self.picture.today).year, *(date_of(day).year for day in self.picture.later)]
        for number, day in enumerate(self.picture.later):
            x = EDGE + 6 + (number % 3) * (WIDTH - 2 * EDGE) / 3
            y = self.y + 7 + (number // 3) * _LATER
            self.circle(x, y, 4.2, "none", ASK, 1.2)
            if self.picture.marks[day].added and self.picture.audience == "clinician":
                self.dot(x + 6.0, y - 3.6, ASK)
            self.text(x + 10, y, day_words(day, year=years[number] != years[number + 1]), 8.2, INK)
        self.y += _LATER * -(-len(self.picture.later) // 3) + 4

    def gap(self, weeks: int) -> None:
        """Weeks left out: a dashed line, and how many where it is more than one."""
        height = 5.0 if weeks == 1 else 11.0
        middle = self.y + height / 2
        self.line(_LEFT, middle, WIDTH - EDGE, middle, FAINT, 0.7, dashed=True)
        if weeks > 1:
            text = f" {weeks} weeks with nothing planned "
            self.text(_LEFT + _CELL * 3.5, middle, text, 7.0, QUIET, middle=True, on=PAPER)
        self.y += height

    def week(self, week: Week) -> None:
        """One row."""
        middle = self.y + _ROW / 2
        if week.label:
            self.text(EDGE, middle, week.label, 8.4, INK, bold=True)
        shaded = [column for column in range(7) if date_of(week.monday + column).month % 2]
        if shaded:
            left, right = _LEFT + _CELL * shaded[0], _LEFT + _CELL * (shaded[-1] + 1)
            self.rectangle(left, self.y, right, self.y + _ROW, SHADE)
        for column in range(7):
            day = week.monday + column
            self.day(day, self.picture.marks.get(day, Mark(day=day)), _LEFT + _CELL * (column + 0.5), middle)
        self.y += _ROW

    def day(self, day: int, mark: Mark, x: float, y: float) -> None:
        """One date with what stands on it."""
        if day == self.picture.today:
            self.rectangle(x - 14.6, y - 8.6, x + 14.6, y + 8.6, "none", TODAY, 1.6, rounded=2.0)
        if mark.visit:
            self.visit(x, y, mark.visit, 6.3 if mark.asked else 7.3)
        if mark.asked:
            self.asked(x, y, mark.asked, 8.3 if mark.visit else 7.5)
        if mark.added and self.picture.audience == "clinician":
            self.dot(x + 10.6, y - 6.0, ASK)
        busy = bool(mark.visit or mark.asked)
        colour = PAPER if mark.visit == "done" else INK if busy else PALE
        self.text(x, y + 0.3, str(date_of(day).day), 7.8, colour, middle=True, bold=busy)
