"""The command ``preview``: what one event would change, and bad files said in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ketaschedule.cli import main

COURSE = {
    "schema": 1,
    "course": "c-1",
    "adult": "yes",
    "protocol": "esketamine-taper",
    "start": "2026-11-30",
    "zone": "America/New_York",
}
MISSED = {
    "type": "session-missed",
    "id": "e-1",
    "course": "c-1",
    "recorded_at": "2026-12-04T18:00:00-05:00",
    "session": "c-1/induction/2",
}
GIVEN = {
    "type": "session-given",
    "id": "e-1",
    "course": "c-1",
    "recorded_at": "2026-12-06T13:00:00-05:00",
    "session": "c-1/induction/2",
    "at": "2026-12-06T10:00:00-05:00",
}


def run(tmp_path: Path, event: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit code and what was said."""
    (tmp_path / "course.json").write_text(json.dumps(COURSE), "utf-8")
    (tmp_path / "event.json").write_text(json.dumps(event), "utf-8")
    code = main(["preview", str(tmp_path / "course.json"), str(tmp_path / "event.json")])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_miss_changes_its_verdict_and_moves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Esketamine keeps its schedule after a miss."""
    code, out, _ = run(tmp_path, MISSED, capsys)
    assert code == 0
    assert "changed  c-1/induction/2: verdict overdue to missed" in out
    assert "moved " not in out


def test_a_late_dose_moves_what_follows_it_too_closely(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given on day 7, the session of day 8 keeps its gap."""
    code, out, _ = run(tmp_path, GIVEN, capsys)
    assert code == 0
    assert "moved    c-1/induction/3: date 2026-12-07 to 2026-12-08" in out


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({**MISSED, "type": "session-lost"}, "session-missed"),
        ({**MISSED, "course": "c-2"}, "c-2"),
        ({**MISSED, "recorded_at": "2026-12-04T18:00:00"}, "recorded_at"),
        ([], "event"),
    ],
)
def test_a_bad_event_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], event: object, said: str
) -> None:
    """Where, what, and what is allowed; never a traceback."""
    code, out, err = run(tmp_path, event, capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
