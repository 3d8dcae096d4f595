"""A plan as JSON, both ways, after the contract in :mod:`ketaschedule.plan_file`.

:func:`plan_to_json` gives plain values, :func:`plan_text` the text of the file, and
:func:`plan_from_json` reads either back with every fault at once.
"""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import attrs

from ketaschedule.days import instant_key, iso
from ketaschedule.errors import Fault, InputError
from ketaschedule.formats import Style
from ketaschedule.plan import Plan
from ketaschedule.plan_file import (
    AlertItem,
    CheckInItem,
    DecisionItem,
    ExtraItem,
    FindingItem,
    OptionItem,
    PlanFile,
    ReasonItem,
    SessionItem,
    StepItem,
    TrajectoryItem,
    WatchItem,
)
from ketaschedule.reading import mapping_of, read_json, structure
from ketaschedule.reading_guard import guard_values
from ketaschedule.reasons import Reason
from ketaschedule.session_model import StepAt
from ketaschedule.times import clock, parse_date

__all__ = ["plan_file", "plan_from_json", "plan_text", "plan_to_json", "render"]

T = TypeVar("T", bound=attrs.AttrsInstance)


def plan_to_json(plan: Plan | PlanFile) -> dict[str, Any]:
    """The plain values of a plan: texts, numbers, booleans, lists and dicts, and no null anywhere.

    >>> import pendulum
    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("esketamine-taper"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> data = plan_to_json(make_plan(course))
    >>> data["as_of"], data["sessions"][0]["at"]
    ('2026-12-01T00:00:00-05:00', '2026-12-01T10:00:00-05:00')
    >>> plan_to_json(plan_from_json(data)) == data
    True
    """
    record = plan if isinstance(plan, PlanFile) else plan_file(plan)
    values: dict[str, Any] = _plain(record)
    return values


def plan_text(plan: Plan | PlanFile) -> str:
    """The text of a plan file: two spaces in, UTF-8, one newline at the end."""
    return json.dumps(plan_to_json(plan), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def render(plan: Plan, _: Style) -> bytes:
    """The plan file as bytes."""
    return plan_text(plan).encode("utf-8")


def plan_from_json(data: str | bytes | Mapping[str, Any], path: str = "") -> PlanFile:
    """A plan file read back, from its text or its plain values.

    Raises :class:`InputError` with every fault and its path: a field that is missing, of the wrong kind,
    null, or not of this contract.
    """
    if isinstance(data, bytes):
        data = data.decode("utf-8", "replace")
    if not isinstance(data, str):
        guard_values(data, path)
    values = mapping_of(read_json(data, path) if isinstance(data, str) else data, path)
    nulls = list(_nulls(values, path))
    if nulls:
        raise InputError(nulls)
    return structure(values, PlanFile, path)


def _nulls(values: object, path: str) -> Iterable[Fault]:
    if values is None:
        yield Fault(path, "null", "leave out what is not known", "null")
    elif isinstance(values, Mapping):
        for name, value in values.items():
            yield from _nulls(value, f"{path}.{name}" if path else str(name))
    elif isinstance(values, (list, tuple)):
        for number, value in enumerate(values):
            yield from _nulls(value, f"{path}[{number}]")


# -- From a plan to its file, one function for each array ---------------------------------------------------


def plan_file(plan: Plan) -> PlanFile:
    """The plan as the classes of its file."""
    return PlanFile(
        course=plan.course.id,
        protocol=plan.course.protocol.id,
        edition=plan.course.protocol.edition,
        as_of=clock(plan.course.session_zone).local(plan.as_of),
        refresh_by=plan.refresh_by,
        zone=plan.zone,
        clinic_zone=plan.clinic_zone,
        tzdata=plan.tzdata,
        day1=plan.day1,
        horizon=plan.horizon,
        what_if=dict(plan.what_if) or None,
        sessions=_sessions(plan),
        checkins=_checkins(plan),
        decisions=_decisions(plan),
        alerts=_alerts(plan),
        trajectories=_trajectories(plan),
        watch=_watch(plan),
        extra=_extra(plan),
        findings=_findings(plan),
    )


def _reasons(reasons: Iterable[Reason]) -> tuple[ReasonItem, ...]:
    return tuple(
        ReasonItem(rule=one.rule, inputs=one.inputs, text=one.text or None, source=one.source or None)
        for one in reasons
    )


def _step(step: StepAt) -> StepItem:
    return _same(StepItem, step)


def _sessions(plan: Plan) -> tuple[SessionItem, ...]:
    ordered = sorted(plan.sessions, key=lambda one: (instant_key(one.at), one.key))
    return tuple(
        _same(
            SessionItem,
            one,
            steps=tuple(_step(step) for step in one.steps),
            reasons=_reasons(one.reasons),
        )
        for one in ordered
    )


def _checkins(plan: Plan) -> tuple[CheckInItem, ...]:
    ordered = sorted(plan.checkins, key=lambda one: (instant_key(one.due), one.key))
    return tuple(_same(CheckInItem, one, reasons=_reasons(one.reasons)) for one in ordered)


def _decisions(plan: Plan) -> tuple[DecisionItem, ...]:
    ordered = sorted(plan.decisions, key=lambda one: (one.due, one.key))
    return tuple(
        _same(
            DecisionItem,
            one,
            options=tuple(_same(OptionItem, option) for option in one.options),
            reasons=_reasons(one.reasons),
        )
        for one in ordered
    )


def _alerts(plan: Plan) -> tuple[AlertItem, ...]:
    return tuple(_same(AlertItem, one) for one in plan.alerts)  # safety first, then by time and key


def _trajectories(plan: Plan) -> tuple[TrajectoryItem, ...]:
    return tuple(_same(TrajectoryItem, one, reasons=_reasons(one.reasons)) for one in plan.trajectories)


def _watch(plan: Plan) -> WatchItem:
    ends = plan.watch.ends
    return _same(WatchItem, plan.watch, ends=None if ends is None else parse_date(ends, "watch.ends"))


def _extra(plan: Plan) -> tuple[ExtraItem, ...]:
    ordered = sorted(plan.extra, key=lambda one: (instant_key(one.at), one.key))
    return tuple(_same(ExtraItem, one) for one in ordered)


def _findings(plan: Plan) -> tuple[FindingItem, ...]:
    return tuple(_same(FindingItem, one, rule=one.rule or None) for one in plan.findings)


def _same(kind: type[T], item: object, **changed: object) -> T:
    """An item of the file with the fields of the same names; ``changed`` says those that differ."""
    return kind(
        **{
            field.name: changed[field.name] if field.name in changed else getattr(item, field.name)
            for field in attrs.fields(kind)
        }
    )


# -- From the file's classes to plain values ----------------------------------------------------------------


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        fields = ((field.name, getattr(value, field.name)) for field in attrs.fields(type(value)))
        return {name: _plain(item) for name, item in fields if item is not None}
    match value:
        case bool() | int():
            return value
        case float():
            return round(value, 2) + 0.0  # a minus zero is a zero
        case enum.Enum():
            return str(value.value)
        case str():
            return str(value)
        case datetime.datetime():
            return iso(value)
        case datetime.date():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items() if item is not None}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted(_plain(item) for item in value)
        case _:
            return str(value)
