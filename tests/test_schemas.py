"""JSON Schemas: made from the classes, shipped as files, and saying the same as the readers."""

from __future__ import annotations

import datetime
import json
import os
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ketaschedule.course_files import course_from, course_to
from ketaschedule.errors import InputError, UnknownNameError
from ketaschedule.formats.json import plan_from_json, plan_to_json
from ketaschedule.history import EVENT_TYPES
from ketaschedule.history_files import event_from, event_to
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import protocol_from, protocol_names
from ketaschedule.schemas import SCHEMA_KINDS, schema_text
from ketaschedule.schemas.generate import KINDS, make_schema
from tests.plans import eventful_history, eventful_plan, some_clinic, some_course
from tests.test_history_files import EXAMPLES

FOLDER = Path(__file__).resolve().parent.parent / "ketaschedule" / "schemas"


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema_text(kind)))


def faults(kind: str, data: Any) -> list[str]:
    """Where a second opinion, the jsonschema library, finds ``data`` at fault."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator(kind).iter_errors(data)]


def as_json(value: Any) -> Any:
    """Values of a TOML file as JSON would have them."""
    return json.loads(json.dumps(value, default=datetime.date.isoformat))


def protocol_values(name: str) -> Any:
    text = (resources.files("ketaschedule") / "protocols" / f"{name}.toml").read_text("utf-8")
    return as_json(tomllib.loads(text))


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_the_shipped_file_is_what_the_classes_make(kind: str) -> None:
    """A change of a class shows in the file; ``KETASCHEDULE_GOLDEN=write`` writes it anew."""
    made = json.dumps(make_schema(kind), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("KETASCHEDULE_GOLDEN") == "write":
        (FOLDER / f"{kind}.schema.json").write_text(made, "utf-8")
    assert made == schema_text(kind)


@pytest.mark.parametrize("kind", SCHEMA_KINDS)
def test_each_is_a_schema_and_describes_its_parts(kind: str) -> None:
    """Valid against the draft it names, and every part says what it is."""
    schema = json.loads(schema_text(kind))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:ketaschedule:{kind}:1"
    for name, part in schema.get("$defs", {}).items():
        assert part.get("description") or "oneOf" in part, name


def test_the_kinds_are_those_of_the_generator() -> None:
    """What can be asked for is what is made; another kind is refused by name."""
    assert SCHEMA_KINDS == KINDS
    with pytest.raises(UnknownNameError):
        schema_text("plann")


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_plan_and_course_is_valid(name: str) -> None:
    """The file as it is written, the plan and the course made from it."""
    assert faults("protocol", protocol_values(name)) == []
    course = some_course(name, clinic=some_clinic())
    assert faults("plan", plan_to_json(make_plan(course))) == []
    assert faults("course", course_to(course)) == []


def test_a_plan_and_a_course_with_a_history_are_valid() -> None:
    """With Alerts, answers and extra doses in them."""
    assert faults("plan", plan_to_json(eventful_plan(clinic=some_clinic()))) == []
    assert faults("course", course_to(some_course(history=eventful_history()))) == []


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_is_valid_and_no_other_of_its_kind(kind: str) -> None:
    """An event of each type passes; without one of its fields, or with one more, it does not, nor is it read."""
    data = event_to(event_from(EXAMPLES[kind]))
    assert faults("event", data) == []
    for name in [
        one
        for one in data
        if one in validator("event").schema["$defs"][EVENT_TYPES[kind].__name__]["required"]
    ]:
        less = {key: value for key, value in data.items() if key != name}
        assert faults("event", less), name
        with pytest.raises(InputError):
            event_from(less)
    assert faults("event", data | {"mood": 1})
    with pytest.raises(InputError):
        event_from(data | {"mood": 1})


BREAKS: list[tuple[str, Any]] = [
    ("start", 20261201),
    ("start", "1 December"),
    ("adult", "maybe"),
    ("at", "25:00"),
    ("days", ["tuesday"]),
    ("days", "tue"),
    ("course", "Jane Doe"),
    ("protocol", 7),
    ("unavailable", ["soon"]),
    ("clinic", {"zone": "Europe/London", "hours": {"monday": []}}),
    ("clinic", {"hours": {}}),
    ("history", [{"type": "session-mist"}]),
    ("watch", {"cohort": 1}),
    ("monitor", {"name": "Alex"}),
    ("schema", 2),
    ("mood", 1),
    ("zone", None),
]


@pytest.mark.parametrize(("name", "value"), BREAKS, ids=lambda one: str(one)[:24])
def test_what_the_reader_of_courses_refuses_the_schema_refuses(name: str, value: Any) -> None:
    """Two opinions on the same broken course."""
    broken = course_to(some_course(clinic=some_clinic())) | {name: value}
    assert faults("course", broken)
    with pytest.raises(InputError):
        course_from(broken)


@pytest.mark.parametrize("missing", ["course", "protocol", "start", "zone"])
def test_what_a_course_cannot_be_without(missing: str) -> None:
    """Both say so."""
    broken = {name: value for name, value in course_to(some_course()).items() if name != missing}
    assert faults("course", broken)
    with pytest.raises(InputError):
        course_from(broken)


def test_what_the_reader_of_protocols_refuses_the_schema_refuses() -> None:
    """Two cadences, none, a word that is not known, a field too many, a date that is none."""
    good = protocol_values("esketamine-taper")
    phase = good["phases"][0]
    for broken in (
        good | {"phases": [phase | {"days": [1, 2]}]},
        good
        | {"phases": [{name: value for name, value in phase.items() if name not in ("per_week", "weeks")}]},
        good | {"min_gap_days": "2"},
        good | {"mood": "x"},
        good | {"sources": good["sources"] | {"x": {"cite": "x", "grade": "rumour", "seen": "read"}}},
        good | {"expires": "soon"},
    ):
        assert faults("protocol", broken)
        with pytest.raises(InputError):
            protocol_from(broken)


def test_what_the_reader_of_plans_refuses_the_schema_refuses() -> None:
    """A verdict that is not known, an instant without offset, a null, a missing zone."""
    good = plan_to_json(make_plan(some_course()))
    session = good["sessions"][0]
    for broken in (
        good | {"sessions": [session | {"verdict": "perhaps"}]},
        good | {"sessions": [session | {"at": "2026-12-01T10:00:00"}]},
        good | {"sessions": [session | {"day": 1.5}]},
        good | {"refresh_by": None},
        {name: value for name, value in good.items() if name != "zone"},
    ):
        assert faults("plan", broken)
        with pytest.raises(InputError):
            plan_from_json(broken)
