"""What differs between two plans, by key; and what one event, or one option of a Decision, would change.

A key that is in both plans with the same times and the same standing is unchanged; other times make it
moved; the same instants with another standing (verdict, basis, state), or on another clock, make it changed. Sessions, Decisions,
check-ins and Alerts are told; the last two are worked out only here, so a plan alone costs no more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import overload

import pendulum
from attrs import frozen

from . import times
from .alerts import Alert
from .arming import Armed, ArmedChanges, arm_changes
from .checkins import CheckIn
from .course import Course
from .decisions import Decision
from .errors import UnknownNameError, expect, one_fault
from .history import DecisionTaken, Event
from .plan import Plan
from .plan_file import AlertItem, CheckInItem, DecisionItem, PlanFile, SessionItem
from .planner import default_as_of, make_plan
from .session_model import Session

__all__ = ["KINDS", "Change", "Changes", "changes", "preview", "preview_options"]

KINDS = ("session", "decision", "checkin", "alert")
"""What two plans are compared by."""


@frozen
class Change:
    """One key that differs: of a ``session``, ``decision``, ``checkin`` or ``alert``, as ``kind`` says.

    ``before`` and ``after`` are what was and what is; absent where there was none. A check-in goes by the key
    of the item that leads; under ``with`` are the keys of those asked together with it.
    """

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
    "alert": (),
}


def _session(session: Session | SessionItem) -> dict[str, str]:
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


def _decision(decision: Decision | DecisionItem) -> dict[str, str]:
    found = {"raised": decision.raised.isoformat(), "due": decision.due.isoformat(), "state": decision.state}
    if decision.taken is not None:
        found["taken"] = decision.taken
    return found


def _checkin(one: CheckIn | CheckInItem) -> dict[str, str]:
    found = {
        "due": times.iso(one.due),
        "asks": ", ".join(one.instruments),
        "opens": times.iso(one.opens),
        "closes": times.iso(one.closes),
        "state": one.state,
    }
    if one.merged:
        found["with"] = ", ".join(one.merged)
    return found


def _alert(alert: Alert | AlertItem) -> dict[str, str]:
    found = {"kind": alert.kind, "text": alert.text, "times": str(alert.times), "rings": str(alert.rings)}
    found["state"] = "open" if alert.open else "closed"
    if alert.level is not None:
        found["level"] = str(alert.level)
    return found


def _items(plan: Plan | PlanFile, kinds: Collection[str]) -> dict[str, tuple[str, dict[str, str]]]:
    items: dict[str, tuple[str, dict[str, str]]] = {}
    if "session" in kinds:
        items.update((one.key, ("session", _session(one))) for one in plan.sessions)
    if "decision" in kinds:
        items.update((one.key, ("decision", _decision(one))) for one in plan.decisions)
    if "checkin" in kinds:
        items.update((one.key, ("checkin", _checkin(one))) for one in plan.checkins)
    if "alert" in kinds:
        items.update((one.key, ("alert", _alert(one))) for one in plan.alerts)
    return items


def _other_time(was: str, now: str) -> bool:
    """Whether two dates, or two instants whatever the clock they are written by, differ."""
    if was == now or "T" not in was:
        return was != now
    return times.parse_instant(was, "at") != times.parse_instant(now, "at")


@overload
def changes(before: Armed, after: Armed) -> ArmedChanges: ...
@overload
def changes(before: Plan | PlanFile, after: Plan | PlanFile, *, kinds: Collection[str] = ...) -> Changes: ...
def changes(
    before: Plan | PlanFile | Armed, after: Plan | PlanFile | Armed, *, kinds: Collection[str] = KINDS
) -> Changes | ArmedChanges:
    """What differs between two plans of one course, by key; of the ``kinds`` named, by default all.

    Either may be a plan read back from its file: so a backend that kept one sees each instant that a new
    edition of the zone table has moved. Of what a phone holds and what it should hold (:func:`arm`) it is what to
    cancel, add and move (:func:`arm_changes`).

    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("ketamine-iv-single"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> early, later = (make_plan(course, as_of=pendulum.datetime(2026, 11, day)) for day in (1, 30))
    >>> [(one.key, one.after["state"]) for one in changes(early, later, kinds=("checkin",)).changed]
    [('c-1/first/1/ask/baseline/1', 'open')]
    """
    if isinstance(before, Armed) or isinstance(after, Armed):
        if not (isinstance(before, Armed) and isinstance(after, Armed)):
            raise one_fault(
                "after", "a plan and what a phone holds cannot be compared", "two plans, or two of arm()"
            )
        return arm_changes(before, after)
    old, new = _items(before, kinds), _items(after, kinds)
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
        elif any(_other_time(was[name], now[name]) for name in _TIMING[kind]):
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
    kinds: Collection[str] = KINDS,
) -> Changes:
    """What recording ``event`` would change, by the code path of recording it; of the ``kinds`` named.

    Both plans are made at the later of ``as_of`` and the event's ``recorded_at``, so that nothing but
    the event differs. Raises :class:`InputError` as :func:`make_plan` does.
    """
    expect(course, Course, "course", "a Course; course_from makes one of plain values")
    expect(event, Event, "event", "an event; event_from makes one of plain values")
    now = as_of if as_of is not None else default_as_of(course)
    if times.instant_key(event.recorded_at) > times.instant_key(now):
        now = event.recorded_at
    before = make_plan(course, as_of=now, weeks=weeks, until=until)
    after = make_plan(course.with_events(event), as_of=now, weeks=weeks, until=until)
    return changes(before, after, kinds=kinds)


def preview_options(plan: Plan, key: str, *, kinds: Collection[str] = KINDS) -> dict[str, Changes]:
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
        found[option.id] = preview(
            plan.course, event, plan.as_of, weeks=plan.weeks, until=plan.until, kinds=kinds
        )
    return found
