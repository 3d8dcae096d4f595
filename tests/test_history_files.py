"""History as JSON Lines: what is read, what is refused, and that one bad line costs no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.errors import InputError, LimitError, UnknownNameError
from ketaschedule.history import EVENT_TYPES, CoursePaused, SessionGiven
from ketaschedule.history_files import (
    MAX_HISTORY_BYTES,
    MAX_LINE_CHARACTERS,
    MAX_LINES,
    event_from,
    event_to,
    history_text,
    load_history,
    read_history,
)
from ketaschedule.safety import open_alerts
from tests.plans import eventful_history

NOON = "2026-12-01T12:00:00-05:00"
_SHARED = {"id": "e-1", "course": "c-1", "recorded_at": NOON, "by": "Dr B"}
_OWN: dict[str, dict[str, Any]] = {
    "session-given": {"session": "c-1/a/1", "at": NOON, "dose_mg": 56, "route": "intranasal"},
    "session-stopped": {"at": NOON, "minutes": 12, "why": "unwell", "dose_mg": 28.5},
    "session-withheld": {"session": "c-1/a/1", "at": NOON, "why": "blood-pressure"},
    "session-missed": {"session": "c-1/a/1", "why": "no transport"},
    "session-cancelled": {"session": "c-1/a/1"},
    "session-booked": {"session": "c-1/a/1", "to": NOON},
    "session-moved": {"session": "c-1/a/1", "to": NOON},
    "go-ahead": {"session": "c-1/a/1", "at": NOON},
    "paused": {"from": "2026-12-02"},
    "resumed": {"at": NOON},
    "check-in-answered": {"checkin": "c-1/a/1/ask/b/1", "at": NOON, "answers": {"phq-9": {"1": 0, "9": None}}},
    "check-in-declined": {"checkin": "c-1/a/1/ask/b/1"},
    "review-held": {"at": NOON, "kind": "end-review", "findings": {"cgi-s": 3}},
    "clinical-event": {"at": NOON, "kind": "admission"},
    "decision-taken": {"decision": "week-9", "option": "weekly", "at": NOON},
    "alert-closed": {"alert": "c-1/x/alert/y", "at": NOON, "how": "called"},
    "consent-changed": {"consent": {"proxy": {"reminders": True, "safety": False}}},
    "availability-changed": {"from": "2026-12-02", "days": ["tue"], "unavailable": [["2026-12-24", "2026-12-26"]], "at": "11:00"},
    "zone-changed": {"from": "2026-12-02", "zone": "Europe/London"},
    "protocol-changed": {"from": "2026-12-02", "protocol": "esketamine-taper", "phase": "weekly"},
    "ended": {"at": NOON, "why": "moved away"},
    "retracted": {"event": "e-0"},
}  # fmt: skip
EXAMPLES: dict[str, dict[str, Any]] = {kind: {"type": kind} | _SHARED | own for kind, own in _OWN.items()}
"""One event of each type, with every field it can have."""


def faults(data: Any) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        event_from(data)
    return {fault.path: fault.line() for fault in caught.value.faults}


def test_there_is_an_example_of_every_event() -> None:
    """A new event class needs one here."""
    assert set(EXAMPLES) == set(EVENT_TYPES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_event_is_read_and_written_as_the_same_line(kind: str) -> None:
    """Every field comes back, under the same name, in the same words."""
    event = event_from(EXAMPLES[kind])
    assert type(event) is EVENT_TYPES[kind]
    assert event_from(event_to(event)) == event
    assert json.loads(history_text([event])) == json.loads(json.dumps(EXAMPLES[kind]))
    assert next(iter(event_to(event))) == "type"


def test_a_history_written_is_the_history_read() -> None:
    """In the order of its lines, none lost."""
    history = eventful_history()
    found = read_history(history_text(history))
    assert (found.events, found.faults) == (history, ())
    assert read_history(history_text(history[::-1])).events == history[::-1]
    assert history_text([]) == ""
    assert read_history("").events == ()


def test_from_is_a_date_called_from() -> None:
    """``from`` in files is ``from_date`` in Python, and only there."""
    event = event_from(EXAMPLES["paused"])
    assert isinstance(event, CoursePaused)
    assert event.from_date == pendulum.date(2026, 12, 2)
    found = faults({"type": "paused", **_SHARED, "from_date": "2026-12-02"})
    assert set(found) == {"from", "from_date"}


def test_an_unknown_type_names_the_known_ones() -> None:
    """All of them; and a missing or strange type as well."""
    with pytest.raises(UnknownNameError) as caught:
        event_from(EXAMPLES["session-given"] | {"type": "session-gifen"})
    assert caught.value.near[0] == "session-given"
    line = caught.value.faults[0].line()
    assert all(kind in line for kind in EVENT_TYPES)
    for strange in (None, 7, ["paused"]):
        assert "type" in faults(EXAMPLES["paused"] | {"type": strange})
    assert "type" in faults({"id": "e-1"})


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"dose_mg": "56 mg"}, "dose_mg"),
        ({"dose_mg": True}, "dose_mg"),
        ({"dose_g": 0.056}, "dose_g"),
        ({"at": "2026-12-01T12:00:00"}, "at"),
        ({"at": "2026-12-01"}, "at"),
        ({"at": "now"}, "at"),
        ({"at": 1764608400}, "at"),
        ({"at": "2026-02-30T12:00:00Z"}, "at"),
        ({"recorded_at": "2026-12-01T25:00:00Z"}, "recorded_at"),
        ({"id": 7}, "id"),
        ({"id": ""}, "id"),
        ({"course": ""}, "course"),
        ({"id": "x" * 201}, "id"),
        ({"session": "x" * 201}, "session"),
        ({"route": "x" * 4097}, "route"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_value_is_a_fault_with_its_path(change: dict[str, Any], path: str) -> None:
    """Values are never guessed at: a unit, an offset, a kind that is wrong is said."""
    assert set(faults(EXAMPLES["session-given"] | change)) == {path}


def test_every_fault_of_an_event_is_said_at_once() -> None:
    """Three bad fields, three faults, each under the path given."""
    with pytest.raises(InputError) as caught:
        event_from(EXAMPLES["session-given"] | {"at": "x", "dose_mg": [], "more": 1}, "history[4]")
    assert {fault.path for fault in caught.value.faults} == {
        "history[4].at",
        "history[4].dose_mg",
        "history[4].more",
    }


def test_one_bad_line_costs_no_other() -> None:
    """Whatever stands in it: it is named with its number, and everything else is read."""
    bad = ["{", "garbage", "[1]", "null", "7", '{"type": "x"}', '{"a": 1, "a": 2}', "[" * 300, '{"n": NaN}', "x" * (MAX_LINE_CHARACTERS + 1)]  # fmt: skip
    history = eventful_history()
    good = history_text(history).splitlines()
    for line in bad:
        for place in (0, 3, len(good)):
            lines = [*good[:place], line, *good[place:]]
            found = read_history("\n".join(lines))
            assert found.events == history
            assert [fault.path.partition(".")[0] for fault in found.faults] == [f"line {place + 1}"], line[
                :20
            ]


@given(st.lists(st.integers(0, 6), max_size=12), st.lists(st.text(alphabet=st.characters(exclude_characters="\n"), max_size=30), max_size=12))  # fmt: skip
def test_good_lines_are_read_whatever_stands_between(picks: list[int], noise: list[str]) -> None:
    """Any text between the lines: the events are those of the good lines, in order."""
    good = history_text(eventful_history()).splitlines()
    lines: list[str] = []
    for number, pick in enumerate(picks):
        lines += noise[number : number + 1]
        lines.append(good[pick])
    found = read_history(lines)
    assert list(found.events) == [eventful_history()[pick] for pick in picks]
    spoken = {int(fault.path.split()[1].split(".")[0]) for fault in found.faults}
    assert all(lines[number - 1] not in good for number in spoken)


def test_a_byte_order_mark_blank_lines_and_line_ends_of_windows_are_no_fault() -> None:
    """As editors leave them."""
    text = "\ufeff" + history_text(eventful_history()).replace("\n", "\r\n\r\n")
    found = read_history(text)
    assert (found.events, found.faults) == (eventful_history(), ())


def test_an_unknown_word_is_said_and_the_event_is_kept() -> None:
    """A clinical event of a kind that is not known is never lost: it is a fault and an event, and an Alert."""
    line = json.dumps(EXAMPLES["clinical-event"] | {"kind": "atempt"})
    found = read_history(line)
    assert len(found.events) == 1
    assert found.faults[0].path == "line 1.kind"
    assert "attempt" in found.faults[0].allowed
    assert open_alerts(found.events)
    assert (
        read_history(json.dumps(EXAMPLES["session-withheld"] | {"why": "late"})).faults[0].path
        == "line 1.why"
    )
    assert faults(EXAMPLES["clinical-event"] | {"kind": "atempt"})


def test_an_answer_that_cannot_be_read_is_still_heard() -> None:
    """The lines are kept, so that safety hears an answer in one that could not be read."""
    line = json.dumps(
        EXAMPLES["check-in-answered"] | {"answers": {"phq-9": {"9": 2}}, "recorded_at": "yesterday"}
    )
    found = read_history(line)
    assert found.events == ()
    assert found.faults
    (alert,) = open_alerts(found.lines)
    assert (alert.kind, alert.level) == ("safety-item", 2)


def test_more_lines_than_a_course_may_hold_are_refused() -> None:
    """The limit is said; exactly as many are read."""
    with pytest.raises(LimitError) as caught:
        read_history(["{}"] * (MAX_LINES + 2))
    assert str(MAX_LINES) in caught.value.faults[0].allowed
    assert len(read_history(["x"] * 5).faults) == 5


def test_a_file_too_large_or_not_there_is_one_fault(tmp_path: Path) -> None:
    """Not read into memory whole, and named."""
    big = tmp_path / "history.jsonl"
    with big.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(LimitError) as caught:
        load_history(big)
    assert str(MAX_HISTORY_BYTES) in caught.value.faults[0].allowed
    with pytest.raises(InputError):
        load_history(tmp_path / "none.jsonl")
    fine = tmp_path / "fine.jsonl"
    fine.write_text(history_text(eventful_history()), "utf-8")
    assert load_history(fine).events == eventful_history()


def test_a_dose_in_whole_milligrams_is_a_dose() -> None:
    """56 and 56.0 are the same dose."""
    one, other = (event_from(EXAMPLES["session-given"] | {"dose_mg": dose}) for dose in (56, 56.0))
    assert one == other
    assert isinstance(one, SessionGiven)
    assert one.dose_mg == 56.0
