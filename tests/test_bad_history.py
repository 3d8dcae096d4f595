"""Bad history: what lies outside, in the future, on no session or in the wrong unit is named, and costs no more.

Lines that cannot be read at all are tried in ``test_history_files.py``.
"""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pendulum
import pytest

from ketaschedule.cli import main
from ketaschedule.course import Course
from ketaschedule.days import parse_instant
from ketaschedule.errors import InputError
from ketaschedule.history import EVENT_TYPES, Event, SessionGiven
from ketaschedule.history_files import event_from
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reasons import Finding

NOON = "2026-12-02T12:00:00-05:00"
"""Day 3 of a course that starts on Monday, 30 November 2026."""
ORDINARY = {"no-read-time", "no-cohort"}


def taper(*events: Event, protocol: str = "esketamine-taper") -> Course:
    return Course(
        id="c-1",
        protocol=load_protocol(protocol),
        start=pendulum.date(2026, 11, 30),
        zone="America/New_York",
        adult="yes",
        history=events,
    )


def line(what: str, /, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": what, "id": "e-1", "course": "c-1", "recorded_at": NOON, "by": "dr-a"}
    return found | more


def planned(*lines: dict[str, Any], as_of: str = NOON, protocol: str = "esketamine-taper") -> Plan:
    events = [event_from(one) for one in lines]
    return make_plan(taper(*events, protocol=protocol), as_of=parse_instant(as_of, "as_of"))


def named(plan: Plan) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in plan.findings:
        if finding.code not in ORDINARY:
            found.setdefault(finding.code, []).append(finding)
    return found


def dated(plan: Plan) -> list[tuple[str, str, str]]:
    return [(one.key, one.at.isoformat(), one.verdict) for one in plan.sessions]


def told(tmp_path: Path, *lines: dict[str, Any] | str, form: str = "json") -> tuple[int, str, str]:
    """(exit code, output, errors) of ``plan --history`` with these lines."""
    file, made = tmp_path / "history.jsonl", tmp_path / "plan"
    made.unlink(missing_ok=True)
    file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), "utf-8")
    words = ["esketamine-taper", "--start", "2026-11-30", "--zone", "America/New_York", "--adult", "yes"]
    with redirect_stderr(io.StringIO()) as err:
        code = main(
            ["plan", *words, "--course-id", "c-1", "--history", str(file), "--format", form, "-o", str(made)]
        )
    assert "Traceback" not in err.getvalue()
    assert "a fault of our own" not in err.getvalue()
    return code, made.read_text("utf-8") if made.exists() else "", err.getvalue()


# -- Before the start --------------------------------------------------------------------------------------

BEFORE = "2026-11-20T12:00:00-05:00"
EARLY: list[tuple[str, dict[str, Any]]] = [
    ("session-given", {"session": "c-1/induction/1", "at": BEFORE}),
    ("session-given", {"session": "c-1/induction/2", "at": BEFORE}),
    ("session-given", {"at": BEFORE}),
    ("session-stopped", {"session": "c-1/induction/1", "at": BEFORE, "minutes": 4}),
    ("session-withheld", {"session": "c-1/induction/1", "at": BEFORE, "why": "other"}),
    ("session-booked", {"session": "c-1/induction/1", "to": BEFORE}),
    ("session-moved", {"session": "c-1/induction/3", "to": BEFORE}),
    ("clinical-event", {"at": BEFORE, "kind": "dose-elsewhere"}),
    ("paused", {"from": "2026-11-29"}),
    ("resumed", {"at": "2026-11-29T23:59:59-05:00"}),
    ("protocol-changed", {"from": "2026-11-29", "protocol": "esketamine-trd-us", "phase": "induction"}),
    ("ended", {"at": BEFORE}),
]


@pytest.mark.parametrize(("what", "fields"), EARLY)
def test_what_lies_before_the_start_is_named(what: str, fields: dict[str, Any], tmp_path: Path) -> None:
    """By its event; on the day of the start itself it is not, and the command line says the same."""
    (finding,) = named(planned(line(what, **fields)))["before-start"]
    assert (finding.path, finding.rule) == ("e-1", "H11")
    assert "2026-11-30" in finding.text
    code, out, _ = told(tmp_path, line(what, **fields))
    assert code == 0
    assert [one["path"] for one in json.loads(out)["findings"] if one["code"] == "before-start"] == ["e-1"]
    on_the_day = {"at": "2026-11-30T00:00:00-05:00", "to": "2026-11-30T00:00:00-05:00", "from": "2026-11-30"}
    moved = {name: on_the_day.get(name, value) for name, value in fields.items()}
    found = named(planned(line(what, **moved))).get("before-start", [])
    assert not [one.text for one in found if "before the start" in one.text]


def test_a_dose_before_day_1_is_named_where_day_1_came_later_than_the_start() -> None:
    """Session 1 was given on 3 December: a second dose said to be of two days before lies before Day 1."""
    first = line("session-given", session="c-1/induction/1", at="2026-12-03T10:00:00-05:00")
    second = line("session-given", id="e-2", session="c-1/induction/2", at="2026-12-01T10:00:00-05:00")
    late = {"recorded_at": "2026-12-03T18:00:00-05:00"}
    plan = planned(first | late, second | late, as_of="2026-12-03T18:00:00-05:00")
    (finding,) = named(plan)["before-start"]
    assert (finding.path, "Day 1, 2026-12-03" in finding.text) == ("e-2", True)


def test_a_first_session_booked_before_the_start_makes_day_1_and_blames_no_closed_day() -> None:
    """Day 1 follows the booking; ``start-moved`` speaks of days on which no session is possible, and is not said."""
    plan = planned(line("session-booked", session="c-1/induction/1", to="2026-11-27T10:00:00-05:00"))
    assert plan.day1 == pendulum.date(2026, 11, 27)
    assert set(named(plan)) == {"before-start"}


# -- In a pause, after the end ----------------------------------------------------------------------------

PAUSED = line("paused", id="p-1", recorded_at="2026-12-01T09:00:00-05:00", **{"from": "2026-12-02"})
IN_PAUSE = line("session-given", session="c-1/induction/1", at="2026-12-02T10:00:00-05:00")
ENDED = line("ended", id="x-1", recorded_at="2026-12-01T09:00:00-05:00", at="2026-12-01T09:00:00-05:00")


@pytest.mark.parametrize("dose", [IN_PAUSE, line("clinical-event", at=IN_PAUSE["at"], kind="dose-elsewhere")])
@pytest.mark.parametrize(
    ("before", "code", "words"),
    [
        (PAUSED, "dose-in-pause", "in the pause from 2026-12-02 (p-1)"),
        (ENDED, "dose-after-end", "after the end of the course on 2026-12-01 (x-1)"),
    ],
)
def test_a_dose_in_a_pause_or_after_the_end_is_named_and_counts_for_spacing(
    before: dict[str, Any], code: str, words: str, dose: dict[str, Any]
) -> None:
    """In whichever order the two arrive; once what came before is withdrawn, nothing is said."""
    plan = planned(before, dose)
    (finding,) = named(plan)[code]
    assert (finding.path, finding.rule) == ("e-1", "H12")
    assert finding.text == f"e-1, a dose on 2026-12-02, lies {words}"
    assert plan.facts.days == [pendulum.date(2026, 12, 2).toordinal()]
    assert planned(dose, before).findings == plan.findings
    gone = line("retracted", id="r-1", event=before["id"])
    assert code not in named(planned(before, dose, gone))
    assert planned(before, dose, gone).sessions == planned(dose).sessions


def test_a_dose_in_two_pauses_and_after_the_end_is_named_once_of_each() -> None:
    """A Decision paused what was already paused: the pause that began first is named; the end is another matter."""
    pregnant = line("clinical-event", id="k-1", at="2026-12-01T09:30:00-05:00", kind="pregnancy")
    decision = {"decision": "c-1/decision/pregnancy/event/k-1", "option": "pause"}
    again = line("decision-taken", id="d-1", at="2026-12-02T09:45:00-05:00", **decision)
    plan = planned(ENDED, PAUSED | {"from": "2026-12-01"}, pregnant, again, IN_PAUSE)
    (finding,) = named(plan)["dose-in-pause"]
    assert finding.text.endswith("in the pause from 2026-12-01 (p-1)")
    assert len(named(plan)["dose-after-end"]) == 1


def test_a_dose_after_the_path_was_ended_by_a_decision_is_named() -> None:
    """Ended at the review of the induction phase: a dose on the day on which the next phase would have begun lies after it."""
    decided = line(
        "decision-taken",
        id="d-1",
        recorded_at="2026-12-24T12:00:00-05:00",
        at="2026-12-24T12:00:00-05:00",
        decision="c-1/decision/induction-review",
        option="end",
    )
    late = {"recorded_at": "2027-01-20T12:00:00-05:00"}
    last, next_day = "2026-12-27T10:00:00-05:00", "2026-12-28T10:00:00-05:00"
    for at, said in ((last, []), (next_day, ["e-1"])):
        dose = line("session-given", at=at) | late
        plan = planned(decided, dose, as_of=late["recorded_at"], protocol="esketamine-trd-eu")
        assert [one.path for one in named(plan).get("dose-after-end", [])] == said


# -- In the future -----------------------------------------------------------------------------------------

LATER = "2026-12-10T12:00:00-05:00"
AHEAD: dict[str, dict[str, Any]] = {
    "session-given": {"session": "c-1/induction/2", "at": LATER},
    "session-stopped": {"session": "c-1/induction/2", "at": LATER},
    "session-withheld": {"session": "c-1/induction/2", "at": LATER, "why": "unwell"},
    "go-ahead": {"session": "c-1/induction/2", "at": LATER},
    "resumed": {"at": LATER},
    "check-in-answered": {
        "checkin": "c-1/induction/2/ask/before/1",
        "at": LATER,
        "answers": {"phq-9": {"9": 2}},
    },
    "review-held": {"at": LATER, "kind": "review", "findings": {"cgi-s": 3}},
    "clinical-event": {"at": LATER, "kind": "pregnancy"},
    "decision-taken": {"decision": "induction-review", "option": "go-on", "at": LATER},
    "ended": {"at": LATER},
}


def test_every_event_with_an_at_is_tried_in_the_future() -> None:
    """All but ``alert-closed``, which belongs to safety alone and closes what was recorded before it."""
    with_at = {kind for kind, cls in EVENT_TYPES.items() if "at" in _fields(cls)}
    assert with_at - {"alert-closed", "availability-changed"} == set(AHEAD)


def _fields(kind: type[Event]) -> set[str]:
    return {field.name for field in kind.__attrs_attrs__}


@pytest.mark.parametrize("what", AHEAD)
def test_what_is_said_to_happen_later_is_named_and_waits(what: str, tmp_path: Path) -> None:
    """A second after it was recorded is the future, and at that second it is not. Until it comes it moves
    nothing; then it acts.
    """
    event = line(what, **AHEAD[what])
    plan = planned(event)
    (finding,) = named(plan)["at-in-future"]
    assert (finding.path, finding.rule) == ("e-1", "H4")
    empty = planned()
    assert dated(plan) == dated(empty)
    assert [one.key for one in plan.decisions] == [one.key for one in empty.decisions]
    assert plan.extra == ()
    assert plan.refresh_by is not None
    assert plan.refresh_by <= parse_instant(LATER, "later")
    assert len(planned(event, as_of="2026-12-10T11:59:59-05:00").folded.events) == 0
    assert [one.id for one in planned(event, as_of=LATER).folded.events] == ["e-1"]
    assert "at-in-future" in named(planned(event | {"at": "2026-12-02T12:00:01-05:00"}))
    assert "at-in-future" not in named(planned(event | {"at": NOON}))
    code, out, _ = told(tmp_path, event)
    assert code == 0
    assert "at-in-future" in {one["code"] for one in json.loads(out)["findings"]}


def test_a_safety_item_of_the_future_is_heard_at_once() -> None:
    """Its check-in waits; its Alert does not."""
    plan = planned(line("check-in-answered", **AHEAD["check-in-answered"]))
    assert [(one.kind, one.level) for one in plan.alerts if one.open] == [("safety-item", 2)]


# -- Sessions that are not there ---------------------------------------------------------------------------

NOWHERE = [
    "c-1/induction/9", "c-1/induction/0", "c-1/induction/-1", "c-1/induction/01", "c-1/induction/x", "c-1/induction",
    "c-1/nowhere/1", "c-1/induction~2/1", "c-2/induction/1", "induction/1", "", "c-1//", "c-1/induction/²",
    "c-1/induction/١", "c-1/induction/12345", "c-1/every-4-weeks/9999", "C-1/induction/1", "c-1/induction/1 ",
]  # fmt: skip


@pytest.mark.parametrize("key", NOWHERE)
def test_a_session_that_is_not_there_is_named_with_the_events_that_name_it(key: str) -> None:
    """Whatever the event says of it; nothing else changes, but that a dose keeps its distance from the next."""
    facts: list[dict[str, Any]] = [
        line("session-missed", session=key),
        line("session-cancelled", session=key),
        line("session-withheld", session=key, at=NOON, why="other"),
        line("session-booked", session=key, to="2026-12-05T10:00:00-05:00"),
        line("session-moved", session=key, to="2026-12-05T10:00:00-05:00"),
        line("go-ahead", session=key, at=NOON),
    ]
    for fact in facts:
        plan = planned(fact)
        (finding,) = named(plan)["unknown-session"]
        assert (finding.path, finding.rule) == (key[:200], "H7")
        assert fact["type"] == "go-ahead" or "e-1" in finding.text
        assert dated(plan) == dated(planned())
    for what in ("session-given", "session-stopped"):
        plan = planned(line(what, session=key, at="2026-12-06T12:00:00-05:00", recorded_at="2026-12-06T13:00:00-05:00"), as_of="2026-12-06T13:00:00-05:00")  # fmt: skip
        assert {"unknown-session", "extra-dose"} <= set(named(plan))
        assert [(one.event, one.why) for one in plan.extra] == [("e-1", "unknown-session")]
        assert plan.session("c-1/induction/3").date == pendulum.date(2026, 12, 8), (
            "two days after the dose of day 7"
        )


def test_unknown_sessions_are_named_by_the_program_too(tmp_path: Path) -> None:
    """All of them in one plan, which is otherwise as if they were not there."""
    lines = [line("session-missed", id=f"e-{n}", session=key) for n, key in enumerate(NOWHERE)]
    code, out, err = told(tmp_path, *lines)
    data = json.loads(out)
    assert (code, err) == (0, "")
    found = [one["path"] for one in data["findings"] if one["code"] == "unknown-session"]
    assert sorted(found) == sorted(NOWHERE)
    assert len(data["sessions"]) == len(
        json.loads(told(tmp_path, line("consent-changed", consent={}))[1])["sessions"]
    )


# -- Doses in the wrong unit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dose", "is_named"),
    [
        (0.056, True),  # grams
        (0.5, True),  # milligrams for each kilogram
        (3.99, True), (4.0, False), (4.01, False),
        (28, False), (56, False), (84, False), (450, False),
        (1999.9, False), (2000.0, False), (2000.1, True),
        (56_000, True),  # micrograms
        (0, True), (-56, True), (1e308, True),
    ],
)  # fmt: skip
def test_a_dose_out_of_all_bounds_is_named_and_stays_a_dose(
    dose: float, is_named: bool, tmp_path: Path
) -> None:
    """It is kept as recorded and settles its session: what unit was meant is not for us to say."""
    given = line("session-given", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00", dose_mg=dose)
    plan = planned(given)
    found = named(plan).get("dose-unit", [])
    assert [(one.path, one.rule) for one in found] == ([("e-1", "H5")] if is_named else [])
    assert plan.session("c-1/induction/1").verdict == "given"
    assert isinstance(plan.folded.events[0], SessionGiven)
    assert plan.folded.events[0].dose_mg == dose
    code, out, _ = told(tmp_path, given, form="table")
    assert code == 0
    assert ("is the unit right?" in " ".join(out.split())) is is_named


@pytest.mark.parametrize("dose", ["56 mg", "56", True, [56], {"mg": 56}, 10**400])
def test_a_dose_that_is_no_number_of_milligrams_loses_its_line_alone(dose: object, tmp_path: Path) -> None:
    """With its number; the line after it acts."""
    bad = line("session-given", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00", dose_mg=dose)
    good = line("session-missed", id="e-2", session="c-1/induction/1")
    code, out, err = told(tmp_path, bad, good)
    assert code == 1
    assert "history.jsonl: line 1" in err
    assert {one["key"]: one["verdict"] for one in json.loads(out)["sessions"]}["c-1/induction/1"] == "missed"


# -- Decisions, and what events name -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "option"),
    [
        ("c-1/decision/nonesuch", "yes"),
        ("nonesuch", "yes"),
        ("", ""),
        ("c-2/decision/induction-review", "go-on"),
        ("c-1/decision/induction-review", "nonesuch"),
        ("c-1/decision/induction-review/somewhere", "go-on"),
        ("c-1/decision/withheld/induction/2", "end"),
        ("c-1/decision/withheld/induction/2", "pause"),
        ("c-1/decision/withheld/induction/2", "add-session"),
        ("c-1/decision/extra-session/induction/2", "add"),
        ("c-1/decision/resume/event/e-9", "from-weekly"),
        ("c-1/decision/resume/event/e-9", "end"),
        ("c-1/decision/pregnancy/event/e-9", "pause"),
        ("c-1/decision/frequency/event/e-9", "every-2-weeks"),
        ("c-1/decision/missed-and-worse-weekly/weekly/2", "induction"),
        ("c-1/decision/long-gap/weekly/2", "end"),
        ("c-1/decision/count-dose/induction/1", "do-not-count"),
        ("c-1/decision/count-dose/event/e-9", "do-not-count"),
    ],
)
def test_a_decision_that_nothing_asks_is_named_and_changes_nothing(
    decision: str, option: str, tmp_path: Path
) -> None:
    """It was answered under another key, or what asked it was withdrawn."""
    event = line("decision-taken", decision=decision, option=option, at=NOON)
    plan = planned(event)
    (finding,) = named(plan)["decision-unknown"]
    assert (finding.path, finding.rule) == ("e-1", "H6")
    assert dated(plan) == dated(planned())
    assert not [one.key for one in plan.decisions if one.taken is not None]
    code, out, _ = told(tmp_path, event)
    assert code == 0
    assert "decision-unknown" in {one["code"] for one in json.loads(out)["findings"]}


def test_a_decision_outlives_what_asked_it_as_a_finding() -> None:
    """A session withheld, one more decided; then the record is withdrawn: the session is gone, and both are said."""
    withheld = line("session-withheld", session="c-1/induction/2", at=NOON, why="unwell")
    decided = line("decision-taken", id="e-2", decision="c-1/decision/withheld/induction/2", option="add-session", at=NOON)  # fmt: skip
    withdrawn = line("retracted", id="e-3", event="e-1")
    assert "c-1/induction/9" in {one.key for one in planned(withheld, decided).sessions}
    plan = planned(withheld, decided, withdrawn)
    assert dated(plan) == dated(planned())
    assert [one.path for one in named(plan)["decision-unknown"]] == ["e-2"]


def test_a_step_back_that_was_decided_stands_when_the_miss_behind_it_was_a_slip() -> None:
    """The session had been given after all: the Decision is named as no longer asked, and the path it opened,
    on which doses may have been given since, is not undone.
    """
    missed = line("session-missed", session="c-1/weekly/2", recorded_at="2027-01-04T18:00:00-05:00")
    worse = line("review-held", id="e-2", at="2027-01-05T12:00:00-05:00", kind="review",
                 findings={"worsening": "yes"}, recorded_at="2027-01-05T12:00:00-05:00")  # fmt: skip
    asked = planned(missed, worse, as_of="2027-01-05T13:00:00-05:00")
    decision = next(one for one in asked.decisions if one.id == "missed-and-worse-weekly")
    back = next(one.id for one in decision.options if "go-to-phase" in one.effect)
    taken = line("decision-taken", id="e-3", decision=decision.key, option=back,
                 at="2027-01-05T14:00:00-05:00", recorded_at="2027-01-05T14:00:00-05:00")  # fmt: skip
    given = line("session-given", id="e-4", session="c-1/weekly/2", at="2027-01-04T10:00:00-05:00",
                 recorded_at="2027-01-06T14:00:00-05:00")  # fmt: skip
    later = "2027-01-06T14:00:00-05:00"
    before, after = (
        planned(missed, worse, taken, as_of=later),
        planned(missed, worse, taken, given, as_of=later),
    )
    opened = {one.key for one in before.sessions if one.key.startswith("c-1/induction~2/")}
    assert opened
    assert opened <= {one.key for one in after.sessions}
    assert [one.path for one in named(after)["decision-unknown"]] == ["e-3"]
    assert "decision-unknown" not in named(before)


def test_a_count_dose_decision_reaches_a_dose_that_named_no_session() -> None:
    """Asked under the session it was matched to, it is answered there; not counted, its session is open again
    and takes the next unnamed dose.
    """
    when = {"recorded_at": "2026-12-07T18:00:00-05:00"}
    first = line("session-given", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00") | when
    stopped = line("session-stopped", id="e-2", at="2026-12-03T10:00:00-05:00", minutes=5) | when
    decided = line("decision-taken", id="e-3", decision="c-1/decision/count-dose/induction/2",
                   option="do-not-count", at="2026-12-03T11:00:00-05:00") | when  # fmt: skip
    as_of = when["recorded_at"]
    plan = planned(first, stopped, decided, as_of=as_of)
    found = plan.session("c-1/induction/2")
    assert (found.verdict, found.counts) == ("presumed-missed", False)
    again = line("session-given", id="e-4", at="2026-12-05T10:00:00-05:00") | when
    plan = planned(first, stopped, decided, again, as_of=as_of)
    found = plan.session("c-1/induction/2")
    assert (found.verdict, found.date) == ("given", pendulum.date(2026, 12, 5))
    assert "decision-unknown" not in named(plan), "it was asked, and answered, of the dose before"


def test_two_facts_about_one_session_are_both_named_and_the_last_recorded_stands() -> None:
    """Given, said to be missed, and called off: two findings, each naming what stands and what does not. A dose
    given after a miss was recorded makes it up, and contradicts nothing; so does one event recorded twice.
    """
    given = line("session-given", id="g", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00",
                 recorded_at="2026-11-30T12:00:00-05:00")  # fmt: skip
    missed = line(
        "session-missed", id="m", session="c-1/induction/1", recorded_at="2026-12-01T12:00:00-05:00"
    )
    off = line(
        "session-cancelled", id="o", session="c-1/induction/1", recorded_at="2026-12-01T13:00:00-05:00"
    )
    plan = planned(given, missed, off)
    assert plan.session("c-1/induction/1").verdict == "cancelled"
    texts = sorted(one.text for one in named(plan)["conflict"])
    assert [text.split(" say ")[0] for text in texts] == ["g and o", "m and o"]
    assert all(text.endswith("o, recorded last, stands") for text in texts)
    assert [(one.event, one.why) for one in plan.extra] == [("g", "conflict")]
    made_up = line("session-given", id="g", session="c-1/induction/1", at="2026-12-02T10:00:00-05:00")
    assert "conflict" not in named(planned(missed, made_up))
    assert "conflict" in named(planned(missed, made_up | {"at": "2026-12-01T12:00:00-05:00"}))
    assert "conflict" not in named(planned(given, given))


def test_a_retraction_may_be_withdrawn_and_ends_a_conflict() -> None:
    """Withdrawn, a dose is gone; the withdrawal withdrawn, it is back, and so on. Two contents under one id hold
    their distance and are named until the id is withdrawn.
    """
    given = line("session-given", id="g", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00")
    events = [given]
    for number, verdict in enumerate(("presumed-missed", "given", "presumed-missed"), start=1):
        gone = "g" if number == 1 else f"r-{number - 1}"
        events.append(
            line("retracted", id=f"r-{number}", event=gone, recorded_at=f"2026-12-02T12:00:0{number}-05:00")
        )
        plan = planned(*events, as_of="2026-12-07T12:00:00-05:00")
        assert plan.session("c-1/induction/1").verdict == verdict, number
        assert "retracted-unknown" not in named(plan)
    other = given | {"at": "2026-12-02T09:00:00-05:00"}
    doubtful = planned(given, other)
    assert [one.path for one in named(doubtful)["conflict"]] == ["g"]
    assert doubtful.session("c-1/induction/1").date == pendulum.date(2026, 12, 4), (
        "two days after the later of the two"
    )
    plan = planned(given, other, line("retracted", id="r", event="g"))
    assert dated(plan) == dated(planned())
    assert {*named(plan)} == {*named(planned())}
    assert plan.extra == ()


def test_a_resumption_without_a_pause_is_named_whoever_began_the_pause() -> None:
    """Resumed where nothing was paused is named; after a pause that a Decision began it is not."""
    resumed = line("resumed", id="r", at=NOON)
    assert [one.path for one in named(planned(resumed))["not-paused"]] == ["r"]
    withheld = line(
        "session-withheld", id="w", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00", why="unwell"
    )
    key = "c-1/decision/withheld/induction/1"
    decided = line("decision-taken", id="d", decision=key, option="pause", at="2026-11-30T11:00:00-05:00")
    assert "not-paused" not in named(planned(withheld, decided, resumed))
    before = line("resumed", id="r", at="2026-11-30T10:59:59-05:00")
    assert [one.path for one in named(planned(withheld, decided, before))["not-paused"]] == ["r"]


def test_a_count_dose_decision_of_another_session_is_named() -> None:
    """The dose of session 1 is none of session 2."""
    given = line("session-given", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00")
    decided = line(
        "decision-taken", id="e-2", decision="c-1/decision/count-dose/induction/2", option="count", at=NOON
    )
    assert [one.path for one in named(planned(given, decided))["decision-unknown"]] == ["e-2"]


def test_a_count_dose_decision_says_nothing_of_a_later_dose() -> None:
    """A stopped dose was decided not to count; the next one for its session is stopped too: it is asked of anew."""
    first = line("session-given", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00")
    key = "c-1/decision/count-dose/induction/2"
    events = [first]
    for number, day in enumerate((3, 5), start=1):
        when = f"2026-12-0{day}T1"
        events.append(line("session-stopped", id=f"s-{number}", session="c-1/induction/2", minutes=5,
                           at=f"{when}0:00:00-05:00", recorded_at=f"{when}1:00:00-05:00"))  # fmt: skip
        plan = planned(*events, as_of=f"{when}2:00:00-05:00")
        decision = next(one for one in plan.decisions if one.key == key)
        assert (decision.state, decision.taken) == ("open", None)
        assert (plan.session("c-1/induction/2").verdict, plan.session("c-1/induction/2").counts) == (
            "stopped",
            True,
        )
        events.append(line("decision-taken", id=f"d-{number}", decision=key, option="do-not-count",
                           at=f"{when}3:00:00-05:00", recorded_at=f"{when}3:00:00-05:00"))  # fmt: skip
        plan = planned(*events, as_of=f"{when}4:00:00-05:00")
        assert next(one for one in plan.decisions if one.key == key).taken == "do-not-count"
        assert plan.session("c-1/induction/2").counts is False


@pytest.mark.parametrize(
    ("said", "asks", "unread"),
    [
        ({"worsening": "yes"}, {"missed-and-worse-weekly"}, 0),
        ({"worsening": " Yes "}, {"missed-and-worse-weekly"}, 0),
        ({"worsening": True}, {"missed-and-worse-weekly"}, 0),
        ({"worsening": "no"}, set(), 0),
        ({"worsening": "perhaps"}, set(), 1),
        ({"worsening": 1}, set(), 1),
        ({"cgi-s": 5}, {"frequency"}, 0),
        ({"CGI_S": 5.0}, {"frequency"}, 0),
        ({"cgi-s": "5"}, set(), 1),
        ({"cgi-s": 0}, set(), 1),
        ({"cgi-s": 8}, set(), 1),
        ({"cgi-s": 4.5}, set(), 1),
        ({"cgi-s": True, "worsening": "?"}, set(), 2),
        ({"something": "else"}, set(), 0),
    ],
)
def test_a_review_that_cannot_be_read_is_named_and_asks_nothing(
    said: dict[str, Any], asks: set[str], unread: int
) -> None:
    """A clinician's word and a rating are read as they may be spelled, never guessed at, never lost in silence."""
    missed = line("session-missed", session="c-1/weekly/2", recorded_at="2027-01-04T18:00:00-05:00")
    held = line("review-held", id="e-2", at="2027-01-05T12:00:00-05:00", kind="review",
                findings=said, recorded_at="2027-01-05T12:00:00-05:00")  # fmt: skip
    plan = planned(missed, held, as_of="2027-01-05T13:00:00-05:00")
    assert {one.id for one in plan.decisions} & {"missed-and-worse-weekly", "frequency"} == asks
    found = named(plan).get("review-unread", [])
    assert [(one.path, one.rule) for one in found] == [("e-2", "C13")] * unread


UNUSABLE: list[tuple[str, dict[str, Any], str]] = [
    ("zone-changed", {"from": "2026-12-05", "zone": "Mars/Base"}, "zone"),
    ("zone-changed", {"from": "2026-12-05", "zone": "../etc/passwd"}, "zone"),
    ("protocol-changed", {"from": "2026-12-05", "protocol": "nonesuch", "phase": "x"}, "protocol"),
    ("protocol-changed", {"from": "2026-12-05", "protocol": "./a.toml", "phase": "x"}, "protocol"),
    ("availability-changed", {"from": "2026-12-05", "days": ["mon", "xyz"]}, "days[1]"),
    ("availability-changed", {"from": "2026-12-05", "at": "24:00"}, "at"),
    ("availability-changed", {"from": "2026-12-05", "unavailable": [["2026-12-09", "2026-12-08"]]}, "unavailable[0]"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "fields", "where"), UNUSABLE)
def test_what_names_a_zone_protocol_weekday_or_time_that_there_is_not_is_an_error(
    what: str, fields: dict[str, Any], where: str, tmp_path: Path
) -> None:
    """With the event's id and field; exit 2. Once the event is withdrawn the course plans again."""
    event = line(what, **fields)
    with pytest.raises(InputError) as caught:
        planned(event)
    assert [fault.path for fault in caught.value.faults] == [f"history.e-1.{where}"]
    code, out, err = told(tmp_path, event)
    assert (code, out) == (2, "")
    assert f"history.e-1.{where}: " in err
    assert dated(planned(event, line("retracted", id="e-2", event="e-1"))) == dated(planned())


def test_a_phase_that_the_new_protocol_does_not_have_is_a_finding() -> None:
    """The old protocol stays in force."""
    plan = planned(
        line("protocol-changed", **{"from": "2026-12-05"}, protocol="esketamine-trd-us", phase="taper")
    )
    assert [one.path for one in named(plan)["phase-unknown"]] == ["e-1"]
    assert dated(plan) == dated(planned())


def test_everything_bad_at_once_is_all_named_and_the_rest_stands(tmp_path: Path) -> None:
    """Unreadable lines by number, a finding for each odd event, one plan of what is left."""
    good = [
        line(
            "session-given", id="g-1", session="c-1/induction/1", at="2026-11-30T10:00:00-05:00", dose_mg=56
        ),
        line("session-missed", id="g-2", session="c-1/induction/2", recorded_at="2026-12-04T12:00:00-05:00"),
    ]
    odd = [
        line("session-missed", id="o-1", session="c-1/induction/99"),
        line("session-given", id="o-2", session="c-1/induction/4", at=LATER),
        line("decision-taken", id="o-3", decision="nonesuch", option="yes", at=NOON),
        line("retracted", id="o-4", event="nobody"),
        line("resumed", id="o-5", at=NOON),
    ]
    code, out, err = told(tmp_path, good[0], "garbage", *odd, '{"type": "paused"}', good[1])
    data = json.loads(out)
    assert code == 1
    for number in (2, 8):
        assert f"history.jsonl: line {number}" in err
    codes = {one["code"] for one in data["findings"]} - ORDINARY
    assert codes == {
        "unreadable-event", "unknown-session", "at-in-future", "decision-unknown", "retracted-unknown", "not-paused",
    }  # fmt: skip
    clean = json.loads(told(tmp_path, *good)[1])
    assert data["sessions"] == clean["sessions"]
    assert data["decisions"] == clean["decisions"]
