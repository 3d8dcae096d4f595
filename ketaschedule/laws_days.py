"""Laws of placing: gaps, open days, windows, treatment weeks, and that nothing lies off its target without need."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import pairwise

from .availability import holiday_days
from .laid import Laid, Run
from .laws_form import Where, law
from .plan import Plan
from .protocol import Every, PerWeek
from .session_model import Session
from .times import WEEKDAYS, instant_key, iso_date, parse_minute

__all__ = [
    "allowed_day",
    "bookings_stand",
    "gap_to_doses",
    "gap_to_sessions",
    "late_only_of_need",
    "nominal_days",
    "off_target_only_of_need",
    "open_days",
    "week_cap",
    "windows",
]

OPEN = ("planned", "due")
STANDING = ("planned", "due", "overdue", "presumed-missed")


def _doses_to_come(plan: Plan, verdicts: tuple[str, ...]) -> list[Session]:
    return [
        one
        for one in plan.sessions
        if one.kind == "dose" and one.basis != "proposed" and one.verdict in verdicts
    ]


def _gaps(plan: Plan) -> dict[str, int]:
    return {laid.key: run.protocol.min_gap_days for run in plan.layout.runs for laid in run.sessions}


@law(20, "plan", "S2")
def windows(plan: Plan) -> Where:
    """Earliest, target and latest stand in order, none before the least gap allows; a dose session to come lies
    within, or is said to lie outside.
    """
    laid_by_key = {laid.key: laid for laid in plan.layout.all_sessions()}
    for session in plan.sessions:
        if not session.earliest <= session.target <= session.latest:
            yield session.key, f"its window is {session.earliest}, {session.target}, {session.latest}"
        low = session.hard_min
        if low is not None and session.earliest < low:
            yield session.key, f"its window begins {session.earliest}, before {low}"
    for session in _doses_to_come(plan, OPEN):
        laid = laid_by_key[session.key]
        stays = laid.booked is not None and not laid.released
        if session.date < session.earliest and not stays:
            yield session.key, f"is on {session.date}, before its window begins on {session.earliest}"
        if session.date > session.latest and not (stays or laid.outside):
            yield session.key, f"is on {session.date}, after its window ends on {session.latest}"


@law(21, "plan", "S3")
def gap_to_doses(plan: Plan) -> Where:
    """No dose session to come lies nearer than the least gap to a credible dose, whoever recorded it."""
    gaps = _gaps(plan)
    for session in _doses_to_come(plan, OPEN):
        for dose in plan.folded.doses:
            apart = abs(session.date.toordinal() - dose.day)
            if apart < gaps[session.key]:
                yield session.key, f"is {apart} days from the dose of {iso_date(dose.day)} ({dose.event.id})"


@law(22, "plan", "S3")
def gap_to_sessions(plan: Plan) -> Where:
    """No dose session to come follows the one before it sooner than the least gap."""
    gaps = _gaps(plan)
    for before, after in pairwise(_doses_to_come(plan, STANDING)):
        apart = (after.date - before.date).days
        if after.verdict in OPEN and apart < gaps[after.key]:
            yield after.key, f"is {apart} days after {before.key}"


def allowed_day(plan: Plan, day: int, minute: int, minutes: int) -> bool:
    """Whether clinic, person and zone allow a session of this time and length on a day, and no pause that is over
    covers it.
    """
    course = plan.course
    away = [(first.toordinal(), last.toordinal()) for first, last in course.unavailable]
    for event in plan.folded.availability:
        if event.unavailable is not None and day >= event.from_date.toordinal():
            away = [(first.toordinal(), last.toordinal()) for first, last in event.unavailable]
    shut = [(first, last - 1) for first, last, _, _ in plan.layout.pauses if last is not None]
    clinic = course.clinic
    date = datetime.date.fromordinal(day)
    if clinic is not None:
        spans = clinic.hours.get(WEEKDAYS[date.weekday()], ())
        if clinic.hours and not any(low <= minute and minute + minutes <= high for low, high in spans):
            return False
        shut += [(first.toordinal(), last.toordinal()) for first, last in clinic.closed]
        if clinic.holidays is not None and day in holiday_days(clinic.holidays, date.year):
            return False
    return not any(low <= day <= high for low, high in (*away, *shut))


def _usual(plan: Plan, day: int) -> int:
    minute = plan.course.minute
    for event in plan.folded.availability:
        if event.at is not None and day >= event.from_date.toordinal():
            minute = parse_minute(event.at, "at")
    return minute


@law(23, "plan", "S4", "S8", "S13")
def open_days(plan: Plan) -> Where:
    """A dose session lies on a day that clinic and person allow, the clinic open for the whole of it."""
    for run in plan.layout.runs:
        for laid in run.sessions:
            if not laid.open or laid.basis == "proposed":
                continue
            booked = laid.booked is not None and not laid.released
            minute = laid.minute if booked else _usual(plan, laid.day)
            if not allowed_day(plan, laid.day, minute, laid.minutes):
                yield laid.key, f"is on {iso_date(laid.day)}, a day that is not open to it"


@law(24, "plan", "S15")
def bookings_stand(plan: Plan) -> Where:
    """A booked session stays on its date and at its time, or a finding says that a hard rule forbids it."""
    said = {finding.path for finding in plan.findings if finding.code == "booked-conflict"}
    for run in plan.layout.runs:
        for laid in run.sessions:
            if laid.booked is None or not laid.open or laid.key in said or laid.key == f"{run.key}/1":
                continue
            session = plan.session(laid.key)
            if instant_key(session.at) != instant_key(laid.booked.to) and not plan.folded.zones:
                yield laid.key, f"was booked for {laid.booked.to} and is at {session.at}"


@law(25, "plan", "S5")
def week_cap(plan: Plan) -> Where:
    """In no treatment week lie more dose sessions of a weekly phase than the protocol asks of a week, doses given
    aside, and session 1, which is on Day 1 whatever was given early.
    """
    for run in plan.layout.runs:
        if not isinstance(run.phase.cadence, PerWeek):
            continue
        weeks: dict[int, list[Laid]] = {}
        for laid in run.sessions:
            if laid.cancelled is None and not laid.omitted and laid.basis != "proposed":
                weeks.setdefault((laid.day - plan.layout.day1) // 7, []).append(laid)
        for week, held in weeks.items():
            free = [
                laid
                for laid in held
                if laid.fact is None and (laid.booked is None or laid.released) and not _is_day1(run, laid)
            ]
            if len(held) > run.phase.cadence.per_week and free:
                names = ", ".join(laid.key for laid in held)
                yield run.key, f"{len(held)} sessions in treatment week {week + 1}: {names}"


def _is_day1(run: Run, laid: Laid) -> bool:
    """Whether a session may be the one whose day is Day 1, which no other session moves."""
    return laid.number == 1 and (run.index == 1 or run.first_day != 0)


def _lawful(plan: Plan, run: Run, laid: Laid, day: int) -> bool:
    """Whether a session could be on a day with every other one left where it is."""
    gap = run.protocol.min_gap_days
    if laid.hard_min is not None and day < laid.hard_min:
        return False
    if not allowed_day(plan, day, _usual(plan, day), laid.minutes) or _skipped(plan, day):
        return False
    own = None if laid.dose is None else laid.dose.event.id
    near = [dose.day for dose in plan.folded.doses if dose.event.id != own]
    near += [one.day for other in plan.layout.runs for one in other.sessions if one is not laid]
    if any(abs(day - one) < gap for one in near):
        return False
    cadence = run.phase.cadence
    if not isinstance(cadence, PerWeek):
        return True
    week = (day - plan.layout.day1) // 7
    held = [
        one
        for other in plan.layout.runs
        if isinstance(other.phase.cadence, PerWeek)
        for one in other.sessions
        if one is not laid and (one.day - plan.layout.day1) // 7 == week
    ]
    return len(held) < cadence.per_week


def _moved_from(plan: Plan, laid: Laid) -> int:
    """The day of the last pause or availability that acted before a session: it moved nothing to a day before it."""
    days = [pause[0] for pause in plan.layout.pauses]
    days += [event.from_date.toordinal() for event in plan.folded.availability]
    return max((day for day in days if day <= laid.day), default=0)


def _skipped(plan: Plan, day: int) -> bool:
    from .laws_times import iana, wall_utc

    zone = plan.course.session_zone
    return wall_utc(zone, day, 720).astimezone(iana(zone)).date().toordinal() != day


def _placed(plan: Plan) -> Iterator[tuple[Run, Laid]]:
    """Sessions that the placing was free to put anywhere."""
    for run in plan.layout.runs:
        for laid in run.sessions:
            first = _is_day1(run, laid)
            free = laid.open and laid.dose is None and laid.booked is None and laid.shifted_from is None
            if free and not first and laid.basis != "proposed":
                yield run, laid


@law(26, "plan", "S2", "S6", "S7")
def late_only_of_need(plan: Plan) -> Where:
    """A dose session later than its window had no possible day within it, every other session left where it is, and
    one apart that lay in the past when another was booked; what a pause or an availability moved is not put before it.
    """
    for run, laid in _placed(plan):
        if laid.day > laid.latest and laid.pinned is None:
            for day in range(max(laid.earliest, _moved_from(plan, laid)), laid.latest + 1):
                if _lawful(plan, run, laid, day):
                    yield laid.key, f"is on {iso_date(laid.day)} though {iso_date(day)} was possible"
                    break


@law(27, "plan", "S2")
def off_target_only_of_need(plan: Plan) -> Where:
    """Without a wish for weekdays a dose session lies off its target only where the target's day was not possible, one
    apart that lay in the past when another was booked, or before a pause that its target lies in or behind.
    """
    if plan.course.days or any(event.days for event in plan.folded.availability):
        return
    for run, laid in _placed(plan):
        if laid.day == laid.target or laid.pinned is not None or laid.target < _moved_from(plan, laid):
            continue
        if any(laid.day < first <= laid.target for first, _, _, _ in plan.layout.pauses):
            continue
        if _lawful(plan, run, laid, laid.target):
            yield (
                laid.key,
                f"is on {iso_date(laid.day)} though its target {iso_date(laid.target)} was possible",
            )


@law(28, "plan", "S1", "S14")
def nominal_days(plan: Plan) -> Where:
    """With nothing recorded, wished or closed each phase has its sessions on the days of its cadence, counted from Day
    1 or from the last dose of the phase before.
    """
    course = plan.course
    if course.history or course.clinic or course.unavailable or course.days or plan.what_if:
        return
    last: int | None = None
    for run in plan.layout.runs:
        found = [laid.day for laid in run.sessions]
        expected = _nominal(plan, run, last, len(found))
        days = expected if last is None else [last, *expected]
        spaced = all(b - a >= run.protocol.min_gap_days for a, b in pairwise(days))
        later = run.not_before is not None and bool(found) and found[0] >= run.not_before
        if spaced and found != expected and not (later and last is not None):
            yield run.key, f"is on {found}, its cadence says {expected}"
        last = found[-1] if found else last


def _nominal(plan: Plan, run: Run, last: int | None, count: int) -> list[int]:
    """The days of a phase by its cadence alone, as date ordinals."""
    cadence, day1 = run.phase.cadence, plan.layout.day1
    if isinstance(cadence, Every):
        gaps = cadence.gaps()
        days = [day1 if last is None else last + next(gaps)]
        if last is None:
            next(gaps)
        while len(days) < count:
            days.append(days[-1] + next(gaps))
        return days[:count]
    offsets = cadence.offsets()[:count]
    if last is None:
        return [day1 + offset - offsets[0] for offset in offsets]
    if run.phase.starts_on_grid:
        week = (last - day1) // 7 + 1
        return [day1 + 7 * week + offset for offset in offsets]
    step = offsets[1] - offsets[0] if len(offsets) > 1 else 7
    return [last + step + offset for offset in offsets]
