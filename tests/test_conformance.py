"""The conformance pack: made from the hand-worked tables, whole, run by one runner, and able to fail."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ketaschedule import conformance_answers
from ketaschedule.cli import main
from ketaschedule.conformance_answers import ANSWERS
from ketaschedule.conformance_run import (
    ABSENT,
    FOLDER,
    SUITES,
    load_suite,
    look_up,
    run,
    run_pack,
    run_vector,
)
from ketaschedule.errors import InputError, UnknownNameError
from ketaschedule.instrument import instrument_names
from ketaschedule.rules import RULES
from tests.conformance_pack import MAKERS, pack_text

PAGE = (Path(__file__).parent.parent / "docs" / "conformance.md").read_text("utf-8")
OWN_TESTS = ("placing", "spacing", "verdicts", "scoring", "trajectories")
"""Suites whose vectors the tests of their room run, one test a vector."""


@pytest.mark.parametrize("suite", MAKERS)
def test_the_pack_is_what_the_tables_make(suite: str) -> None:
    """One source: ``python -m tests.conformance_pack`` writes the files anew."""
    same = (FOLDER / f"{suite}.json").read_text("utf-8") == pack_text(suite)
    assert same, "a table of tests/vectors has changed: python -m tests.conformance_pack"


def test_every_suite_is_there_and_nothing_else() -> None:
    assert sorted(MAKERS) == sorted(SUITES) == sorted(file.stem for file in FOLDER.iterdir())


def every_vector() -> list[Mapping[str, Any]]:
    return [vector for suite in SUITES for vector in load_suite(suite)]


def test_every_vector_names_itself_its_rule_and_its_reason() -> None:
    """Ids are unique within a suite; rules are of the table, published ones, or a questionnaire's own scoring."""
    for suite in SUITES:
        ids = Counter(vector["id"] for vector in load_suite(suite))
        assert ids
        assert max(ids.values()) == 1
    known = {*RULES, *instrument_names()}
    for vector in every_vector():
        assert vector["rule"] in known or vector["ask"] == "series", vector["id"]
        assert len(vector["why"]) > 4, vector["id"]


def test_every_vector_stands_alone() -> None:
    """No null, no path, no reference to another vector: what a program in another language can read."""

    def nulls(value: Any) -> bool:
        if isinstance(value, Mapping):
            return any(map(nulls, value.values()))
        return any(map(nulls, value)) if isinstance(value, list) else value is None

    for vector in every_vector():
        if vector["ask"] not in ("score", "alerts"):  # what is no answer is the point of some of these
            assert not nulls(vector), vector["id"]


def test_every_kind_of_question_is_asked() -> None:
    assert {vector["ask"] for vector in every_vector()} <= set(ANSWERS)


@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite not in OWN_TESTS])
def test_the_suite_is_kept(suite: str) -> None:
    """The suites that no other test file runs."""
    (result,) = run([suite])
    assert result.failures == ()


def test_the_page_describes_every_suite_and_every_question() -> None:
    """In the order of the pack, with the count of its vectors and what it asks."""
    rows = re.findall(r"^\| `([\w-]+)` \| (\d+) \| (`[^|]*`) \|", PAGE, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(SUITES)
    for name, count, asks in rows:
        assert int(count) == len(load_suite(name)), name
        assert {vector["ask"] for vector in load_suite(name)} == set(re.findall(r"`(\w+)`", asks)), name
    assert sorted(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE)) == sorted(ANSWERS)


@pytest.mark.parametrize("suite", SUITES)
def test_a_claim_that_is_spoilt_is_the_one_that_fails(suite: str) -> None:
    """Of three vectors of each suite, each claim in turn: so no vector passes by asking nothing."""
    vectors = load_suite(suite)
    for vector in (vectors[0], vectors[len(vectors) // 2], vectors[-1]):
        for path, expected in vector.get("expect", {}).items():
            wrong = {**vector, "expect": {**vector["expect"], path: [expected]}}
            assert [failure.path for failure in run_vector(wrong)] == [path]
        for path in vector.get("absent", ()):
            wrong = {**vector, "absent": [], "expect": {path: "something"}}
            assert [failure.path for failure in run_vector(wrong)] == [path]


def test_a_path_finds_items_by_key_by_number_and_all() -> None:
    answer = {"a": [{"key": "x/1", "n": 1}, {"key": "y~", "n": 2}, 3]}
    assert look_up(answer, "/a/x~11/n") == [1]
    assert look_up(answer, "/a/y~0/n") == look_up(answer, "/a/1/n") == [2]
    assert look_up(answer, "/a/*/n") == [1, 2]
    assert look_up(answer, "/a/3") == look_up(answer, "/b") == look_up(answer, "/a/z/n") == []
    assert look_up(answer, "") == [answer]


def test_each_kind_of_claim_can_fail() -> None:
    """A wrong value, one of none, one not among them, one that should not be there; true is not 1."""
    vector: dict[str, Any] = {
        "id": "x", "rule": "S9", "why": "made to fail", "ask": "uid", "key": "c-1/a/1", "namespace": "n",
    }  # fmt: skip
    claims: list[tuple[dict[str, Any], object, object]] = [
        ({"expect": {"/uid": "c-1/a/2@n"}}, "c-1/a/2@n", "c-1/a/1@n"),
        ({"expect": {"/nothing": 1}}, 1, ABSENT),
        ({"one_of": {"/uid": ["a", "b"]}}, ["a", "b"], "c-1/a/1@n"),
        ({"contains": {"/*": ["a"]}}, "a", []),
        ({"lacks": {"/uid": ["x", "c-1/a/1@n"]}}, "not c-1/a/1@n", ["c-1/a/1@n"]),
        ({"absent": ["/uid"]}, ABSENT, "c-1/a/1@n"),
    ]
    for claim, expected, got in claims:
        (failure,) = run_vector(vector | claim)
        assert (failure.expected, failure.got) == (expected, got)
    kept = {"expect": {"/uid": "c-1/a/1@n"}, "absent": ["/key"], "one_of": {"/uid": ["c-1/a/1@n"]}}
    assert run_vector(vector | kept) == ()
    (failure,) = run_vector({"id": "x", "rule": "S9", "why": "no input", "ask": "uid", "expect": {}})
    assert failure.path == ""
    assert "KeyError" in failure.got


def test_true_is_not_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conformance_answers.ANSWERS, "uid", lambda _: {"uid": True})
    vector = {"id": "x", "rule": "S9", "why": "a flag", "ask": "uid", "expect": {"/uid": 1}}
    assert len(run_vector(vector)) == 1


def test_the_command_counts_and_says_what_failed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 and a line a suite; 1 with expected and got; JSON with all; 2 for what is no pack."""
    assert main(["conformance", "--suite", "spacing"]) == 0
    assert "125 of 125" in capfd.readouterr().out
    bad = json.loads((FOLDER / "spacing.json").read_text("utf-8"))
    bad["vectors"] = bad["vectors"][:2]
    bad["vectors"][0]["expect"]["/doses/1/status"] = "valid"
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(bad), "utf-8")
    assert main(["conformance", str(file)]) == 1
    said = capfd.readouterr().out
    assert '  expected "valid"\n  got      "not-valid"' in said
    assert "1 of 2 vectors kept" in said
    assert main(["conformance", str(tmp_path), "--format", "json"]) == 1
    (suite,) = json.loads(capfd.readouterr().out)["suites"]
    assert (suite["vectors"], suite["failed"], suite["failures"][0]["got"]) == (2, 1, "not-valid")
    for words in (["--suite", "x"], [str(tmp_path / "none.json")], [str(file), "--suite", "spacing"]):
        assert main(["conformance", *words]) == 2
        assert "Traceback" not in capfd.readouterr().err


def test_what_is_no_pack_is_refused_with_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no suite is called 'spacin'"):
        run(["spacin"])
    with pytest.raises(InputError, match="holds no suite"):
        run_pack(tmp_path)
    file = tmp_path / "a.json"
    file.write_text('{"schema": 2, "vectors": []}', "utf-8")
    with pytest.raises(InputError, match="is no suite"):
        run_pack(file)
    file.write_text(
        '{"schema": 1, "vectors": [{"id": "x"}, 7, {"id": "x", "rule": "S1", "why": "y", "ask": "z"}]}'
    )
    with pytest.raises(InputError) as caught:
        run_pack(file)
    assert [fault.path for fault in caught.value.faults] == ["vectors[0]", "vectors[1]", "vectors[2]"]
