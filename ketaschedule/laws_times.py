"""Laws of instants, against the standard library's own zones: wall times, gaps, repeats, dates, steps, windows.

The twin here is slow and obvious: a wall time that does not survive the way to UTC and back lies in a gap, and
the minutes after it are tried one by one. It shares no code with :mod:`ketaschedule.times`.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from .checkins import CheckIn
from .history import ZoneChanged
from .laws_form import Where, law
from .plan import Plan
from .session_model import Session

__all__ = ["checkin_dates", "ends", "iana", "session_dates", "step_times", "wall_times", "wall_utc"]

_MINUTE = datetime.timedelta(minutes=1)
_UTC = datetime.UTC


@lru_cache(maxsize=512)
def iana(name: str) -> ZoneInfo:
    """The standard library's zone of this name, read from the ``tzdata`` package whatever the machine has."""
    if name == "UTC":
        name = "Etc/UTC"
    place = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    with place.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=16384)
def wall_utc(zone: str, day: int, minute: int) -> datetime.datetime:
    """The instant of a wall time in UTC: the first of two, the first after a gap, found minute by minute.

    >>> wall_utc("America/New_York", datetime.date(2026, 3, 8).toordinal(), 150).hour
    7
    """
    naive = datetime.datetime.combine(datetime.date.fromordinal(day), datetime.time()) + minute * _MINUTE
    info = iana(zone)
    for _ in range(2 * 1440):
        there = naive.replace(tzinfo=info).astimezone(_UTC)
        if there.astimezone(info).replace(tzinfo=None, fold=0) == naive:
            return there
        naive += _MINUTE
    raise AssertionError(f"{zone} leaves out two days")


def _utc(value: datetime.datetime) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(value.timestamp(), _UTC)


@law(10, "plan", "S9", "S10")
def wall_times(plan: Plan) -> Where:
    """A session is at its wall time in its zone: in a gap the first instant after it, of two the first."""
    minutes = {laid.key: laid.minute for laid in plan.layout.all_sessions()}
    for session in plan.sessions:
        zone = session.at.timezone_name or ""
        expected = wall_utc(zone, session.date.toordinal(), minutes[session.key])
        if _utc(session.at) != expected:
            yield (
                session.key,
                f"{minutes[session.key]} minutes after midnight is {expected}, not {session.at}",
            )


@law(11, "plan")
def session_dates(plan: Plan) -> Where:
    """A session untouched by bookings is at the course's usual time, in the clinic's zone where there is a clinic; its
    offset is that zone's.
    """
    usual = plan.course.minute
    plain = not plan.folded.availability
    for laid in plan.layout.all_sessions():
        if plain and laid.booked is None and laid.kind == "dose" and laid.minute != usual:
            yield laid.key, f"is at minute {laid.minute}, the course's usual time is {usual}"
    for session in plan.sessions:
        zone = session.at.timezone_name or ""
        if plan.course.clinic is not None and zone != plan.course.clinic.zone:
            yield session.key, f"is in {zone}, the clinic in {plan.course.clinic.zone}"
        if session.at.utcoffset() != _utc(session.at).astimezone(iana(zone)).utcoffset():
            yield session.key, f"{session.at} has an offset that {zone} does not have then"


@law(12, "plan")
def ends(plan: Plan) -> Where:
    """A session ends the protocol's minutes of elapsed time after it begins."""
    for laid in plan.layout.all_sessions():
        session = plan.session(laid.key)
        took = (_utc(session.ends) - _utc(session.at)) // _MINUTE
        if took != laid.minutes:
            yield session.key, f"lasts {took} minutes and should last {laid.minutes}"
    for run in plan.layout.runs:
        for laid in run.sessions:
            if laid.minutes != run.protocol.session_minutes:
                yield (
                    laid.key,
                    f"holds {laid.minutes} minutes, the protocol asks {run.protocol.session_minutes}",
                )


@law(13, "plan")
def step_times(plan: Plan) -> Where:
    """A step before or at a dose is its minutes from the session's instant; one that ends with a night has a date and
    no clock time.
    """
    for session in plan.sessions:
        yield from _steps(session)


def _steps(session: Session) -> Where:
    for step in session.steps:
        if step.offset_minutes is not None and step.at is not None:
            away = (_utc(step.at) - _utc(session.at)) // _MINUTE
            if away != step.offset_minutes:
                yield session.key, f"{step.what} is {away} minutes away, and should be {step.offset_minutes}"
        if step.until is not None and (step.at is not None or step.until_date is None):
            yield session.key, f"{step.what} ends with a condition, and has a clock time or no date"


@law(14, "plan")
def checkin_dates(plan: Plan) -> Where:
    """A check-in opens before or when it is due and closes after, half-open; its date is the person's."""
    moved = any(isinstance(event, ZoneChanged) for event in plan.course.history)
    for one in plan.checkins:
        yield from _dated(one, moved)


def _dated(one: CheckIn, moved: bool) -> Where:
    """Of a check-in that had opened before the person moved to another zone the date may be that of the zone before."""
    if not one.opens_key <= one.due_key <= one.closes_key or one.opens_key == one.closes_key:
        yield one.key, f"opens {one.opens}, is due {one.due}, closes {one.closes}"
    local = datetime.datetime.fromtimestamp(one.due_key, iana(one.zone))
    if abs(local.date().toordinal() - one.date.toordinal()) > moved:
        yield one.key, f"is dated {one.date} and due {one.due}"
