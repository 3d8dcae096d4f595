"""The shape of the house: which room may know which, how large a room may grow, what the front door loads."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ketaschedule"

# A module may import from rooms above its own and from its own room. A room is the module or package of that
# name, the modules whose names begin with it and an underscore (placement_search belongs to placement, and
# session_reasons to sessions), and its side rooms below.
ORDER = (
    "errors sources times reading instrument protocol history availability course series missed placement layout "
    "sessions safety trajectory relapse inspection checkins plan words reminders planner changes cohort definition laws "
    "strategies formats conformance cli"
).split(" ")

SIDE_ROOMS = {
    "__main__": "cli",
    "alerts": "safety",
    "arming": "reminders",
    "cadence": "protocol",
    "checking": "strategies",
    "checking_search": "strategies",
    "days": "times",
    "decisions": "sessions",
    "decisions_asking": "sessions",
    "decisions_events": "sessions",
    "decisions_model": "sessions",
    "effects": "layout",
    "facts": "course",
    "folding": "course",
    "laid": "layout",
    "machine": "strategies",
    "matching": "layout",
    "privacy": "words",
    "reasons": "sources",
    "rules": "sources",
    "schemas": "formats",
    "terminal": "formats",
    "tracking": "plan",
    "watching": "checkins",
    "zones": "times",
}

MOST_LINES = 300  # what a newcomer holds in the head

HEAVY = [
    "numpy",
    "rich",
    "click",
    "icalendar",
    "hypothesis",
    "cattrs",
    "matplotlib",
    "holidays",
    "babel",
    "pyarrow",
]


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def module_name(file: Path) -> str:
    """``ketaschedule/formats/ics.py`` is ``formats.ics``; the front door is the empty name."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def rank(module: str) -> int | None:
    """Where a module stands in the order; None where the table does not know it."""
    first = module.split(".", 1)[0]
    room = SIDE_ROOMS.get(first, first)
    if room in ORDER:
        return ORDER.index(room)
    named = [known for known in ORDER if room.startswith((known + "_", known.removesuffix("s") + "_"))]
    return ORDER.index(max(named, key=len)) if named else None


def imports(tree: ast.AST, package: str = "ketaschedule") -> Iterator[str]:
    """Every module of ours that a text standing in ``package`` names in an import, wherever it stands.

    ``from ketaschedule.formats import ics`` names ``formats`` and, as it may be one, ``formats.ics``.
    The package root itself is the empty name. Imports that only the type checker sees are counted too.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head, _, rest = alias.name.partition(".")
                if head == "ketaschedule":
                    yield rest
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            head, _, rest = ".".join([*base, *filter(None, [node.module])]).partition(".")
            if head != "ketaschedule":
                continue
            for alias in node.names:
                full = f"{rest}.{alias.name}".lstrip(".")
                if (PACKAGE / full.replace(".", "/")).with_suffix(".py").exists() or (
                    PACKAGE / full.replace(".", "/") / "__init__.py"
                ).exists():
                    yield full
                else:
                    yield rest


def graph() -> dict[str, set[str]]:
    found = {}
    for file in files():
        package = ".".join(file.relative_to(ROOT).parent.parts)
        found[module_name(file)] = set(imports(ast.parse(file.read_text("utf-8"), str(file)), package))
    return found


def faults(edges: dict[str, set[str]]) -> list[str]:
    """What the import table forbids, a line for each."""
    found = []
    for module, wanted in sorted(edges.items()):
        if module == "":
            continue  # the front door may know every room
        if (here := rank(module)) is None:
            found.append(f"{module}: not in the import table; say in ORDER or SIDE_ROOMS where it stands")
            continue
        for other in sorted(wanted):
            there = rank(other) if other else None
            if other == "":
                found.append(f"{module} imports the package root")
            elif there is None:
                found.append(f"{module} imports {other}, which the import table does not know")
            elif there > here:
                found.append(f"{module} imports {other}, which stands below it")
            elif module.startswith("formats.") and other.startswith("formats."):
                found.append(f"{module} imports {other}: one format does not know another")
    return found


def cycles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Loops among modules, each as the modules along it (a package and its own modules apart)."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(module: str, trail: list[str]) -> None:
        if module in trail:
            found.append([*trail[trail.index(module) :], module])
            return
        if module in done:
            return
        for other in sorted(edges.get(module, ())):
            if other not in ("", module):
                walk(other, [*trail, module])
        done.add(module)

    for module in sorted(edges):
        if module:
            walk(module, [])
    return found


def test_a_module_imports_only_modules_above_it() -> None:
    """The table of imports holds, nothing imports the package root, and no module stands outside the table."""
    assert faults(graph()) == []


def test_every_side_room_is_still_there() -> None:
    """The table names no module that is gone."""
    there = {module_name(f).split(".", 1)[0] for f in files()}
    assert sorted(set(SIDE_ROOMS) - there) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """No cycle, not even one that only the type checker sees."""
    assert cycles(graph()) == []


def test_the_table_catches_what_it_forbids() -> None:
    """An import upwards, of the root, of an unknown room, and a circle are each named."""
    planted = {
        "errors": {"plan"},
        "plan": {"errors"},
        "times": {""},
        "attic": set[str](),
        "cli": {"cellar"},
        "formats.ics": {"formats.json", "plan"},
    }
    assert faults(planted) == [
        "attic: not in the import table; say in ORDER or SIDE_ROOMS where it stands",
        "cli imports cellar, which the import table does not know",
        "errors imports plan, which stands below it",
        "formats.ics imports formats.json: one format does not know another",
        "times imports the package root",
    ]
    assert cycles(planted) == [["errors", "plan", "errors"]]


def test_imports_are_found_wherever_they_stand() -> None:
    """Inside functions, under TYPE_CHECKING, by name, by module, or as a neighbour."""
    text = """
import json, ketaschedule
import ketaschedule.times as t
from ketaschedule import errors
from ketaschedule.sources import Source
def late():
    from ketaschedule.history import Event
if TYPE_CHECKING:
    from ketaschedule import Plan
from .errors import Fault
from . import reading
"""
    found = ["", "", "errors", "errors", "history", "reading", "sources", "times"]
    assert sorted(imports(ast.parse(text))) == found
    assert list(imports(ast.parse("from ..times import Zone"), "ketaschedule.formats")) == ["times"]


def test_every_module_says_what_it_is_for() -> None:
    """The first words of a module are its docstring."""
    silent = [module_name(f) for f in files() if not ast.get_docstring(ast.parse(f.read_text("utf-8")))]
    empty_package_markers = [
        m for m in silent if not (PACKAGE / m.replace(".", "/") / "__init__.py").exists()
    ]
    assert empty_package_markers == []


def test_no_room_is_larger_than_one_holds_in_the_head() -> None:
    """A module has at most 300 lines; a longer one is split."""
    lengths = {module_name(f): len(f.read_text("utf-8").splitlines()) for f in files()}
    assert {module: lines for module, lines in lengths.items() if lines > MOST_LINES} == {}


def bare_python(code: str) -> str:
    """What a fresh interpreter, told nothing by this one's environment, prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COV", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=environment,
        cwd=ROOT,
    )
    return done.stdout


def test_the_front_door_loads_nothing_heavy() -> None:
    """``import ketaschedule`` leaves numpy, click, icalendar and their like where they are."""
    loaded = set(
        json.loads(bare_python("import ketaschedule, sys, json; print(json.dumps(sorted(sys.modules)))"))
    )
    assert sorted(loaded & set(HEAVY)) == []


def test_every_name_at_the_front_door_can_be_taken() -> None:
    """Each name in ``__all__`` is there, also where it is loaded only when asked for."""
    code = "import ketaschedule as k; print([n for n in getattr(k, '__all__', []) if not hasattr(k, n)])"
    assert bare_python(code).strip() == "[]"


def test_the_version_is_said_once_and_told_alike() -> None:
    """What the project file says is what an installed copy says of itself."""
    from importlib.metadata import version

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert version("ketaschedule") == project["version"]


def test_every_dependency_has_its_reason_beside_it() -> None:
    """A line of the project file that names a package to install says why, or stands under a heading that does."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    body = text[text.index("\ndependencies = [") : text.index("[project.scripts]")]
    bare = [line for line in body.splitlines() if line.startswith('    "') and "#" not in line]
    # the tools whose names say it, and references to our own extras
    plain = ("pytest>=", "ruff", "mypy", "types-", "build", "ketaschedule[")
    assert [line for line in bare if not line.strip(' "').startswith(plain)] == []


def test_the_data_files_travel_with_the_package() -> None:
    """Tables lie inside the package folder, so the wheel carries them; the typed marker is there."""
    assert (PACKAGE / "py.typed").exists()
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert wheel == {"packages": ["ketaschedule"]}


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_the_papers_of_the_house_are_there(name: str) -> None:
    """Licence, first read, history and how to help."""
    assert len((ROOT / name).read_text("utf-8")) > 400
