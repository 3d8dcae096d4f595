"""Each law can fail: what is made to break it is named by its number, and the sound plan passes."""

from __future__ import annotations

from typing import Any

import pytest

from ketaschedule.laws import LAWS, law_named
from tests.law_cases import CASES


def test_every_law_has_a_case_that_breaks_it() -> None:
    """A law without one is not known to say anything. What is planted in the engine says why."""
    assert list(CASES) == [one.number for one in LAWS]
    assert all(bool(case.also) == bool(case.because) for case in CASES.values())


def named_by(takes: str, made: tuple[Any, ...]) -> list[str]:
    """The numbers of all quick laws of this kind that say it is broken."""
    return [one.number for one in LAWS if one.takes == takes and not one.slow and one(*made)]


@pytest.mark.parametrize("number", CASES)
def test_what_is_made_to_break_a_law_is_named_by_it(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By it, and by no other quick law of its kind but those of which the case says why."""
    law, case = law_named(number), CASES[number]
    assert law(*case.sound()) == ()
    broken = case.spoil(case.sound(), monkeypatch)
    found = law(*broken)
    assert found
    assert {one.law for one in found} == {number}
    assert all(one.path and one.text for one in found)
    assert set(named_by(law.takes, broken)) - {number} == set(case.also)
