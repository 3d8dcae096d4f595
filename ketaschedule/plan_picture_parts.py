"""The parts of a picture of one course: weeks, marks, answers and what a cohort did, each a small frozen class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from .days import date_of

__all__ = [
    "DAYS",
    "MONTHS",
    "Answers",
    "Audience",
    "Density",
    "Mark",
    "Picture",
    "Point",
    "Week",
    "day_words",
]

Audience = Literal["patient", "clinician"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()


@frozen(kw_only=True)
class Mark:
    """What stands on one date: how a ``visit`` went (``done``, ``to-come``, ``over``, ``no-record``) and what was
    ``asked`` (``open``, ``done``, ``to-come``, ``over``); empty where there is none.
    """

    day: int
    visit: str = ""
    asked: str = ""
    added: bool = False


@frozen(kw_only=True)
class Week:
    """One row, Monday to Sunday; ``gap`` is the number of empty weeks left out before it."""

    monday: int
    label: str
    gap: int = 0


@frozen(kw_only=True)
class Point:
    """One answer: its day, its points, or the least and the most that its missing answers allow."""

    day: int
    points: int | None
    least: int
    most: int


@frozen(kw_only=True)
class Answers:
    """The answers to one form over time, with its published ranges of points."""

    title: str
    low: int
    high: int
    hint: str
    bands: tuple[tuple[int, int, str], ...]
    points: tuple[Point, ...]
    first: int
    last: int


@frozen(kw_only=True)
class Density:
    """When relapses came in a cohort: share in per cent of each week after ``anchor``, and the days of asking."""

    title: str
    anchor: int
    weekly_percent: tuple[float, ...]
    floor: tuple[int, ...]
    extras: tuple[int, ...]


@frozen(kw_only=True)
class Picture:
    """All that is drawn, and ``title`` and ``words`` for those who do not see it.

    ``later`` are days beyond the calendar, on which the person is asked and nothing else happens: a list.
    """

    audience: Audience
    title: str
    lines: tuple[str, ...]
    today: int
    weeks: tuple[Week, ...]
    marks: Mapping[int, Mark] = field(repr=False)
    later: tuple[int, ...]
    later_title: str
    legend: tuple[tuple[str, str], ...]
    answers: tuple[Answers, ...]
    density: Density | None
    notes: tuple[str, ...]
    words: str


def day_words(day: int, *, weekday: bool = True, year: bool = False) -> str:
    """A date in short words.

    >>> day_words(739587, year=True)
    'Tue 2 Dec 2025'
    """
    date = date_of(day)
    text = f"{date.day} {MONTHS[date.month - 1]}"
    text = f"{DAYS[(day - 1) % 7]} {text}" if weekday else text
    return f"{text} {date.year}" if year else text
