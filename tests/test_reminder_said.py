"""What each kind of reminder says to whom: its message, what fills it, its rule and reason; and who is told nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ketaschedule.availability import clinic_from
from ketaschedule.history import ClinicalEvent
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.reminders import KINDS, Reminder, reminders
from ketaschedule.reminders_kinds import CHAIN_SAFETY
from ketaschedule.rules import RULES
from ketaschedule.times import parse_instant
from tests.test_reminder_vectors_further import CASES, planned

FILE = tomllib.loads((Path(__file__).parent / "vectors" / "reminders_said.toml").read_text("utf-8"))
SAID: list[dict[str, Any]] = FILE["said"]
FURTHER: list[dict[str, Any]] = FILE["further"]
CASE = {case["id"]: case for case in CASES}


def answer(plan: Plan, row: dict[str, Any]) -> Reminder | None:
    """What the stretch of a row's case has under its key."""
    case = CASE[row["case"]]
    since, until = (parse_instant(case[name], name) for name in ("since", "until"))
    found = [one for one in reminders(plan, since, until, include_dropped=True) if one.key == row["key"]]
    return next((one for one in found if one.state == "told"), found[0] if found else None)


@pytest.mark.parametrize("row", SAID, ids=[f"{row['key']} ({row['case']})" for row in SAID])
def test_what_a_reminder_says_of_itself(row: dict[str, Any]) -> None:
    """The message that an app looks up, what fills it, and why it is told."""
    one = answer(planned(CASE[row["case"]]), row)
    assert one is not None
    first = one.reasons[0]
    assert (one.message, dict(one.parameters)) == (row["message"], row["parameters"])
    assert (first.rule, first.text) == (row["rule"], row["reason"])
    assert first.rule in RULES
    kind = KINDS[one.kind]
    assert (one.channel, one.privacy, one.rank, one.joins) == (
        kind.channel,
        kind.privacy,
        kind.rank,
        kind.joins,
    )


@pytest.mark.parametrize("row", FURTHER, ids=[f"{row['key']} ({row['case']})" for row in FURTHER])
def test_further_reasons_say_why_it_is_late_or_held_back_or_not_told(row: dict[str, Any]) -> None:
    """Each is ours, with nothing to look up; a record is not late that is told when it is made."""
    one = answer(planned(CASE[row["case"]]), row)
    assert one is not None
    assert [[reason.rule, reason.text] for reason in one.reasons[1:]] == row["reasons"]
    assert {(reason.source, len(reason.inputs)) for reason in one.reasons[1:]} <= {("house", 0)}
    assert (one.reasons[0].source, dict(one.reasons[0].inputs)) == ("house", {"item": one.item})


def test_why_something_is_dropped_rests_on_the_rule_that_the_document_names() -> None:
    """The table of docs/reminders.md: each ``why`` with its rule, and every one of them seen."""
    document = (Path(__file__).parent.parent / "docs" / "reminders.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in document.splitlines()
        if line[:3] == "| `"
    ]
    rules = {why: row[2] for row in rows if len(row) == 3 for why in row[0].replace("`", "").split(", ")}
    seen: dict[str, set[str]] = {}
    gone = dead()
    for one in [answer(planned(CASE[row["case"]]), row) for row in FURTHER] + gone:
        if one is not None and one.why is not None:
            seen.setdefault(one.why, set()).add(one.reasons[-1].rule)
    assert seen == {why: {rule} for why, rule in rules.items()}
    assert {one.reasons[-1].text for one in gone if one is not None} == {"a death was recorded"}


def dead() -> list[Reminder | None]:
    """The word to a person of an Alert, where a death was recorded an hour before."""
    return [one for one in stopped_by("death") if one is not None and one.why == "deceased"]


def test_every_kind_is_among_them_with_every_audience_that_the_document_names() -> None:
    """A kind that is told to somebody new wants a row."""
    document = (Path(__file__).parent.parent / "docs" / "reminders.md").read_text("utf-8")
    named = {
        (row[0].strip("`"), audience)
        for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in document.splitlines())
        if len(row) == 7 and row[0].startswith("`") and "<" not in row[0]
        for audience in row[1].split(", ")
    }
    here = {(row["key"].split("/")[-3], row["key"].split("/")[-2]) for row in SAID}
    assert named - here == set()
    assert {kind for kind, _ in here} == set(KINDS)


def stopped_by(kind: str) -> list[Reminder | None]:
    """What becomes of the rows to people where an event was recorded an hour before their stretch."""
    found = []
    for row in SAID:
        case = CASE[row["case"]]
        if "/clinic/" in row["key"]:
            continue
        plan = planned(case)
        at = min(parse_instant(case["since"], "since"), plan.as_of).subtract(hours=1)
        event = ClinicalEvent(id="e-x", course="c-1", recorded_at=at, at=at, kind=kind)
        found.append(answer(make_plan(plan.course.with_events(event), as_of=plan.as_of), row))
    return found


def stopped(kind: str) -> dict[str, set[str]]:
    """Kind and audience of those rows, by what became of them."""
    names = [" ".join(row["key"].split("/")[-3:-1]) for row in SAID if "/clinic/" not in row["key"]]
    found: dict[str, set[str]] = {}
    for name, one in zip(names, stopped_by(kind), strict=True):
        found.setdefault("nothing" if one is None else one.why or "told", set()).add(name)
    return found


def test_during_an_admission_each_of_them_is_dropped_but_help() -> None:
    """What was to be held back to an opening was dropped when the admission was recorded; a go-ahead waits, and nothing is tightened."""
    found = stopped("admission")
    assert found["told"] == {"help patient", "safety proxy"}
    assert found["nothing"] == {"day patient", "day escort", "home-today patient", "tightened patient"}
    assert set(found) == {"told", "nothing", "admitted"}


def test_after_a_death_each_of_them_is_dropped_or_has_no_item_any_more() -> None:
    """What hangs on a session or a check-in is gone with it; what was recorded is dropped."""
    found = stopped("death")
    assert found["deceased"] == {
        "cancelled patient", "cancelled escort", "missed patient", "help patient", "safety proxy", "tightened patient",
    }  # fmt: skip
    assert set(found) == {"nothing", "deceased"}


def test_what_a_clinic_says_of_itself_fills_the_texts() -> None:
    """Its name, telephone, crisis line and emergency number; nothing of it where there is no clinic."""
    row = next(row for row in SAID if row["key"].endswith("/tell/help/patient/1"))
    plan = planned(CASE[row["case"]])
    clinic = clinic_from(
        {
            "zone": "America/New_York",
            "name": "North Street",
            "phone": "555-0100",
            "crisis_line": "988",
            "emergency": "911",
        }
    )
    whole = make_plan(evolve(plan.course, clinic=clinic), as_of=plan.as_of)
    found: dict[str, dict[str, Any]] = {}
    case = CASE[row["case"]]
    since = parse_instant(case["since"], "since")
    for one in reminders(whole, since.subtract(days=1), since.add(days=2)):
        found.setdefault(one.message, dict(one.parameters))
    assert found["safety-positive-sending"] == {
        "crisis_line": "988",
        "emergency": "911",
        "clinic_phone": "555-0100",
    }
    assert found["visit-day"]["clinic"] == "North Street"
    assert found["proxy-safety"]["patient_name"] == ""


def test_the_words_of_an_alert_end_with_one_full_stop() -> None:
    """An Alert's own text is a sentence, or a question, already."""
    rows = [row for row in SAID if row["message"] == "alert-clinic"]
    for row in rows:
        one = answer(planned(CASE[row["case"]]), row)
        assert one is not None
        for locale in ("en", "es"):
            body = one.words(level="unlocked", locale=locale).body
            assert not any(twice in body for twice in ("..", "?.", "\u2026.")), body
    assert len(rows) > 3


def test_the_safety_chain_is_one_step() -> None:
    """The clinic, the person's own screen and the proxy are told at one instant: no link waits for another."""
    assert [(link.audience, link.minutes) for link in CHAIN_SAFETY] == [
        ("clinic", 0),
        ("patient", 0),
        ("proxy", 0),
    ]
