"""The laws: numbered once, stated, listed in docs/laws.md, kept by random courses, and each able to fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ketaschedule.laws import (
    HEADS,
    LAWS,
    broken_by_pair,
    broken_by_plan,
    broken_by_protocol,
    law_named,
    plain_plan,
)
from ketaschedule.laws_form import TAKES, law
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.rules import RULES
from tests.checkin_histories import random_story

PAGE = Path(__file__).parent.parent / "docs" / "laws.md"


def laws_page() -> str:
    """The page that lists every law under its head."""
    takes = {
        "protocol": "a protocol",
        "plan": "a plan",
        "later": "two plans, the second later",
        "recorded": "two plans, an event between",
        "reordered": "two plans, the events in another order",
        "withdrawn": "two plans, an event withdrawn in the second",
        "unknown": "two plans, the second with events recorded later",
    }
    lines = [
        "# The laws",
        "",
        "What every protocol, every plan and every pair of plans must keep, whatever happened to the course. Each is a",
        "function of `ketaschedule.laws`, named as here; it says every place at which it is broken. `ketaschedule check`",
        "tries a protocol against all of them. The codes are those of the rule table (`ketaschedule.rules`).",
    ]
    ends = [first for _, first in HEADS[1:]] + [1000]
    for (head, first), end in zip(HEADS, ends, strict=True):
        lines += ["", f"## {head}", "", "| law | name | statement | takes | rules |", "|---|---|---|---|---|"]
        lines += [
            f"| {one.number} | `{one.name}` | {one.statement} | {takes[one.takes]} | {', '.join(one.rules) or '–'} |"
            for one in LAWS
            if first <= int(one.number[1:]) < end
        ]
    return "\n".join(lines) + "\n"


def test_the_page_lists_every_law() -> None:
    """docs/laws.md says what the code says (``KETASCHEDULE_GOLDEN=write`` writes it anew)."""
    if os.environ.get("KETASCHEDULE_GOLDEN") == "write":
        PAGE.write_text(laws_page(), "utf-8")
    assert laws_page() == PAGE.read_text("utf-8")


def test_every_law_is_numbered_once_and_names_rules_that_exist() -> None:
    """Numbers and names are unique; what it takes is known; its rules are of the table; it is found by either."""
    assert len({one.number for one in LAWS}) == len({one.name for one in LAWS}) == len(LAWS) > 50
    for one in LAWS:
        assert one.takes in TAKES
        assert set(one.rules) <= set(RULES)
        assert law_named(one.name) is law_named(one.number) is one
        assert one.statement.endswith((".", "does"))


def test_a_law_without_a_statement_is_none() -> None:
    """The docstring is the statement."""
    with pytest.raises(AssertionError, match="states nothing"):
        law(999, "plan")(lambda _: [])
    with pytest.raises(KeyError):
        law_named("L999")
    with pytest.raises(KeyError):
        broken_by_pair("sideways", plain_plan(load_protocol("ketamine-iv-single")), None)  # type: ignore[arg-type]  # never looked at


@pytest.mark.parametrize("name", protocol_names())
def test_every_built_in_protocol_keeps_the_laws(name: str) -> None:
    """By itself, and its plain plan."""
    protocol = load_protocol(name)
    assert broken_by_protocol(protocol) == ()
    assert broken_by_plan(plain_plan(protocol)) == ()


@pytest.mark.parametrize("block", range(4))
def test_random_courses_keep_the_laws(block: int) -> None:
    """Whatever was recorded, soon or late, named or not."""
    for seed in range(block * 15, block * 15 + 15):
        story = random_story(20_000 + seed, 3 + seed % 10)
        assert broken_by_plan(story.plan(), slow=False) == (), f"story {seed}"
