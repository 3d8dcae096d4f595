"""What differs between two plans, and between a plan that was kept as a file and one of today."""

from __future__ import annotations

import json

import pendulum
import pytest

from ketaschedule.arming import arm
from ketaschedule.changes import changes
from ketaschedule.errors import InputError
from ketaschedule.formats.json import plan_from_json, plan_text
from tests.checkin_histories import random_story


def test_a_plan_read_back_from_its_file_differs_in_nothing() -> None:
    """Kept, read and compared: every item is unchanged."""
    for seed in range(12):
        story = random_story(seed, 6)
        plan = story.plan()
        found = changes(plan_from_json(plan_text(plan)), plan)
        assert not found
        assert len(found.unchanged) > 3


def test_a_new_edition_of_the_zone_table_is_a_list_of_moved_instants() -> None:
    """A plan kept under a table in which the zone was an hour elsewhere from 1 March on: what moved, and only that."""
    plan = random_story(3, 0, "esketamine-taper").plan()
    data = json.loads(plan_text(plan))
    first = sorted(one["at"] for one in data["sessions"])[3]
    moved: set[str] = set()
    for items, names in (("sessions", ("at", "ends")), ("checkins", ("opens", "due", "closes"))):
        for item in data[items]:
            for name in names:
                if item[name] >= first:
                    was = pendulum.parse(item[name])
                    assert isinstance(was, pendulum.DateTime)
                    item[name] = was.subtract(hours=1).isoformat()
                    moved.add(item["key"])
    found = changes(plan_from_json(json.dumps(data)), plan)
    assert {one.key for one in found.moved} == moved
    assert moved
    assert not found.added
    assert not found.removed


def test_a_plan_and_a_phone_cannot_be_compared() -> None:
    """One clear error."""
    plan = random_story(3, 0, "esketamine-taper").plan()
    with pytest.raises(InputError, match="cannot be compared"):
        changes(plan, arm(plan))  # type: ignore[call-overload]  # what an untyped caller does
