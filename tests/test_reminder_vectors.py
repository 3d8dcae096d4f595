"""The reminder vectors: keys, revisions, and what is said of one key in one stretch."""

from __future__ import annotations

from typing import Any

import pytest

from ketaschedule.course_files import course_from
from ketaschedule.days import instant_key, iso, parse_instant
from ketaschedule.planner import make_plan
from ketaschedule.reminders import reminder_key, reminders, revision_of
from ketaschedule.rules import RULES
from tests.vectors_reminders import ReminderVector, key_vectors, reminder_vectors, revision_vectors

VECTORS = list(reminder_vectors())


@pytest.mark.parametrize("row", key_vectors(), ids=lambda row: row["key"])
def test_a_key_is_made_of_its_parts(row: dict[str, Any]) -> None:
    """Item, reminder, audience and number."""
    assert reminder_key(row["item"], row["id"], row["audience"], row["number"]) == row["key"]


@pytest.mark.parametrize("row", revision_vectors(), ids=lambda row: row["revision"])
def test_a_revision_is_the_hash_of_three_instants(row: dict[str, Any]) -> None:
    """Any language computes the same."""
    three = (instant_key(parse_instant(row[name], name)) for name in ("natural", "item_at", "useful_until"))
    assert revision_of(*three) == row["revision"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.id)
def test_what_is_said_of_one_key_in_one_stretch(vector: ReminderVector) -> None:
    """Told at an instant, dropped at one for a reason, or nothing at all."""
    since, until = (parse_instant(text, "instant") for text in (vector.since, vector.until))
    plan = make_plan(course_from(vector.course), as_of=until)
    found = [
        one
        for one in reminders(plan, since, until, include_dropped=True, caps=vector.caps)
        if one.key == vector.key
    ]
    told = [one for one in found if one.state == "told"] or found
    said = [(one.state, iso(one.fires_at), one.why or "") for one in told]
    expected = [] if vector.state == "nothing" else [(vector.state, vector.fires_at, vector.reason)]
    assert said == expected, (vector.rule, vector.why)


def test_the_vectors_are_these_many_and_name_rules_that_there_are() -> None:
    """More than a hundred rows, over every rule of telling that has an instant."""
    assert len(VECTORS) >= 100
    assert len({vector.id for vector in VECTORS}) == len(VECTORS)
    assert {vector.rule for vector in VECTORS} <= set(RULES)
    assert {"R1", "R2", "R4", "R6", "R7", "R8", "R9", "R10", "R12"} <= {vector.rule for vector in VECTORS}
