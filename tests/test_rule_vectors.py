"""Every rule of the table is held by a vector of the conformance pack, or says why none can hold it."""

from __future__ import annotations

from collections import Counter

from ketaschedule.conformance_run import SUITES, load_suite
from ketaschedule.rules import RULES

NO_VECTOR: dict[str, str] = {}
"""Rules that no vector can hold, each with the reason in a sentence; none at present."""


def held() -> Counter[str]:
    """How many vectors of the pack name each rule of the table."""
    named = [vector["rule"] for suite in SUITES for vector in load_suite(suite)]
    return Counter(code for code in named if code in RULES)


def test_every_rule_has_a_vector_or_a_reason_why_there_is_none() -> None:
    """A port that keeps the pack has met each rule at least once."""
    found = held()
    assert sorted(set(RULES) - set(found)) == sorted(NO_VECTOR)
    assert all(reason.endswith(".") for reason in NO_VECTOR.values())
