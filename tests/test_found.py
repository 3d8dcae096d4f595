"""Courses that once broke a law: each in ``found``, as small as it could be made, is held to every law for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from ketaschedule.checking import broken_by_course
from ketaschedule.course_files import load_course

FOUND = sorted((Path(__file__).parent / "found").glob("*.json"))


def test_there_are_some() -> None:
    """The folder is read."""
    assert len(FOUND) > 20


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.stem)
def test_what_once_broke_a_law_keeps_all_of_them(file: Path) -> None:
    """Every step of the course, every look at it, the slow laws too."""
    assert broken_by_course(load_course(file), thorough=True) == ()
