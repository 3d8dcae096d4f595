"""What is told to whom, and when: the cases that one can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pendulum
import pytest
from attrs import evolve

from ketaschedule.arming import arm
from ketaschedule.availability import clinic_from
from ketaschedule.course import Course
from ketaschedule.errors import InputError
from ketaschedule.history import (
    CheckInAnswered,
    ClinicalEvent,
    ConsentChanged,
    Event,
    GoAheadGiven,
    Retracted,
    SessionCancelled,
    SessionGiven,
    SessionMissed,
    SessionMoved,
    ZoneChanged,
)
from ketaschedule.planner import make_plan
from ketaschedule.protocol_files import load_protocol
from ketaschedule.reminders import CAPS, KINDS, Reminder, reminders
from tests.checkin_histories import phq_9
from tests.test_plan_alerts import BASELINE, DAY_7, DAY_14, DAY_21, crossed

ZONE = "America/New_York"
CONSENT = {"proxy": {"reminders": True, "safety": True}, "escort": {"reminders": True}}


def at(text: str) -> pendulum.DateTime:
    """An instant of the course's zone, as ``2026-12-01 10:00``."""
    found = pendulum.from_format(text, "YYYY-MM-DD HH:mm", tz=ZONE)
    assert isinstance(found, pendulum.DateTime)
    return found


def course(*events: Event, protocol: str = "esketamine-taper", **fields: Any) -> Course:
    """A course from 1 December 2026 with these events."""
    made = Course(
        id="c-1",
        protocol=load_protocol(protocol),
        start=pendulum.date(2026, 12, 1),
        zone=ZONE,
        adult="yes",
        consent=CONSENT,
        history=events,
    )
    return evolve(made, **fields)


def event(of: type[Event], number: int, recorded: str, **fields: Any) -> Event:
    """An event of that course, ``at`` its record where it has an ``at`` and none is given."""
    made: dict[str, Any] = {"id": f"e-{number}", "course": "c-1", "recorded_at": at(recorded), **fields}
    if "at" in {one.name for one in attrs.fields(of)} and "at" not in made:
        made["at"] = at(recorded)
    return of(**made)


def told(one: Course, since: str, until: str, *, dropped: bool = False) -> list[Reminder]:
    """What is told in a stretch, asked at its end."""
    plan = make_plan(one, as_of=at(until))
    return list(reminders(plan, at(since), at(until), include_dropped=dropped))


def shown(found: list[Reminder], audience: str = "patient") -> list[str]:
    """Kind and wall time of each for one audience."""
    return [f"{one.kind} {one.fires_at.format('DD HH:mm')}" for one in found if one.audience == audience]


DOSE = "c-1/induction/2"
GIVEN = event(SessionGiven, 1, "2026-12-01 11:00", session="c-1/induction/1", at=at("2026-12-01 10:00"))
ANSWERED = event(
    CheckInAnswered,
    2,
    "2026-12-03 11:00",
    checkin="c-1/induction/2/ask/before/1",
    answers={"phq-9": {"9": 0}},
)


def test_a_visit_is_spoken_of_a_week_a_day_and_hours_before_with_its_steps() -> None:
    """The second session, 4 December 10:00: no food from 8:00 is told the evening before, as 7:00 is quiet."""
    found = [one for one in told(course(GIVEN), "2026-11-26 00:00", "2026-11-28 00:00") if one.item == DOSE]
    assert shown(found) == ["week 27 10:00"]
    assert found[-1].parameters == {"visit_at": "2026-12-04T10:00:00-05:00", "clinic": ""}
    plan = make_plan(course(GIVEN), as_of=at("2026-12-02 00:00"))
    later = [
        one for one in reminders(plan, at("2026-12-02 00:00"), at("2026-12-05 00:00")) if one.item == DOSE
    ]
    assert all(one.provisional for one in later)
    assert shown(later) == [
        "day 03 10:00",
        "step-escort 03 10:00",
        "step-no-alcohol-day-before 03 10:00",
        "step-no-food 03 20:00",
        "today 04 08:00",
        "step-no-nasal-steroid 04 08:00",
        "step-no-liquids 04 08:30",
        "step-alcohol-question 04 09:00",
        "step-after-care 04 12:30",
        "step-no-driving 04 12:30",
    ]
    assert shown(later, "escort") == ["day 03 10:00", "today 04 08:00"]
    food = next(one for one in later if one.kind == "step-no-food")
    assert "brought forward" in food.reasons[-1].text
    assert food.parameters == {"step_at": "2026-12-04T08:00:00-05:00"}
    assert food.words(level="unlocked").body == (
        "Nothing to eat from 8:00 AM on Friday, December 4, 2026 until your visit."
    )


def test_an_escort_and_a_proxy_are_told_only_under_consent() -> None:
    """Without consent they are dropped, and the reason says so."""
    bare = evolve(course(GIVEN), consent={})
    found = told(bare, "2026-12-03 09:00", "2026-12-04 09:00", dropped=True)
    assert {(one.state, one.why) for one in found if one.audience in ("escort", "proxy")} == {
        ("dropped", "no-consent")
    }


def test_a_visit_called_off_tells_that_and_nothing_else() -> None:
    """Cancelled on the day before: no step, no reminder of the day; the person and the escort hear of it once."""
    off = event(SessionCancelled, 3, "2026-12-03 09:00", session=DOSE)
    found = [
        one for one in told(course(GIVEN, off), "2026-12-03 08:59", "2026-12-04 09:00") if one.item == DOSE
    ]
    assert [(one.kind, one.audience) for one in found] == [("cancelled", "escort"), ("cancelled", "patient")]


def test_a_visit_that_moved_is_told_anew_and_its_old_day_no_more() -> None:
    """Moved from the 4th to the 5th: the move at once, the day before on the 4th, nothing on the 3rd."""
    move = event(SessionMoved, 3, "2026-12-02 12:00", session=DOSE, to=at("2026-12-05 10:00"))
    found = told(course(GIVEN, move), "2026-12-02 00:00", "2026-12-06 00:00", dropped=True)
    mine = [one for one in found if one.item == DOSE and one.audience == "patient"]
    assert ("moved", "2026-12-02 12:00") in [
        (one.kind, one.fires_at.format("YYYY-MM-DD HH:mm")) for one in mine
    ]
    assert not [one for one in mine if one.item_at == at("2026-12-04 10:00") and one.state == "told"]
    stretches = [("2026-12-02 00:00", "2026-12-04 00:00"), ("2026-12-04 00:00", "2026-12-04 10:01")]
    days = [
        one for begin, end in stretches for one in told(course(GIVEN, move), begin, end) if one.kind == "day"
    ]
    assert [one.fires_at for one in days if one.item == DOSE and one.audience == "patient"] == [
        at("2026-12-04 10:00")
    ]


def test_an_answer_stops_what_asks_for_it() -> None:
    """Unanswered, the check-in nudges, closes, and goes on to proxy and clinic; answered, nothing more."""
    silent = [
        one
        for one in told(course(GIVEN), "2026-12-03 00:00", "2026-12-05 00:00", dropped=True)
        if one.item == "c-1/induction/2/ask/before/1"
    ]
    assert {(one.kind, one.audience) for one in silent} >= {("open", "patient"), ("unanswered", "proxy")}
    heard = told(course(GIVEN, ANSWERED), "2026-12-03 10:59", "2026-12-08 00:00")
    assert not [one for one in heard if one.item == "c-1/induction/2/ask/before/1"]


def test_a_safety_answer_goes_to_the_clinic_and_the_own_screen_at_once_at_any_hour() -> None:
    """At 03:12 at night: clinic, the person's own screen, and the proxy whose consent names safety."""
    night = event(
        CheckInAnswered, 2, "2026-12-03 03:12", checkin="c-1/induction/2/ask/before/1",
        answers={"phq-9": {"9": 2}},
    )  # fmt: skip
    found = told(course(GIVEN, night), "2026-12-03 03:10", "2026-12-03 03:15")
    assert [(one.kind, one.audience, one.fires_at) for one in found] == [
        ("alert", "clinic", at("2026-12-03 03:12")),
        ("help", "patient", at("2026-12-03 03:12")),
        ("safety", "proxy", at("2026-12-03 03:12")),
    ]
    only = {"proxy": {"reminders": True, "safety": False}}
    without = told(evolve(course(GIVEN, night), consent=only), "2026-12-03 03:10", "2026-12-03 03:15")
    assert [one.audience for one in without] == ["clinic", "patient"]


def test_during_an_admission_prompts_stop_and_the_clinic_is_told() -> None:
    """Admitted on the 2nd: nothing to the person, escort or proxy; a death later: nothing but to the clinic."""
    for kind in ("admission", "death"):
        gone = event(ClinicalEvent, 2, "2026-12-02 09:00", kind=kind)
        found = told(course(GIVEN, gone), "2026-12-02 09:00", "2026-12-20 00:00")
        assert found
        assert {one.audience for one in found} == {"clinic"}
    admitted = event(ClinicalEvent, 2, "2026-12-02 09:00", kind="admission")
    kinds = {one.kind for one in told(course(GIVEN, admitted), "2026-12-02 09:00", "2026-12-02 09:05")}
    assert {"admitted", "alert"} <= kinds


def test_after_a_death_a_phone_holds_nothing_not_even_the_word_that_it_has_run_out() -> None:
    """Whoever has the phone then is asked nothing; during an admission too, until the discharge is known."""
    for kind in ("admission", "death"):
        gone = course(GIVEN, event(ClinicalEvent, 2, "2026-12-02 09:00", kind=kind))
        plan = make_plan(gone, as_of=at("2026-12-03 00:00"))
        assert arm(plan).slots == ()
        assert arm(plan, audience="clinic").run_out is not None
    back = event(ClinicalEvent, 3, "2026-12-03 09:00", kind="discharge")
    admitted = event(ClinicalEvent, 2, "2026-12-02 09:00", kind="admission")
    held = arm(make_plan(course(GIVEN, admitted, back), as_of=at("2026-12-03 09:00")), budget=5)
    assert [one.kind for one in held.slots][-1] == "run-out"
    assert len(held.slots) == 5


def test_a_session_at_home_is_spoken_of_only_with_a_go_ahead() -> None:
    """Without one the clinic is asked for it; with one the person is told, and of every step that is left."""
    from ketaschedule.course import Monitor

    home = course(protocol="ketamine-sublingual-home-4-weeks", monitor=Monitor(name="Kim", adult=True))
    first = make_plan(home).sessions[0]
    assert first.basis == "waiting"
    asked = told(home, "2026-11-30 00:00", "2026-12-01 09:00")
    assert [one.kind for one in asked if one.item == first.key] == ["home-go-ahead"]
    yes = event(GoAheadGiven, 1, "2026-11-30 15:00", session=first.key, by="dr-a")
    heard = told(evolve(home, history=(yes,)), "2026-11-30 15:00", "2026-12-01 09:59")
    assert {one.kind for one in heard if one.item == first.key and one.audience == "patient"} >= {
        "home-today",
        "step-monitor-present",
    }


def test_a_presumed_miss_asks_the_clinic_alone_and_a_recorded_one_tells_the_person_once() -> None:
    """Nothing recorded: the clinic's list on a working morning; recorded: one message that asks nothing."""
    silent = told(course(GIVEN), "2026-12-04 10:00", "2026-12-11 12:00")
    mine = [
        one for one in silent if one.item == DOSE and one.kind not in ("step-after-care", "step-no-driving")
    ]
    assert {one.audience for one in mine} == {"clinic"}
    assert [one.kind for one in mine if one.kind == "unrecorded"] == ["unrecorded"]
    missed = event(SessionMissed, 3, "2026-12-05 09:00", session=DOSE)
    found = told(course(GIVEN, missed), "2026-12-05 08:00", "2026-12-05 12:00")
    assert [one.kind for one in found if one.item == DOSE] == ["missed"]


def test_bad_stretches_and_hours_are_named() -> None:
    """A stretch that ends before it begins, an instant without an offset, contact hours that are none."""
    plan = make_plan(course())
    with pytest.raises(InputError, match="ends before it begins"):
        reminders(plan, at("2026-12-02 00:00"), at("2026-12-01 00:00"))
    with pytest.raises(InputError, match="since"):
        reminders(plan, pendulum.naive(2026, 12, 1), at("2026-12-02 00:00"))
    with pytest.raises(InputError, match="contact_hours"):
        told(course(contact_hours="08:00-08:00"), "2026-12-01 00:00", "2026-12-02 00:00")
    with pytest.raises(InputError, match="contact_hours"):
        told(course(contact_hours="21:00-08:00"), "2026-12-01 00:00", "2026-12-02 00:00")


def test_the_document_names_every_kind_as_it_is() -> None:
    """The table of docs/reminders.md: contact hours, cap and rank of each kind, and every reason for a drop."""
    text = (Path(__file__).parent.parent / "docs" / "reminders.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    kinds = {row[0].strip("`"): row for row in rows if len(row) == 7}
    for kind in KINDS.values():
        row = kinds.get(kind.id) or kinds["step-<what>"]
        assert row[4:] == [kind.hours, "yes" if kind.capped else "no", str(kind.rank)], kind.id
    named = {name for row in rows if len(row) == 3 for name in row[0].replace("`", "").split(", ")}
    assert named == {"useless-by-then", "quiet", "cap", "withdrawn", "no-consent", "admitted", "deceased"}
    assert (
        f"at most {CAPS['patient']} reminders go to the\npatient, {CAPS['escort']} to an escort and {CAPS['proxy']} to a proxy"
        in text
    )


def test_a_consent_that_is_taken_back_silences_that_audience_at_once() -> None:
    """From the record on no escort and no proxy; given again, they are told again."""
    back = event(
        ConsentChanged, 2, "2026-12-03 09:30", consent={"proxy": {"reminders": False, "safety": False}}
    )
    again = event(ConsentChanged, 3, "2026-12-03 10:30", consent=CONSENT)
    assert "escort" in {one.audience for one in told(course(GIVEN), "2026-12-03 09:00", "2026-12-03 10:15")}
    quiet = told(course(GIVEN, back), "2026-12-03 09:00", "2026-12-03 10:15")
    assert {one.audience for one in quiet} == {"patient"}
    found = told(course(GIVEN, back, again), "2026-12-03 10:15", "2026-12-03 10:45")
    assert {(one.audience, one.kind, one.fires_at) for one in found} == {
        ("escort", "day", at("2026-12-03 10:30")),
        ("proxy", "unanswered", at("2026-12-03 10:30")),
    }


def test_a_consent_that_nothing_reads_is_named() -> None:
    """A slip in a name or a "yes" for a true is no consent, and the plan says so."""
    slips = {"proxy": {"remainders": True, "safety": "yes"}, "escort": True, "research": {"anything": 1}}
    findings = make_plan(evolve(course(), consent=slips)).findings
    assert [one.path for one in findings if one.code == "consent-unread"] == [
        "consent.escort",
        "consent.proxy.remainders",
        "consent.proxy.safety",
    ]
    assert not [one for one in make_plan(course()).findings if one.code == "consent-unread"]


def test_an_alert_dated_in_the_future_is_told_at_its_date_or_where_clocks_are_unsure_in_every_stretch() -> (
    None
):
    """Recorded, as its own clock says, an hour from now: one key and one revision, however often it is told."""
    ahead = event(
        CheckInAnswered, 2, "2026-12-03 13:00", checkin="c-1/induction/2/ask/before/1",
        answers={"phq-9": {"9": 2}}, at=at("2026-12-03 12:00"),
    )  # fmt: skip
    one = course(GIVEN, ahead)
    until = at("2026-12-03 12:05")
    plan = make_plan(one, as_of=until)
    assert [alert.open for alert in plan.alerts] == [True]
    sure = reminders(plan, at("2026-12-03 12:00"), until)
    unsure = reminders(plan, at("2026-12-03 12:00"), until, unsure_clocks=True)
    assert [said for said in sure if said.kind == "alert"] == []
    early = [said for said in unsure if said.kind == "alert"]
    assert [said.fires_at for said in early] == [until.subtract(seconds=1)]
    later = [said for said in told(one, "2026-12-03 12:59", "2026-12-03 13:01") if said.kind == "alert"]
    assert [(said.key, said.revision) for said in later] == [(said.key, said.revision) for said in early]


def test_each_fault_of_a_stretch_is_named_with_what_is_allowed() -> None:
    """Both ends where both have no offset; the end where it comes first."""
    plan = make_plan(course())
    naive = pendulum.naive(2026, 12, 1)
    with pytest.raises(InputError) as caught:
        reminders(plan, naive, naive)
    assert [fault.path for fault in caught.value.faults] == ["since", "until"]
    with pytest.raises(InputError) as caught:
        reminders(plan, at("2026-12-01 00:01"), at("2026-12-01 00:00"))
    assert [fault.line() for fault in caught.value.faults] == [
        "until: the stretch ends before it begins (allowed: since or later)"
    ]


def test_a_cap_leaves_out_on_every_day_and_for_every_audience() -> None:
    """Over two weeks a cap of none leaves exactly what is not capped, on days, too, that come after one with nothing to leave out."""
    plan = make_plan(course(GIVEN), as_of=at("2026-12-16 00:00"))
    stretch = (at("2026-12-02 00:00"), at("2026-12-16 00:00"))
    everything = reminders(plan, *stretch, caps={}, include_dropped=True)
    bare = reminders(plan, *stretch, caps={"patient": 0, "escort": 0, "proxy": 0}, include_dropped=True)
    fired = {one.key for one in everything if one.why not in ("no-consent", "quiet")}
    capped = {one.key for one in bare if one.why == "cap"}
    assert len(capped) > 10
    assert {key.split("/")[-2] for key in capped} == {"patient", "proxy", "escort"}
    assert all(KINDS[key.split("/")[-3]].capped for key in capped)
    left = [one for one in bare if one.state == "told" and one.audience != "clinic"]
    assert not [one for one in left if KINDS[one.kind].capped]
    assert capped <= fired


def test_what_was_dropped_does_not_count_against_a_cap() -> None:
    """Contact hours from 10:00: the visit's own day is dropped at 07:00, so as many as are told at 10:00 have room."""
    late = course(GIVEN, contact_hours="10:00-21:00")
    plan = make_plan(late, as_of=at("2026-12-04 10:01"))
    night = reminders(plan, at("2026-12-04 00:00"), at("2026-12-04 09:00"), include_dropped=True)
    assert [one.state for one in night if one.audience == "patient"].count("dropped") > 0
    told_at_ten = [
        one.key
        for one in reminders(plan, at("2026-12-04 09:00"), plan.as_of, caps={})
        if one.audience == "patient"
    ]
    assert any("/week/" in key for key in told_at_ten)
    for room, whole in ((len(told_at_ten), True), (len(told_at_ten) - 1, False)):
        found = reminders(plan, at("2026-12-04 09:00"), plan.as_of, caps={"patient": room})
        assert ([one.key for one in found if one.audience == "patient"] == told_at_ten) is whole


def test_a_stretch_that_ends_where_there_was_no_plan_has_nothing() -> None:
    """A zone that is none stood from 09:50 to 10:20; asked for later, what fell in it is in the stretch that ends with it."""
    bad = event(ZoneChanged, 3, "2026-12-03 09:50", zone="Mars/Olympus", from_date=pendulum.date(2026, 12, 3))
    back = event(Retracted, 4, "2026-12-03 10:20", event="e-3")
    plan = make_plan(course(GIVEN, bad, back), as_of=at("2026-12-03 12:00"))
    assert reminders(plan, at("2026-12-03 09:55"), at("2026-12-03 10:10")) == ()
    later = [
        one for one in reminders(plan, at("2026-12-03 10:10"), at("2026-12-03 10:21")) if one.kind == "day"
    ]
    assert {one.fires_at for one in later} == {at("2026-12-03 10:20")}


def test_unsure_clocks_tell_safety_early_and_nothing_else() -> None:
    """An Alert of an answer dated eleven days ahead is told in every stretch; visits and check-ins keep to their time."""
    ahead = event(
        CheckInAnswered, 2, "2026-12-14 13:00", checkin="c-1/induction/2/ask/before/1",
        answers={"phq-9": {"9": 2}}, at=at("2026-12-03 12:00"),
    )  # fmt: skip
    plan = make_plan(course(GIVEN, ahead), as_of=at("2026-12-03 12:05"))
    sure = reminders(plan, at("2026-12-03 12:00"), plan.as_of)
    for since in ("2026-12-03 12:00", "2026-12-03 12:04"):
        unsure = reminders(plan, at(since), plan.as_of, unsure_clocks=True)
        assert {one.kind for one in unsure} == {"alert", "help", "safety"}
        assert {one.fires_at for one in unsure} == {plan.as_of.subtract(seconds=1)}
        early = [(one.rule, one.text, one.source) for one in unsure[0].reasons[1:]]
        assert early == [("R8", "known now, though its own clock says later", "house")]
    assert sure == ()


@pytest.mark.parametrize(
    ("kind", "of", "more"),
    [
        ("safety-item-skipped", CheckInAnswered, {"answers": {"phq-9": {"1": 0, "2": 0}}}),
        ("clinical-event", ClinicalEvent, {"kind": "attempt"}),
    ],
)
def test_every_alert_that_may_be_dated_ahead_is_told_early_where_clocks_are_unsure(
    kind: str, of: type[Event], more: dict[str, Any]
) -> None:
    """A question left out, an attempt: each recorded, as its clock says, tomorrow."""
    if of is CheckInAnswered:
        more = {**more, "checkin": "c-1/induction/2/ask/before/1"}
    ahead = event(of, 2, "2026-12-04 13:00", at=at("2026-12-03 12:00"), **more)
    plan = make_plan(course(GIVEN, ahead), as_of=at("2026-12-03 12:05"))
    assert [alert.kind for alert in plan.alerts] == [kind]
    stretch = (at("2026-12-03 12:00"), plan.as_of)
    assert [one.kind for one in reminders(plan, *stretch, unsure_clocks=True)] == ["alert"]
    assert reminders(plan, *stretch) == ()


def test_an_overdue_decision_says_for_how_many_days() -> None:
    """Due on Friday 25 December; on Monday the list says three."""
    found = told(course(GIVEN), "2026-12-28 07:00", "2026-12-28 09:00")
    late = [one for one in found if one.kind == "decision-overdue"]
    assert [one.parameters["days"] for one in late] == [3]
    assert "overdue by 3 days" in late[0].words(level="unlocked").body


def test_every_instant_is_given_on_the_clock_of_its_audience() -> None:
    """A person in Tokyo, a clinic in New York: the clinic reads its own clock, the person the one on the wall there."""
    away = course(GIVEN, zone="Asia/Tokyo", clinic=clinic_from({"zone": ZONE}))
    found = told(away, "2026-11-27 00:00", "2026-12-03 09:00", dropped=True)
    zones = {
        (one.audience == "clinic", each.timezone_name)
        for one in found
        for each in (one.natural, one.fires_at, one.useful_until, one.item_at)
    }
    assert zones == {(True, ZONE), (False, "Asia/Tokyo")}


def test_a_relapse_confirmed_is_told_to_the_clinic_at_once_and_changes_nothing_for_the_person() -> None:
    """Whoever closed the first crossing; the person was told then that we ask more, and is told nothing new."""
    plan, events = crossed([(BASELINE, 2), (DAY_7, 0), (DAY_14, 2)])
    when = plan.as_of.add(days=7)
    after = make_plan(
        plan.course.with_events(events.answered(DAY_21, when, phq_9(2))), as_of=when.add(minutes=5)
    )
    told = reminders(after, when, when.add(minutes=5), include_dropped=True)
    assert [(one.key, one.state) for one in told] == [
        (f"{DAY_21}/alert/relapse-confirmed/tell/alert/clinic/1", "told")
    ]
    assert "16 points confirm a relapse" in told[0].words(level="unlocked").body
