"""The front door: what it names, that it names it once, and that it costs next to nothing."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pendulum
import pytest

import ketaschedule
from ketaschedule import (
    Course,
    InputError,
    load_cohort,
    load_instrument,
    load_protocol,
    make_plan,
    preview,
    read_history,
    score,
    trajectories,
)
from ketaschedule.formats.picture import plan_to_svg
from ketaschedule.reminders import reminders
from tests.test_house import bare_python

SOURCE = Path(ketaschedule.__file__).read_text("utf-8")


def test_type_checkers_see_the_names_that_programs_get() -> None:
    """The imports for type checkers and the table say the same names from the same rooms, in one order."""
    checked = [
        (node.module.removeprefix("ketaschedule."), [alias.name for alias in node.names])
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ketaschedule.")
    ]
    assert checked == [(room, names.split()) for room, names in ketaschedule._ROOMS.items()]


def test_every_name_is_one_its_room_gives() -> None:
    """Each can be taken, is listed, and stands in ``__all__`` of its room."""
    for room, names in ketaschedule._ROOMS.items():
        for name in names.split():
            value = getattr(ketaschedule, name)
            module = sys.modules[f"ketaschedule.{room}"]
            assert getattr(module, name) is value
            assert name in module.__all__, f"{room} does not offer {name}"
    assert len(ketaschedule.__all__) == len(set(ketaschedule.__all__))
    assert set(ketaschedule.__all__) <= set(dir(ketaschedule))


def test_no_name_is_also_a_room() -> None:
    """Else what one gets would hang on what was imported before."""
    rooms = {path.stem for path in Path(ketaschedule.__file__).parent.glob("*.py")}
    rooms |= {path.parent.name for path in Path(ketaschedule.__file__).parent.glob("*/__init__.py")}
    assert sorted(rooms & set(ketaschedule.__all__)) == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="nobody"):
        _ = ketaschedule.nobody


def test_importing_it_loads_none_of_its_rooms() -> None:
    """Nothing but itself; a plan then loads neither calendar, screen nor numbers."""
    code = "import sys, ketaschedule; print([m for m in sys.modules if m.startswith('ketaschedule.')])"
    assert bare_python(code).strip() == "[]"
    code = (
        "import sys, ketaschedule as k, pendulum;"
        "c = k.Course(id='c-1', protocol=k.load_protocol('esketamine-taper'), start=pendulum.date(2026, 12, 1),"
        " zone='America/New_York');"
        "len(k.make_plan(c).sessions);"
        "print(sorted({'numpy', 'rich', 'click', 'icalendar', 'hypothesis', 'matplotlib'} & set(sys.modules)))"
    )
    assert bare_python(code).strip() == "[]"


def odd(value: Any) -> Any:
    """What a caller without types may hand in."""
    return value


COURSE = Course(
    id="c-1",
    protocol=load_protocol("esketamine-taper"),
    start=pendulum.date(2026, 12, 1),
    zone="America/New_York",
    adult="yes",
)


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda: make_plan(odd({})), "course"),
        (lambda: preview(odd({}), odd({})), "course"),
        (lambda: preview(COURSE, odd({})), "event"),
        (lambda: reminders(make_plan(COURSE), odd("a"), pendulum.datetime(2026, 12, 1)), "since"),
        (lambda: reminders(make_plan(COURSE), pendulum.datetime(2026, 12, 1), odd(7)), "until"),
        (lambda: load_cohort(odd(None)), "cohort"),
        (lambda: load_cohort("mine.toml"), "cohort"),
        (lambda: load_instrument(odd(3)), "instrument"),
        (lambda: load_instrument("mine.toml"), "instrument"),
        (lambda: read_history(odd(b"{}")), "history"),
        (lambda: score(odd("phq-9"), {}), "instrument"),
        (
            lambda: trajectories(
                [], instruments="phq-9", first_dose=None, as_of=pendulum.datetime(2026, 12, 1)
            ),
            "instruments",
        ),
        (lambda: plan_to_svg(make_plan(COURSE), odd("nobody")), "audience"),
    ],
    ids=range(13),
)
def test_an_argument_of_another_kind_is_named_by_its_path(call: Any, path: str) -> None:
    """No bare AttributeError: one clear error that says what is needed there."""
    with pytest.raises(InputError) as caught:
        call()
    (fault,) = caught.value.faults
    assert fault.path == path
    assert fault.allowed


def test_a_row_in_place_of_a_line_is_a_fault_with_its_number_and_costs_no_other() -> None:
    line = '{"type": "paused", "id": "e-1", "course": "c-1", "recorded_at": "2026-12-01T10:00:00Z", "from": "2026-12-02"}'
    read = read_history([(line,), line, None])
    assert [(fault.path, fault.text) for fault in read.faults] == [
        ("line 1", "is a tuple"),
        ("line 3", "is a NoneType"),
    ]
    assert [event.id for event in read.events] == ["e-1"]
    assert read.lines == (line,)
