"""The panels of a picture: answers over time, and when relapses came in a cohort. Each says where its axes begin and end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from ketaschedule.days import date_of
from ketaschedule.formats_marks import ASK, FAINT, INK, PALE, PAPER, QUIET, SHADE, Marks
from ketaschedule.formats_pen import text_width
from ketaschedule.plan_picture_parts import MONTHS, Answers, Density, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SMALLEST", "Panels"]

SMALLEST = {"patient": 8.4, "clinician": 7.8}
"""Points: the smallest letters of each version. The patient's is read on a phone, where 300 points are its width."""

_PANEL = 80.0
_NAMED_DAYS = 12
_JOINED_DAYS = 28
"""Two answers further apart than any two questions of a watch are joined by a faint dashed line: nobody knows what lay between."""


class Panels(Marks):
    """A pen that draws the panels of one picture."""

    def __init__(self, axes: Axes | None, picture: Picture, left: float, right: float, y: float) -> None:
        super().__init__(axes, left, right, y)
        self.picture = picture
        self.small = SMALLEST[picture.audience]

    def answers(self, answers: Answers) -> None:
        """Points over time on their published ranges; an incomplete answer is a line from least to most."""
        small = self.small
        names = max((text_width(name, small) for _, _, name in answers.bands), default=0.0)
        left, right = self.left + 20, self.right - (names + 4 if names else 0)
        self.y += 8
        self.paragraph(answers.title, 8.8, INK, bold=True)
        self.paragraph(answers.hint, small, QUIET)
        self.y += 3
        top, bottom = self.y, self.y + _PANEL
        span = max(27, answers.last - answers.first)
        high, low = answers.high, answers.low

        def across(day: float) -> float:
            return left + 6 + (right - left - 12) * (day - answers.first) / span

        def up(points: float) -> float:
            return bottom - 3 - (bottom - top - 6) * (points - low) / max(1, high - low)

        for number, (first, last, name) in enumerate(answers.bands):
            y0 = top if last >= high else up(last + 0.5)
            y1 = bottom if first <= low else up(first - 0.5)
            self.rectangle(left, y0, right, y1, SHADE if number % 2 == 0 else PAPER)
            self.text(right + 4, (y0 + y1) / 2, name, small, QUIET)
        self.rectangle(left, top, right, bottom, "none", FAINT)
        self.scale(up, left - 4, [low, *(first for first, _, _ in answers.bands), high])
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
        small, left, right = self.small, self.left + 20, self.right
        self.y += 8
        self.paragraph(density.title, 8.8, INK, bold=True)
        self.paragraph(_asking(density.extras), small, QUIET)
        self.y += 3
        top, bottom = self.y, self.y + 0.7 * _PANEL
        most, last = max(density.weekly_percent), density.floor[-1]

        def across(day: float) -> float:
            return left + (right - left) * (day - density.anchor) / (last + 1)

        def up(share: float) -> float:
            return bottom - (bottom - top) * share / most

        for number, share in enumerate(density.weekly_percent):
            x0, x1 = across(density.anchor + 7 * number), across(density.anchor + 7 * number + 7)
            self.rectangle(x0, up(share), x1 - 0.4, bottom, FAINT)
        self.text(
            left - 4, top + small / 2, f"{most:.0f}" if most >= 1 else f"{most:.1f}", small, QUIET, right=True
        )
        self.text(left - 4, bottom - small / 2, "0", small, QUIET, right=True)
        for days, y, colour, width in ((density.floor, 2, INK, 0.9), (density.extras, 10, ASK, 0.6)):
            for day in days:
                x = across(density.anchor + day)
                self.line(x, bottom + y, x, bottom + y + 6, colour, width)
        self.y = bottom + 18
        self.dates(across, density.anchor, density.anchor + last, left, right)

    def scale(self, up: Callable[[float], float], x: float, numbers: list[int]) -> None:
        """Numbers beside an axis, its two ends in any case, others where there is room."""
        low, high = numbers[0], numbers[-1]
        said = [up(low), up(high)]
        self.text(x, up(low), f"{low}", self.small, QUIET, right=True)
        self.text(x, up(high), f"{high}", self.small, QUIET, right=True)
        for one in numbers[1:-1]:
            if all(abs(up(one) - other) >= self.small + 1 for other in said):
                self.text(x, up(one), f"{one}", self.small, QUIET, right=True)
                said.append(up(one))

    def dates(
        self, across: Callable[[float], float], first: int, last: int, left: float, right: float
    ) -> None:
        """The first and the last date under a panel, and between them months, or dates where it is short."""
        small = self.small
        self.y += 4 + small / 2
        start, end = _date(first), _date(last, year=date_of(first).year)
        self.text(left, self.y, start, small, QUIET)
        self.text(right, self.y, end, small, QUIET, right=True)
        free = left + text_width(start, small) + 4
        limit = right - text_width(end, small) - 4
        step = (last - first) // 4
        short = last - first < 75
        for day in range(first + 1, last):
            date = date_of(day)
            if (day - first) % step if short else date.day > 1:
                continue
            x, name = across(day), _date(day) if short else MONTHS[date.month - 1]
            if not short:
                self.line(x, self.y - small / 2 - 3.5, x, self.y - small / 2 - 1, QUIET, 0.6)
            half = text_width(name, small) / 2
            if x - half >= free and x + half <= limit:
                self.text(x, self.y, name, small, QUIET, middle=True)
                free = x + half + 4
        self.y += small / 2 + 3


def _asking(extras: tuple[int, ...]) -> str:
    """What the two rows of marks below the density are; added days are named where they are few."""
    if not extras:
        return "Below: the days of asking."
    days = f", days {' '.join(map(str, extras))}" if len(extras) <= _NAMED_DAYS else ""
    return f"Below, upper row: the plain days of asking; lower row: those that the watch adds{days}."


def _date(day: int, year: int | None = None) -> str:
    """A date without its weekday, with its year where that is another than ``year``."""
    date = date_of(day)
    text = f"{date.day} {MONTHS[date.month - 1]}"
    return text if year in (None, date.year) else f"{text} {date.year}"
