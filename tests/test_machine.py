"""The machine for users to subclass: it goes on, holds the laws, and fails where one is broken."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from ketaschedule import machine
from ketaschedule.laws_form import Broken
from ketaschedule.machine import CourseMachine
from ketaschedule.protocol_files import load_protocol

FEW = settings(max_examples=8, stateful_step_count=6, database=None, derandomize=True)


class Single(CourseMachine):
    protocol = load_protocol("ketamine-iv-single")


def test_a_course_goes_on_under_every_law() -> None:
    """Whatever happens to it."""
    run_state_machine_as_test(Single, settings=FEW)


def test_it_fails_where_a_law_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Naming law, place and sentence."""
    planted = (Broken("L21", "c-1/first/1", "too near"),)
    monkeypatch.setattr(machine, "broken_by_plan", lambda *_, **__: planted)
    with pytest.raises(AssertionError, match="L21 c-1/first/1: too near"):
        run_state_machine_as_test(Single, settings=settings(FEW, max_examples=2))
