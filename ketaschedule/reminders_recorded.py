"""What is told because something was recorded: a visit that moved, one called off, one missed.

Its instant is that of the record, however far ahead the visit is, so these are found by their records and not by
the dates of sessions.
"""

from __future__ import annotations

from bisect import bisect_left

from attrs import frozen

from .checkin_past import known_from
from .days import instant_key
from .history import SessionCancelled, SessionMissed, SessionMoved
from .plan import Plan
from .reminders_ground import Gathering
from .reminders_model import DAY
from .reminders_sessions import OPEN, invited
from .session_model import Session

__all__ = ["recorded_candidates"]

MISSED_USEFUL = 3 * DAY
"""How long a word about a recorded miss is of use, in seconds (house)."""


@frozen
class _Record:
    """One thing recorded of a session that is told: ``known`` in UTC seconds, ``number`` among its like."""

    known: int
    kind: str
    session: Session
    number: int = 1


def recorded_candidates(into: Gathering) -> None:
    """Gather what is told of records made in the stretch, or before it where they are late."""
    records = _records(into.ground.plan)
    first = 0 if into.late else bisect_left(records, into.since - 3 * DAY, key=_known)
    for record in records[first:]:
        if record.known >= into.until:
            return
        _tell(into, record)


def _known(record: _Record) -> int:
    return record.known


def _records(plan: Plan) -> list[_Record]:
    """The records of a plan in order of time, kept with it."""
    kept: list[_Record] | None = plan.__dict__.get("_told_records")
    if kept is None:
        kept = plan.__dict__["_told_records"] = sorted(
            _found(plan), key=lambda one: (one.known, one.session.key)
        )
    return kept


def _found(plan: Plan) -> list[_Record]:
    folded = plan.folded
    if not folded.facts and not folded.bookings:
        return []
    found: list[_Record] = []
    for session in plan.sessions:
        facts = folded.facts.get(session.key, ())
        if session.verdict == "cancelled":
            known = [known_from(one) for one in facts if isinstance(one, SessionCancelled)]
            if known:
                found.append(_Record(max(known), "cancelled", session))
        elif session.verdict == "missed":
            known = [known_from(one) for one in facts if isinstance(one, SessionMissed)]
            if known:
                found.append(_Record(max(known), "missed", session))
        elif session.verdict in OPEN and session.basis in ("protocol", "held") and session.booked is True:
            ordered = sorted(folded.bookings[session.key], key=lambda one: (one.recorded_key, one.id))
            moves = [one for one in ordered if isinstance(one, SessionMoved)]
            if moves and instant_key(ordered[-1].to) == instant_key(moves[-1].to):
                found.append(_Record(known_from(moves[-1]), "moved", session, len(moves)))
    return found


def _tell(into: Gathering, record: _Record) -> None:
    session, known = record.session, record.known
    at = instant_key(session.at)
    if record.kind == "missed":
        into.add(
            session.key, "missed", "patient", "visit-missed", known, at, known + MISSED_USEFUL, {},
            "R1", "a miss was recorded", bar=into.ground.bar,
        )  # fmt: skip
        return
    if known >= at or (record.kind == "cancelled" and not _expected(into.ground.plan, record)):
        return
    text = "the visit was called off" if record.kind == "cancelled" else "the visit was moved"
    for audience, words, bar in invited(into, session):
        into.add(
            session.key, record.kind, audience, f"{words}-{record.kind}", known, at, at,
            {"visit_at": session.at}, "R1", text, number=record.number, bar=bar,
        )  # fmt: skip


def _expected(plan: Plan, record: _Record) -> bool:
    """Whether anybody had a session to expect when it was called off; not one that was proposed or waited."""
    before = plan.stood(record.known - 1)
    if before is None:
        return True
    return any(
        one.key == record.session.key and one.basis not in ("proposed", "waiting") for one in before.sessions
    )
