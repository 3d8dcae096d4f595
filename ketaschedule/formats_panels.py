"""The panels under the calendar of a picture: answers over time, and when relapses came in a cohort."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from ketaschedule.days import date_of
from ketaschedule.formats_marks import ASK, FAINT, INK, PALE, PAPER, QUIET, SHADE, Marks
from ketaschedule.formats_pen import EDGE, WIDTH
from ketaschedule.plan_picture_parts import MONTHS, Answers, Density, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Panels"]

_PANEL = 96.0
_JOINED_DAYS = 28
"""Two answers further apart than any two questions of a watch are joined by a faint dashed line: nobody knows what lay between."""


class Panels(Marks):
    """A pen that draws the panels of one picture."""

    def __init__(self, axes: Axes | None, picture: Picture) -> None:
        super().__init__(axes)
        self.picture = picture

    def answers(self, answers: Answers) -> None:
        """Points over time on their published ranges; an incomplete answer is a line from least to most."""
        left, right = EDGE + 22, WIDTH - EDGE - (0 if self.picture.audience == "patient" else 74)
        self.y += 8
        self.paragraph(answers.title, 8.8, INK, bold=True)
        self.text(EDGE, self.y + 4, answers.hint, 7.6, QUIET)
        self.y += 12
        top, bottom = self.y, self.y + _PANEL
        span = max(27, answers.last - answers.first)
        high, low = answers.high, answers.low

        def across(day: float) -> float:
            return left + 6 + (right - left - 12) * (day - answers.first) / span

        def up(points: float) -> float:
            return bottom - (bottom - top) * (points - low) / max(1, high - low)

        for number, (first, last, name) in enumerate(answers.bands):
            y0, y1 = up(min(high, last + 0.5)), up(max(low, first - 0.5))
            self.rectangle(left, y0, right, y1, SHADE if number % 2 == 0 else PAPER)
            self.text(left - 4, (y0 + y1) / 2, f"{first}–{last}", 6.8, QUIET, right=True)
            self.text(right + 4, (y0 + y1) / 2, name, 6.8, QUIET)
        self.rectangle(left, top, right, bottom, "none", FAINT)
        for before, after in pairwise(answers.points):
            if before.points is not None and after.points is not None:
                far = after.day - before.day > _JOINED_DAYS
                ends = (across(before.day), up(before.points), across(after.day), up(after.points))
                self.line(*ends, PALE if far else ASK, 1.0, dashed=far)
        for one in answers.points:
            x = across(one.day)
            if one.points is None:
                self.line(x, up(one.least), x, up(one.most), ASK, 1.4, dashed=True)
            else:
                self.circle(x, up(one.points), 2.8, ASK, PAPER, 0.7)
        self.y = bottom
        self.dates(across, answers.first, answers.first + span, left, right)

    def density(self, density: Density) -> None:
        """When relapses came in the cohort, week by week after the last dose, with the days of asking below."""
        left, right = EDGE + 22, WIDTH - EDGE
        self.y += 8
        self.paragraph(density.title, 8.8, INK, bold=True)
        self.text(
            EDGE, self.y + 3, "Below: the days of asking; thick are those that the watch adds.", 7.6, QUIET
        )
        self.y += 12
        top, bottom = self.y, self.y + 0.62 * _PANEL
        most = max(density.weekly_percent)
        weeks = len(density.weekly_percent)

        def across(day: float) -> float:
            return left + (right - left) * (day - density.anchor) / (7 * weeks + 7)

        for number, share in enumerate(density.weekly_percent):
            x0, x1 = across(density.anchor + 7 * number), across(density.anchor + 7 * number + 7)
            self.rectangle(x0, bottom - (bottom - top) * share / most, x1 - 0.4, bottom, FAINT)
        self.text(left - 4, top + 3, f"{most:.0f}", 6.8, QUIET, right=True)
        self.text(left - 4, bottom - 2, "0", 6.8, QUIET, right=True)
        for day in density.floor:
            x = across(density.anchor + day)
            self.line(x, bottom + 2, x, bottom + 8, INK, 0.9)
        for day in density.extras:
            x = across(density.anchor + day)
            self.line(x, bottom + 2, x, bottom + 8, ASK, 1.6)
        self.y = bottom + 9
        self.dates(across, density.anchor, density.anchor + 7 * weeks, left, right)

    def dates(
        self, across: Callable[[float], float], first: int, last: int, left: float, right: float
    ) -> None:
        """Months under a panel, or single dates where it is short."""
        self.y += 8
        if last - first < 75:
            for day in range(first, last + 1, max(7, (last - first) // 4)):
                date = date_of(day)
                self.text(
                    across(day), self.y, f"{date.day} {MONTHS[date.month - 1]}", 6.8, QUIET, middle=True
                )
        else:
            end = left
            for day in range(first, last + 1):
                date = date_of(day)
                x = across(day)
                if date.day == 1 and x > end + 16 and x < right - 8:
                    name = MONTHS[date.month - 1]
                    self.text(
                        x,
                        self.y,
                        f"{name} {date.year}" if date.month == 1 else name,
                        6.8,
                        QUIET,
                        middle=True,
                    )
                    end = x + (12 if date.month == 1 else 0)
        self.y += 8
