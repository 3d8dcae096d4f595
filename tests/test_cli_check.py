"""The command ``check``: sound protocols, faults of a definition, a failing course that can be replayed, bad input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ketaschedule import checking, cli_check
from ketaschedule.cli import main
from ketaschedule.course_files import course_text, load_course
from ketaschedule.laws_form import Broken
from ketaschedule.protocol_files import load_protocol
from ketaschedule.strategies_moves import Move, play
from tests.plans import some_course

NAME = "ketamine-iv-single"


def test_a_sound_protocol_says_how_many_courses_kept_the_laws(capsys: pytest.CaptureFixture[str]) -> None:
    """And that this is no word on the treatment; nothing on standard error, no bar where nobody looks."""
    assert main(["check", NAME, "--examples", "5", "--seed", "3"]) == 0
    told = capsys.readouterr()
    assert f"{NAME}: 5 courses tried (seed 3)" in told.out
    assert "not that the treatment is right" in told.out
    assert told.err == ""


def test_a_fault_of_the_definition_is_said_before_any_course(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its path and the way out, exit code 1, and no course."""
    from importlib import resources

    text = resources.files("ketaschedule").joinpath("protocols", f"{NAME}.toml").read_text("utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('until = "next-day"', "offset_minutes = 600", 1), "utf-8")
    assert main(["check", str(file)]) == 1
    told = capsys.readouterr()
    assert "driving-by-the-clock" in told.err
    assert "Way out" in told.err
    assert told.out == ""


def test_the_smallest_failing_course_is_a_file_that_can_be_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written to a file, planned by ``plan``, held to the laws by ``--replay``, which finds the same."""
    course = play(some_course(NAME), [Move(), Move(kind="missed")])
    broken = (Broken("L21", "c-1/first/1", "planted"),)
    trial = checking.Trial(protocol=NAME, examples=7, seed=0, broken=broken, course=course)
    monkeypatch.setattr(cli_check, "try_protocol", lambda *_, **__: trial)
    file = tmp_path / "course.json"
    assert main(["check", NAME, "-o", str(file)]) == 1
    assert "L21 c-1/first/1: planted" in capsys.readouterr().err
    assert load_course(str(file)) == course
    assert main(["plan", str(file)]) == 0
    capsys.readouterr()
    assert main(["check", "--replay", str(file)]) == 0
    assert "1 events" in capsys.readouterr().out
    monkeypatch.setattr(cli_check, "broken_by_course", lambda *_, **__: broken)
    assert main(["check", "--replay", str(file)]) == 1
    assert "L21" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "PROTOCOL"),
        (["nope"], "nope"),
        ([NAME, "--examples", "0"], "1 to 1000000"),
        ([NAME, "--replay", "x.json"], "--replay"),
        (["--replay", "no-such.json"], "no-such.json"),
    ],
)
def test_bad_input_says_what_is_allowed(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line, no traceback."""
    assert main(["check", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_without_the_extra_the_command_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with what to install."""
    monkeypatch.setattr(cli_check, "find_spec", lambda _: None)
    assert main(["check", NAME]) == 2
    said = capsys.readouterr().err
    assert "ketaschedule[cli,testing]" in said
    assert "in a clone pip install '.[cli,testing]'" in said


def test_without_the_extra_a_file_that_is_missing_is_said_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every other fault, so that one round is enough."""
    monkeypatch.setattr(cli_check, "find_spec", lambda _: None)
    assert main(["check", "nope.toml", "--examples", "0"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["nope.toml:", "--examples:", "check:"]


def test_on_a_terminal_a_bar_goes_by_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Progress is told on standard error, so that the course file on standard output stays whole."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["check", NAME, "--examples", "2"]) == 0
    assert "2 courses tried" in capsys.readouterr().out


def test_a_course_of_a_protocol_of_ones_own_travels_with_it(tmp_path: Path) -> None:
    """The file of a failing course holds the protocol that it failed under."""
    from attrs import evolve

    mine = evolve(load_protocol(NAME), id="mine")
    text = course_text(some_course(mine))
    (tmp_path / "c.json").write_text(text, "utf-8")
    assert json.loads(text)["protocol"]["id"] == "mine"
    assert load_course(str(tmp_path / "c.json")).protocol == mine
