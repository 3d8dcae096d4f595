"""What safety keeps of what it hears: contents told apart, times, texts, order and bounds; each was a line that could break unseen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from ketaschedule.history import CheckInAnswered
from ketaschedule.safety import open_alerts, safety_alerts
from tests.test_safety import CHECKIN, NOON, answer, as_line, as_mapping, item9

CLINICAL = '"id": "e-1", "course": "c-1", "recorded_at": "2026-12-01T12:00:00Z", "at": "2026-12-01T12:00:00Z"'


def test_a_name_given_twice_in_a_line_is_heard_in_both() -> None:
    line = (
        f'{{"type": "clinical-event", "type": "paused", "kind": "attempt", "kind": "admission", {CLINICAL}}}'
    )
    assert sorted(alert.item or "" for alert in open_alerts([line])) == ["admission", "attempt"]


@pytest.mark.parametrize("part", ["\ud800", "e-\udfff-1"])
def test_half_of_a_pair_of_letters_stops_nothing(part: str) -> None:
    """JSON can spell it, and no file can hold it: the Alert stands under a mark made from it."""
    (alert,) = open_alerts([answer("?", id=part)])
    assert alert.key.startswith("c-1/event/x-")
    (alert,) = open_alerts([json.dumps(as_mapping(answer(item9(1), id=part)))])
    assert alert.events == (part,)
    (alert,) = open_alerts([as_line(answer(item9(1)))[:60] + part])
    assert alert.kind == "unreadable-answer"


def test_two_contents_of_one_id_that_differ_in_their_names_alone_are_two() -> None:
    one, other = (answer({form: {item: 1}}, id="e-1") for form, item in (("phq-9", "9"), ("qids-sr16", "12")))
    assert {alert.instrument for alert in open_alerts([one, other])} == {"phq-9", "qids-sr16"}


def test_an_event_that_differs_in_who_recorded_it_counts_once() -> None:
    event = as_mapping(answer(item9(1)))
    (alert,) = open_alerts([event, {**event, "by": "nurse-c"}])
    assert alert.times == 1


def test_what_holds_itself_has_an_end_and_a_line_of_another_type_is_not_looked_through() -> None:
    endless: dict[str, Any] = {}
    endless["more"] = endless
    assert open_alerts([endless]) == ()
    within = as_mapping(answer(item9(2)))
    assert open_alerts([{"type": "session-given", "id": "s-1", "course": "c-1", "note": within}]) == ()
    assert len(open_alerts([{"id": "s-1", "course": "c-1", "note": within}])) == 1


@pytest.mark.parametrize(
    "text",
    [lambda line: f"  {line}".encode(), lambda line: f"\n{line}", lambda line: f"[{line}]", lambda line: f' [{line}]'.encode(),
     json.dumps],
    ids=range(5),
)  # fmt: skip
def test_a_text_within_a_row_is_looked_at_where_json_may_begin(text: Any) -> None:
    row = {"n": 1, "line": text(as_line(answer(item9(2))))}
    assert [alert.level for alert in open_alerts([row])] == [2]


@pytest.mark.parametrize(("length", "its_own"), [(499, True), (500, True), (501, False), (502, False)])
def test_a_key_of_a_check_in_has_an_end(length: int, its_own: bool) -> None:
    """Beyond 500 characters the Alert stands under its event."""
    key = "c-1/" + "x" * (length - 4)
    (alert,) = open_alerts([answer(item9(1), checkin=key)])
    assert alert.key == f"{key if its_own else 'c-1/event/e-1'}/alert/phq-9.9"


def test_alerts_come_by_the_time_received_and_then_by_key() -> None:
    later, first = (
        answer(item9(1), checkin="c-1/a", minute=9),
        answer({"qids-sr16": {"12": 1}}, id="e-2", checkin="c-1/z"),
    )
    same = answer({"madrs": {"10": 1}}, id="e-3", checkin="c-1/b")
    undated = as_mapping(answer({"madrs-s": {"9": 1}}, id="e-4")) | {"recorded_at": None}
    found = [alert.instrument for alert in safety_alerts([later, first, same, undated])]
    assert found == ["madrs-s", "madrs", "qids-sr16", "phq-9"]


def test_an_answer_that_cannot_be_read_says_so_and_keeps_its_time() -> None:
    event = answer({"phq-nine": {"ninth": 3}})
    (alert,) = open_alerts([evolve(event, at=NOON.add(minutes=3))])
    assert isinstance(event, CheckInAnswered)
    assert alert.text.startswith(
        "An answer came that could not be read, or not in full. What it said is not known. "
    )
    assert (alert.answered_at, alert.received_at, alert.level) == (NOON.add(minutes=3), event.recorded_at, 1)
    assert alert.key != f"{CHECKIN}/alert/unreadable-answer", "it stands under its event"
