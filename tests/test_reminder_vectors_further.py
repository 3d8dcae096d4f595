"""More reminder vectors: the three instants of each revision, when it is told or why not, and under which keys nothing is."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ketaschedule.course_files import course_from
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.privacy import telling_words
from ketaschedule.reminders import KINDS, Reminder, reminders
from ketaschedule.rules import RULES
from ketaschedule.times import clock, instant_key, parse_instant
from ketaschedule.words import Level

FILE = tomllib.loads((Path(__file__).parent / "vectors" / "reminders_further.toml").read_text("utf-8"))
CASES: list[dict[str, Any]] = FILE["cases"]
LOCKED: tuple[Level, ...] = ("locked", "dated")
ORDER = re.compile(r"\b(take (?:it|your|the|one)|tome|tómela|dose|dosis)\b", re.IGNORECASE)


def planned(case: dict[str, Any]) -> Plan:
    """The plan that a case asks."""
    course = {**FILE["courses"][case["course"]], **case.get("with", {}), "history": case.get("history", [])}
    return make_plan(course_from(course), as_of=parse_instant(case.get("as_of", case["until"]), "as_of"))


def answered(plan: Plan, case: dict[str, Any]) -> dict[str, Reminder]:
    """What the stretch of a case has, told and dropped, by key."""
    since, until = (parse_instant(case[name], name) for name in ("since", "until"))
    found = reminders(plan, since, until, include_dropped=True)
    told = [one.key for one in found if one.state == "told"]
    assert len(set(told)) == len(told)
    here: dict[str, Reminder] = {}
    for one in found:  # of a pair that was dropped and one that is told under the same key, the one told
        if one.key not in here or one.state == "told":
            here[one.key] = one
    return here


def utc(one: Any) -> str:
    """An instant as the vectors write it."""
    return clock("UTC").from_key(instant_key(one)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_there_are_enough_and_each_names_a_rule() -> None:
    """At least 100 cases, each id once, of every audience and every reason but none that is not there."""
    assert len(CASES) >= 100
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert {case["rule"] for case in CASES} <= set(RULES)
    rows = [row for case in CASES for row in case.get("tell", ())]
    assert {row["key"].split("/")[-2] for row in rows} == {"patient", "escort", "proxy", "clinic"}
    assert {row["key"].split("/")[-3] for row in rows} <= set(KINDS)
    assert {row.get("dropped") for row in rows} == {
        None, "useless-by-then", "quiet", "cap", "withdrawn", "no-consent", "admitted",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_revision_is_recomputed_from_its_instants(case: dict[str, Any]) -> None:
    """With nothing of the library, as a client in another language would."""
    for row in case.get("tell", ()):
        text = "|".join((row["natural"], row["item_at"], row["useful_until"]))
        assert row["revision"] == hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_stretch_has_what_was_worked_out_by_hand(case: dict[str, Any]) -> None:
    """Key, revision, instants, when it is told or why not, and the rule among the reasons; under silent keys nothing."""
    plan = planned(case)
    here = answered(plan, case)
    for row in case.get("tell", ()):
        one = here.get(row["key"])
        assert one is not None, f"{row['key']}: nothing; {case['why']}"
        assert one.key.endswith(f"/tell/{one.kind}/{one.audience}/{one.key.rpartition('/')[2]}")
        found: dict[str, Any] = {
            "key": one.key,
            "natural": utc(one.natural),
            "item_at": utc(one.item_at),
            "useful_until": utc(one.useful_until),
            "revision": one.revision,
            "fires_at": utc(one.fires_at),
        } | ({} if one.why is None else {"dropped": one.why})
        if "as_of" in case:
            found["provisional"] = one.provisional
        assert found == row, case["why"]
    told = [here[row["key"]] for row in case.get("tell", ())]
    rules = {reason.rule for one in told for reason in one.reasons}
    assert case["rule"] in rules or case.get("silent"), case["why"]
    assert [key for key in case.get("silent", ()) if key in here] == [], case["why"]
    items = {one.key for one in plan.sessions} | {one.key for one in plan.checkins}
    items |= {one.key for one in plan.decisions} | {one.key for one in plan.alerts}
    for key in case.get("silent", ()):
        assert (key.partition("/tell/")[0] in items) is not case.get("gone", False), key


def test_every_kind_of_every_audience_has_words_that_tell_no_stranger() -> None:
    """What is told around each case is of every kind there is; in both languages nothing that is read without unlocking tells."""
    kinds: set[str] = set()
    seen: set[tuple[str, str]] = set()
    for case in CASES:
        since = parse_instant(case["since"], "since")
        around = reminders(planned(case), since.subtract(days=9), since.add(days=9), include_dropped=True)
        for one in around:
            kinds.add(one.kind)
            assert int(one.key.rpartition("/")[2]) >= 1, one.key
            if (one.message, one.audience) in seen:
                continue
            seen.add((one.message, one.audience))
            for locale in ("en-US", "es-MX"):
                for level in LOCKED:
                    words = one.words(neutral_name="North Street", level=level, locale=locale)
                    assert telling_words(f"{words.title}\n{words.body}") == [], one.key
                own = one.words(level="unlocked", locale=locale)
                assert own.body
                assert ORDER.search(own.body) is None or one.audience == "clinic", (one.message, own.body)
    assert kinds == set(KINDS)
