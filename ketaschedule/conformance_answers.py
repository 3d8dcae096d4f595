"""What the library answers to a vector of the conformance pack, as plain JSON values.

One short function for each kind of question (``ask``). A library in another language writes the same few
functions and runs the same pack; ``docs/conformance.md`` lists the inputs and the answer of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import asdict

from ketaschedule.conformance_telling import arm_answer, digests_answer, reminders_answer
from ketaschedule.errors import InputError
from ketaschedule.times import (
    WEEKDAYS,
    clock,
    instant_key,
    iso,
    iso_date,
    ordinal,
    parse_date,
    parse_instant,
    parse_minute,
)

if TYPE_CHECKING:
    from ketaschedule.trajectory import Crossing, Trajectory

__all__ = ["ANSWERS", "trajectory_of"]

Vector = Mapping[str, Any]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is absent: an answer holds no nulls."""
    return {name: value for name, value in values.items() if value is not None}


def _plan(vector: Vector) -> dict[str, Any]:
    """The plan of a course at an instant, as its JSON."""
    from ketaschedule.course_files import course_from
    from ketaschedule.formats.json import plan_to_json
    from ketaschedule.planner import make_plan

    as_of = parse_instant(vector["as_of"], "as_of")
    return plan_to_json(make_plan(course_from(vector["course"]), as_of=as_of, weeks=vector.get("weeks")))


def _refused(vector: Vector) -> dict[str, Any]:
    """Where and with which codes a course is refused; nowhere where it is read."""
    from ketaschedule.course_files import course_from

    try:
        course_from(vector["course"])
    except InputError as error:
        return {"faults": [{"path": fault.path, "code": fault.code} for fault in error.faults]}
    return {"faults": []}


def _keys(vector: Vector) -> dict[str, Any]:
    """The keys of a plan's items, kind by kind, in its order; a check-in's own keys and those merged into it."""
    plan = _plan(vector)
    found = {
        kind: [item["key"] for item in plan[kind]] for kind in ("sessions", "decisions", "alerts", "extra")
    }
    found["checkins"] = [key for item in plan["checkins"] for key in (item["key"], *item["merged"])]
    return found


def _uid(vector: Vector) -> dict[str, Any]:
    """The UID of a calendar entry."""
    from ketaschedule.formats.ics import calendar_uid

    return {"uid": calendar_uid(vector["key"], vector["namespace"])}


def _key(vector: Vector) -> dict[str, Any]:
    """The key of a reminder, from its parts."""
    from ketaschedule.reminders import reminder_key

    return {"key": reminder_key(vector["item"], vector["reminder"], vector["audience"], vector["number"])}


def _revision(vector: Vector) -> dict[str, Any]:
    """The hash over three instants that tells one timing of a reminder from another."""
    from ketaschedule.reminders import revision_of

    names = ("natural", "item_at", "useful_until")
    return {"revision": revision_of(*(instant_key(parse_instant(vector[name], name)) for name in names))}


def _history(vector: Vector) -> dict[str, Any]:
    """The ids of the events that the lines of a history hold, and which lines cannot be read."""
    from ketaschedule.history_files import read_history

    found = read_history("\n".join(vector["lines"]))
    return {
        "events": [event.id for event in found.events],
        "unread": sorted({fault.path.partition(".")[0] for fault in found.faults}),
    }


def _instant(vector: Vector) -> dict[str, Any]:
    """The instant of a wall time in a zone, and whether the zone left it out or has it twice."""
    zone = clock(vector["zone"])
    day = ordinal(parse_date(vector["date"], "date"))
    minute = parse_minute(vector["time"], "time", end=True)
    return {
        "at": iso(zone.at(day, minute)),
        "shift": str(zone.shift(day, minute)),
        "skipped": zone.skips(day),
    }


def _day(text: str) -> int:
    return ordinal(parse_date(text, "date"))


def _place(vector: Vector) -> dict[str, Any]:
    """Where the sessions of one phase go."""
    from ketaschedule.placement import Slot, place

    closed = {_day(text) for text in vector["closed"]}
    placed = place(
        tuple(
            Slot(
                _day(slot["earliest"]),
                _day(slot["target"]),
                _day(slot["latest"]),
                fixed=_day(slot["fixed"]) if "fixed" in slot else None,
                fact=slot.get("fact", False),
                blocked=tuple(_day(day) for day in slot.get("blocked", ())),
                prefer=slot["prefer"],
            )
            for slot in vector["sessions"]
        ),
        open_day=lambda day: day not in closed,
        min_gap=vector["min_gap_days"],
        before=_day(vector["before"]) if "before" in vector else None,
        per_week=vector.get("per_week"),
        week_origin=_day(vector["week_origin"]),
        week_taken=dict(enumerate(vector["week_taken"])),
        preferred=frozenset(WEEKDAYS.index(day) for day in vector["preferred"]),
        outside=vector["outside"],
        limit=_day(vector["limit"]),
    )
    return {
        "sessions": [
            _plain(
                {
                    "date": None if one.day is None else iso_date(one.day),
                    "hard_min": None if one.hard_min is None else iso_date(one.hard_min),
                    "outside": one.outside,
                    "off_preference": one.off_preference,
                    "released": one.released,
                }
            )
            for one in placed
        ]
    }


def _series(vector: Vector) -> dict[str, Any]:
    """Each dose of a series judged by its intervals, and the dates of the next."""
    from ketaschedule.series import Interval, evaluate_series

    steps = [Interval(*bounds) for bounds in vector["intervals"]]
    given = [parse_date(text, "given") for text in vector["given"]]
    series = evaluate_series(steps, given, vector["reference"])
    answer: dict[str, Any] = {
        "doses": [{"target": one.target, "status": one.status, "reason": one.reason} for one in series.doses],
        "complete": series.complete,
    }
    if series.next is not None:
        answer["next"] = _plain(
            {
                name: value if isinstance(value, int) else value and value.isoformat()
                for name, value in asdict(series.next).items()
            }
        )
    return answer


def _score(vector: Vector) -> dict[str, Any]:
    """The score of one filled form."""
    from ketaschedule.instrument import Total, load_instrument, score

    result = score(load_instrument(vector["instrument"]), vector["items"], missing=vector.get("missing_rule"))
    names = ("state", "points", "at_least", "at_most")
    return _plain(
        {name: getattr(result, name, None) for name in names}
        | {
            "band": result.band.id if isinstance(result, Total) and result.band else None,
            "faults": [fault.code for fault in result.faults],
            "missing": list(result.missing),
            "substituted": list(getattr(result, "substituted", ())),
        }
    )


def _crossing(one: Crossing) -> dict[str, Any]:
    return {"at": iso(one.at), "instrument": one.instrument, "points": one.points, "rule": one.rule}


def trajectory_of(vector: Vector) -> Trajectory:
    """Where a person stands on one instrument, with its reasons."""
    from ketaschedule.history_files import event_from
    from ketaschedule.trajectory import trajectories

    (found,) = trajectories(
        [event_from(event) for event in vector["events"]],
        instruments=[vector["instrument"]],
        first_dose=parse_instant(vector["first_dose"], "first_dose") if "first_dose" in vector else None,
        as_of=parse_instant(vector["as_of"], "as_of"),
        thresholds=vector.get("thresholds"),
    )
    return found


def _trajectory(vector: Vector) -> dict[str, Any]:
    """Where a person stands on one instrument."""
    found = trajectory_of(vector)
    names = (
        "state baseline_points latest_points change_percent response remission deterioration worsening relapse "
        "relapse_level"
    ).split()
    answer = _plain({name: getattr(found, name) for name in names})
    answer["crossings"] = [_crossing(one) for one in found.crossings]
    if found.crossing is not None:
        answer["crossing"] = _crossing(found.crossing)
    return answer


def _watch(vector: Vector) -> dict[str, Any]:
    """The days on which asking finds a relapse soonest, or those given; the delay to two decimals."""
    from ketaschedule.inspection import best_days, evenly_spaced, expected_delay, weekly
    from ketaschedule.relapse import load_cohort

    horizon, chance = vector["horizon_days"], vector.get("answer_probability", 1.0)
    daily = load_cohort(vector["cohort"]).daily(horizon)
    asked = {int(day): own for day, own in vector.get("asked", {}).items()}
    if "days" in vector:
        named = {
            "weekly": lambda: weekly(horizon),
            "evenly-spaced": lambda: evenly_spaced(horizon, vector["check_ins"]),
        }
        days = named[vector["days"]]() if isinstance(vector["days"], str) else tuple(vector["days"])
        return {"days": list(days), "delay_days": round(expected_delay(daily, days, chance, asked), 2)}
    found = best_days(
        daily,
        check_ins=vector["check_ins"],
        asked=asked,
        answer_probability=chance,
        min_gap_days=vector.get("min_gap_days", 1),
        max_gap_days=vector.get("max_gap_days"),
    )
    return {
        "days": list(found.days),
        "delay_days": round(found.delay_days, 2),
        "largest_gap_days": found.largest_gap_days,
    }


def _alerts(vector: Vector) -> dict[str, Any]:
    """The Alerts that the lines of a history raise by themselves, whatever becomes of the plan."""
    from ketaschedule.safety import safety_alerts

    names = ("key", "kind", "item", "instrument", "level", "previous_level", "times", "rings", "open")
    found = safety_alerts(vector["lines"])
    return {
        "alerts": [_plain({name: getattr(alert, name) for name in names}) for alert in found],
        "open": sorted(alert.key for alert in found if alert.open),
    }


ANSWERS: Final[dict[str, Callable[[Vector], dict[str, Any]]]] = {
    "plan": _plan,
    "keys": _keys,
    "refused": _refused,
    "key": _key,
    "revision": _revision,
    "uid": _uid,
    "reminders": reminders_answer,
    "digests": digests_answer,
    "arm": arm_answer,
    "history": _history,
    "instant": _instant,
    "place": _place,
    "series": _series,
    "score": _score,
    "trajectory": _trajectory,
    "watch": _watch,
    "alerts": _alerts,
}
"""What can be asked, and the function that answers."""
