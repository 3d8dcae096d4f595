"""docs/protocol-checks.md says what the code says: every code, its words, its example, and the examples run."""

from __future__ import annotations

import ast
import doctest
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ketaschedule.definition_checks_codes import CHECKS, READER_CODES
from tests.test_definition_checks import BROKEN, told

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "protocol-checks.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^#### `([a-z-]+)`\n(.*?)(?=^##|\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))


def test_the_page_has_every_check_in_the_order_of_the_code() -> None:
    assert list(CHECKS) == list(SECTIONS)


@pytest.mark.parametrize("code", CHECKS)
def test_the_page_says_what_the_check_says(code: str) -> None:
    """The statement, the way out, and an example every line of which stands in a definition that it catches."""
    section = SECTIONS[code]
    assert f"\n{CHECKS[code].statement}\n" in section
    assert f"\nWay out: {CHECKS[code].way_out}.\n" in section
    [example] = re.findall(r"```toml\n(.*?)```", section, flags=re.DOTALL)
    caught = [
        file.read_text("utf-8").splitlines()
        for file in BROKEN
        if any(line.startswith(f"{code} at ") for line in told(file, "found"))
    ]
    assert any(set(example.splitlines()) <= set(lines) for lines in caught)


def test_the_page_lists_the_codes_of_the_reader() -> None:
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE, flags=re.MULTILINE))
    assert dict(READER_CODES) == listed


def codes_said(file: str) -> Iterator[str]:
    """Every code with which a module of the reader makes a fault."""
    for node in ast.walk(ast.parse((ROOT / "ketaschedule" / file).read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in ("say", "Fault", "one_fault"):
            continue
        given = [word.value for word in node.keywords if word.arg == "code"] + node.args[3:4]
        yield from (
            one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )


def test_the_reader_uses_no_code_that_the_page_does_not_list() -> None:
    files = [
        "protocol_checks.py",
        "protocol_checks_phases.py",
        "protocol_checker.py",
        "protocol_files.py",
        "reading.py",
        "reading_guard.py",
    ]
    said = {code for file in files for code in codes_said(file)}
    said |= {
        "bad-input",
        "bad-protocol",
        "bad-text",
        "bad-number",
        "unknown-name",
    }  # defaults, and by variable
    assert said == set(READER_CODES)


def test_the_examples_in_python_run() -> None:
    """As they stand, from the root of the project."""
    parser = doctest.DocTestParser()
    test = parser.get_doctest(PAGE, {}, "protocol-checks.md", None, 0)
    assert test.examples
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
        runner.run(test)
    finally:
        os.chdir(here)
    assert runner.failures == 0


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
