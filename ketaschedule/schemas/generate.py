"""JSON Schemas made from the attrs classes, so that what is promised is what is read and written."""

from __future__ import annotations

import datetime
import enum
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union

import attrs

from ketaschedule.availability import Clinic
from ketaschedule.cadence import Days, Interval, PerWeek, Spread
from ketaschedule.course import ADULT
from ketaschedule.course_files import CourseFile
from ketaschedule.days import WEEKDAYS
from ketaschedule.history import CLINICAL_KINDS, EVENT_TYPES, WITHHELD_WHY, ClinicalEvent, SessionWithheld
from ketaschedule.plan_file import PlanFile
from ketaschedule.protocol import Phase, TreatmentProtocol
from ketaschedule.protocol_files import protocol_names
from ketaschedule.protocol_terms import ID_PATTERN
from ketaschedule.sources import Source

__all__ = ["KINDS", "make_schema"]

Schema = dict[str, Any]

_DATE: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_INSTANT: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": "(Z|[+-][0-9]{2}:[0-9]{2})$",
}
_MINUTE: Schema = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_SPAN: Schema = {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2} ?- ?[0-9]{2}:[0-9]{2}$"}
_ID: Schema = {"type": "string", "pattern": f"^{ID_PATTERN.pattern}$"}
_RANGES: Schema = {
    "type": "array",
    "items": {
        "anyOf": [
            _DATE,
            {"type": "array", "items": _DATE, "minItems": 2, "maxItems": 2},
            {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        ]
    },
}
_HOURS: Schema = {
    "type": "object",
    "properties": {day: {"type": "array", "items": _SPAN} for day in WEEKDAYS},
    "additionalProperties": False,
}
_CADENCES = (
    (Days, ("days",)),
    (Spread, ("spread", "over_days")),
    (PerWeek, ("per_week", "weeks")),
    (Interval, ("every_days",)),
)


class _Maker:
    """Makes the schema of one kind of file and keeps the parts it names."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.parts: dict[str, Schema] = {}
        self.special: dict[tuple[type, str], Schema] = {
            (Clinic, "hours"): _HOURS,
            (Clinic, "closed"): _RANGES,
            (ClinicalEvent, "kind"): {"enum": list(CLINICAL_KINDS)},
            (SessionWithheld, "why"): {"enum": list(WITHHELD_WHY)},
            (CourseFile, "course"): _ID,
            (CourseFile, "adult"): {"enum": list(ADULT)},
            (CourseFile, "at"): _MINUTE,
            (CourseFile, "days"): {"type": "array", "items": {"enum": list(WEEKDAYS)}},
            (CourseFile, "unavailable"): _RANGES,
            (CourseFile, "contact_hours"): _SPAN,
            (TreatmentProtocol, "schema"): {"const": 1},
        }

    def of(self, kind: Any) -> Schema:
        """The schema of a type; classes become parts, named once."""
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin in (Union, types.UnionType):
            some = [one for one in inner if one is not type(None)]  # absent, never null
            return self.of(some[0]) if len(some) == 1 else {"anyOf": [self.of(one) for one in some]}
        if origin is Literal:
            return {"const": inner[0]} if len(inner) == 1 else {"enum": list(inner)}
        if origin is tuple:
            if inner[-1] is Ellipsis:
                return {"type": "array", "items": self.of(inner[0])}
            pair = [self.of(one) for one in inner]
            return {"type": "array", "prefixItems": pair, "minItems": len(pair), "maxItems": len(pair)}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            values = self.of(inner[1])
            return {"type": "object", "additionalProperties": values} if values else {"type": "object"}
        return self.plain(kind)

    def plain(self, kind: Any) -> Schema:
        """The schema of a type without arguments."""
        if kind is Any or kind is object:
            return {}
        if attrs.has(kind):
            return self.part(kind)
        if issubclass(kind, enum.Enum):
            return {"enum": [str(one.value) for one in kind]}
        if issubclass(kind, datetime.datetime):
            return _INSTANT
        if issubclass(kind, datetime.date):
            return _DATE
        names = {str: "string", bool: "boolean", int: "integer", float: "number"}
        return {"type": names[kind]}

    def part(self, kind: type) -> Schema:
        """A class as a part of its own."""
        if kind.__name__ not in self.parts:
            self.parts[kind.__name__] = {}
            self.parts[kind.__name__] = self.flat_phase() if kind is Phase else self.fields(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}

    def fields(self, kind: type, leave: tuple[str, ...] = ()) -> Schema:
        """An object with the fields of a class; those without a default are required."""
        hints = typing.get_type_hints(kind)
        properties: dict[str, Schema] = {}
        required: list[str] = []
        for field in attrs.fields(kind):
            if field.name in leave:
                continue
            name = "from" if field.name == "from_date" else field.name
            properties[name] = self.special.get((kind, field.name)) or self.of(hints[field.name])
            if field.default is attrs.NOTHING:
                required.append(name)
        made: Schema = {"type": "object", "description": _first_words(kind), "properties": properties}
        if required:
            made["required"] = required
        if self.strict:
            made["additionalProperties"] = False
        return made

    def flat_phase(self) -> Schema:
        """A phase as files have it: the keys of its one cadence stand beside the others."""
        made = self.fields(Phase, leave=("cadence",))
        for kind, _ in _CADENCES:
            made["properties"] |= self.fields(kind)["properties"]
        made["properties"]["taper"] = {"type": "array", "items": self.part(Interval)}
        ways = [*(required for _, required in _CADENCES), ("taper",)]
        made["oneOf"] = [{"required": list(required)} for required in ways]
        return made


def _first_words(kind: type) -> str:
    text = inspect.getdoc(kind) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("``", "")


def _protocol(maker: _Maker) -> Schema:
    source = maker.fields(Source, leave=("id",))
    maker.special[TreatmentProtocol, "sources"] = {"type": "object", "additionalProperties": source}
    return maker.fields(TreatmentProtocol)


def _event(maker: _Maker) -> Schema:
    for name, kind in EVENT_TYPES.items():
        made = maker.fields(kind)
        made["properties"] = {"type": {"const": name}, **made["properties"]}
        made["required"] = ["type", *made["required"]]
        maker.parts[kind.__name__] = made
    return {"oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in EVENT_TYPES.values()]}


def _course(maker: _Maker) -> Schema:
    maker.parts["Protocol"] = _protocol(maker)
    maker.parts["Event"] = _event(maker)
    one: Schema = {"anyOf": [{"enum": list(protocol_names())}, {"$ref": "#/$defs/Protocol"}]}
    events: Schema = {"type": "array", "items": {"$ref": "#/$defs/Event"}}
    maker.special[CourseFile, "protocol"] = one
    maker.special[CourseFile, "protocols"] = {"type": "object", "additionalProperties": one}
    maker.special[CourseFile, "clinic"] = maker.part(Clinic)
    maker.special[CourseFile, "history"] = events
    return maker.fields(CourseFile)


def _plan(maker: _Maker) -> Schema:
    return maker.fields(PlanFile)


_MAKERS = {"protocol": _protocol, "course": _course, "event": _event, "plan": _plan}
KINDS = tuple(_MAKERS)
"""The kinds of file that have a schema."""


def make_schema(kind: str) -> Schema:
    """The JSON Schema (2020-12) of one kind of file, made from the classes.

    What is read refuses unknown fields; a plan may gain fields in later versions.

    >>> make_schema("event")["oneOf"][0]
    {'$ref': '#/$defs/SessionGiven'}
    """
    maker = _Maker(strict=kind != "plan")
    made = _MAKERS[kind](maker)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ketaschedule:{kind}:1",
        "title": f"ketaschedule {kind}, version 1",
        **made,
        **({"$defs": dict(sorted(maker.parts.items()))} if maker.parts else {}),
    }
