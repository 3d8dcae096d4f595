"""The laws: numbered once, stated, listed in docs/laws.md, kept by random courses, and each able to fail."""

from __future__ import annotations

import os
from pathlib import Path

import pendulum
import pytest

from ketaschedule.changes import preview_options
from ketaschedule.history import AlertClosed, Retracted, ZoneChanged
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
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.rules import RULES
from tests.checkin_histories import Events, phq_9, plain_course, random_story

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
    plain = plain_plan(load_protocol("ketamine-iv-single"))
    with pytest.raises(KeyError):
        broken_by_pair("sideways", plain, plain)


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


def test_a_safety_answer_without_an_alert_is_a_breach_unless_its_own_alert_was_closed_later() -> None:
    """An Alert lost: found; the closing of another Alert of that check-in is no excuse, that of its own is."""
    events = Events()
    course = plain_course("ketamine-iv-six-in-21-days")
    at = pendulum.datetime(2026, 12, 1, 12)
    asked = "c-1/series/1/ask/baseline/1"
    course = course.with_events(events.answered(asked, at, phq_9(1, 2)))
    lost = law_named("safety_answers_ring")

    def broken(closed: str | None) -> int:
        told = course
        if closed is not None:
            later = at.add(hours=1)
            told = course.with_events(
                AlertClosed(**events.fields(later), at=later, alert=f"{asked}/alert/{closed}", how="called")
            )
        plan = make_plan(told, as_of=at.add(hours=2))
        assert len(lost(plan)) == 0
        plan.__dict__["alerts"] = ()
        return len(lost(plan))

    assert [broken(closed) for closed in (None, "first-crossing", "phq-9.9")] == [1, 1, 0]


def test_a_dose_that_names_a_session_of_one_option_alone_is_no_difference_of_options() -> None:
    """On day 1 a dose is recorded for the first session of a second series, which only one answer at the end would begin."""
    events, noon = Events(), pendulum.datetime(2026, 2, 14, 12)
    course = plain_course("ketamine-iv-six-in-21-days", "2026-02-14", "UTC")
    plan = make_plan(course.with_events(events.given("c-1/series~2/1", noon)), as_of=noon)
    options = preview_options(plan, "c-1/decision/end-review")
    begun = [name for name, one in options.items() if any("series~2/1" in found.key for found in one.added)]
    assert begun
    assert set(begun) < set(options)
    assert law_named("L31")(plan) == ()


def test_laws_of_days_follow_the_zone_in_force() -> None:
    """From Apia to UTC on the first day: on 9 September noon in Apia it is the 8th, the due day is not over; and a
    move that was taken back leaves the dates of what was asked under it.
    """
    events = Events()
    course = plain_course("ketamine-iv-six-in-21-days", "2026-08-15", "Pacific/Apia")
    first = pendulum.datetime(2026, 8, 15, 7, tz="Pacific/Apia")
    moved = ZoneChanged(**events.fields(first), from_date=pendulum.date(2026, 8, 15), zone="UTC")
    gone = Retracted(**events.fields(first.add(days=20)), event=moved.id)
    noon = pendulum.datetime(2026, 9, 9, 12, tz="Pacific/Apia")
    for history in ((moved,), (moved, gone)):
        for days in (0, 1, 9, 20):
            assert (
                broken_by_plan(make_plan(course.with_events(*history), as_of=noon.add(days=days)), slow=False)
                == ()
            )
