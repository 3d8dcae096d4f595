"""Each kind of thing that may happen to a course, as the event it becomes; none where there is nothing it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from . import times
from .history import (
    AlertClosed,
    AvailabilityChanged,
    CheckInAnswered,
    CheckInDeclined,
    ClinicalEvent,
    CourseEnded,
    CoursePaused,
    CourseResumed,
    DecisionTaken,
    Event,
    GoAheadGiven,
    ProtocolChanged,
    Retracted,
    ReviewHeld,
    SessionBooked,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    SessionStopped,
    SessionWithheld,
    ZoneChanged,
)
from .strategies_maker import Maker, Move

__all__ = ["HAPPENINGS", "ZONES"]

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Tokyo",
)
"""The boring one first; then those whose clocks change by an hour, by half an hour, at Ramadan, over the date line."""


# -- doses ----------------------------------------------------------------------------------------------


def _given(at: Maker, move: Move) -> Event | None:
    session = at.open_session(min(move.index, 1))
    if session is None:
        return None
    at.go_to(session, move.ahead - 3 if move.level == 3 else 0 if move.level < 2 else move.ahead)
    return SessionGiven(**at.named(), at=at.now, session=session.key)


def _unnamed(at: Maker, move: Move) -> Event | None:
    session = at.open_session(0)
    if session is not None:
        at.go_to(session, move.ahead - 2)
    return SessionGiven(**at.named(), at=at.now)


def _stopped(at: Maker, move: Move) -> Event | None:
    session = at.open_session(min(move.index, 1))
    if session is None:
        return None
    at.go_to(session, move.ahead // 4)
    return SessionStopped(**at.named(), at=at.now, session=session.key, minutes=10)


def _late(at: Maker, move: Move) -> Event | None:
    """A dose recorded late for a session that was said or presumed to be missed."""
    past = [
        one
        for one in at.plan.sessions
        if one.kind == "dose" and one.verdict in ("missed", "presumed-missed", "withheld")
    ]
    if not past:
        return None
    session = past[min(move.index, len(past) - 1)]
    when = at.clock.at(session.date.toordinal(), 11 * 60)
    if times.instant_key(when) > times.instant_key(at.now):
        return None
    return SessionGiven(**at.named(), at=when, session=session.key)


def _missed(at: Maker, move: Move) -> Event | None:
    session = at.open_session(min(move.index, 1))
    if session is None:
        return None
    at.go_to(session, move.ahead)
    return SessionMissed(**at.named(), session=session.key)


def _withheld(at: Maker, move: Move) -> Event | None:
    session = at.open_session(0)
    if session is None:
        return None
    at.go_to(session, 0)
    why = ("blood-pressure", "intoxication", "no-escort", "unwell")[move.level]
    return SessionWithheld(**at.named(), session=session.key, at=at.now, why=why)


def _cancelled(at: Maker, move: Move) -> Event | None:
    session = at.open_session(move.index)
    return None if session is None else SessionCancelled(**at.named(), session=session.key)


def _booked(at: Maker, move: Move) -> Event | None:
    session = at.open_session(move.index)
    if session is None:
        return None
    to = at.clock.at(session.date.toordinal() + move.ahead - 4, (10, 11, 14, 17)[move.level] * 60)
    kind: type[SessionBooked] | type[SessionMoved] = SessionMoved if move.flag else SessionBooked
    return kind(**at.named(), session=session.key, to=to)


def _elsewhere(at: Maker, move: Move) -> Event | None:
    at.wait(move.ahead)
    return ClinicalEvent(**at.named(), at=at.now, kind="dose-elsewhere")


# -- people ---------------------------------------------------------------------------------------------


def _answered(at: Maker, move: Move) -> Event | None:
    """An answer to the latest check-in that has opened: whole and alike, or with one item left out or out of range."""
    at.wait(move.ahead, 90)
    plan = at.plan
    opened = [one for one in plan.checkins if one.opens_key <= plan.now]
    if not opened:
        return None
    one = opened[-1 - min(move.index, len(opened) - 1)]
    primary = at.course.primary
    if primary == "gad-7":
        answers: dict[str, dict[str, Any]] = {"gad-7": {str(n): move.level for n in range(1, 8)}}
    else:
        answers = {"phq-9": {str(n): move.level for n in range(1, 9)} | {"9": int(move.flag)}}
    if move.index == 3 and move.flag:
        next(iter(answers.values()))["4"] = None if move.level else 9
    return CheckInAnswered(**at.named(), checkin=one.key, at=at.now, answers=answers)


def _declined(at: Maker, move: Move) -> Event | None:
    at.wait(move.ahead, 90)
    plan = at.plan
    opened = [one for one in plan.checkins if one.state == "open"]
    return CheckInDeclined(**at.named(), checkin=opened[-1].key) if opened else None


def _review(at: Maker, move: Move) -> Event | None:
    at.wait(move.ahead)
    findings: dict[str, Any] = {"worsening": "yes" if move.flag else "no", "cgi-s": 2 + move.level}
    return ReviewHeld(**at.named(), at=at.now, kind="review", findings=findings)


def _clinical(kind: str) -> Callable[[Maker, Move], Event | None]:
    def made(at: Maker, move: Move) -> Event | None:
        at.wait(move.ahead)
        return ClinicalEvent(**at.named(), at=at.now, kind=kind)

    return made


def _go_ahead(at: Maker, move: Move) -> Event | None:
    session = at.open_session(min(move.index, 1))
    return None if session is None else GoAheadGiven(**at.named(), session=session.key, at=at.now)


def _decided(at: Maker, move: Move) -> Event | None:
    at.wait(move.ahead)
    asked = [one for one in at.plan.decisions if one.state != "taken"]
    if not asked:
        return None
    decision = asked[min(move.index, len(asked) - 1)]
    option = decision.options[min(move.level, len(decision.options) - 1)]
    return DecisionTaken(**at.named(), decision=decision.key, option=option.id, at=at.now)


def _closed(at: Maker, move: Move) -> Event | None:
    at.wait(move.ahead, 30)
    rung = [alert for alert in at.plan.alerts if alert.open]
    if not rung:
        return None
    alert = rung[min(move.index, len(rung) - 1)].key
    return AlertClosed(**at.named(), alert=alert, at=at.now, how="called back")


# -- the course -----------------------------------------------------------------------------------------


def _paused(at: Maker, move: Move) -> Event | None:
    return CoursePaused(**at.named(), from_date=at.date(move.ahead // 2))


def _resumed(at: Maker, move: Move) -> Event | None:
    at.wait(move.ahead)
    return CourseResumed(**at.named(), at=at.now)


def _zone(at: Maker, move: Move) -> Event | None:
    zone = ZONES[(move.index + 4 * move.flag) % len(ZONES)]
    return ZoneChanged(**at.named(), from_date=at.date(move.ahead), zone=zone)


def _availability(at: Maker, move: Move) -> Event | None:
    days: tuple[str, ...] | None = (None, (), ("mon",), ("tue", "fri"))[move.level]
    away = tuple((at.date(move.ahead + n), at.date(move.ahead + n + 3)) for n in (2, 9)[: move.index])
    wall = "14:00" if move.flag else None
    return AvailabilityChanged(
        **at.named(), from_date=at.date(move.ahead), days=days, unavailable=away or None, at=wall
    )


def _protocol(at: Maker, move: Move) -> Event | None:
    """To another phase of the same protocol, from a date on."""
    phases = at.course.protocol.phases
    phase = phases[min(move.index, len(phases) - 1)].id
    name = at.course.protocol.id
    return ProtocolChanged(**at.named(), from_date=at.date(move.ahead), protocol=name, phase=phase)


def _ended(at: Maker, move: Move) -> Event | None:
    at.wait(move.ahead)
    return CourseEnded(**at.named(), at=at.now)


def _retracted(at: Maker, move: Move) -> Event | None:
    history = at.course.history
    gone = {one.event for one in history if isinstance(one, Retracted)}
    left = [one for one in history if not isinstance(one, Retracted) and one.id not in gone]
    if not left:
        return None
    return Retracted(**at.named(), event=left[-1 - min(move.index, len(left) - 1)].id)


def _conflict(at: Maker, move: Move) -> Event | None:
    """The id of an earlier dose once more, with another time."""
    doses = [one for one in at.course.history if isinstance(one, SessionGiven)]
    if not doses:
        return None
    first = doses[-1 - min(move.index, len(doses) - 1)]
    return evolve(first, recorded_at=at.now, at=at.clock.after(first.at, -60))


HAPPENINGS: Mapping[str, Callable[[Maker, Move], Event | None]] = {
    "given": _given,
    "missed": _missed,
    "answered": _answered,
    "decided": _decided,
    "cancelled": _cancelled,
    "booked": _booked,
    "stopped": _stopped,
    "withheld": _withheld,
    "unnamed": _unnamed,
    "late": _late,
    "go-ahead": _go_ahead,
    "review": _review,
    "declined": _declined,
    "closed": _closed,
    "elsewhere": _elsewhere,
    "availability": _availability,
    "zone": _zone,
    "paused": _paused,
    "resumed": _resumed,
    "retracted": _retracted,
    "protocol": _protocol,
    "admission": _clinical("admission"),
    "pregnancy": _clinical("pregnancy"),
    "conflict": _conflict,
    "ended": _ended,
    "death": _clinical("death"),
}
"""Every kind of move, the most ordinary first."""
