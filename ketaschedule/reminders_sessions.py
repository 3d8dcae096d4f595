"""What is told of a session: to come, to prepare, to bring someone, to go home safely, and what is missing.

Nobody is asked to come to a session that is proposed, waiting, called off or past. Hours of the day are the
clinic's, or at home the person's; contact hours come later.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from . import times
from .days import EPOCH_DAY
from .reminders_ground import Gathering
from .reminders_kinds import KINDS, Audience
from .reminders_model import DAY
from .session_model import Session
from .words import step_message

__all__ = ["OPEN", "invited", "session_candidates"]

TOLD_AT = 10 * 60
"""The wall time at which a visit of another day is spoken of (house)."""
TODAY_BEFORE = 3 * 3600
"""How long before a visit it is spoken of on its own day, in seconds (house)."""
STEP_BEFORE = 3600
"""How long before a step of the session day it is told, in seconds (house)."""
STEP_MOST = 8 * DAY
"""Further than any step lies from its session: a protocol may say seven days."""
UNRECORDED_USEFUL = 7 * DAY
_BACK, _AHEAD = 90 * DAY, 40 * DAY
"""How far from its session anything is told of it: a window may end weeks after it, and a clinic be closed."""
OPEN = frozenset(("planned", "due", "overdue", "presumed-missed"))
DONE = frozenset(("given", "stopped"))
_FORM = "monitoring-form"


def session_candidates(into: Gathering) -> None:
    """Gather what is told of the sessions near the stretch."""
    for session in _near(into):
        _session(into, session)


def _near(into: Gathering) -> Iterator[Session]:
    sessions = into.ground.plan.sessions
    first = bisect_left(sessions, into.since - _BACK, key=_at)
    last = bisect_left(sessions, into.until + _AHEAD, key=_at)
    yield from sessions[first:last]


def _at(session: Session) -> int:
    return times.instant_key(session.at)


def _session(into: Gathering, session: Session) -> None:
    ground = into.ground
    open_, at = session.verdict in OPEN, _at(session)
    held = session.basis in ("protocol", "held")
    home = session.kind == "dose" and session.key.rpartition("/")[0] in ground.at_home
    if open_ and held:
        if session.kind == "dose" and home:
            _home(into, session, at)
        elif session.kind == "dose":
            _visit(into, session, at)
        else:
            _companion(into, session, at)
        if session.kind == "dose":
            _steps(into, session, at)
    if session.kind == "dose":
        if (open_ and held) or session.verdict in DONE:
            _afterwards(into, session, at)
        if session.verdict in DONE:
            _form(into, session)
        if open_ and held:
            _unrecorded(into, session, at)
        elif open_ and home and session.basis == "waiting":
            _go_ahead(into, session, at)


def _visit(into: Gathering, session: Session, at: int) -> None:
    ground, day = into.ground, session.date.toordinal()
    if not into.spans(at - 9 * DAY, at):
        return
    values = {"visit_at": session.at}
    week, before = ground.wall(day - 7, TOLD_AT), ground.wall(day - 1, TOLD_AT)
    for audience, words, bar in invited(into, session):
        into.add(
            session.key, "week", audience, f"{words}-week", week, at, ground.wall(day - 1, 0), values,
            "R1", "a week before the visit", bar=bar,
        )  # fmt: skip
        into.add(
            session.key, "day", audience, f"{words}-day", before, at, ground.wall(day, 0), values,
            "R1", "the day before the visit", bar=bar,
        )  # fmt: skip
        into.add(
            session.key, "today", audience, f"{words}-today", at - TODAY_BEFORE, at, at, values,
            "R1", "on the day of the visit", bar=bar,
        )  # fmt: skip


def _home(into: Gathering, session: Session, at: int) -> None:
    """A session at home is spoken of on its own day only, and only once it has its go-ahead."""
    into.add(
        session.key, "home-today", "patient", "visit-home-today", at - TODAY_BEFORE, at, at, {},
        "R1", "on the day of a session that has its go-ahead", bar=into.ground.bar,
    )  # fmt: skip


def _companion(into: Gathering, session: Session, at: int) -> None:
    day = session.date.toordinal()
    message = f"visit-{session.kind}"
    into.add(
        session.key, "day", "patient", message, into.ground.wall(day - 1, TOLD_AT), at, at,
        {"visit_at": session.at}, "R1", "the day before", bar=into.ground.bar,
    )  # fmt: skip


def invited(into: Gathering, session: Session) -> list[tuple[Audience, str, str]]:
    """Who is told of a visit, in whose words, and why not where that is so."""
    ground = into.ground
    found: list[tuple[Audience, str, str]] = [("patient", "visit", ground.bar)]
    if any(step.audience == "escort" for step in session.rules):
        agreed = "" if ground.allows("escort", "reminders") else "no-consent"
        found.append(("escort", "escort", ground.bar or agreed))
    return found


def _steps(into: Gathering, session: Session, at: int) -> None:
    """What is done before and at the session; what is counted from its end has no instant before it ends."""
    ground = into.ground
    ends = times.instant_key(session.ends)
    if not into.spans(at - STEP_MOST, ends + STEP_MOST):
        return
    seen: dict[str, int] = {}
    for step in session.rules:
        name = f"{step.what}/{step.audience}"
        seen[name] = seen.get(name, 0) + 1
        if step.audience == "escort" and step.what == "escort":
            continue  # told of the visit itself, in words for an escort
        if f"step-{step.what}" not in KINDS or (step.anchor == "dose-end" and step.audience != "proxy"):
            continue
        offset = 60 * (step.offset_minutes or 0)
        if not into.near(at + offset - STEP_BEFORE, ends):
            continue
        timed = step.offset_minutes is not None and step.anchor in ("arrival", "dose-start")
        begins = at + offset if timed else at
        placed = session.at.add(seconds=begins - at)
        audience, bar = _audience(step.audience), ground.bar
        natural, by, useful = begins - STEP_BEFORE, begins, at
        if offset <= -DAY // 2:
            natural, by = begins, at
        if audience == "clinic":
            natural, by, useful, bar = begins, begins, ends, ""
        if audience == "escort" and not ground.allows("escort", "reminders"):
            bar = bar or "no-consent"
        if audience == "proxy" and ground.course.monitor is None:
            bar = bar or "no-consent"
        into.add(
            session.key, f"step-{step.what}", audience, step_message(step.what, audience), natural, at, useful,
            {"visit_at": session.at, "step_at": placed},
            "R1", f"a step of the session day ({step.source})", number=seen[name], by=by, bar=bar,
        )  # fmt: skip


def _audience(name: str) -> Audience:
    found: dict[str, Audience] = {"escort": "escort", "proxy": "proxy", "clinic": "clinic"}
    return found.get(name, "patient")


def _afterwards(into: Gathering, session: Session, at: int) -> None:
    """What to mind on the way home and after, told when the session is planned to end."""
    ends = times.instant_key(session.ends)
    ground = into.ground
    useful = ground.wall(session.date.toordinal() + 1, 0)
    if not into.near(ends, useful):
        return
    for step in session.rules:
        if step.audience == "patient" and step.what in ("after-care", "no-driving"):
            into.add(
                session.key, f"step-{step.what}", "patient", f"step-{step.what}", ends, at, useful, {},
                "R1", f"a step of the session day ({step.source})", bar=ground.bar,
            )  # fmt: skip


def _form(into: Gathering, session: Session) -> None:
    """The monitoring form of a dose given: the morning after, and the last working day before it is due."""
    within = next((one.within_days for one in session.rules if one.what == _FORM), None)
    if within is None:
        return
    ground, day = into.ground, session.date.toordinal()
    due = day + within
    mornings = sorted({ground.working_from(day + 1), ground.working_until(due)})
    for number, morning in enumerate(mornings, start=1):
        into.add(
            session.key, "form-due", "clinic", "clinic-form-due", ground.morning(morning), ground.wall(due, 0),
            ground.wall(due + 1, 0), {"visit_at": session.at, "days": max(0, due - morning)},
            "R6", f"the form is due within {within} days of the dose", number=number,
        )  # fmt: skip


def _unrecorded(into: Gathering, session: Session, at: int) -> None:
    """The clinic is asked what happened, from the morning on which nothing recorded means presumed missed."""
    ground = into.ground
    day = max(session.latest, session.date).toordinal() + 1
    earliest = (day - EPOCH_DAY) * DAY
    if not into.spans(earliest - DAY, earliest + 32 * DAY + UNRECORDED_USEFUL):
        return
    natural = ground.morning(ground.working_from(day))
    into.add(
        session.key, "unrecorded", "clinic", "clinic-unrecorded", natural, at, natural + UNRECORDED_USEFUL,
        {"visit_at": session.at}, "M3", "the window has passed and nothing is recorded",
    )  # fmt: skip


def _go_ahead(into: Gathering, session: Session, at: int) -> None:
    """A session at home waits for a clinician's word: the clinic is told the working day before."""
    ground = into.ground
    if session.key in ground.folded.go_aheads or ground.plan.layout.by_key[session.key].wait is not None:
        return
    natural = ground.morning(ground.working_until(session.date.toordinal() - 1))
    into.add(
        session.key, "home-go-ahead", "clinic", "clinic-home-go-ahead", natural, at, at,
        {"visit_at": session.at}, "S16", "a session at home waits for a go-ahead",
    )  # fmt: skip
