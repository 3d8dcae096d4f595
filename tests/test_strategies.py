"""Strategies: what they draw is sound and boring when small; Hypothesis knows our types as soon as we are installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase as Phases
from hypothesis import find, given, settings
from hypothesis import strategies as st

from ketaschedule.availability import Clinic
from ketaschedule.course import Course
from ketaschedule.definition_checks import definition_faults
from ketaschedule.history import Event
from ketaschedule.instrument import instrument_names, load_instrument, missing_items
from ketaschedule.laws import broken_by_plan, broken_by_protocol, plain_plan
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol import Phase, TreatmentProtocol
from ketaschedule.protocol_files import load_protocol, protocol_from, protocol_to
from ketaschedule.strategies import (
    answers,
    clinics,
    courses,
    events,
    histories,
    phases,
    plans,
    protocols,
)
from ketaschedule.strategies_entry import register
from ketaschedule.strategies_moves import KINDS, Move, event_of, play, start_of

ROOT = Path(__file__).parent.parent
ONE = settings(max_examples=1, phases=[Phases.generate], database=None)
"""The simplest example alone: what everything shrinks to."""
IV = load_protocol("ketamine-iv-six-in-21-days")


@given(protocols())
def test_a_drawn_protocol_is_sound_and_keeps_the_laws(protocol: TreatmentProtocol) -> None:
    """It passes the reader (or could not have been made), the static checks, and the laws of its plain plan."""
    assert definition_faults(protocol) == ()
    assert broken_by_protocol(protocol) == ()
    assert broken_by_plan(plain_plan(protocol), slow=False) == ()
    assert protocol_from(protocol_to(protocol)) == protocol


@settings(max_examples=25)
@given(st.data())
def test_a_drawn_course_has_a_plan_after_any_history(data: st.DataObject) -> None:
    """Of our own drawn protocols as of a built-in one; every event belongs to it and is recorded in order."""
    course = data.draw(courses(data.draw(st.sampled_from([None, IV]))))
    history = data.draw(histories(course))
    lived = course.with_events(*history)
    keys = [event.recorded_key for event in history]
    assert keys == sorted(keys)
    plan = make_plan(lived)
    event = data.draw(events(plan))
    assert isinstance(event, Event)
    assert event.recorded_key >= plan.now
    make_plan(lived.with_events(event), as_of=event.recorded_at)


@given(st.data())
def test_drawn_answers_are_answers(data: st.DataObject) -> None:
    """Every item within its range, and none missing where the form is whole."""
    name = data.draw(st.sampled_from(instrument_names()))
    form = load_instrument(name)
    given_ = data.draw(answers(name))
    assert all(form.by_id[item].low <= value <= form.by_id[item].high for item, value in given_.items())
    assert not missing_items(form, list(given_.items()))
    assert set(data.draw(answers(form, whole=False))) <= set(form.by_id)


def simplest(strategy: st.SearchStrategy[Any]) -> Any:
    """What a strategy shrinks to."""
    kept: list[Any] = []

    def keep(value: Any) -> int:
        kept.append(value)
        return 0

    find(
        strategy.map(keep), lambda _: True, settings=ONE
    )  # what find gives back it also prints: too long here
    return kept[-1]


def test_they_shrink_to_the_boring() -> None:
    """UTC, a Monday, one session, no clinic, nothing recorded."""
    course = simplest(courses())
    assert (course.zone, course.start.isoformat(), course.clinic, course.days) == (
        "UTC",
        "2026-01-05",
        None,
        (),
    )
    assert [phase.count for phase in course.protocol.phases] == [1]
    assert course.protocol.setting == "clinic"
    assert simplest(histories(course)) == ()
    assert simplest(plans()).course.history == ()
    assert simplest(clinics()).closed == ()
    assert simplest(phases()).count == 1
    assert simplest(answers("phq-9")) == dict.fromkeys(map(str, range(1, 10)), 0)
    few = settings(max_examples=50, database=None)
    first = find(histories(course), lambda history: len(history) > 0, settings=few)
    assert [event.type for event in first] == ["session-given"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_move_can_happen(kind: str) -> None:
    """After two doses, an answer, a missed session and a pause there is something for each kind to be about."""
    course = Course(id="c-1", protocol=IV, start=simplest(courses(IV)).start, zone="UTC", adult="yes")
    before = [
        Move(),
        Move(kind="elsewhere"),
        Move(kind="missed"),
        Move(kind="answered", ahead=2, level=1, flag=True),
    ]
    lived = play(course, before)
    now = max((event.recorded_at for event in lived.history), default=start_of(course))
    tried = [event_of(lived, Move(kind=kind, ahead=ahead, flag=True), now, 99) for ahead in (0, 1, 3)]
    made = [(event, at) for event, at in tried if event is not None]
    assert made
    for event, at in made:
        assert at >= now
        make_plan(lived.with_events(event), as_of=at)


def test_play_is_the_same_each_time() -> None:
    """No chance and no clock is in it."""
    course = simplest(courses(IV))
    moves = [Move(), Move(kind="missed", ahead=3), Move(kind="decided"), Move(kind="retracted")]
    assert play(course, moves) == play(course, moves)


@pytest.mark.parametrize("kind", [TreatmentProtocol, Phase, Clinic, Course, Plan])
def test_from_type_draws_our_types(kind: type) -> None:
    """Once registered, by the hook that Hypothesis calls."""
    register()
    assert isinstance(simplest(st.from_type(kind)), kind)


def test_the_hook_is_the_one_that_is_declared_and_hypothesis_calls_it(tmp_path: Path) -> None:
    """An installed copy declares the entry point; a program that only imports Hypothesis can then draw a protocol."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["hypothesis"] == {"ketaschedule": "ketaschedule.strategies_entry:register"}
    info = tmp_path / "ketaschedule_here-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ketaschedule-here\nVersion: 0\n")
    (info / "entry_points.txt").write_text(
        "[hypothesis]\nketaschedule = ketaschedule.strategies_entry:register\n"
    )
    code = (
        "import hypothesis, sys\n"
        "assert 'ketaschedule.strategies' not in sys.modules, 'the strategies are loaded too soon'\n"
        "from ketaschedule import TreatmentProtocol\n"
        "print(hypothesis.strategies.from_type(TreatmentProtocol).map(lambda one: one.id).example())\n"
    )
    done = subprocess.run(
        [sys.executable, "-Wignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        cwd=tmp_path,
    )
    assert done.stdout.strip() == "drawn"
