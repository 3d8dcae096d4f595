"""Courses and clinics as files: in and out, with every fault at once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketaschedule.availability import clinic_from
from ketaschedule.availability_files import clinic_text, clinic_to, load_clinic
from ketaschedule.course import Course, Monitor, WatchWish
from ketaschedule.course_files import course_from, course_text, course_to, load_course
from ketaschedule.days import WEEKDAYS, minute_text
from ketaschedule.errors import InputError, LimitError
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol, protocol_names, protocol_to
from tests.plans import AWKWARD, eventful_history, some_clinic, some_course

PLAIN = {
    "schema": 1,
    "course": "c-1",
    "protocol": "esketamine-taper",
    "start": "2026-12-01",
    "zone": "America/New_York",
}


def faults(data: Any) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        course_from(data)
    return {fault.path: fault.line() for fault in caught.value.faults}


def full_course() -> Course:
    """A course that says everything a course can say."""
    own = attrs.evolve(load_protocol("ketamine-iv-single"), id="our-own")
    return some_course(
        own,
        at="14:30",
        days=("tue", "fri"),
        clinic=some_clinic(name=AWKWARD, crisis_line="111", emergency="999", holidays="GB-ENG"),
        unavailable=((pendulum.date(2026, 12, 24), pendulum.date(2027, 1, 2)),),
        watch=WatchWish(cohort="mcinnes-2022", check_ins=4, answer_probability=0.6),
        instruments=("qids-sr16", "gad-7"),
        locale="es-MX",
        contact_hours="09:00-20:00",
        consent={"proxy": {"reminders": True, "safety": False}},
        monitor=Monitor(name="Alex", adult=True, phone="555"),
        history=eventful_history(),
        protocols={"next": load_protocol("esketamine-taper"), "own": own},
    )


@pytest.mark.parametrize("protocol", protocol_names())
def test_a_course_written_is_the_course_read(protocol: str) -> None:
    """By its name, and whole where it is not built in."""
    course = some_course(protocol)
    assert course_from(course_to(course)) == course
    assert course_to(course)["protocol"] == protocol
    own = attrs.evolve(course, protocol=attrs.evolve(course.protocol, title="Ours"))
    assert course_from(json.loads(course_text(own))) == own
    assert isinstance(course_to(own)["protocol"], dict)


def test_a_course_that_says_everything_comes_back_whole(tmp_path: Path) -> None:
    """Every field, through a file, and the plan made from it is the same."""
    course = full_course()
    file = tmp_path / "course.json"
    file.write_text(course_text(course), "utf-8")
    found = load_course(file)
    assert found == course
    assert course_text(found) == course_text(course)
    given_fields = {field.name for field in attrs.fields(Course)} - {"id"}
    written = set(course_to(course)) - {"schema", "course"}
    assert written == given_fields, "each field of a course has its name in the file"


def test_the_plan_of_a_file_is_the_plan_of_the_course() -> None:
    """A course in a file gives the same days as one made in Python."""
    plan = make_plan(course_from(PLAIN | {"adult": "yes", "days": ["tue", "fri"]}))
    assert [one.day for one in plan.sessions if one.kind == "dose"][:8] == [1, 4, 8, 11, 15, 18, 22, 25]


def test_every_fault_of_a_course_is_said_at_once() -> None:
    """Bad kinds, unknown words, a broken clinic, protocol and event: each with its path."""
    found = faults(
        {
            "course": "Jane Doe",
            "protocol": "esketamin-taper",
            "start": "2026-02-30",
            "zone": "Mars/Base",
            "adult": "maybe",
            "at": "25:00",
            "days": ["tue", "someday"],
            "clinic": {"zone": "London", "hours": {"monday": []}},
            "unavailable": [["2026-12-05", "2026-12-01"], "soon"],
            "watch": {"answer_probability": 0, "more": 1},
            "instruments": ["phq-9", "phq-9"],
            "contact_hours": "20:00-08:00",
            "monitor": {"name": "Alex"},
            "history": [{"type": "paused", "id": "e-1", "course": "c-1", "recorded_at": "yesterday", "from": "2026-12-01"}],
            "locale": None,
            "colour": "red",
        }
    )  # fmt: skip
    assert set(found) == {
        "course",
        "protocol",
        "start",
        "zone",
        "adult",
        "at",
        "days[1]",
        "clinic.zone",
        "clinic.hours.monday",
        "unavailable[0]",
        "unavailable[1]",
        "watch.more",
        "instruments[1]",
        "contact_hours",
        "monitor.adult",
        "history[0].recorded_at",
        "locale",
        "colour",
    }
    assert "did you mean esketamine-taper" in found["protocol"]


def test_an_instrument_that_is_none_is_refused() -> None:
    """Its answers could not be scored; near names are suggested."""
    found = faults(PLAIN | {"instruments": ["phq-9", "phq9", "nonesuch"]})
    assert set(found) == {"instruments[1]", "instruments[2]"}
    assert "phq-9" in found["instruments[1]"]


@pytest.mark.parametrize("missing", ["course", "protocol", "start", "zone"])
def test_what_a_course_cannot_be_without(missing: str) -> None:
    """One fault, and it is this one."""
    assert set(faults({name: value for name, value in PLAIN.items() if name != missing})) == {missing}


@pytest.mark.parametrize("data", [None, [], "c-1", 7])
def test_what_is_no_course_is_refused(data: Any) -> None:
    """Not an object."""
    with pytest.raises(InputError):
        course_from(data)


@pytest.mark.parametrize("name", ["../secret.toml", "/etc/passwd", "own.toml", "a\\b", "course.json"])
def test_a_course_file_names_no_other_file(name: str) -> None:
    """What came over the network opens nothing here."""
    assert "names a file" in faults(PLAIN | {"protocol": name})["protocol"]
    assert "names a file" in faults(PLAIN | {"protocols": {"x": name}})["protocols.x"]


def test_a_child_is_refused_and_silence_is_not() -> None:
    """``adult = no`` is refused by a protocol for adults; unsaid is ``unknown``."""
    assert set(faults(PLAIN | {"adult": "no"})) == {"adult"}
    assert course_from(PLAIN).adult == "unknown"


def test_an_event_of_another_course_is_refused() -> None:
    """The wrong person's history never becomes this person's."""
    other = {"type": "session-missed", "id": "e-9", "course": "c-2", "recorded_at": "2026-12-02T10:00:00Z", "session": "c-2/induction/1"}  # fmt: skip
    found = faults(PLAIN | {"history": [other]})
    assert "other-course" not in found
    assert "c-2" in found["history.e-9"]


def test_paths_stand_under_where_the_course_stands() -> None:
    """A course within a larger file says so in each path."""
    with pytest.raises(InputError) as caught:
        course_from({"course": "X Y", "protocol": "x", "start": 1, "zone": "Q"}, "courses[3]")
    assert {fault.path for fault in caught.value.faults} == {
        "courses[3].course",
        "courses[3].protocol",
        "courses[3].start",
        "courses[3].zone",
    }


def test_limits_are_said(tmp_path: Path) -> None:
    """A file too large, too deep, with too many events or protocols."""
    big = tmp_path / "big.json"
    with big.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(LimitError):
        load_course(big)
    deep = tmp_path / "deep.json"
    deep.write_text('{"course": ' * 5000 + "1" + "}" * 5000, "utf-8")
    with pytest.raises(LimitError):
        load_course(deep)
    assert "at most 20000" in faults(PLAIN | {"history": [1] * 20_001})["history"]
    assert (
        "at most 16"
        in faults(PLAIN | {"protocols": dict.fromkeys(map(str, range(17)), "esketamine-taper")})["protocols"]
    )
    most = course_from(PLAIN | {"protocols": dict.fromkeys(map(str, range(16)), "esketamine-taper")})
    assert len(most.protocols) == 16


def test_a_protocol_with_faults_has_them_under_its_path() -> None:
    """All of them, as if it stood in a file of its own."""
    broken = protocol_to(load_protocol("ketamine-iv-single")) | {"min_gap_days": "2", "mood": 1}
    assert set(faults(PLAIN | {"protocol": broken})) == {"protocol.min_gap_days", "protocol.mood"}


# -- Clinics ------------------------------------------------------------------------------------------------

texts = st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip()))
spans = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] < span[1])
hours = st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(spans, max_size=3), max_size=7)


@given(name=texts, phone=texts, opening=hours, zone=st.sampled_from(["Europe/London", "Asia/Kolkata"]))
def test_a_clinic_written_is_the_clinic_read(
    name: str, phone: str, opening: dict[str, list[tuple[int, int]]], zone: str
) -> None:
    """As TOML and as plain values, whatever its texts hold."""
    clinic = clinic_from(
        {
            "zone": zone,
            "name": name,
            "phone": phone,
            "hours": {
                day: [f"{minute_text(a)}-{minute_text(b)}" for a, b in spans]
                for day, spans in opening.items()
            },
            "closed": ["2026-12-25", ["2026-12-28", "2027-01-01"]],
        }
    )
    assert clinic_from(clinic_to(clinic)) == clinic
    assert clinic_from(tomllib.loads(clinic_text(clinic))) == clinic


def test_a_clinic_is_read_from_toml_and_from_json(tmp_path: Path) -> None:
    """Dates of TOML and texts of JSON are the same days."""
    text = 'zone = "Europe/London"\nclosed = [2026-12-25, [2026-12-28, 2027-01-01], "2027-04-02/2027-04-05"]\n[hours]\nmon = ["09:00-12:00"]\n'
    toml, data = tmp_path / "clinic.toml", tmp_path / "clinic.json"
    toml.write_text(text, "utf-8")
    data.write_text(json.dumps(clinic_to(load_clinic(toml))), "utf-8")
    assert load_clinic(data) == load_clinic(toml)
    assert [str(last) for _, last in load_clinic(toml).closed] == ["2026-12-25", "2027-01-01", "2027-04-05"]


@pytest.mark.parametrize("text", ["zone = ", 'zone = "Mars"', "[hours]\nmon = 9", '"zone"', "\x00"])
def test_a_clinic_file_with_faults_is_refused(text: str, tmp_path: Path) -> None:
    """Not TOML, no zone, an unknown one, hours of the wrong kind."""
    file = tmp_path / "clinic.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError):
        load_clinic(file)
