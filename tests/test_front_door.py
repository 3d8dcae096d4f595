"""The front door: what it names, that it names it once, and that it costs next to nothing."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import ketaschedule
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
