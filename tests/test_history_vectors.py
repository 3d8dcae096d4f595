"""The hand-worked history vectors, run against the library through the same files that apps use."""

from __future__ import annotations

from typing import Any

import pytest

from ketaschedule import times
from ketaschedule.course_files import course_from
from ketaschedule.formats.json import plan_to_json
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import protocol_names
from ketaschedule.rules import RULES
from tests.vectors_history import Vector, history_vectors

VECTORS = list(history_vectors())
ABSENT = object()


def look_up(plan: Any, path: str) -> Any:
    """The value at a path; items of arrays are named by their key, ``*`` gathers over all of them."""
    value = plan
    steps = path.strip("/").split("/")
    for index, step in enumerate(steps):
        name = step.replace("~1", "/").replace("~0", "~")
        if name == "*":
            rest = "/".join(steps[index + 1 :])
            return [look_up(item, rest) for item in value]
        if isinstance(value, list):
            value = next((item for item in value if item.get("key") == name), ABSENT)
        elif isinstance(value, dict):
            value = value.get(name, ABSENT)
        if value is ABSENT:
            return ABSENT
    return value


def test_there_are_enough_vectors_and_every_protocol_has_some() -> None:
    """At least 330, over all seventeen protocols, each id once."""
    assert len(VECTORS) >= 330
    assert {vector.course["protocol"] for vector in VECTORS} == set(protocol_names())
    assert len({vector.id for vector in VECTORS}) == len(VECTORS)
    assert {vector.rule for vector in VECTORS} <= set(RULES)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.id for vector in VECTORS])
def test_the_plan_says_what_was_worked_out_by_hand(vector: Vector) -> None:
    """Verdict, next date and reason code at each boundary."""
    plan = make_plan(course_from(vector.course), as_of=times.parse_instant(vector.as_of, "as_of"))
    found = plan_to_json(plan)
    for path, expected in vector.expect.items():
        value = look_up(found, path)
        if expected is None:
            assert value is ABSENT, f"{path} should not be there"
        elif "*" in path or isinstance(expected, tuple):
            assert (expected in value) if "*" in path else (value in expected), f"{path}: {value}"
        else:
            assert value == expected, f"{path}: {vector.why}"
