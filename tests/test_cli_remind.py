"""The command ``remind``: what is to be told in a stretch, and bad instants said in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ketaschedule.cli import main
from tests.test_cli_preview import COURSE, GIVEN

STRETCH = ("--since", "2026-12-02T00:00:00-05:00", "--until", "2026-12-02T12:00:00-05:00")


def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    """The exit code and what was said."""
    (tmp_path / "course.json").write_text(json.dumps(COURSE | {"history": [GIVEN]}), "utf-8")
    code = main(["remind", str(tmp_path / "course.json"), *options])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_what_is_due_is_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The visit of 3 December is spoken of on the day before it, at 10:00, and on its own day."""
    code, out, _ = run(tmp_path, capsys, *STRETCH, "--audience", "patient")
    assert code == 0
    assert "2026-12-02 10:00:00-0500  patient Your visit" in out
    assert "c-1/induction/2/tell/day/patient/1" in out
    assert "~" not in out


def test_json_lines_hold_every_value_and_what_is_foreseen_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of the start of the stretch everything in it is provisional; no value is null."""
    code, out, _ = run(tmp_path, capsys, *STRETCH, "--as-of", STRETCH[1], "--dropped", "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert rows
    assert all(row["provisional"] and None not in row.values() for row in rows)
    assert {row["why"] for row in rows if row["state"] == "dropped"} >= {"no-consent"}


def test_a_history_beside_the_course_is_read_as_for_a_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same as within the course file; a line that cannot be read costs no other, and open Alerts are said first."""
    within = run(tmp_path, capsys, *STRETCH)
    course, history = tmp_path / "course.json", tmp_path / "history.jsonl"
    course.write_text(json.dumps(COURSE | {"history": []}), "utf-8")
    history.write_text(json.dumps(GIVEN) + "\n", "utf-8")

    def beside() -> tuple[int, str, str]:
        code = main(["remind", str(course), "--history", str(history), *STRETCH])
        told = capsys.readouterr()
        return code, told.out, told.err

    assert beside() == within
    answer = {"type": "check-in-answered", "id": "e-9", "course": "c-1", "answers": {"phq-9": {"9": 2}}}
    history.write_text("\n".join([json.dumps(GIVEN), json.dumps(answer), "{"]), "utf-8")
    code, out, err = beside()
    assert (code, out) == (1, within[1])
    assert err.startswith("ketaschedule: ALERT safety-item ")
    assert [word in err for word in ("line 2.at", "line 3", "history.jsonl")] == [True] * 3
    history.write_text(
        "\n".join([json.dumps(answer), "{", json.dumps({**GIVEN, "type": "session-gifen"})]), "utf-8"
    )
    code, out, err = beside()
    assert (code, out) == (2, "")
    assert err.startswith("ketaschedule: ALERT safety-item ")
    assert [word in err for word in ("line 1.at", "line 2", "line 3.type")] == [True] * 3, (
        "all faults at once"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "2026-12-02", "--until", STRETCH[3]), "--since"),
        (("--since", STRETCH[3], "--until", STRETCH[1]), "until"),
        ((*STRETCH, "--as-of", "soon"), "--as-of"),
        (("--since", STRETCH[1]), "--until"),
    ],
)
def test_a_bad_instant_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    """Where and what; no traceback."""
    code, out, err = run(tmp_path, capsys, *options)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
