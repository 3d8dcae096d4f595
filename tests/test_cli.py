"""The command line: each command, each kind of bad input in one clear line, and never a traceback."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, NamedTuple

import click
import pytest

from ketaschedule import cli, cli_plan, cli_support
from ketaschedule.course_files import course_text
from ketaschedule.errors import KetascheduleError
from ketaschedule.formats import Style, render
from ketaschedule.history_files import history_text
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names, protocol_to
from tests.plans import AWKWARD, eventful_history, some_clinic, some_course

ROOT = Path(__file__).resolve().parent.parent
TAPER = ["plan", "esketamine-taper", "--start", "2026-12-01", "--zone", "America/New_York"]


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


def run(*words: str | Path) -> Done:
    """Run a command in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main([str(word) for word in words])
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    assert "Traceback" not in err.getvalue()
    return Done(code, out.buffer.getvalue(), err.getvalue())


def program(
    *words: str | Path, env: dict[str, str] | None = None, stdout: IO[bytes] | int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a program of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "ketaschedule.cli", *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
        env={**os.environ, **(env or {})},
        cwd=ROOT,
    )
    assert b"Traceback" not in done.stderr
    return done


# -- What goes well -----------------------------------------------------------------------------------------


def test_the_package_run_as_a_module_is_the_program() -> None:
    """``python -m ketaschedule`` takes the same words, and gives the same output and exit codes."""
    for words, code in ((["protocols"], 0), (["plan", "nonesuch"], 2)):
        command = [sys.executable, "-m", "ketaschedule", *words]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False, cwd=ROOT)
        same = run(*words)
        assert (done.returncode, done.stdout, done.stderr.decode("utf-8")) == (code, same.out, same.err)


def test_protocols_are_a_line_each() -> None:
    """All seventeen, by name."""
    done = run("protocols")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.text.splitlines()] == list(protocol_names())


@pytest.mark.parametrize("name", protocol_names())
def test_show_prints_everything_a_protocol_says(name: str) -> None:
    """Each statement, dose, step, Decision and option, with its source; each source with grade and address."""
    done = run("show", name)
    assert (done.code, done.err) == (0, "")
    flat = " ".join(done.text.split())
    protocol = load_protocol(name)
    said = [(one.text, one.source) for one in protocol.statements]
    said += [(dose.text, dose.source) for dose in protocol.doses]
    said += [(step.text, step.source) for step in protocol.steps]
    for text in [
        *(text for text, _ in said),
        *(option.text for rule in protocol.decisions for option in rule.options),
        *(option.text for lapse in protocol.lapse for option in lapse.options),
        *(rule.question for rule in protocol.decisions),
        *(lapse.question for lapse in protocol.lapse),
        *(companion.id for phase in protocol.phases for companion in phase.companions),
        *(phase.title or phase.id for phase in protocol.phases),
        *(rule.id for rule in protocol.checkins),
    ]:
        assert " ".join(text.split()) in flat, text
    for source in {source for _, source in said} - {"house"}:
        one = protocol.sources[source]
        assert f"{source} — {one.label().replace('unconfirmed', 'UNCONFIRMED')}: " in flat
        assert one.address in done.text
    if any(one.kind in ("limit-of-use", "negative-trial") for one in protocol.statements):
        assert done.text.index("Limits of use and negative trials") < done.text.index("Session day")


def test_show_marks_what_was_not_confirmed() -> None:
    """It stands out, beside the sentence and in the list."""
    assert run("show", "esketamine-taper").text.count("UNCONFIRMED") == 2


@pytest.mark.parametrize("form", ["table", "json", "ics", "csv"])
def test_plan_prints_what_the_library_makes(form: str, tmp_path: Path) -> None:
    """Byte for byte, on standard output and in a file."""
    expected = render(make_plan(some_course(adult="unknown")), form)
    done = run(*TAPER, "--format", form)
    assert (done.code, done.err) == (0, "")
    assert done.out == expected
    file = tmp_path / "plan"
    assert run(*TAPER, "--format", form, "-o", file) == (0, b"", "")
    assert file.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [file]


def test_every_option_reaches_the_plan(tmp_path: Path) -> None:
    """Time, weekdays, horizon, instant, clinic, history, id, adult, reasons, titles, namespace."""
    clinic = tmp_path / "clinic.toml"
    clinic.write_text(
        'zone = "Europe/London"\nname = "Nord"\nphone = "1"\n[hours]\ntue = ["09:00-17:00"]\nfri = ["09:00-17:00"]\n',
        "utf-8",
    )
    data = json.loads(
        run(*TAPER, "--at", "11:15", "--days", "tue, FRI", "--until", "2027-01-31", "--as-of", "2026-12-20T08:00:00Z",
            "--clinic", clinic, "--course-id", "c-77", "--adult", "yes", "--format", "json").text
    )  # fmt: skip
    assert (data["course"], data["clinic_zone"], data["zone"]) == (
        "c-77",
        "Europe/London",
        "America/New_York",
    )
    assert (data["as_of"], data["horizon"]) == ("2026-12-20T08:00:00+00:00", "2027-01-31")
    assert data["sessions"][0]["at"] == "2026-12-01T11:15:00+00:00"
    assert "adult-unknown" not in {finding["code"] for finding in data["findings"]}
    assert json.loads(run(*TAPER, "--weeks", "52", "--format", "json").text)["horizon"] == "2027-11-29"
    assert "S22" in run(*TAPER, "--why").text
    ics = run(
        *TAPER, "--clinic", clinic, "--format", "ics", "--titles", "clinical", "--namespace", "nord.example"
    ).text
    assert "LOCATION:Nord" in ics
    assert "@nord.example" in ics


def test_decide_is_a_what_if_and_says_so() -> None:
    """Week 9 every two weeks: days 64, 78, 92; the output says that nothing was decided."""
    done = run(
        "plan", "esketamine-trd-us", *TAPER[2:], "--decide", "week-9=every-2-weeks", "--format", "json"
    )
    data = json.loads(done.text)
    assert [one["day"] for one in data["sessions"] if one["phase"] == "maintenance"][:3] == [64, 78, 92]
    assert data["what_if"] == {"week-9": "every-2-weeks"}
    assert (
        "nothing was decided"
        in run("plan", "esketamine-trd-us", *TAPER[2:], "--decide", "week-9=every-2-weeks").text
    )


def test_a_course_file_is_planned_and_options_override_it(tmp_path: Path) -> None:
    """The same plan as the course in Python; an option wins over the file."""
    course = some_course(clinic=some_clinic(name=AWKWARD), history=eventful_history())
    file = tmp_path / "course.json"
    file.write_text(course_text(course), "utf-8")
    assert run("plan", file, "--format", "json").out == render(make_plan(course), "json")
    moved = json.loads(run("plan", file, "--format", "json", "--at", "15:00").text)
    assert moved["sessions"][-1]["at"][11:16] == "15:00"


def test_a_protocol_may_be_a_file(tmp_path: Path) -> None:
    """As TOML or JSON; the plan is that of the built-in one."""
    text = (ROOT / "ketaschedule" / "protocols" / "ketamine-aud-three-weekly.toml").read_text("utf-8")
    toml = tmp_path / "own.toml"
    toml.write_text(text, "utf-8")
    words = ["--start", "2026-12-01", "--zone", "America/New_York", "--adult", "yes", "--format", "json"]
    expected = render(make_plan(some_course("ketamine-aud-three-weekly")), "json")
    assert run("plan", toml, *words).out == expected
    table = protocol_to(load_protocol("ketamine-aud-three-weekly"))
    for name, written in (("own.json", table), ("list.json", [table])):
        (tmp_path / name).write_text(json.dumps(written, default=str), "utf-8")
    assert run("plan", tmp_path / "own.json", *words).out == expected
    assert run("plan", tmp_path / "list.json", *words).code == 2
    assert run("show", toml).out == run("show", "ketamine-aud-three-weekly").out


def test_a_history_file_is_planned_and_dates_the_plan(tmp_path: Path) -> None:
    """``as_of`` is when the last event was recorded."""
    file = tmp_path / "history.jsonl"
    file.write_text(history_text(eventful_history()), "utf-8")
    done = run(*TAPER, "--adult", "yes", "--history", file, "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert done.out == render(make_plan(some_course(history=eventful_history())), "json")
    assert json.loads(done.text)["as_of"] == "2026-12-06T09:00:00-05:00"


def test_the_clock_is_read_for_now_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--as-of now`` is this second; without it the clock is not touched."""

    read: list[int] = []

    def clock() -> datetime.datetime:
        read.append(1)
        return datetime.datetime(2026, 12, 24, 18, 30, 15, 999, tzinfo=datetime.UTC)

    assert cli_plan._clock().utcoffset() == datetime.timedelta(0)
    monkeypatch.setattr(cli_plan, "_clock", clock)
    run(*TAPER)
    assert read == []
    data = json.loads(run(*TAPER, "--as-of", "now", "--format", "json").text)
    assert (len(read), data["as_of"]) == (1, "2026-12-24T13:30:15-05:00")


@pytest.mark.parametrize("kind", ["protocol", "course", "event", "plan"])
def test_schema_prints_a_schema(kind: str) -> None:
    """JSON, of the kind asked for."""
    assert json.loads(run("schema", kind).text)["$id"] == f"urn:ketaschedule:{kind}:1"


@pytest.mark.parametrize("words", [[], *([name] for name in cli.COMMANDS)], ids=" ".join)
def test_help_has_an_example_everywhere(words: list[str]) -> None:
    """Of the program and of each command; the example runs."""
    done = run(*words, "--help")
    assert done.code == 0
    assert "Usage: ketaschedule" in done.text
    _, example = done.text.split("Example:\n    ketaschedule ")
    assert example.count("\n") == 1, "in one line, so that it can be copied"
    assert example.split()[0] in cli.COMMANDS
    if not {"-o", "COURSE.json"} & set(example.split()):
        assert run(*example.split()).code == 0


def test_the_version_is_said() -> None:
    """One line."""
    assert run("--version").text.startswith("ketaschedule 0.")


# -- Bad input: one clear line, exit 2, nothing on standard output -------------------------------------------

BAD: dict[str, tuple[list[str], str]] = {
    "unknown protocol": (["plan", "esketamine-tapper", *TAPER[2:]], "did you mean esketamine-taper"),
    "unknown protocol to show": (["show", "esketamin"], "did you mean esketamine"),
    "unknown zone": ([*TAPER[:5], "America/NewYork"], "did you mean America/New_York"),
    "no zone at all": ([*TAPER[:5], "Mars/Base"], "zone: no time zone is called 'Mars/Base'"),
    "missing start": ([*TAPER[:2], "--zone", "UTC"], "start: missing (allowed: --start 2026-12-01)"),
    "impossible date": ([*TAPER, "--start", "2026-02-30"], "not a day of the calendar"),
    "start of the wrong type": ([*TAPER, "--start", "2026-12-01T10:00:00"], "start: '2026-12-01T10:00:00' is not a date"),
    "start in words": ([*TAPER, "--start", "tomorrow"], "YYYY-MM-DD"),
    "naive as-of": ([*TAPER, "--as-of", "2026-12-01T00:00:00"], "as_of: '2026-12-01T00:00:00' has no UTC offset"),
    "impossible as-of": ([*TAPER, "--as-of", "2026-12-01T25:00:00Z"], "a time that no clock shows"),
    "impossible time": ([*TAPER, "--at", "24:30"], "at: '24:30' is not a time of day"),
    "unknown weekday": ([*TAPER, "--days", "tue,frid"], "days[1]: no weekday is called 'frid'"),
    "horizon in weeks": ([*TAPER, "--weeks", "261"], "beyond five years"),
    "horizon in dates": ([*TAPER, "--until", "2032-12-01"], "beyond five years"),
    "until before start": ([*TAPER, "--until", "2026-11-01"], "lies before the start"),
    "weeks and until": ([*TAPER, "--weeks", "4", "--until", "2027-01-01"], "one of the two"),
    "weeks in words": ([*TAPER, "--weeks", "many"], "'many' is not a valid integer"),
    "a course id that is not one": ([*TAPER, "--course-id", "Jane Doe"], "course: 'Jane Doe' is not a course id"),
    "a child": ([*TAPER, "--adult", "no"], "adult: this protocol is for adults"),
    "a Decision that is none": ([*TAPER, "--decide", "widen-to-2-week=hold"], "did you mean widen-to-2-weeks"),
    "an option that is none": ([*TAPER, "--decide", "widen-to-2-weeks=maybe"], "go-on, hold, step-back, end"),
    "no option": ([*TAPER, "--decide", "week-9"], "ID=OPTION"),
    "two options": ([*TAPER, "--decide", "end-review=go-on", "--decide", "end-review=end-as-planned"], "decided twice"),
    "unknown format": ([*TAPER, "--format", "xml"], "'xml' is not one of"),
    "unknown option": ([*TAPER, "--colour"], "No such option"),
    "unknown command": (["plann"], "No such command"),
    "unknown schema": (["schema", "plans"], "did you mean plan"),
    "a clinic that is not there": ([*TAPER, "--clinic", "none.toml"], "none.toml: cannot be read: No such file"),
    "a history that is not there": ([*TAPER, "--history", "none.jsonl"], "none.jsonl: cannot be read: No such file"),
    "a protocol that is not there": (["plan", "none.toml", *TAPER[2:]], "none.toml: cannot be read: No such file"),
    "a folder": (["plan", "./", *TAPER[2:]], "cannot be read: Is a directory"),
    "reasons in a neutral calendar": ([*TAPER, "--format", "ics", "--why"], "titles = clinical"),
    "a namespace that tells": ([*TAPER, "--format", "ics", "--namespace", "ketamine.example"], "ketamine"),
    "a patient's table": ([*TAPER, "--for", "patient"], "only the picture"),
    "an output that cannot be": ([*TAPER, "-o", "/nowhere/plan"], "cannot be written: No such file or directory"),
    "an output that is a folder": ([*TAPER, "-o", "."], "cannot be written: Is a directory"),
    "a name with a zero in it": (["plan", "a\x00b.json", *TAPER[2:]], "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_line_and_exit_2(name: str) -> None:
    """What is wrong and what is allowed; nothing on standard output."""
    words, said = BAD[name]
    done = run(*words)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err
    ours = [line for line in done.lines if line.startswith("ketaschedule: ")]
    assert len(ours) == 1 or (not ours and "Error: " in done.err), done.err


def files_at_fault(folder: Path) -> dict[str, tuple[list[str | Path], list[str]]]:
    """Files that cannot be used, and what is said of each."""
    five = folder / "five.toml"
    text = (ROOT / "ketaschedule" / "protocols" / "ketamine-iv-single.toml").read_text("utf-8")
    lines = [
        line
        for line in text.splitlines()
        if not line.startswith(('title = "Ketamine', "min_gap_days", "setting", "session_minutes"))
    ]
    lines[lines.index("schema = 1")] = (
        'schema = 1\nmin_gap_days = "2"\nsession_minutes = true\nsetting = "garage"\nmood = 1'
    )
    five.write_text("\n".join(lines), "utf-8")
    big = folder / "big.toml"
    with big.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    big_json = folder / "big.json"
    with big_json.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    deep = folder / "deep.json"
    deep.write_text('{"course": ' + "[" * 100_000, "utf-8")
    deep_toml = folder / "deep.toml"
    deep_toml.write_text("a = " + "[" * 100_000, "utf-8")
    closed = folder / "closed.toml"
    closed.write_text('zone = "Europe/London"\n[hours]\nmon = ["03:00-04:00"]\n', "utf-8")
    never = folder / "never.toml"
    never.write_text('zone = "Europe/London"\nclosed = [["2026-01-01", "2050-12-31"]]\n', "utf-8")
    no_text = folder / "no-text.json"
    no_text.write_bytes(b'{"course": "\xff"}')
    words: list[str | Path] = [*TAPER[2:]]
    return {
        "a protocol with five faults": (
            ["plan", five, *words],
            ["title: missing", "min_gap_days: '2' is not a whole number", "session_minutes: True is not", "setting: ", "mood: no such field"],
        ),
        "a file of 50 MB": (["plan", big, *words], ["the file is too large (allowed: at most 262144 bytes)"]),
        "a course of 50 MB": (["plan", big_json], ["the file is too large"]),
        "a clinic of 50 MB": ([*TAPER, "--clinic", big], ["the file is too large"]),
        "a history of 50 MB": ([*TAPER, "--history", big], ["the file is too large"]),
        "deep nesting": (["plan", deep], ["nested too deeply (allowed: at most 24 levels)"]),
        "deep nesting in TOML": (["plan", deep_toml, *words], ["nested too deeply"]),
        "a clinic that is never open long enough": ([*TAPER, "--clinic", closed], ["no day is possible"]),
        "a clinic that is closed for ever": ([*TAPER, "--clinic", never], ["no day is possible"]),
        "bytes that are no text": (["plan", no_text], ["not UTF-8 text (byte 12)"]),
    }  # fmt: skip


def test_a_file_at_fault_is_said_with_every_fault_and_its_path(tmp_path: Path) -> None:
    """All five of a protocol with five; the limit of one too large or too deep; no day at all."""
    for name, (words, said) in files_at_fault(tmp_path).items():
        done = run(*words)
        assert (done.code, done.out) == (2, b""), name
        for text in said:
            assert text in done.err, (name, done.err)
        assert len(done.lines) == len(said), (name, done.err)


def test_every_fault_of_a_command_is_said_at_once() -> None:
    """A bad protocol does not hide a bad start, zone, time, weekday and id."""
    done = run(
        "plan", "nonesuch", "--start", "x", "--zone", "y", "--at", "z", "--days", "w", "--course-id", "V V"
    )
    assert done.code == 2
    assert [line.split()[1] for line in done.lines] == [
        "protocol:",
        "start:",
        "course:",
        "zone:",
        "at:",
        "days[0]:",
    ]


def paths(done: Done) -> list[str]:
    return [line.split()[1].rstrip(":") for line in done.lines]


def test_every_fault_of_the_options_of_a_plan_is_said_at_once() -> None:
    """Those of the course, of the instant, of the horizon, of what is decided and of the picture."""
    asked = ["--at", "25:00", "--days", "xx", "--weeks", "0", "--as-of", "yesterday", "--decide", "foo"]
    done = run(*TAPER, *asked)
    assert (done.code, done.out) == (2, b"")
    assert paths(done) == ["at", "days[0]", "as_of", "weeks", "--decide"]
    done = run(*TAPER, "--until", "soon", "--decide", "foo=bar", "--for", "patient", "--adult", "no")
    assert paths(done) == ["adult", "until", "--decide", "--for"]


def test_what_is_decided_is_held_to_the_protocol_though_the_course_is_at_fault(tmp_path: Path) -> None:
    """To the built-in one, to that in a course file and those it may change to; without any, to its form alone."""
    words = ["--zone", "y", "--decide", "week-9=never", "--decide", "foo"]
    assert "week-9 has no option 'never'" in run("plan", "esketamine-trd-us", *words).err
    assert "no Decision is called 'week-9'" in run("plan", "esketamine-taper", *words).err
    assert "never" not in run("plan", "nonesuch", *words).err
    file = tmp_path / "course.json"
    table: dict[str, Any] = {
        "schema": 1,
        "course": "c-9",
        "protocol": "esketamine-taper",
        "start": "2026-12-01",
        "zone": "Mars/Base",
    }
    key = "c-9/decision/week-9=never"
    for more, said in (
        ({}, "no Decision is called 'week-9'"),
        ({"protocols": {"next": protocol_to(load_protocol("esketamine-trd-us"))}}, "has no option 'never'"),
        ({"protocols": "none"}, "no Decision is called 'week-9'"),
        ({"protocol": {"schema": 1}}, "Mars/Base"),
    ):
        file.write_text(json.dumps(table | more, default=str), "utf-8")
        done = run("plan", file, "--decide", key, "--decide", "foo")
        assert said in done.err
        assert paths(done)[-1] == "--decide"
        assert done.err.count("--decide:") == (1 if said == "Mars/Base" else 2)


def test_faults_from_outside_do_nothing_to_a_terminal() -> None:
    """Control characters of a hostile argument are not printed, and a long one is cut."""
    done = run("plan", "\x1b[31m\u202eevil" + "x" * 5000, *TAPER[2:])
    assert "\x1b" not in done.err
    assert "\u202e" not in done.err
    assert len(done.err) < 1500


# -- A history that is not all readable -----------------------------------------------------------------------


def write_history(folder: Path, *more: str) -> Path:
    file = folder / "history.jsonl"
    lines = history_text(eventful_history()).splitlines()
    file.write_text("\n".join([*lines[:2], *more, *lines[2:]]) + "\n", "utf-8")
    return file


def test_an_unreadable_line_costs_no_other(tmp_path: Path) -> None:
    """Said with its number, a finding in the plan, exit 1; all else is as if it were not there."""
    done = run(*TAPER, "--adult", "yes", "--history", write_history(tmp_path, "garbage"), "--format", "json")
    assert done.code == 1
    assert "history.jsonl: line 3: not JSON" in done.err
    data = json.loads(done.text)
    lost = [finding for finding in data["findings"] if finding["code"] == "unreadable-event"]
    assert [(one["path"], one["rule"]) for one in lost] == [("line 3", "H10")]
    data["findings"] = [finding for finding in data["findings"] if finding not in lost]
    assert data == json.loads(render(make_plan(some_course(history=eventful_history())), "json"))


def test_an_unknown_event_type_is_refused_and_names_the_known(tmp_path: Path) -> None:
    """It may change what all else means, so nothing is planned."""
    line = '{"type": "session-gifen", "id": "e-9", "course": "c-1", "recorded_at": "2026-12-02T00:00:00Z"}'
    done = run(*TAPER, "--history", write_history(tmp_path, line))
    assert (done.code, done.out) == (2, b"")
    assert (
        "line 3.type: no event type is called 'session-gifen' (allowed: session-given, session-stopped"
        in done.err
    )


def test_an_event_of_another_course_is_refused(tmp_path: Path) -> None:
    """The wrong person's history is never planned."""
    line = '{"type": "session-missed", "id": "e-9", "course": "c-2", "recorded_at": "2026-12-02T00:00:00Z", "session": "c-2/induction/1"}'
    done = run(*TAPER, "--history", write_history(tmp_path, line))
    assert (done.code, done.out) == (2, b"")
    assert "'c-2', not 'c-1'" in done.err


def test_safety_does_not_wait_for_planning(tmp_path: Path) -> None:
    """Whatever else is broken, an open Alert in what was read is said; in a good plan it stands in the plan."""
    answer = '{"type": "check-in-answered", "id": "e-9", "course": "c-1", "recorded_at": "yesterday", "answers": {"phq-9": {"9": 3}}}'
    history = write_history(tmp_path, answer)
    for words in (
        ["plan", "nonesuch", *TAPER[2:]],
        [*TAPER[:5], "Mars/Base"],
        [*TAPER, "--decide", "x=y"],
        [*TAPER, "--weeks", "9999"],
    ):
        done = run(*words, "--history", history)
        assert done.code == 2
        assert "ALERT safety-item" in done.err
        assert "at level 3 of 3" in done.err
        assert "at level 1 of 3" in done.err, "the readable answer too"
    planned = run(*TAPER, "--history", history)
    assert planned.code == 1
    assert "at level 3 of 3" in planned.err, "no line of the plan could say it"
    assert "at level 1 of 3" not in planned.err, "the plan says it"
    assert "at level 1 of 3" in " ".join(planned.text.split())
    course = tmp_path / "course.json"
    course.write_text(
        course_text(some_course(history=eventful_history())).replace("America/New_York", "Mars"), "utf-8"
    )
    assert "ALERT safety-item" in run("plan", course).err
    course.write_text(course.read_text("utf-8")[:-40], "utf-8")
    assert "ALERT" in run("plan", course).err


# -- Formats that are not here, and what goes wrong outside ---------------------------------------------------


def test_a_format_that_is_not_here_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with those that are; and one that needs an extra says which."""
    from ketaschedule import formats

    monkeypatch.setattr(formats, "FORMATS", {**formats.FORMATS, "svg": "ketaschedule.formats.nowhere"})
    done = run(*TAPER, "--format", "svg")
    assert (done.code, done.out) == (2, b"")
    assert "format: the format svg is not in this version (allowed: table, json, ics, csv" in done.err


def test_an_extra_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the line that installs it."""
    from ketaschedule import formats

    def absent(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'fhir'", name="fhir.resources")

    monkeypatch.setattr(formats, "FORMATS", {**formats.FORMATS, "fhir": "ketaschedule.formats.csv"})
    monkeypatch.setattr(formats, "import_module", absent)
    done = run(*TAPER, "--format", "fhir")
    assert (done.code, done.out) == (2, b"")
    assert "pip install 'ketaschedule[fhir]'" in done.err


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 2, "stopped"),
        (click.Abort(), 2, "stopped"),
        (BrokenPipeError(), 0, ""),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (RecursionError(), 2, "nested too deeply"),
        (KetascheduleError("so it is"), 2, "so it is"),
        (ZeroDivisionError("division by zero"), 2, "a fault of our own, please report it: ZeroDivisionError"),
        (MemoryError(), 2, "a fault of our own"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_whatever_is_raised_becomes_an_exit_code(
    raised: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted, nobody reading, a full disk, a fault of our own: a line, never a traceback."""

    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(cli_plan, "make_plan", fail)
    monkeypatch.setattr(cli_support, "_forget_output", lambda: None)
    done = run(*TAPER)
    assert (done.code, done.out) == (code, b"")
    assert said in done.err
    assert len([line for line in done.lines if line]) <= 1  # after ^C the line of the terminal is ended first


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there stays where writing fails, and nothing is left beside it."""
    file = tmp_path / "plan.json"
    file.write_text("before", "utf-8")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        done = run(*TAPER, "-o", file)
    assert (done.code, file.read_text("utf-8")) == (2, "before")
    assert "No space left on device" in done.err
    assert list(tmp_path.iterdir()) == [file]
    assert run(*TAPER, "-o", file).code == 0
    assert file.read_text("utf-8").startswith("Esketamine")


def test_colour_only_on_a_terminal_that_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe is 80 columns and plain; a terminal has its own width, and NO_COLOR is heeded."""
    assert cli_support.screen() == (80, False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "132")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert cli_support.screen() == (132, True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli_support.screen() == (132, False)


# -- As a program of its own ------------------------------------------------------------------------------------


def test_bad_input_is_said_the_same_by_the_program(tmp_path: Path) -> None:
    """Every case once more, in one process of its own: same code, nothing on standard output, no traceback."""
    cases = [words for words, _ in BAD.values() if "\x00" not in "".join(words)]
    cases += [[str(word) for word in words] for words, _ in files_at_fault(tmp_path).values()]
    code = (
        "import json, sys\n"
        "from ketaschedule.cli import main\n"
        "print('|'.join(str(main(words)) for words in json.load(sys.stdin)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(cases).encode(), capture_output=True, timeout=120, check=True, cwd=ROOT
    )  # fmt: skip
    assert done.stdout.decode().strip() == "|".join("2" for _ in cases)
    assert b"Traceback" not in done.stderr
    assert done.stderr.count(b"\n") >= len(cases)
    alone = program("plan", "esketamine-tapper", *TAPER[2:])
    assert (alone.returncode, alone.stdout) == (2, b"")
    assert alone.stderr.startswith(b"ketaschedule: protocol: no protocol is called 'esketamine-tapper'")


def test_nobody_reading_is_no_fault() -> None:
    """``ketaschedule plan … | head -1`` ends quietly."""
    command = f"{sys.executable} -m ketaschedule.cli {' '.join(TAPER)} --format json | head -c 10"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, timeout=120, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b'{\n  "schem', b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line() -> None:
    """Standard output or ``-o``: said, exit 2."""
    with Path("/dev/full").open("wb") as full:
        done = program(*TAPER, stdout=full)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"No space left on device" in done.stderr
    assert program(*TAPER, "-o", "/dev/full").returncode == 2


def test_same_input_same_bytes_whatever_the_machine(tmp_path: Path) -> None:
    """Every format, with the zone, the hash seed, the language and the zone files of the machine set oddly."""
    course = tmp_path / "course.json"
    course.write_text(
        course_text(
            some_course(clinic=some_clinic(name=AWKWARD), history=eventful_history(), days=("fri", "tue"))
        ),
        "utf-8",
    )
    forms = ("table", "json", "ics", "csv")
    code = (
        "import hashlib, json, sys\n"
        "from ketaschedule.course_files import load_course\n"
        "from ketaschedule.formats import Style, render\n"
        "from ketaschedule.planner import make_plan\n"
        f"plan = make_plan(load_course({str(course)!r}))\n"
        f"for form in {forms!r}:\n"
        "    for style in (Style(), Style(why=True, titles='clinical')):\n"
        "        print(form, hashlib.sha256(render(plan, form, style)).hexdigest())\n"
    )
    plan = make_plan(
        some_course(clinic=some_clinic(name=AWKWARD), history=eventful_history(), days=("fri", "tue"))
    )
    expected = "".join(
        f"{form} {hashlib.sha256(render(plan, form, style)).hexdigest()}\n"
        for form in forms
        for style in (Style(), Style(why=True, titles="clinical"))
    )
    (tmp_path / "empty").mkdir()
    for odd in (
        {"TZ": "Pacific/Apia", "PYTHONHASHSEED": "1", "PYTHONTZPATH": str(tmp_path / "empty"), "LC_ALL": "C"},
        {
            "TZ": "Asia/Kathmandu",
            "PYTHONHASHSEED": "424242",
            "COLUMNS": "33",
            "FORCE_COLOR": "1",
            "LANG": "ar_EG.UTF-8",
        },
    ):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, timeout=120, check=True, cwd=ROOT, env={**os.environ, **odd}
        )  # fmt: skip
        assert done.stdout.decode() == expected
    odd = {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7", "PYTHONTZPATH": str(tmp_path / "empty")}
    assert program("plan", course, "--format", "ics", env=odd).stdout == render(plan, "ics")
