"""Static checks: a sound definition has no fault, and a broken one is caught and named right.

Each file of ``tests/broken`` says at its top why it is broken, what is found (``# found: code at path``), and
with which change it would be sound (``# sound with: path = value``), just inside the bound.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ketaschedule.definition_checks import CHECKS, definition_faults
from ketaschedule.errors import Fault, InputError
from ketaschedule.protocol_files import load_protocol, protocol_from, protocol_names

FOLDER = Path(__file__).parent / "broken"
BROKEN = sorted(file for file in FOLDER.glob("*.toml") if not file.name.startswith("sound"))


def told(file: Path, mark: str) -> list[str]:
    """What the head of a file says under one mark."""
    lines = file.read_text("utf-8").splitlines()
    return [line.removeprefix(f"# {mark}: ") for line in lines if line.startswith(f"# {mark}: ")]


def plain(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def faults_of(data: dict[str, Any]) -> tuple[Fault, ...]:
    """Faults of reading, or else those of the static checks."""
    try:
        return definition_faults(protocol_from(copy.deepcopy(data)))
    except InputError as error:
        return error.faults


def said(faults: Iterable[Fault]) -> list[str]:
    return sorted(f"{fault.code} at {fault.path}" for fault in faults)


def set_at(data: Any, path: str, text: str) -> None:
    """Set the value at ``path`` to a TOML value; ``none`` takes it out."""
    steps = [int(index) if index else name for index, name in re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)]
    here = data
    for step in steps[:-1]:
        here = here.setdefault(step, {}) if isinstance(here, dict) else here[step]
    last = steps[-1]
    if text == "none":
        del here[last]
        return
    value = tomllib.loads(f"value = {text}")["value"]
    if isinstance(here, list) and last == len(here):
        here.append(value)
    else:
        here[last] = value


@pytest.mark.parametrize("name", protocol_names())
def test_a_built_in_protocol_has_no_fault(name: str) -> None:
    assert definition_faults(load_protocol(name)) == ()


@pytest.mark.parametrize("name", ["sound", "sound-at-home"])
def test_the_definitions_that_were_broken_had_no_fault(name: str) -> None:
    assert said(faults_of(plain(FOLDER / f"{name}.toml"))) == []


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_definition_is_caught_and_named_right(file: Path) -> None:
    """That fault at that place, and no other."""
    expected = told(file, "found")
    assert expected
    assert sorted(expected) == said(faults_of(plain(file)))


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_what_lies_just_inside_the_bound_is_no_fault(file: Path) -> None:
    data = plain(file)
    changes = told(file, "sound with")
    assert changes
    for change in changes:
        path, _, value = change.partition(" = ")
        set_at(data, path, value)
    assert said(faults_of(data)) == []


VARIANTS = tomllib.loads((FOLDER.parent / "definition_variants.toml").read_text("utf-8"))["variant"]


def changed(variant: dict[str, Any], *names: str) -> dict[str, Any]:
    data = plain(FOLDER / f"{variant.get('base', 'sound')}.toml")
    for change in (one for name in names for one in variant[name]):
        path, _, value = change.partition(" = ")
        set_at(data, path, value)
    return data


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one["why"])
def test_a_variant_is_named_right_and_sound_just_inside(variant: dict[str, Any]) -> None:
    found = faults_of(changed(variant, "change"))
    assert sorted(variant["found"]) == said(found)
    assert variant.get("says", "") in (found[0].text if found else "")
    if "inside" in variant:
        assert said(faults_of(changed(variant, "change", "inside"))) == []


def test_every_check_has_a_broken_definition_that_it_catches() -> None:
    caught = {line.partition(" at ")[0] for file in BROKEN for line in told(file, "found")}
    assert sorted(set(CHECKS) - caught) == []
    assert {"circle", "label-not-read", "no-source"} <= caught
    assert len(BROKEN) >= 20
