"""A plan as a calendar file: read alike by five programs, and telling nothing to whoever sees it."""

from __future__ import annotations

import re

import attrs
import pendulum
import pytest

from ketaschedule.course import Course, Monitor
from ketaschedule.days import instant_key
from ketaschedule.errors import InputError
from ketaschedule.formats import NAMESPACE, Style, render
from ketaschedule.formats.ics import calendar_uid, plan_to_ics
from ketaschedule.plan import Plan
from ketaschedule.planner import make_plan
from ketaschedule.privacy import telling_words
from ketaschedule.protocol_files import load_protocol, protocol_names
from tests.plans import (
    AWKWARD,
    against_golden,
    event,
    eventful_history,
    eventful_plan,
    some_clinic,
    some_course,
)
from tests.readers import READERS, Seen, read_with


def utc(instant: pendulum.DateTime) -> str:
    return pendulum.from_timestamp(instant_key(instant)).format("YYYY-MM-DD[T]HH:mm:ss[Z]")


def expected(plan: Plan) -> list[tuple[str, str, str]]:
    """(UID, start, end) of every session that is or was an appointment, from the plan itself."""
    return sorted(
        (f"{one.key}@{NAMESPACE}", utc(one.at), utc(one.ends))
        for one in plan.sessions
        if one.verdict in ("given", "stopped", "withheld") or one.basis in ("protocol", "held")
    )


def seen(plan: Plan, **asked: str) -> dict[str, Seen]:
    """What ``icalendar`` reads, by key."""
    return {
        one.uid.partition("@")[0]: one
        for one in read_with("icalendar", plan_to_ics(plan, **asked))  # type: ignore[arg-type]  # only texts are asked for here
    }


def unfolded(ics: bytes) -> list[str]:
    return re.sub(r"\r\n[ \t]", "", ics.decode("utf-8")).split("\r\n")


def across_changes() -> Plan:
    """A plan over both clock changes of London, with something moved, booked and cancelled, in awkward words."""
    course = some_course(
        start=pendulum.date(2027, 2, 16),
        clinic=some_clinic(name=AWKWARD, phone="+44 (0)20; 7946, 0000\\1"),
        history=(
            event("session-moved", 1, "2027-02-20T09:00:00Z", session="c-1/induction/3", to="2027-02-24T11:30:00Z"),
            event("session-cancelled", 2, "2027-02-20T09:00:00Z", session="c-1/induction/4"),
            event("session-booked", 3, "2027-02-20T09:00:00Z", session="c-1/weekly/2", to="2027-03-31T09:30:00+01:00"),
        ),
    )  # fmt: skip
    return make_plan(course)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("titles", ["neutral", "clinical"])
def test_five_readers_see_the_same_appointments(reader: str, titles: str) -> None:
    """Same UIDs, same instants, same texts, same status: as the plan has them, whoever reads the file."""
    plan = across_changes()
    ics = plan_to_ics(plan, titles=titles, why=titles == "clinical")
    found = read_with(reader, ics)
    assert sorted((one.uid, one.start, one.end) for one in found) == expected(plan)
    assert found == read_with("icalendar", ics)


def test_texts_survive_commas_semicolons_lines_emoji_and_length() -> None:
    """Every character of a clinic's name and number comes back, in a description of many long lines."""
    plan = across_changes()
    found = read_with("icalendar", plan_to_ics(plan, titles="clinical", why=True))
    for one in found:
        assert "+44 (0)20; 7946, 0000\\1" in one.description
        assert one.description.count("\n") > 3
    assert any(len(one.description.encode()) > 10 * 75 for one in found), "folded many times"
    lines = unfolded(plan_to_ics(plan, titles="clinical"))
    place = next(line for line in lines if line.startswith("LOCATION:"))
    assert re.sub(r"\\(.)", r"\1", place) == f"LOCATION:{AWKWARD}"


def test_every_instant_is_utc_and_nothing_recurs() -> None:
    """No rule of recurrence, no zone table, no alarm; DTSTAMP is the plan's ``as_of``."""
    plan = across_changes()
    lines = unfolded(plan_to_ics(plan))
    assert not [line for line in lines if re.match(r"RRULE|RDATE|EXDATE|TZID|BEGIN:(VTIMEZONE|VALARM)", line)]
    times = [line for line in lines if line.startswith(("DTSTART", "DTEND", "DTSTAMP"))]
    assert all(re.fullmatch(r"DT(START|END|STAMP):\d{8}T\d{6}Z", line) for line in times)
    stamp = pendulum.from_timestamp(plan.now).format("YYYYMMDD[T]HHmmss[Z]")
    assert {line for line in lines if line.startswith("DTSTAMP")} == {f"DTSTAMP:{stamp}"}


def test_lines_are_short_and_end_as_the_standard_says() -> None:
    """At most 75 bytes a line, CRLF at each end, folding never inside a character."""
    for titles in ("neutral", "clinical"):
        ics = plan_to_ics(across_changes(), titles=titles)
        assert ics.endswith(b"END:VCALENDAR\r\n")
        assert b"\n" not in ics.replace(b"\r\n", b"")
        for line in ics.split(b"\r\n"):
            assert len(line) <= 75
            line.decode("utf-8")


@pytest.mark.parametrize("protocol", protocol_names())
@pytest.mark.parametrize("locale", ["en-US", "es-MX", "pt-BR"])
def test_no_field_tells_a_stranger_anything(protocol: str, locale: str) -> None:
    """No word of the list in the whole file, UIDs and properties included, for every built-in protocol."""
    course = some_course(
        protocol,
        locale=locale,
        clinic=some_clinic(
            name="Ketamine Infusion & Depression Clinic", phone="Ketamine desk +44 20 7946 0000"
        ),
        monitor=Monitor(name="Alex", adult=True),
    )
    text = "\n".join(unfolded(plan_to_ics(make_plan(course))))
    assert telling_words(text) == []
    assert "Alex" not in text
    assert "7946" not in text


def test_neutral_titles_follow_the_language() -> None:
    """One word, the same for every kind of session."""
    for locale, word in (("en-GB", "Appointment"), ("es", "Cita"), ("zz", "Appointment")):
        found = seen(make_plan(some_course("ketamine-assisted-psychotherapy", locale=locale)))
        assert {one.summary for one in found.values()} == {word}
        assert {one.description for one in found.values()} == {""}


def test_clinical_titles_name_what_is_given() -> None:
    """Asked for, the drug, the phase, the patient's steps and the reasons are there."""
    found = seen(make_plan(some_course()), titles="clinical")["c-1/induction/3"]
    assert found.summary == "Esketamine: session 3 (induction)"
    assert "2026-12-08 08:00: Nothing to eat from now until the visit." in found.description
    (ics,) = [plan_to_ics(make_plan(some_course()), titles="clinical", why=True)]
    assert "S22" in "".join(unfolded(ics))


def test_a_proposal_is_never_in_a_calendar() -> None:
    """One more session after a recorded miss is a question, not an appointment."""
    history = [
        event("session-given", 1, "2026-12-01T20:00:00Z", session="c-1/series/1", at="2026-12-01T15:00:00Z"),
        event("session-missed", 2, "2026-12-06T20:00:00Z", session="c-1/series/2"),
    ]
    plan = make_plan(some_course("ketamine-iv-six-in-21-days", history=history))
    proposed = [one.key for one in plan.sessions if one.basis == "proposed"]
    assert proposed, "the miss proposes a session"
    assert not set(proposed) & set(seen(plan))
    assert len(seen(plan)) == len(plan.sessions) - len(proposed)


def home(*history: object) -> Course:
    return some_course(
        "ketamine-sublingual-home-4-weeks",
        monitor=Monitor(name="Alex", adult=True),
        history=history,
    )


def test_a_session_at_home_that_waits_is_never_in_a_calendar() -> None:
    """Without monitor and go-ahead nobody is reminded of it; with both it is there, and once given it stays."""
    waiting = make_plan(home())
    doses = [one.key for one in waiting.sessions if one.kind == "dose"]
    assert {one.basis for one in waiting.sessions if one.kind == "dose"} == {"waiting"}
    assert not set(doses) & set(seen(waiting))
    ahead = event("go-ahead", 1, "2026-12-01T12:00:00Z", session="c-1/series/1", at="2026-12-01T12:00:00Z", by="Dr B")  # fmt: skip
    assert set(doses) & set(seen(make_plan(home(ahead)))) == {"c-1/series/1"}
    given = event(
        "session-given", 2, "2026-12-01T20:00:00Z", session="c-1/series/1", at="2026-12-01T15:00:00Z"
    )
    assert seen(make_plan(home(given)))["c-1/series/1"].status == "CONFIRMED"


def test_a_calendar_without_appointments_is_still_a_calendar() -> None:
    """Where everything waits and no review is due, the file is empty, not missing."""
    plan = make_plan(home())
    alone = attrs.evolve(plan, sessions=tuple(one for one in plan.sessions if one.kind == "dose"))
    assert read_with("icalendar", plan_to_ics(alone)) == []


def test_a_cancelled_session_stays_and_says_so() -> None:
    """Cancelled and missed keep their UID; what took place is confirmed, as is what was booked."""
    found = seen(eventful_plan())
    status = {key.removeprefix("c-1/"): one.status for key, one in found.items()}
    assert status["induction/1"] == "CONFIRMED"
    assert status["induction/2"] == "CANCELLED"
    assert status["induction/3"] == "CONFIRMED"
    assert status["induction/5"] == "CANCELLED"
    assert status["weekly/1"] == "TENTATIVE"


def test_a_moved_session_keeps_its_uid_and_raises_its_sequence() -> None:
    """Each move is a newer entry under the same UID, also when it is moved back or the move is withdrawn."""
    move = event(
        "session-moved", 1, "2026-12-02T09:00:00Z", session="c-1/induction/2", to="2026-12-05T15:00:00Z"
    )
    back = event(
        "session-moved", 2, "2026-12-03T09:00:00Z", session="c-1/induction/2", to="2026-12-04T15:00:00Z"
    )
    gone = event("retracted", 3, "2026-12-03T10:00:00Z", event="e-2")
    courses = [some_course()]
    for one in (move, back, gone):
        courses.append(courses[-1].with_events(one))
    found = [seen(make_plan(course))["c-1/induction/2"] for course in courses]
    assert len({one.uid for one in found}) == 1
    assert [one.start for one in found] == [
        "2026-12-04T15:00:00Z",
        "2026-12-05T15:00:00Z",
        "2026-12-04T15:00:00Z",
        "2026-12-05T15:00:00Z",
    ]
    sequences = [one.sequence for one in found]
    assert sequences == sorted(set(sequences))
    assert sequences[0] == 0


def test_sequence_never_falls_and_rises_whenever_an_instant_changes() -> None:
    """Over a growing history, any session whose time or standing changed has a higher SEQUENCE than before."""
    history = eventful_history()
    before = seen(make_plan(some_course()))
    for many in range(1, len(history) + 1):
        after = seen(make_plan(some_course(history=history[:many])))
        for key, one in after.items():
            if key not in before:
                continue
            assert one.sequence >= before[key].sequence
            if (one.start, one.status) != (before[key].start, before[key].status):
                assert one.sequence > before[key].sequence, key
        before = after


def test_what_is_not_yet_recorded_does_not_count() -> None:
    """A plan of an earlier instant gives the file of that instant."""
    early = pendulum.datetime(2026, 12, 1, tz="America/New_York")
    one, other = (
        plan_to_ics(make_plan(course, as_of=early)) for course in (some_course(), some_course(history=eventful_history()[1:]))
    )  # fmt: skip
    assert one == other


def test_the_order_of_arrival_does_not_show() -> None:
    """A history turned round gives the same bytes."""
    history = eventful_history()
    files = {
        plan_to_ics(make_plan(some_course(history=one)))
        for one in (history, history[::-1], history + history[:3])
    }
    assert len(files) == 1


def test_an_id_that_tells_is_refused_with_a_way_out() -> None:
    """A phase or course called after the drug cannot stand in a UID; clinical titles take it."""
    protocol = load_protocol("ketamine-aud-three-weekly")
    phase = attrs.evolve(protocol.phases[0], id="ketamine-series")
    telling = attrs.evolve(protocol, phases=(phase,))
    plan = make_plan(some_course(telling, id="depression-7"))
    with pytest.raises(InputError) as caught:
        plan_to_ics(plan)
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [
        ("course", "telling"),
        ("phase ketamine-series", "telling"),
    ]
    assert b"ketamine-series/1@" in plan_to_ics(plan, titles="clinical")


@pytest.mark.parametrize("namespace", ["", "a b", "a@b", "x" * 101, "ketamine.example"])
def test_a_namespace_that_cannot_end_a_uid_is_refused(namespace: str) -> None:
    """No space, no second @, not empty, and nothing telling."""
    with pytest.raises(InputError):
        plan_to_ics(make_plan(some_course()), namespace=namespace)


def test_the_namespace_is_the_clinics_to_set() -> None:
    """It stands behind the key in every UID, and nowhere else."""
    plan = make_plan(some_course())
    assert calendar_uid("c-1/induction/1", "clinic.example") == "c-1/induction/1@clinic.example"
    ics = render(plan, "ics", Style(namespace="clinic.example"))
    assert ics.replace(b"@clinic.example", b"@calendar.invalid") == render(plan, "ics")
    assert ics.count(b"@clinic.example") == len(plan.sessions)


def test_reasons_are_for_clinical_calendars_only() -> None:
    """They name what a neutral calendar must not; unknown titles are refused as well."""
    for asked in ({"why": True}, {"titles": "loud"}):
        with pytest.raises(InputError):
            plan_to_ics(make_plan(some_course()), **asked)


def test_the_golden_calendar() -> None:
    """The calendar of ``esketamine-taper``."""
    against_golden("esketamine-taper.ics", plan_to_ics(make_plan(some_course())))
