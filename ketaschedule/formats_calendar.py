"""The calendar of a picture: head and legend, weeks in rows, weeks in short, and dates in a list."""

from __future__ import annotations

from collections.abc import Sequence

from ketaschedule.days import date_of
from ketaschedule.formats_marks import ASK, FAINT, INK, PAPER, QUIET, SHADE, TODAY
from ketaschedule.formats_panels import Panels
from ketaschedule.plan_picture_parts import DAYS, MONTHS, Mark, Week, day_words

__all__ = ["Calendar"]

_NAMES = 48.0
_CELL = 32.0
_ROW = 17.0
_LATER = 13.0
_LEGEND = 16.5
_SHORT = 0.42
"""How large the marks of weeks in short are, against those of the calendar."""


class Calendar(Panels):
    """A pen that draws the dates of one picture, from the top down."""

    def head(self) -> None:
        """The title, and what comes next."""
        self.paragraph(self.picture.title, 13.5, INK, bold=True)
        self.y += 2
        for number, line in enumerate(self.picture.lines):
            self.paragraph(line, 9.4 if number else self.small, INK if number else QUIET)
        self.y += 5

    def legend(self, columns: int) -> None:
        """What the marks mean, some in a row."""
        wide = (self.right - self.left) / columns
        for number, (kind, text) in enumerate(self.picture.legend):
            x = self.left + 10 + (number % columns) * wide
            y = self.y + 8 + (number // columns) * _LEGEND
            self.sample(kind, x, y)
            self.text(x + 15, y, text, self.small, INK)
        self.y += _LEGEND * -(-len(self.picture.legend) // columns) + 7

    def calendar(self, weeks: Sequence[Week]) -> None:
        """Weeks from Monday to Sunday; weeks in which nothing happens are left out, and the gap says so.

        Every second month is shaded, so that one sees where a month begins.
        """
        for column, name in enumerate(DAYS):
            self.text(self.column(column), self.y + 5, name, self.small, QUIET, middle=True)
        self.y += 13
        for number, week in enumerate(weeks):
            if week.gap and number:
                self.gap(week.gap)
            self.week(week, first=number == 0)
        self.y += 4

    def column(self, number: float) -> float:
        """The middle of a weekday's column; Monday is 0."""
        return self.left + _NAMES + _CELL * (number + 0.5)

    def gap(self, weeks: int) -> None:
        """Weeks left out: a dashed line, and how many where it is more than one."""
        height = 5.0 if weeks == 1 else 11.0
        middle = self.y + height / 2
        self.line(self.column(-0.5), middle, self.column(6.5), middle, FAINT, 0.7, dashed=True)
        if weeks > 1:
            text = f" {weeks} weeks with nothing planned "
            self.text(self.column(3), middle, text, self.small, QUIET, middle=True, on=PAPER)
        self.y += height

    def week(self, week: Week, *, first: bool) -> None:
        """One row; the first of a calendar always says its month."""
        middle = self.y + _ROW / 2
        sunday = date_of(week.monday + 6)
        label = f"{MONTHS[sunday.month - 1]} {sunday.year}" if first else week.label
        self.text(self.left, middle, label, 8.4, INK, bold=True)
        shaded = [column for column in range(7) if date_of(week.monday + column).month % 2]
        if shaded:
            left, right = self.column(shaded[0] - 0.5), self.column(shaded[-1] + 0.5)
            self.rectangle(left, self.y, right, self.y + _ROW, SHADE)
        for column in range(7):
            day = week.monday + column
            self.day(day, self.picture.marks.get(day, Mark(day=day)), self.column(column), middle)
        self.y += _ROW

    def day(self, day: int, mark: Mark, x: float, y: float) -> None:
        """One date with what stands on it."""
        if day == self.picture.today:
            self.rectangle(x - 14.6, y - 8.2, x + 14.6, y + 8.2, "none", TODAY, 1.6, rounded=2.0)
        self.mark(mark, x, y)
        busy = bool(mark.visit or mark.asked)
        colour = PAPER if mark.visit == "done" else INK if busy else QUIET
        self.text(x, y + 0.3, str(date_of(day).day), self.small, colour, middle=True, bold=busy)

    def mark(self, mark: Mark, x: float, y: float, scale: float = 1.0) -> None:
        """What stands on a date, without its number."""
        if mark.visit:
            self.visit(x, y, mark.visit, 6.2 if mark.asked else 7.3, scale)
        if mark.asked:
            self.asked(x, y, mark.asked, 8.1 if mark.visit else 7.5, scale)
        if mark.added and self.picture.audience == "clinician":
            self.added(x, y, scale)

    def short(self, title: str, weeks: Sequence[Week]) -> None:
        """Weeks in short, three in a row: the date of the Monday, then the marks of seven days."""
        if not weeks:
            return
        self.y += 4
        self.paragraph(title, 8.8, INK, bold=True)
        wide = (self.right - self.left) / 3
        cell = 7.6
        for number, week in enumerate(weeks):
            x, y = self.left + (number % 3) * wide, self.y + 6 + (number // 3) * _LATER
            monday = date_of(week.monday)
            self.text(x, y, f"{monday.day} {MONTHS[monday.month - 1]}", self.small, QUIET)
            for column in range(7):
                day, middle = week.monday + column, x + wide - 3 + cell * (column - 6.5)
                if day in self.picture.marks:
                    self.mark(self.picture.marks[day], middle, y, _SHORT)
                else:
                    self.dot(middle, y, FAINT, 0.7)
        self.y += _LATER * -(-len(weeks) // 3) + 4

    def later(self) -> None:
        """Dates beyond the calendar, three in a row; the first of each year says which."""
        if not self.picture.later:
            return
        self.y += 4
        self.paragraph(self.picture.later_title, 8.8, INK, bold=True)
        years = [date_of(self.picture.today).year, *(date_of(day).year for day in self.picture.later)]
        for number, day in enumerate(self.picture.later):
            x = self.left + 6 + (number % 3) * (self.right - self.left) / 3
            y = self.y + 6 + (number // 3) * _LATER
            self.circle(x, y, 4.0, "none", ASK, 1.2)
            if self.picture.marks[day].added and self.picture.audience == "clinician":
                self.added(x, y, 0.56)
            self.text(x + 8, y, day_words(day, year=years[number] != years[number + 1]), self.small, INK)
        self.y += _LATER * -(-len(self.picture.later) // 3) + 4

    def notes(self) -> None:
        """The lines at the foot."""
        self.y += 8
        for note in self.picture.notes:
            self.paragraph(note, self.small, QUIET)
