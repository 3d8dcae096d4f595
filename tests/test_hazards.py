"""docs/hazards.md: each hazard has what holds it, and what is named there is there; and the holds that stand nowhere else."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pendulum
import pytest
from attrs import evolve

from ketaschedule.arming import arm
from ketaschedule.cli_show import protocol_text
from ketaschedule.course import Course, Monitor
from ketaschedule.formats.json import plan_to_json
from ketaschedule.laws import LAWS
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names
from ketaschedule.reminders import reminders
from tests.plans import event, eventful_history, some_clinic, some_course

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "hazards.md").read_text("utf-8")
PROPOSING = [
    name
    for name in protocol_names()
    if any(phase.missed.propose_extra for phase in load_protocol(name).phases)
]


@cache
def hazards() -> dict[str, str]:
    """What the page says under each hazard, by its code."""
    parts = re.split(r"^### (H\d\d) ", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def running_in(file: str) -> frozenset[str]:
    """The tests of a file that run: functions named so and not skipped, and machines of which a test case is made."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    found = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not re.search(r"skip|xfail", " ".join(map(ast.unparse, node.decorator_list)))
    }
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "TestCase"
        ):
            found.add(ast.unparse(node.value.value))
    return frozenset(found)


def faults(found: dict[str, str]) -> list[str]:
    """What is wrong with a page: a hazard missing or held by nothing, a test or law that is not there."""
    wrong = [f"H{n:02} is not on the page" for n in range(1, 26) if f"H{n:02}" not in found]
    laws = {(law.number, law.name) for law in LAWS}
    for code, text in found.items():
        held = 0
        if not re.search(r"^Severity [1-5]\. ", text, re.MULTILINE):
            wrong.append(f"{code} has no severity")
        for line in re.findall(r"^- (.*)$", text, re.MULTILINE):
            held += 1
            if match := re.fullmatch(r"`(tests/[\w/]+\.py)::(\w+)`", line):
                file, name = match.groups()
                if not (ROOT / file).exists() or name not in running_in(file):
                    wrong.append(f"{code}: {file}::{name} is gone")
            elif match := re.fullmatch(r"(L\d+) `(\w+)`", line):
                if match.groups() not in laws:
                    wrong.append(f"{code}: there is no law {line}")
            else:
                wrong.append(f"{code}: {line!r} is neither a law nor a test")
        if not held:
            wrong.append(f"{code} is held by nothing")
    return wrong


def test_every_hazard_is_held_by_laws_or_tests_that_are_there() -> None:
    """H01 to H25, each with its severity and at least one test that runs."""
    assert faults(hazards()) == []
    assert sorted(hazards()) == [f"H{n:02}" for n in range(1, 26)]
    assert [code for code, text in hazards().items() if "- `tests/" not in text] == []


def test_a_hold_that_is_gone_is_noticed() -> None:
    """A test renamed, a law renamed, a hazard without a hold or off the page."""
    planted = dict(hazards())
    planted["H01"] = planted["H01"].replace("test_no_clock_and_no_as_of", "test_of_old")
    planted["H03"] = (
        planted["H03"].replace("L76 `closed_by_a_person`", "L76 `closed_by_time`").replace("Ward", "Yard")
    )
    planted["H10"] = "Silence.\n\nSeverity 3. Nothing holds it.\n"
    planted["H11"] = "Pressure.\n\n- a promise\n"
    del planted["H25"]
    assert faults(planted) == [
        "H25 is not on the page",
        "H01: tests/test_safety.py::test_of_old_holds_an_answer_back is gone",
        "H03: there is no law L76 `closed_by_time`",
        "H03: tests/test_safety.py::Yard is gone",
        "H10 is held by nothing",
        "H11 has no severity",
        "H11: 'a promise' is neither a law nor a test",
    ]


# -- Holds that stand nowhere else -------------------------------------------------------------------------


def told_keys(plan: Plan) -> set[str]:
    """The items of which anybody is told within a year of the plan's instant."""
    return {one.item for one in reminders(plan, plan.as_of, plan.as_of.add(days=365))}


@pytest.mark.parametrize("name", PROPOSING)
def test_nobody_is_told_to_come_to_a_proposal(name: str) -> None:
    """H14: one more session after a recorded miss is proposed, and nobody is told of it; decided, the person is."""
    course = some_course(name, monitor=Monitor(name="A. Person", adult=True))
    first = next(one for one in make_plan(course).sessions if one.kind == "dose")
    when = first.at.add(hours=8).to_iso8601_string()
    course = course.with_events(event("session-missed", 1, when, session=first.key))
    plan = make_plan(course)
    (extra,) = [one for one in plan.sessions if one.basis == "proposed"]
    assert extra.key not in told_keys(plan)
    taken = event("decision-taken", 2, when, decision=f"c-1/decision/extra-session/{first.key.removeprefix('c-1/')}",
                  option="add", at=when, by="dr-a")  # fmt: skip
    decided = make_plan(course.with_events(taken))
    assert extra.key in told_keys(decided)


@pytest.mark.parametrize("name", protocol_names())
def test_a_phone_holds_nothing_beyond_its_plan_nor_beyond_14_days(name: str) -> None:
    """H15: every item fires before the plan may change, and within 14 days of asking."""
    held = 0
    for days in range(0, 60, 6):
        as_of = pendulum.datetime(2026, 12, 1, 8, tz="America/New_York").add(days=days)
        plan = make_plan(some_course(name), as_of=as_of)
        armed = arm(plan)
        limit = as_of.add(days=14) if plan.refresh_by is None else min(plan.refresh_by, as_of.add(days=14))
        assert all(one.fires_at < limit for one in armed.held), days
        assert armed.run_out is not None
        assert armed.run_out.fires_at >= armed.lapses_at == limit, "then it says that there is nothing more"
        held += len(armed.held)
    assert held


def keys_in(value: Any) -> set[str]:
    """Every text of a plan's JSON that stands for an item of the course."""
    if isinstance(value, dict):
        return {key for one in value.values() for key in keys_in(one)}
    if isinstance(value, list):
        return {key for one in value for key in keys_in(one)}
    return {value} if isinstance(value, str) and re.match(r"c-\d/", value) else set()


@pytest.mark.parametrize("name", protocol_names())
def test_two_courses_share_no_key(name: str) -> None:
    """H16: the same start, protocol and history under another course's id has every key its own, reminders too."""
    found = []
    for course in ("c-1", "c-2"):
        course_of = Course(id=course, protocol=load_protocol(name), start=pendulum.date(2026, 12, 1),
                           zone="America/New_York", adult="yes")  # fmt: skip
        plan = make_plan(course_of)
        told = {one.key for one in reminders(plan, plan.as_of, plan.as_of.add(days=60))}
        assert told
        found.append(keys_in(plan_to_json(plan)) | told)
    one, two = found
    assert not one & two
    assert {key.replace("c-1/", "c-2/", 1) for key in one} == two


MAY_BE_TREATED = re.compile(
    r"\b(clear(ed|s)?|suitable|approved (for|to)|fit (for treatment|to drive)|may (be treated|drive|leave)|"
    r"eligible(?! cohort)|can be given|go(od)? to go)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", protocol_names())
def test_no_output_says_that_a_person_may_be_treated(name: str) -> None:
    """H19: neither `show` nor a plan with all that happened clears anybody or calls them eligible."""
    plain = some_course(name, clinic=some_clinic(), monitor=Monitor(name="A. Person", adult=True))
    courses = (plain, evolve(plain, history=eventful_history()), evolve(plain, adult="unknown"))
    texts = [protocol_text(load_protocol(name)), *(str(plan_to_json(make_plan(one))) for one in courses)]
    for text in texts:
        for match in MAY_BE_TREATED.finditer(text):
            around = " ".join(text[max(0, match.start() - 60) : match.end() + 40].split())
            assert re.search(r"\b(not|no|never|nor|until|whether|if|who|without|only)\b", around), around


def test_the_list_of_clearing_words_finds_its_own() -> None:
    """H19: the test above is not blind."""
    for text in ("You are cleared.", "an eligible person", "may drive", "suitable for treatment"):
        assert MAY_BE_TREATED.search(text)
    assert not MAY_BE_TREATED.search("under each eligible cohort")


@pytest.mark.parametrize("name", protocol_names())
def test_a_pregnancy_is_an_alert_and_asks_whether_to_pause(name: str) -> None:
    """H19: at once, whatever the protocol; one option pauses, and taken it calls off what was to come."""
    when = "2026-11-30T12:00:00-05:00"
    course = some_course(name, monitor=Monitor(name="A. Person", adult=True))
    course = course.with_events(event("clinical-event", 1, when, at=when, kind="pregnancy"))
    plan = make_plan(course)
    assert [one.kind for one in plan.alerts] == ["clinical-event"]
    (asked,) = [one for one in plan.decisions if one.id == "pregnancy"]
    (pause,) = [one.id for one in asked.options if "pause" in one.effect]
    taken = event("decision-taken", 2, "2026-11-30T13:00:00-05:00", decision=asked.key, option=pause,
                  at="2026-11-30T13:00:00-05:00", by="dr-a")  # fmt: skip
    paused = make_plan(course.with_events(taken))
    assert {one.verdict for one in paused.sessions if one.kind == "dose"} <= {"cancelled"}


def test_the_end_of_a_watch_is_told_to_person_and_clinic() -> None:
    """H23: on the day of the last check-in the person, a week and more before it the clinic."""
    ended = "2026-12-02T12:00:00-05:00"
    given = "2026-12-01T10:00:00-05:00"
    course = some_course("ketamine-iv-six-in-21-days").with_events(
        event("session-given", 1, given, session="c-1/series/1", at=given),
        event("ended", 2, ended, at=ended),
    )
    plan = make_plan(course, as_of=pendulum.datetime(2027, 11, 1, tz="America/New_York"))
    found = {
        one.audience: one.fires_at.date()
        for one in reminders(plan, plan.as_of, plan.as_of.add(days=60))
        if one.kind == "watch-end"
    }
    last = max(one.due for one in plan.checkins).date()
    assert last == pendulum.date(2026, 12, 1).add(days=365)
    assert found["patient"] == last
    assert (last - found["clinic"]).days >= 7


@pytest.mark.parametrize("name", [one for one in protocol_names() if load_protocol(one).expires is not None])
def test_an_edition_beyond_its_expiry_date_is_named(name: str) -> None:
    """H25: not on the date itself, and from the day after it."""
    expires = load_protocol(name).expires
    assert expires is not None
    course = some_course(
        name, start=pendulum.date(expires.year, expires.month, expires.day).subtract(days=30)
    )
    for after, there in ((0, False), (1, True)):
        day = pendulum.datetime(expires.year, expires.month, expires.day, 12, tz="America/New_York").add(
            days=after
        )
        codes = {one.code for one in make_plan(course, as_of=day).findings}
        assert ("edition-expired" in codes) is there, after
