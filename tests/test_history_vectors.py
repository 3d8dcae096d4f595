"""The hand-worked stories of what happened, run against the library through the same files that apps use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ketaschedule.conformance_run import load_suite, run_vector
from ketaschedule.protocol_files import protocol_names
from ketaschedule.rules import RULES

VECTORS = load_suite("verdicts")


def test_there_are_enough_vectors_and_every_protocol_has_some() -> None:
    """At least 330, over all seventeen protocols."""
    assert len(VECTORS) >= 330
    assert {vector["course"]["protocol"] for vector in VECTORS} == set(protocol_names())
    assert {vector["rule"] for vector in VECTORS} <= set(RULES)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_plan_says_what_was_worked_out_by_hand(vector: Mapping[str, Any]) -> None:
    """Verdict, next date and reason code at each boundary."""
    assert run_vector(vector) == ()
