"""What differs between two plans, by key; and what one event, or one option of a Decision, would change.

A key that is in both plans with the same times and the same standing is unchanged; other times make it
moved; the same times with another standing (verdict, basis, state) make it changed.
"""

from __future__ import annotations

from collections.abc import Mapping

import pendulum
from attrs import frozen

from . import times
from .course import Course
from .decisions import Decision
from .errors import UnknownNameError
from .history import DecisionTaken, Event
from .plan import Plan
from .planner import default_as_of, make_plan
from .sessions import Session

__all__ = ["Change", "Changes", "changes", "preview", "preview_options"]


@frozen
class Change:
    """One key that differs. ``before`` and ``after`` are what was and what is; absent where there was none."""

    key: str
    kind: str
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None


@frozen(kw_only=True)
class Changes:
    """The difference of two plans; each tuple in order of key.

    ``first_date`` is the first local date on which the two differ in a dose session, where they do.
    """

    added: tuple[Change, ...]
    moved: tuple[Change, ...]
    changed: tuple[Change, ...]
    removed: tuple[Change, ...]
    unchanged: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.moved or self.changed or self.removed)

    @property
    def first_date(self) -> pendulum.Date | None:
        """The first date on which the plans differ in a session to come."""
        dates = [
            side["date"]
            for change in (*self.added, *self.moved, *self.removed, *self.changed)
            for side in (change.before, change.after)
            if change.kind == "session" and side is not None
        ]
        return times.parse_date(min(dates), "date") if dates else None


_TIMING = {
    "session": ("date", "at", "ends", "earliest", "target", "latest"),
    "decision": ("due", "raised"),
    "checkin": ("opens", "due", "closes"),
}


def _session(session: Session) -> dict[str, str]:
    return {
        "date": session.date.isoformat(),
        "at": times.iso(session.at),
        "ends": times.iso(session.ends),
        "earliest": session.earliest.isoformat(),
        "target": session.target.isoformat(),
        "latest": session.latest.isoformat(),
        "verdict": session.verdict,
        "basis": session.basis,
    }


def _decision(decision: Decision) -> dict[str, str]:
    found = {"raised": decision.raised.isoformat(), "due": decision.due.isoformat(), "state": decision.state}
    if decision.taken is not None:
        found["taken"] = decision.taken
    return found


def _items(plan: Plan) -> dict[str, tuple[str, dict[str, str]]]:
    items: dict[str, tuple[str, dict[str, str]]] = {}
    for session in plan.sessions:
        items[session.key] = ("session", _session(session))
    for decision in plan.decisions:
        items[decision.key] = ("decision", _decision(decision))
    return items


def changes(before: Plan, after: Plan) -> Changes:
    """What differs between two plans of one course, by key."""
    old, new = _items(before), _items(after)
    added = [Change(key, new[key][0], None, new[key][1]) for key in new if key not in old]
    removed = [Change(key, old[key][0], old[key][1], None) for key in old if key not in new]
    moved: list[Change] = []
    changed: list[Change] = []
    same: list[str] = []
    for key in old:
        if key not in new:
            continue
        kind, was = old[key]
        now = new[key][1]
        if was == now:
            same.append(key)
        elif any(was.get(name) != now.get(name) for name in _TIMING[kind]):
            moved.append(Change(key, kind, was, now))
        else:
            changed.append(Change(key, kind, was, now))

    def ordered(found: list[Change]) -> tuple[Change, ...]:
        return tuple(sorted(found, key=lambda change: change.key))

    return Changes(
        added=ordered(added),
        moved=ordered(moved),
        changed=ordered(changed),
        removed=ordered(removed),
        unchanged=tuple(sorted(same)),
    )


def preview(
    course: Course,
    event: Event,
    as_of: pendulum.DateTime | None = None,
    *,
    weeks: int | None = None,
    until: pendulum.Date | None = None,
) -> Changes:
    """What recording ``event`` would change, by the code path of recording it.

    Both plans are made at the later of ``as_of`` and the event's ``recorded_at``, so that nothing but
    the event differs. Raises :class:`InputError` as :func:`make_plan` does.
    """
    now = as_of if as_of is not None else default_as_of(course)
    if times.instant_key(event.recorded_at) > times.instant_key(now):
        now = event.recorded_at
    before = make_plan(course, as_of=now, weeks=weeks, until=until)
    after = make_plan(course.with_events(event), as_of=now, weeks=weeks, until=until)
    return changes(before, after)


def preview_options(plan: Plan, key: str) -> dict[str, Changes]:
    """For each option of a Decision of ``plan`` what taking it at ``as_of`` would change, by option id."""
    decision = next((one for one in plan.decisions if one.key == key), None)
    if decision is None:
        raise UnknownNameError.of("decision", key, [one.key for one in plan.decisions], "decision")
    found: dict[str, Changes] = {}
    for option in decision.options:
        event = DecisionTaken(
            id=f"preview-{option.id}",
            course=plan.course.id,
            recorded_at=plan.as_of,
            decision=key,
            option=option.id,
            at=plan.as_of,
        )
        found[option.id] = preview(plan.course, event, plan.as_of, weeks=plan.weeks, until=plan.until)
    return found
