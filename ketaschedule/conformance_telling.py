"""What the library answers to a vector of the conformance pack about telling people: reminders, digests, a phone.

Plain JSON values, as in :mod:`ketaschedule.conformance_answers`; every instant is in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ketaschedule.times import clock, instant_key, iso, parse_instant

if TYPE_CHECKING:
    from ketaschedule.reminders import Reminder

__all__ = ["arm_answer", "digests_answer", "reminders_answer"]

Vector = Mapping[str, Any]


def _utc(instant: datetime) -> str:
    return iso(clock("UTC").from_key(instant_key(instant))).replace("+00:00", "Z")


def _stretch(vector: Vector) -> tuple[Reminder, ...]:
    """All that a stretch of a course has, told and dropped."""
    from ketaschedule.course_files import course_from
    from ketaschedule.planner import make_plan
    from ketaschedule.reminders import reminders

    since, until = (parse_instant(vector[name], name) for name in ("since", "until"))
    as_of = parse_instant(vector.get("as_of", vector["until"]), "as_of")
    plan = make_plan(course_from(vector["course"]), as_of=as_of)
    return tuple(reminders(plan, since, until, include_dropped=True, caps=vector.get("caps")))


def reminders_answer(vector: Vector) -> dict[str, Any]:
    """What a stretch has, told and dropped, one for each key: of several revisions the one that is told."""
    found: dict[str, Reminder] = {}
    for one in _stretch(vector):
        if one.key not in found or one.state == "told":
            found[one.key] = one
    return {"reminders": [_told(one) for one in found.values()]}


def _told(one: Reminder) -> dict[str, Any]:
    instants = {name: _utc(getattr(one, name)) for name in ("natural", "item_at", "useful_until", "fires_at")}
    plain = {name: getattr(one, name) for name in ("key", "revision", "state", "why", "provisional")}
    return {name: value for name, value in (plain | instants).items() if value is not None}


def digests_answer(vector: Vector) -> dict[str, Any]:
    """What a stretch tells, gathered as it may be shown: by audience and instant, in order of time."""
    from ketaschedule.reminders_digest import digests

    shown = [
        {
            "audience": one.audience,
            "fires_at": _utc(one.fires_at),
            "joined": one.joined,
            "reminders": sorted(part.key for part in one.reminders),
        }
        for one in digests(_stretch(vector))
    ]
    return {"digests": sorted(shown, key=lambda one: (one["fires_at"], one["audience"], one["reminders"]))}


def arm_answer(vector: Vector) -> dict[str, Any]:
    """What a phone holds, by key and in order of time; what it does not, and why; when it must ask again."""
    from ketaschedule.arming import arm
    from ketaschedule.course_files import course_from
    from ketaschedule.planner import make_plan

    plan = make_plan(course_from(vector["course"]), as_of=parse_instant(vector["as_of"], "as_of"))
    found = arm(plan, budget=vector["budget"], horizon=vector["horizon_days"])
    return {
        "held": [one.key for one in found.held],
        "run_out": [] if found.run_out is None else [_utc(found.run_out.fires_at)],
        "left_out": [{"key": one.reminder.key, "why": one.why} for one in found.left_out],
        "refill_by": _utc(found.refill_by),
        "lapses_at": _utc(found.lapses_at),
    }
