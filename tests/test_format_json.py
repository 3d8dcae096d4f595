"""A plan as JSON: the contract of its fields, both ways, without a null."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import attrs
import pendulum
import pytest

from ketaschedule.errors import InputError
from ketaschedule.formats import FORMATS, render
from ketaschedule.formats.json import plan_file, plan_from_json, plan_text, plan_to_json
from ketaschedule.plan_file import PlanFile
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import protocol_names
from tests.plans import against_golden, eventful_plan, some_clinic, some_course

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
INSTANTS = {"as_of", "refresh_by", "at", "ends", "opens", "closes", "given_at", "answered_at", "received_at"}
DATES = {"day1", "horizon", "date", "earliest", "target", "latest", "hard_min", "raised", "until_date"}


def walk(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every (path, last name, value) of plain values."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from walk(item, f"{path}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from walk(item, f"{path}[{number}]")
    else:
        yield path, path.rpartition(".")[2], value


@pytest.mark.parametrize("protocol", protocol_names())
def test_a_plan_file_reads_back_as_the_same_values(protocol: str) -> None:
    """What is written is read, and written again it is the same, byte for byte."""
    text = plan_text(make_plan(some_course(protocol)))
    assert plan_text(plan_from_json(text)) == text
    assert plan_from_json(text.encode()) == plan_from_json(json.loads(text))


def test_a_plan_with_a_history_reads_back_as_the_same_values() -> None:
    """Alerts, trajectories, extra doses, a what-if and a clinic are in the file and come back."""
    plan = eventful_plan(clinic=some_clinic())
    data = plan_to_json(plan)
    assert data["alerts"], "an Alert is in the file"
    assert data["trajectories"], "so is a trajectory"
    assert data["extra"], "so is a dose given elsewhere"
    assert data["clinic_zone"] == "Europe/London"
    assert plan_to_json(plan_from_json(data)) == data
    decided = make_plan(some_course("esketamine-trd-us"), decide={"week-9": "every-2-weeks"})
    assert plan_to_json(decided)["what_if"] == {"week-9": "every-2-weeks"}
    assert plan_from_json(plan_to_json(decided)).what_if == {"week-9": "every-2-weeks"}


def test_the_names_and_their_order_are_the_contract() -> None:
    """Fields may be added; those promised are there, in this order, under these names."""
    data = plan_to_json(eventful_plan(clinic=some_clinic()))
    promised = (
        "schema course protocol edition as_of refresh_by zone clinic_zone tzdata day1 horizon sessions checkins "
        "decisions alerts trajectories watch extra findings"
    ).split()
    assert [name for name in data if name in promised] == promised
    session = "key phase number kind day week verdict basis date at ends earliest target latest steps reasons".split()
    assert [name for name in data["sessions"][0] if name in session] == session
    step = "what anchor offset_minutes audience source".split()
    assert [name for name in data["sessions"][0]["steps"][0] if name in step] == step
    assert list(data["sessions"][0]["reasons"][0]) == ["rule", "inputs", "text", "source"]
    checkin = "key anchor purposes merged instruments opens due closes state reasons".split()
    assert [name for name in data["checkins"][0] if name in checkin] == checkin
    decision = "key id question options default raised due overdue reasons".split()
    assert [name for name in data["decisions"][0] if name in decision] == decision
    assert list(data["decisions"][0]["options"][0]) == ["id", "text", "effect"]
    alert = "key kind level times answered_at received_at text".split()
    assert [name for name in data["alerts"][0] if name in alert] == alert
    assert set(data["findings"][0]) <= {"code", "path", "text", "rule"}
    assert (data["schema"], data["course"], data["protocol"]) == (1, "c-1", "esketamine-taper")


def test_nothing_is_null_and_every_time_is_written_one_way() -> None:
    """No null, no naive instant, no fraction of a second, no float of more than two decimals."""
    data = plan_to_json(eventful_plan(clinic=some_clinic()))
    for path, name, value in walk(data):
        assert value is not None, path
        if name in INSTANTS and path != ".watch.ends":  # the last day of the watch is a date
            assert INSTANT.fullmatch(value), path
        if name in DATES or (name == "due" and ".decisions" in path):
            assert DATE.fullmatch(value), path
        if isinstance(value, float):
            assert value == round(value, 2), path


def test_arrays_stand_in_order_of_instant_and_key() -> None:
    """Sessions by ``at``, check-ins by ``due``, then by key, as instants and not as texts."""
    for plan in (
        eventful_plan(clinic=some_clinic()),
        make_plan(some_course("ketamine-assisted-psychotherapy")),
    ):
        data = plan_to_json(plan)
        for array, when in (("sessions", "at"), ("checkins", "due")):
            keys = [(pendulum.parse(item[when]), item["key"]) for item in data[array]]
            assert keys == sorted(keys, key=lambda pair: (pair[0].timestamp(), pair[1]))  # type: ignore[union-attr]  # each is an instant
        assert [(f["code"], f["path"]) for f in data["findings"]] == sorted(
            (f["code"], f["path"]) for f in data["findings"]
        )


@pytest.mark.parametrize("form", ["json", "csv", "ics", "table"])
def test_the_order_in_which_a_plan_holds_its_items_does_not_show(form: str) -> None:
    """Sessions, Decisions and extra doses turned round: the same bytes."""
    plan = eventful_plan()
    turned = attrs.evolve(
        plan,
        sessions=plan.sessions[::-1],
        extra=plan.extra[::-1],
        base_findings=plan.base_findings[::-1],
    )
    assert render(turned, form) == render(plan, form)


def test_words_are_written_as_they_are() -> None:
    """UTF-8, not escapes; a set in the inputs of a reason has an order."""
    plan = make_plan(some_course())
    first = plan.sessions[0]
    reason = attrs.evolve(first.reasons[0], text="Zoë 🌿", inputs={"days": {"tue", "fri", "mon"}})
    text = plan_text(attrs.evolve(plan, sessions=(attrs.evolve(first, because=lambda: (reason,)),)))
    assert '"Zoë 🌿"' in text
    assert json.loads(text)["sessions"][0]["reasons"][0]["inputs"] == {"days": ["fri", "mon", "tue"]}


def test_one_instant_said_in_two_zones_gives_one_file() -> None:
    """``as_of`` is written on the wall clock of the sessions, however it was handed in."""
    here = pendulum.datetime(2026, 12, 1, 12, tz="America/New_York")
    plans = [make_plan(some_course(), as_of=one) for one in (here, here.in_timezone("Asia/Kathmandu"))]
    assert plan_text(plans[0]) == plan_text(plans[1])
    assert plan_to_json(plans[0])["as_of"] == "2026-12-01T12:00:00-05:00"


def test_every_fault_of_a_plan_file_is_said_with_its_path() -> None:
    """A missing field, one of the wrong kind, one that is not of the contract: all at once."""
    data = copy.deepcopy(plan_to_json(make_plan(some_course())))
    del data["zone"]
    data["sessions"][1]["day"] = "4"
    data["sessions"][2]["at"] = "2026-12-08T10:00:00"
    data["sessions"][3]["verdict"] = "perhaps"
    data["decisions"][0]["mood"] = 1
    data["schema"] = 2
    with pytest.raises(InputError) as caught:
        plan_from_json(data)
    assert {fault.path for fault in caught.value.faults} == {
        "zone",
        "sessions[1].day",
        "sessions[2].at",
        "sessions[3].verdict",
        "decisions[0].mood",
        "schema",
    }


def test_a_null_is_refused_wherever_it_stands() -> None:
    """Absent is absent: a null is a fault, also where a field may be left out."""
    data = plan_to_json(make_plan(some_course()))
    data["refresh_by"] = None
    data["sessions"][0]["reasons"][0]["inputs"] = {"day1": None}
    with pytest.raises(InputError) as caught:
        plan_from_json(data)
    assert [fault.path for fault in caught.value.faults] == [
        "refresh_by",
        "sessions[0].reasons[0].inputs.day1",
    ]


@pytest.mark.parametrize("bad", ["[]", "7", "null", '"plan"', "{", "[" * 500, '{"schema": NaN}'])
def test_what_is_no_plan_is_refused(bad: str) -> None:
    """Not an object, not JSON, too deep: one kind of error."""
    with pytest.raises(InputError):
        plan_from_json(bad)


def test_numbers_are_rounded_and_a_minus_zero_is_a_zero() -> None:
    """Two decimals at the edge; what was computed keeps its own."""
    record = plan_file(eventful_plan())
    reason = attrs.evolve(record.sessions[0].reasons[0], inputs={"a": 1.23456, "b": -0.001, "c": None})
    session = attrs.evolve(record.sessions[0], reasons=(reason,))
    data = plan_to_json(attrs.evolve(record, sessions=(session,)))
    inputs = data["sessions"][0]["reasons"][0]["inputs"]
    assert inputs == {"a": 1.23, "b": 0.0}
    assert str(inputs["b"]) == "0.0"


def test_the_golden_plan() -> None:
    """The plan of ``esketamine-taper`` as app teams know it, each array cut to its first two items."""
    data = plan_to_json(make_plan(some_course()))
    short = {name: value[:2] if isinstance(value, list) else value for name, value in data.items()}
    for session in short["sessions"]:
        session["steps"] = session["steps"][:2]
    text = json.dumps(short, indent=2, ensure_ascii=False) + "\n"
    against_golden("esketamine-taper.json", text.encode())


def test_the_classes_of_the_file_hold_every_field_of_its_arrays() -> None:
    """A plan file is made of frozen classes, so that a typed reader has them too."""
    assert isinstance(plan_from_json(plan_text(make_plan(some_course()))), PlanFile)
    assert render(make_plan(some_course()), "json") == plan_text(make_plan(some_course())).encode()
    with pytest.raises(InputError) as caught:
        render(make_plan(some_course()), "xml")
    assert caught.value.faults[0].allowed.startswith(next(iter(FORMATS)))
