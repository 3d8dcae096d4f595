"""Files that mean harm are refused at once, with a clear error, by the library and on the command line.

What bounds the work is tested, not the clock: sizes and depth are counted before anything is parsed or made.
``tests/benchmarks/bench_hostile.py`` measures the times.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ketaschedule import protocol_files, reading_guard
from ketaschedule.availability_files import load_clinic
from ketaschedule.cli import main
from ketaschedule.course_files import course_from, load_course
from ketaschedule.errors import InputError, LimitError
from ketaschedule.formats.json import plan_from_json
from ketaschedule.history_files import MAX_LINES, event_from, load_history, read_history
from ketaschedule.instrument_file import parse_instrument
from ketaschedule.protocol_files import load_protocol, protocol_from
from ketaschedule.protocol_terms import MAX_PARTS, MAX_PHASES
from ketaschedule.reading import MAX_BYTES, read_json, read_toml
from ketaschedule.reading_guard import MAX_DEPTH, MAX_ENTRIES, MAX_VALUES, guard_sizes
from ketaschedule.relapse import load_cohort
from ketaschedule.safety import open_alerts
from tests.hostile import ANSWERS, COURSES, HISTORIES, PROTOCOLS

Case = tuple[str, Callable[[], str]]
MOST_FAULTS = 16


def written(folder: Path, case: Case) -> str:
    file = folder / case[0]
    file.write_text(case[1](), "utf-8", newline="")
    return str(file)


def refused(load: Callable[[str], object], file: str) -> InputError:
    with pytest.raises(InputError) as caught:
        load(file)
    assert 1 <= len(caught.value.faults) <= MOST_FAULTS
    for fault in caught.value.faults:
        assert len(fault.line()) < 1500
        assert "\n" not in fault.line()
    return caught.value


@pytest.mark.parametrize("case", PROTOCOLS.values(), ids=PROTOCOLS)
def test_a_protocol_that_means_harm_is_refused(case: Case, tmp_path: Path) -> None:
    refused(load_protocol, written(tmp_path, case))


@pytest.mark.parametrize("case", COURSES.values(), ids=COURSES)
def test_a_course_that_means_harm_is_refused(case: Case, tmp_path: Path) -> None:
    refused(load_course, written(tmp_path, case))


@pytest.mark.parametrize("case", HISTORIES.values(), ids=HISTORIES)
def test_a_history_that_means_harm_costs_no_other_line(case: Case, tmp_path: Path) -> None:
    """Refused whole, or line by line: what is bad is named, and a good line after it is read."""
    good = '{"type":"session-missed","id":"e-2","course":"c-1","recorded_at":"2026-12-02T12:00:00Z","session":"k"}'
    file = written(tmp_path, case)
    try:
        found = load_history(file)
    except LimitError:
        return
    assert len(found.faults) <= MAX_LINES
    open_alerts(found.lines)
    if len(found.lines) < MAX_LINES:
        again = read_history(case[1]() + "\n" + good)
        assert "e-2" in [event.id for event in again.events]


@pytest.mark.parametrize("line", ANSWERS.values(), ids=ANSWERS)
def test_an_odd_answer_is_heard_or_named(line: str) -> None:
    """An answer that says something rings; one that cannot be read rings as such; none is lost in silence."""
    found = read_history(line)
    heard = open_alerts(found.lines)
    assert found.events or found.faults
    assert heard or found.events
    if '"9":3' in line or '"9":2' in line:
        assert max(alert.level or 0 for alert in heard) >= 2


SHOWN = [
    "arrays in arrays",
    "a number of two million digits",
    "many json numbers of four thousand digits",
    "an interval of 400 years",
    "a million phases, empty",
    "phases, empty, up to the limit",
    "letters from right to left",
    "half of a pair",
    "a zero byte",
    "defaults in a circle",
    "a phase before itself",
    "nothing at all",
]


@pytest.mark.parametrize("title", SHOWN)
def test_the_command_line_says_so_in_a_few_lines(
    title: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, no traceback, no fault of our own, nothing that steers a terminal."""
    file = written(tmp_path, PROTOCOLS[title])
    assert main(["plan", file, "--start", "2026-12-01", "--zone", "Europe/London"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert 1 <= len(err.splitlines()) <= 14
    assert "Traceback" not in err
    assert "fault of our own" not in err
    assert not set(err) & set("\x00\u202e\x1b")


@pytest.mark.parametrize("title", COURSES)
def test_the_command_line_says_so_of_a_course(
    title: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", written(tmp_path, COURSES[title])]) == 2
    err = capfd.readouterr().err
    assert 1 <= len(err.splitlines()) <= 14
    assert "fault of our own" not in err


@pytest.mark.parametrize("title", [title for title in HISTORIES if "as many" not in title])
def test_the_command_line_names_the_lines_of_a_history(
    title: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The plan is made of what could be read, with exit code 1 where a line could not; or nothing is, with 2."""
    file = written(tmp_path, HISTORIES[title])
    plan = [
        "plan",
        "ketamine-iv-single",
        "--start",
        "2026-12-01",
        "--zone",
        "Europe/London",
        "--history",
        file,
    ]
    code = main(plan)
    out, err = capfd.readouterr()
    assert code in (1, 2), err
    assert bool(out) == (code == 1)
    assert len(err.splitlines()) <= 60
    assert "Traceback" not in err
    assert "fault of our own" not in err


# -- What bounds the work ----------------------------------------------------------------------------------

UNPARSED = [
    "arrays in arrays",
    "arrays in arrays, closed",
    "tables in tables",
    "a dotted key of a million parts",
    "a table header of a million parts",
    "json in json",
    "objects in objects",
    "a million phases, empty",
]


@pytest.mark.parametrize("title", UNPARSED)
def test_what_is_too_deep_or_too_large_is_never_parsed(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(*_: object, **__: object) -> Any:
        raise AssertionError("parsed")

    monkeypatch.setattr(tomllib, "loads", parse)
    monkeypatch.setattr(json.JSONDecoder, "decode", parse)
    assert isinstance(refused(load_protocol, written(tmp_path, PROTOCOLS[title])), LimitError)


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("phases", {"phases": [{}] * (MAX_PHASES + 1)}),
        ("steps", {"steps": [0] * (MAX_PARTS + 1)}),
        ("phases[0].taper", {"phases": [{"taper": [{}] * (MAX_PARTS + 1)}]}),
        ("decisions[1].options", {"decisions": [0, {"options": [{}] * (MAX_PARTS + 1)}]}),
        ("sources", {"sources": {f"s{n}": {} for n in range(MAX_PARTS + 1)}}),
        ("", {f"s{n}": 0 for n in range(MAX_PARTS + 1)}),
        ("", {"phases": [{"companions": [{"id": "x"}] * 300}] * 60}),
    ],
)
def test_what_has_too_many_entries_is_never_made_into_anything(
    path: str, table: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def structure(*_: object) -> Any:
        raise AssertionError("made")

    monkeypatch.setattr(protocol_files, "structure", structure)
    with pytest.raises(LimitError) as caught:
        protocol_from(table)
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [(path, "limit")]
    assert caught.value.faults[0].allowed.startswith("at most ")


def test_as_many_as_are_allowed_are_not_too_many() -> None:
    guard_sizes({"phases": [{}] * 64, "a": [0] * 400}, {"phases": 64}, 400, 2 + 64 + 400)
    with pytest.raises(LimitError):
        guard_sizes({"phases": [{}] * 64, "a": [0] * 400}, {"phases": 64}, 400, 1 + 64 + 400)
    assert len(read_json("[" + "0," * (MAX_ENTRIES - 1) + "0]")) == MAX_ENTRIES
    with pytest.raises(LimitError, match=f"{MAX_ENTRIES + 1} entries"):
        read_json("[" + "0," * MAX_ENTRIES + "0]")


@pytest.mark.parametrize("title", [title for title in UNPARSED[:-1] if PROTOCOLS[title][0] == "p.toml"])
def test_a_form_or_a_cohort_that_means_harm_is_never_parsed_either(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dotted key of a hundred thousand parts, parsed, would take minutes."""
    file = Path(written(tmp_path, PROTOCOLS[title]))

    def parse(*_: object, **__: object) -> Any:
        raise AssertionError("parsed")

    monkeypatch.setattr(tomllib, "loads", parse)
    for load in (load_cohort, load_clinic):
        with pytest.raises(LimitError):
            load(file)
    with pytest.raises(LimitError):
        parse_instrument(file.read_text("utf-8")[: 200 * 1024])


def test_a_list_that_is_too_long_is_not_looked_into() -> None:
    """The walk over values stops at its limit, whatever lies beyond."""

    class Watched(list[object]):
        def __iter__(self) -> Any:
            raise AssertionError("looked into")

    with pytest.raises(LimitError):
        guard_sizes({"a": Watched([0] * 401)}, {}, 400, 1000)
    with pytest.raises(LimitError):
        reading_guard.guard_values({"a": Watched([0] * (MAX_ENTRIES + 1))}, "f")


def test_values_are_counted_before_a_text_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: object, **__: object) -> Any:
        raise AssertionError("parsed")

    monkeypatch.setattr(json.JSONDecoder, "decode", parse)
    with pytest.raises(LimitError, match="too many values"):
        read_json("[" + "0," * MAX_VALUES + "0]")


@pytest.mark.parametrize(
    ("text", "toml"),
    [
        ('a = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', True),
        ("a = '''[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n'''", True),
        ('a = """[[[[[[[[[[[[[\\"""[[[[[[[[[[[[[[[[[[[[\n"""', True),
        ("# [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\na = 1", True),
        ("a = '........................................'", True),
        ('["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"[[[[[", "\\\\", 1]', False),
    ],
)
def test_brackets_and_dots_in_quoted_text_and_comments_nest_nothing(text: str, toml: bool) -> None:
    assert (read_toml if toml else read_json)(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = "\\\\" ' + "[" * 99,
        "a = '\\' " + "[" * 99,
        'a = """x"""' + "[" * 99,
        "a = 1 # ' \n b = " + "[" * 99,
        '"a"."b".c' + ".d" * 30 + " = 1",
    ],
)
def test_quotes_that_close_hide_nothing(text: str) -> None:
    with pytest.raises(LimitError, match=f"{MAX_DEPTH} levels"):
        read_toml(text)


def test_the_largest_of_our_own_files_is_far_from_every_limit() -> None:
    folder = Path(protocol_files.__file__).parent / "protocols"
    assert max(file.stat().st_size for file in folder.glob("*.toml")) * 8 < MAX_BYTES


# -- Plain values, as a backend has them after its own JSON reader -------------------------------------------


def nested(depth: int) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for _ in range(depth):
        table = {"a": table}
    return table


def of_itself() -> dict[str, Any]:
    table: dict[str, Any] = {}
    table["a"] = [table]
    return table


PLAIN: dict[str, dict[Any, Any]] = {
    "nested five thousand deep": {
        "answers": nested(5000),
        "phases": [nested(5000)],
        "history": [nested(5000)],
    },
    "itself": of_itself(),
    "names that are none": {1: 2, None: 3},
    "names that are none, further in": {"phases": [{1: 2}], "answers": {"phq-9": {9: 1}}},
    "numbers of five thousand digits": {"schema": 10**5000, "id": 10**5000, "days": [10**5000]},
    "a million of everything": {"phases": [0] * 10**6, "history": [0] * 10**6, "days": ["x"] * 10**6},
    "halves of pairs": {"id": "\ud800", "\udfff": 1},
    "numbers without end": {"session_minutes": float("inf"), "dose_mg": float("nan"), "start": float("-inf")},
}


@pytest.mark.parametrize("title", PLAIN)
@pytest.mark.parametrize("read", [protocol_from, event_from, course_from, plan_from_json])
def test_plain_values_that_mean_harm_are_refused(read: Callable[[Any], object], title: str) -> None:
    """No recursion to the end of the stack, no comparison of what cannot be compared: one kind of error."""
    with pytest.raises(InputError) as caught:
        read({**PLAIN[title], "type": "check-in-answered"} if None not in PLAIN[title] else PLAIN[title])
    assert len(caught.value.faults) <= MOST_FAULTS
    assert all(len(fault.line()) < 1500 for fault in caught.value.faults)


@pytest.mark.parametrize("bad", [None, 1, "x", [], (), b"", object(), float("nan")])
@pytest.mark.parametrize("read", [protocol_from, event_from, course_from])
def test_what_is_no_table_is_refused(read: Callable[[Any], object], bad: object) -> None:
    with pytest.raises(InputError):
        read(bad)
