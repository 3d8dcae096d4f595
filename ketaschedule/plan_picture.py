"""What a picture of one course shows, before anything is drawn: weeks, marks, answers, and the same in words.

Two versions. The patient's names no drug, no illness and no form, and shows when we will ask. The clinician's
names them, and shows when relapses came in the cohort that the watch rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .checkins import CheckIn
from .days import date_of
from .errors import one_fault
from .inspection import FLOOR_DAYS
from .instrument import load_instrument
from .plan import Plan
from .plan_picture_parts import MONTHS, Answers, Audience, Density, Mark, Picture, Point, Week
from .plan_picture_words import picture_legend, picture_lines, picture_notes, picture_words
from .relapse import load_cohort
from .session_model import Session
from .trajectory import Trajectory

__all__ = ["picture_of"]

_HOW: Mapping[str, str] = {
    "given": "done",
    "stopped": "over",
    "missed": "over",
    "withheld": "over",
    "overdue": "no-record",
    "presumed-missed": "no-record",
}

_CALENDAR_WEEKS = 8
"""Weeks from today on that are always a calendar; what lies beyond the last visit and these may be a list."""
_LISTED_FROM = 4
"""So many dates at least make a list."""


def picture_of(plan: Plan, audience: Audience = "patient") -> Picture:
    """What the picture of ``plan`` shows to ``audience``.

    Dates are the clinic's for visits and the person's for check-ins, as everywhere in the plan. Raises
    :class:`~ketaschedule.errors.InputError` for another audience.
    """
    if audience not in ("patient", "clinician"):
        raise one_fault("audience", f"no picture is for {str(audience)[:40]!r}", "patient, clinician")
    patient = audience == "patient"
    visits = _visits(plan, patient=patient)
    asked = [one for one in plan.checkins if one.state != "not-applicable"]
    today = plan.person.day_of(plan.now)
    marks = _marks(visits, asked)
    tail = _tail(marks, today)
    answers = tuple(_answers(one, patient=patient) for one in plan.trajectories if _scored(one))
    answers = answers[: 1 if patient else 3]
    title = "Your visits and check-ins" if patient else f"{plan.course.protocol.title}"
    density = None if patient else _density(plan)
    lines = picture_lines(plan, visits, asked, today, patient=patient)
    return Picture(
        audience=audience,
        title=title,
        lines=lines,
        today=today,
        weeks=_weeks([day for day in (*marks, today) if day < tail]),
        marks=marks,
        later=tuple(day for day in marks if day >= tail),
        later_title="Later we will ask on" if patient else "Later check-ins",
        legend=picture_legend(marks.values(), patient=patient),
        answers=answers,
        density=density,
        notes=picture_notes(plan, patient=patient),
        words=picture_words(plan, visits, asked, answers, lines, patient=patient),
    )


def _visits(plan: Plan, *, patient: bool) -> list[Session]:
    """The sessions that are shown: a proposal to nobody but the clinician; what was called off to nobody."""
    found = [one for one in plan.sessions if one.basis != "proposed" and one.verdict != "cancelled"]
    return [one for one in found if one.basis != "waiting" or not patient or one.kind != "dose"]


def _marks(visits: Iterable[Session], asked: Iterable[CheckIn]) -> dict[int, Mark]:
    stands: dict[int, str] = {}
    for one in visits:
        how = _HOW.get(one.verdict, "to-come")
        day = one.date.toordinal()
        stands[day] = how if stands.get(day, "over") == "over" else stands[day]
    questions: dict[int, list[CheckIn]] = {}
    for checkin in asked:
        questions.setdefault(checkin.items[0].day, []).append(checkin)
    return {
        day: Mark(
            day=day,
            visit=stands.get(day, ""),
            asked=_how_asked(questions.get(day, [])),
            added=any(item.rule == "C6" for one in questions.get(day, []) for item in one.items),
        )
        for day in sorted({*stands, *questions})
    }


def _how_asked(checkins: list[CheckIn]) -> str:
    states = {one.state for one in checkins}
    for name, kinds in (
        ("open", {"open"}),
        ("done", {"answered", "partly-answered"}),
        ("to-come", {"not-yet"}),
        ("over", {"expired", "declined"}),
    ):
        if states & kinds:
            return name
    return ""


def _tail(marks: Mapping[int, Mark], today: int) -> int:
    """The Monday from which on dates are listed: some weeks ahead, and nothing but questions to come.

    A calendar of a year would be mostly empty; where only a few dates are left it goes on to its end.
    """
    ahead = today + 7 * _CALENDAR_WEEKS
    busy = [day for day, mark in marks.items() if mark.visit or mark.asked != "to-come"]
    last = max([ahead, *busy])
    monday = last - (last - 1) % 7 + 7
    return monday if sum(day >= monday for day in marks) >= _LISTED_FROM else max([today, *marks]) + 1


def _weeks(days: Iterable[int]) -> tuple[Week, ...]:
    """The weeks that hold something, in order; those left out between two are counted.

    A row is named by the month that begins in it, else by its own where that is a new one.
    """
    weeks: list[Week] = []
    said = (0, 0)
    for monday in sorted({day - (day - 1) % 7 for day in days}):
        gap = (monday - weeks[-1].monday) // 7 - 1 if weeks else 0
        sunday = date_of(monday + 6)
        label = "" if (sunday.year, sunday.month) == said else MONTHS[sunday.month - 1]
        if label and sunday.year != said[0]:
            label = f"{label} {sunday.year}"
        said = (sunday.year, sunday.month)
        weeks.append(Week(monday=monday, label=label, gap=gap))
    return tuple(weeks)


def _scored(one: Trajectory) -> bool:
    return any(not seen.alone for seen in one.observations)


def _answers(one: Trajectory, *, patient: bool) -> Answers:
    instrument = load_instrument(one.instrument)
    points = [
        Point(day=seen.day, points=seen.points, least=seen.score.at_least, most=seen.score.at_most)
        for seen in one.observations
        if not seen.alone
    ]
    bands = tuple((band.low, band.high, "" if patient else band.title) for band in instrument.bands)
    return Answers(
        title="Your answers, in points" if patient else f"{instrument.title}, points",
        low=instrument.low,
        high=instrument.high,
        hint=f"{'More' if instrument.worse == 'higher' else 'Fewer'} points mean a harder time.",
        bands=bands or ((instrument.low, instrument.high, ""),),
        points=tuple(points),
        first=min(point.day for point in points),
        last=max(point.day for point in points),
    )


def _density(plan: Plan) -> Density | None:
    watch = plan.watch
    if watch.cohort is None:
        return None
    cohort = load_cohort(watch.cohort)
    daily = cohort.daily(FLOOR_DAYS[-1])
    weekly = tuple(100 * sum(daily[first : first + 7]) for first in range(0, 364, 7))
    how = "our fit" if cohort.ours else "published"
    anchor = next(one for one in plan.watch.anchors if one.alone)
    return Density(
        title=f"When relapses came in {cohort.id} ({how}), per cent a week",
        anchor=anchor.day,
        weekly_percent=weekly,
        floor=FLOOR_DAYS,
        extras=watch.extras,
    )
